-- Three roles (architecture §5). Their passwords are set by `store.migrate`, never here.
-- vigie_owner owns the tables and migrates; vigie_worker writes in bulk and bypasses row security, because COPY FROM is refused under it;
-- vigie_app serves people and sees one tenant at a time.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vigie_worker') THEN CREATE ROLE vigie_worker LOGIN BYPASSRLS; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vigie_app') THEN CREATE ROLE vigie_app LOGIN; END IF;
END $$;

-- Policies: one tenant at a time, and nothing at all when none is set.
DO $$
DECLARE t text;
BEGIN
    FOR t IN SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format($p$CREATE POLICY tenant_only ON %I TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
                          WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int)$p$, t);
    END LOOP;
END $$;
ALTER TABLE tenant ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON tenant TO vigie_app USING (id = nullif(current_setting('app.tenant', true), '')::int);

GRANT USAGE ON SCHEMA public TO vigie_worker, vigie_app;
-- What people read.
GRANT SELECT ON tenant, commune, basemap_line, basemap_area, basemap_label, asset, asset_edge, channel, property, observation, alarm, alarm_pending,
    alarm_transition, event, event_log, logbook, logbook_head, outbox, account, session, api_token, audit, ingest_ledger, rejected_observation, idempotency TO vigie_app;
-- What people write. The logbook, the logs and the audit can only grow.
GRANT INSERT ON alarm_transition, event_log, logbook, outbox, audit TO vigie_app;
GRANT INSERT, UPDATE ON alarm, event, logbook_head, account, session, api_token TO vigie_app;
GRANT INSERT, DELETE ON idempotency TO vigie_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO vigie_app, vigie_worker;
-- What the worker and the jobs write.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO vigie_worker;
GRANT INSERT ON observation, rejected_observation, alarm_transition, event_log, logbook, outbox, audit TO vigie_worker;
GRANT INSERT, UPDATE ON alarm, event, ingest_ledger, logbook_head, property TO vigie_worker;
GRANT INSERT, UPDATE, DELETE ON alarm_pending TO vigie_worker;
GRANT UPDATE (relayed_at) ON outbox TO vigie_worker;
GRANT DELETE ON outbox, rejected_observation, idempotency, signin_failure, wall_pairing TO vigie_worker;
REVOKE SELECT ON account, session, api_token, wall_pairing FROM vigie_worker;
GRANT SELECT (token_hash, tenant, id, name, scope, layers, expires_at, revoked_at) ON api_token TO vigie_worker;   -- the ingest door checks tokens

