-- Acknowledge entries, then forget those that every group has acknowledged. Never by length: that would drop what nobody has read.
-- KEYS stream.  ARGV group, then ids.  Gives the number of entries forgotten.
local acknowledged = {}
for i = 2, #ARGV do acknowledged[#acknowledged + 1] = ARGV[i] end
redis.call('XACK', KEYS[1], ARGV[1], unpack(acknowledged))
local oldest_ms, oldest_number
for _, facts in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    local group = {}
    for i = 1, #facts, 2 do group[facts[i]] = facts[i + 1] end
    local id, plus = group['last-delivered-id'], 1
    if group['pending'] > 0 then id, plus = redis.call('XPENDING', KEYS[1], group['name'])[2], 0 end
    local ms, number = string.match(id, '(%d+)-(%d+)')
    ms, number = tonumber(ms), tonumber(number) + plus
    if not oldest_ms or ms < oldest_ms or (ms == oldest_ms and number < oldest_number) then oldest_ms, oldest_number = ms, number end
end
return redis.call('XTRIM', KEYS[1], 'MINID', string.format('%d-%d', oldest_ms, oldest_number))
