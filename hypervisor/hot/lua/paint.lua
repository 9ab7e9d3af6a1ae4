-- Write the looks of one part of a layer's assets in the snapshot that all parts share, and count all looks again when they are all there.
-- KEYS snap, state, delta, painted.  ARGV part, slots, look of an asset never heard, looks as packed (u32 little-endian slot, u8 look), epoch ms,
-- length kept of the delta stream, '' or the number of values of the part: then these are its last looks.
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('STRLEN', KEYS[1]) ~= tonumber(ARGV[2]) then
    -- What the other parts painted has gone: they are told by their absence from `painted`.
    redis.call('SET', KEYS[1], string.rep(string.char(tonumber(ARGV[3])), tonumber(ARGV[2])))
    redis.call('DEL', KEYS[4])
end
local looks = ARGV[4]
for at = 1, #looks, 5 do
    local slot = struct.unpack('<I4', looks, at)
    redis.call('SETRANGE', KEYS[1], slot, string.sub(looks, at + 4, at + 4))
end
if #looks > 0 then redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[6], '*', 'd', looks, 't', ARGV[5], 'o', ARGV[5]) end
if ARGV[7] ~= '' then
    local counts, all = {}, redis.call('GET', KEYS[1])
    for first = 1, #all, 4096 do
        for _, look in ipairs({string.byte(all, first, math.min(first + 4095, #all))}) do counts[look] = (counts[look] or 0) + 1 end
    end
    redis.call('DEL', KEYS[2])
    for look, count in pairs(counts) do redis.call('HSET', KEYS[2], look, count) end
    local of = string.match(ARGV[1], '/.*')
    for _, part in ipairs(redis.call('HKEYS', KEYS[4])) do
        if string.match(part, '/.*') ~= of then redis.call('HDEL', KEYS[4], part) end
    end
    redis.call('HSET', KEYS[4], ARGV[1], ARGV[7])
end
