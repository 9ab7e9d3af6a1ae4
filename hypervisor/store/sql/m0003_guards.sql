-- Failed sign-ins are also counted by address: one that tries many names is slowed down too.
CREATE INDEX signin_failure_from ON signin_failure (address, at);
CREATE FUNCTION signin_failures_from(a text, since timestamptz) RETURNS TABLE (failures bigint, last_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$ SELECT count(*), max(at) FROM signin_failure WHERE address = a AND at >= since $$;
REVOKE ALL ON FUNCTION signin_failures_from FROM PUBLIC;
GRANT EXECUTE ON FUNCTION signin_failures_from TO vigie_app;

-- The jobs delete sessions that are over, and see nothing else of them.
GRANT SELECT (expires_at, revoked_at), DELETE ON session TO vigie_worker;

-- /metrics counts every tenant, one after the other: their numbers and keys, and nothing else of them.
CREATE FUNCTION tenant_keys() RETURNS TABLE (id smallint, key text) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$ SELECT id, key FROM tenant ORDER BY id $$;
REVOKE ALL ON FUNCTION tenant_keys FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant_keys TO vigie_app;

-- The engine asks which sources it last said to be silent.
CREATE INDEX logbook_source ON logbook (tenant, layer, seq) WHERE action IN ('source-lost', 'source-back');
