-- External supervisors: what each one's link is worth, and the places that they name.
CREATE TABLE supervisor (
    tenant smallint NOT NULL REFERENCES tenant,
    key text NOT NULL,                           -- name of its token
    label text NOT NULL,
    period_s int NOT NULL DEFAULT 60,            -- how often it promised to be heard; silent after three periods
    first_at timestamptz NOT NULL,
    last_message_at timestamptz,
    last_heartbeat_at timestamptz,
    last_lag_ms bigint,                          -- receipt less the source's own time, of its last message
    received bigint NOT NULL DEFAULT 0,
    errors bigint NOT NULL DEFAULT 0,
    last_error text,
    last_error_at timestamptz,
    silent_since timestamptz,
    PRIMARY KEY (tenant, key)
);
CREATE TABLE supervisor_outage (
    tenant smallint NOT NULL,
    id int GENERATED ALWAYS AS IDENTITY,
    key text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, key) REFERENCES supervisor (tenant, key)
);
CREATE INDEX supervisor_outage_key ON supervisor_outage (tenant, key, since);
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['supervisor', 'supervisor_outage'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format($p$CREATE POLICY tenant_only ON %I TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
                          WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int)$p$, t);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON supervisor, supervisor_outage TO vigie_app, vigie_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO vigie_app, vigie_worker;
GRANT INSERT ON rejected_observation TO vigie_app;

-- A supervisor may speak of what no inventory holds, when it says where it is: a kind that no layer declares is shown by its alarms alone.
CREATE FUNCTION asset_of_place(t smallint, u text, l text, n text, lon float8, lat float8) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE place geometry := ST_SetSRID(ST_MakePoint(lon, lat), 4326); found int;
BEGIN
    IF session_user = 'vigie_app' AND t IS DISTINCT FROM nullif(current_setting('app.tenant', true), '')::smallint THEN
        RAISE EXCEPTION 'the assets of another tenant are closed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock(t, hashtext('asset_of_place'));
    SELECT id INTO found FROM asset WHERE tenant = t AND urn = u;
    IF found IS NULL THEN
        SELECT coalesce(max(id), 0) + 1 INTO found FROM asset WHERE tenant = t;
        INSERT INTO asset (tenant, id, urn, layer, kind, name, commune_id, geom, lon, lat) VALUES (t, found, u, l, 'unlisted', n,
            coalesce((SELECT c.id FROM commune c WHERE c.tenant = t AND ST_Intersects(c.geom, place) ORDER BY c.id DESC LIMIT 1), 0), place, lon, lat);
    END IF;
    RETURN found;
END $$;
REVOKE ALL ON FUNCTION asset_of_place FROM PUBLIC;
GRANT EXECUTE ON FUNCTION asset_of_place TO vigie_app, vigie_worker;
