-- Write values that are not older than what is known, then looks; count them and tell the change.
-- KEYS hot, snap, state, delta, painted.  ARGV epoch ms, oldest observed ms, length kept of the delta stream, looks as packed (u32 little-endian slot, u8 look),
-- values as packed (u32 asset, u16 property, i64 epoch ms, f64 value, u8 quality), big-endian,
-- then the worker's part and the number of values that it has in all, '' while some of them are still to come.
-- Gives -1 and writes nothing when the snapshot, or what this part painted in it, has gone; -1 when values are missing; else the number of fields of the hash.
if redis.call('EXISTS', KEYS[2]) == 0 or redis.call('HEXISTS', KEYS[5], ARGV[6]) == 0 then return -1 end
local packed, unpack_one = ARGV[5], struct.unpack
if #packed > 0 then
    local fields, times, count = {}, {}, 0
    for at = 1, #packed, 23 do
        local asset, property, time = unpack_one('>I4I2l', packed, at)
        count = count + 1
        fields[count], times[count] = asset .. ':' .. property, time
    end
    local known = redis.call('HMGET', KEYS[1], unpack(fields))
    local won, size = {}, 0
    for i = 1, count do
        -- Epoch milliseconds fit a double, so that comparing numbers is exact; comparing strings would follow the locale.
        if not known[i] or unpack_one('>l', known[i]) <= times[i] then
            won[size + 1], won[size + 2] = fields[i], string.sub(packed, 23 * i - 16, 23 * i)
            size = size + 2
        end
    end
    if size > 0 then redis.call('HSET', KEYS[1], unpack(won)) end
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
if ARGV[7] == '' then return redis.call('HLEN', KEYS[1]) end
if redis.call('HGET', KEYS[5], ARGV[6]) ~= ARGV[7] then redis.call('HSET', KEYS[5], ARGV[6], ARGV[7]) end
local held, expected = redis.call('HLEN', KEYS[1]), 0
for _, count in ipairs(redis.call('HVALS', KEYS[5])) do expected = expected + tonumber(count) end
if held < expected then return -1 end
return held
