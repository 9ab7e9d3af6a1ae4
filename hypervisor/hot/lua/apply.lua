-- Write values that are not older than what is known, then looks; count them and tell the change.
-- KEYS hot, snap, state, delta.  ARGV epoch ms, oldest observed ms, length kept of the delta stream, looks as packed (u32 slot, u8 look), then (field, value) pairs.
-- Gives -1 and writes nothing when the snapshot has gone, else the number of fields of the hash.
if redis.call('EXISTS', KEYS[2]) == 0 then return -1 end
local fields = {}
for i = 5, #ARGV, 2 do fields[#fields + 1] = ARGV[i] end
if #fields > 0 then
    local known = redis.call('HMGET', KEYS[1], unpack(fields))
    local won = {}
    for i = 1, #fields do
        local value = ARGV[4 + 2 * i]
        -- Epoch milliseconds fit a double, so that comparing numbers is exact; comparing strings would follow the locale.
        if not known[i] or struct.unpack('>l', known[i]) <= struct.unpack('>l', value) then
            won[#won + 1] = fields[i]
            won[#won + 1] = value
        end
    end
    if #won > 0 then redis.call('HSET', KEYS[1], unpack(won)) end
end
local changed, counts = {}, {}
for at = 1, #ARGV[4], 5 do
    local slot = struct.unpack('<I4', ARGV[4], at)
    local look = string.sub(ARGV[4], at + 4, at + 4)
    local before = redis.call('GETRANGE', KEYS[2], slot, slot)
    if before ~= look then
        redis.call('SETRANGE', KEYS[2], slot, look)
        changed[#changed + 1] = string.sub(ARGV[4], at, at + 4)
        counts[look] = (counts[look] or 0) + 1
        if before ~= '' then counts[before] = (counts[before] or 0) - 1 end
    end
end
for look, difference in pairs(counts) do
    if difference ~= 0 and redis.call('HINCRBY', KEYS[3], string.byte(look), difference) <= 0 then redis.call('HDEL', KEYS[3], string.byte(look)) end
end
if #changed > 0 then redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[3], '*', 'd', table.concat(changed), 't', ARGV[1], 'o', ARGV[2]) end
return redis.call('HLEN', KEYS[1])