-- What must be asked before the tenant is known: by hash only, one row at most.
CREATE FUNCTION session_by_hash(h bytea) RETURNS TABLE (tenant smallint, account_id int, kind text, label text, csrf text, expires_at timestamptz, username text,
    display_name text, role text, layers text[], communes int[], locale text, theme text, must_change_password boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT s.tenant, s.account_id, s.kind, s.label, s.csrf, s.expires_at, a.username, a.display_name, a.role, a.layers, a.communes, a.locale, a.theme, a.must_change_password
    FROM session s JOIN account a ON a.tenant = s.tenant AND a.id = s.account_id
    WHERE s.token_hash = h AND s.revoked_at IS NULL AND a.disabled_at IS NULL $$;
CREATE FUNCTION token_by_hash(h bytea) RETURNS TABLE (tenant smallint, id int, name text, scope text, layers text[], expires_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT tenant, id, name, scope, layers, expires_at FROM api_token WHERE token_hash = h AND revoked_at IS NULL $$;
CREATE FUNCTION account_by_username(u text) RETURNS TABLE (tenant smallint, id int, password_hash text, disabled_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT tenant, id, password_hash, disabled_at FROM account WHERE username = u $$;
REVOKE ALL ON FUNCTION session_by_hash, token_by_hash, account_by_username FROM PUBLIC;
GRANT EXECUTE ON FUNCTION session_by_hash, account_by_username TO vigie_app;
GRANT EXECUTE ON FUNCTION token_by_hash TO vigie_app, vigie_worker;

-- Throttling and pairing come before any tenant: narrow functions instead of grants.
CREATE FUNCTION signin_failures(u text, since timestamptz) RETURNS TABLE (failures bigint, last_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$ SELECT count(*), max(at) FROM signin_failure WHERE username = u AND at >= since $$;
CREATE FUNCTION signin_failed(u text, a text, t timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$ INSERT INTO signin_failure VALUES (u, a, t) $$;
CREATE FUNCTION signin_succeeded(u text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$ DELETE FROM signin_failure WHERE username = u $$;
REVOKE ALL ON FUNCTION signin_failures, signin_failed, signin_succeeded FROM PUBLIC;
GRANT EXECUTE ON FUNCTION signin_failures, signin_failed, signin_succeeded TO vigie_app;

-- A policy turns an index into a sequential scan unless what the query uses is leakproof: tried with these on PostGIS 3.3.
DO $$
DECLARE f regprocedure;
BEGIN
    FOR f IN SELECT p.oid::regprocedure FROM pg_proc p WHERE p.proname IN ('st_intersects', 'st_dwithin', 'geometry_overlaps', 'geometry_within', 'geometry_contains', 'geometry_distance_centroid', 'st_makeenvelope')
    LOOP
        EXECUTE format('ALTER FUNCTION %s LEAKPROOF', f);
    END LOOP;
    ALTER FUNCTION ts_match_vq(tsvector, tsquery) LEAKPROOF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'functions stay leaky: only a superuser may mark them; spatial queries of the application will scan';
END $$;

-- Pairing of walls: no tenant until a person approves, so the application reaches the table through these alone.
CREATE FUNCTION pairing_ask(c text, h bytea, t timestamptz, until timestamptz, a text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$ INSERT INTO wall_pairing (code, secret_hash, created_at, expires_at, address) VALUES (c, h, t, until, a) $$;
CREATE FUNCTION pairing_by_secret(h bytea) RETURNS TABLE (code text, expires_at timestamptz, tenant smallint, approved_by text, label text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$ SELECT code, expires_at, tenant, approved_by, label FROM wall_pairing WHERE secret_hash = h $$;
CREATE FUNCTION pairing_approve(c text, t smallint, who text, at timestamptz, l text) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    WITH done AS (UPDATE wall_pairing SET tenant = t, approved_by = who, approved_at = at, label = l WHERE code = c AND approved_at IS NULL AND expires_at > at RETURNING 1)
    SELECT EXISTS (SELECT FROM done) $$;
CREATE FUNCTION pairing_end(h bytea) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$ DELETE FROM wall_pairing WHERE secret_hash = h $$;
REVOKE ALL ON FUNCTION pairing_ask, pairing_by_secret, pairing_approve, pairing_end FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pairing_ask, pairing_by_secret, pairing_approve, pairing_end TO vigie_app;
DROP POLICY tenant_only ON wall_pairing;

-- Partitions of history are made by the worker, who may not own the parent: a function does it, grants are given on the parent only.
CREATE FUNCTION make_observation_partition(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE part text := 'observation_' || to_char(day, 'YYYYMMDD');
BEGIN
    IF to_regclass(part) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF observation FOR VALUES FROM (%L) TO (%L)', part, day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
    END IF;
END $$;
CREATE FUNCTION detach_observation_partition(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE part text := 'observation_' || to_char(day, 'YYYYMMDD');
BEGIN
    IF to_regclass(part) IS NOT NULL THEN EXECUTE format('ALTER TABLE observation DETACH PARTITION %I', part); EXECUTE format('DROP TABLE %I', part); END IF;
END $$;
REVOKE ALL ON FUNCTION make_observation_partition, detach_observation_partition FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_observation_partition, detach_observation_partition TO vigie_worker;
