-- Accept one request: remember its answer and add its entries to the stream, together or not at all.
-- KEYS stream, incarnation, seen.  ARGV new incarnation, seconds to remember, answer to remember, 1 when what is remembered says nothing of it or 2 when it must be
-- that same answer, then (b, n) pairs.
-- Gives {'known', answer} or {'added', last id}.
if ARGV[4] ~= '1' then
    local known = redis.call('GET', KEYS[3])
    if known and (ARGV[4] ~= '2' or known == ARGV[3]) then return {'known', known} end
end
if redis.call('EXISTS', KEYS[1], KEYS[2]) < 2 then redis.call('SET', KEYS[2], ARGV[1]) end
local id = ''
for i = 5, #ARGV, 2 do id = redis.call('XADD', KEYS[1], '*', 'b', ARGV[i], 'n', ARGV[i + 1]) end
redis.call('SET', KEYS[3], ARGV[3], 'EX', ARGV[2])
return {'added', id}
