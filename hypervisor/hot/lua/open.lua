-- Make the stream, its incarnation and its group when they are not there; give the incarnation.
-- KEYS stream, incarnation.  ARGV new incarnation, group.
if redis.call('EXISTS', KEYS[1], KEYS[2]) < 2 then redis.call('SET', KEYS[2], ARGV[1]) end
redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[2], '0', 'MKSTREAM')
return redis.call('GET', KEYS[2])
