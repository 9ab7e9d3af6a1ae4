-- How many alarms are open, exactly, without reading them: each statement on `alarm` adds what it changed to the count of its (layer, commune, priority, state).
-- Only additions: two transactions never wait for one another's counter. The jobs process sums them up again from time to time; the sum is the same before and after.
CREATE TABLE alarm_tally (
    tenant smallint NOT NULL REFERENCES tenant,
    layer text NOT NULL,
    commune_id int NOT NULL,
    priority smallint NOT NULL,
    state text NOT NULL,                         -- alarm_state
    n int NOT NULL
);
CREATE INDEX alarm_tally_tenant ON alarm_tally (tenant);
ALTER TABLE alarm_tally ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON alarm_tally TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int);
GRANT SELECT ON alarm_tally TO vigie_app, vigie_worker;

CREATE FUNCTION alarm_tally_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    INSERT INTO alarm_tally SELECT tenant, layer, commune_id, priority, alarm_state(active, acknowledged, latched, masks), count(*) FROM born WHERE is_open GROUP BY 1, 2, 3, 4, 5;
    RETURN NULL;
END $$;
CREATE FUNCTION alarm_tally_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    INSERT INTO alarm_tally SELECT tenant, layer, commune_id, priority, state, sum(n) FROM (
        SELECT tenant, layer, commune_id, priority, alarm_state(active, acknowledged, latched, masks) AS state, 1 AS n FROM born WHERE is_open
        UNION ALL SELECT tenant, layer, commune_id, priority, alarm_state(active, acknowledged, latched, masks), -1 FROM gone WHERE is_open) AS change
    GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) <> 0;
    RETURN NULL;
END $$;
CREATE FUNCTION alarm_tally_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    INSERT INTO alarm_tally SELECT tenant, layer, commune_id, priority, alarm_state(active, acknowledged, latched, masks), -count(*) FROM gone WHERE is_open GROUP BY 1, 2, 3, 4, 5;
    RETURN NULL;
END $$;
CREATE FUNCTION alarm_tally_emptied() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$ BEGIN DELETE FROM alarm_tally; RETURN NULL; END $$;
CREATE TRIGGER alarm_tally_insert AFTER INSERT ON alarm REFERENCING NEW TABLE AS born FOR EACH STATEMENT EXECUTE FUNCTION alarm_tally_added();
CREATE TRIGGER alarm_tally_update AFTER UPDATE ON alarm REFERENCING NEW TABLE AS born OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION alarm_tally_changed();
CREATE TRIGGER alarm_tally_delete AFTER DELETE ON alarm REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION alarm_tally_deleted();
CREATE TRIGGER alarm_tally_truncate AFTER TRUNCATE ON alarm FOR EACH STATEMENT EXECUTE FUNCTION alarm_tally_emptied();

-- Sums up what has been added; who reads meanwhile sees all of it before, or all of it after.
CREATE FUNCTION alarm_tally_sum_up() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    WITH added AS (DELETE FROM alarm_tally RETURNING *)
    INSERT INTO alarm_tally SELECT tenant, layer, commune_id, priority, state, sum(n) FROM added GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) <> 0 $$;
-- Counts again from the alarms themselves; writers wait.
CREATE FUNCTION alarm_tally_count_again() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    LOCK TABLE alarm IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM alarm_tally;
    INSERT INTO alarm_tally SELECT tenant, layer, commune_id, priority, alarm_state(active, acknowledged, latched, masks), count(*) FROM alarm WHERE is_open GROUP BY 1, 2, 3, 4, 5;
END $$;
REVOKE ALL ON FUNCTION alarm_tally_sum_up, alarm_tally_count_again FROM PUBLIC;
GRANT EXECUTE ON FUNCTION alarm_tally_sum_up, alarm_tally_count_again TO vigie_worker;
SELECT alarm_tally_count_again();
