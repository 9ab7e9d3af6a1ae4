-- Closed days: their hourly roll-up, and what the lake holds of them. A day closes once it is over and its late values have come; a later value reopens it.
CREATE TABLE observation_hour (                  -- one row per asset, property and hour that had values, written when the day closes
    tenant smallint NOT NULL,
    asset_id int NOT NULL,
    property_id smallint NOT NULL,
    hour int NOT NULL,                           -- hours since 1970, UTC
    n int NOT NULL,
    total float8 NOT NULL,                       -- sum of the values: means of means stay exact
    low float8 NOT NULL,
    high float8 NOT NULL,
    PRIMARY KEY (tenant, asset_id, property_id, hour)
) PARTITION BY RANGE (hour);                     -- daily partitions observation_hour_YYYYMMDD, which come and go with those of observation

CREATE TABLE history_day (                       -- one row per day that closes or has closed; days without a row are hot
    tenant smallint NOT NULL REFERENCES tenant,
    day date NOT NULL,                           -- UTC
    state text NOT NULL,                         -- closing, closed
    late int NOT NULL DEFAULT 0,                 -- transactions that added values since the closing began: above 0 the lake's file is not whole
    rows bigint NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0,
    file text NOT NULL DEFAULT '',               -- below the lake's root; this row is what makes a file part of the lake
    digest text NOT NULL DEFAULT '',             -- SHA-256 of the file
    hours_file text NOT NULL DEFAULT '',
    hours_digest text NOT NULL DEFAULT '',
    closed_at timestamptz,
    is_hot boolean NOT NULL DEFAULT true,        -- whether PostgreSQL still holds the day
    PRIMARY KEY (tenant, day)
);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['observation_hour', 'history_day'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format($p$CREATE POLICY tenant_only ON %I TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
                          WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int)$p$, t);
    END LOOP;
END $$;
GRANT SELECT ON observation_hour, history_day TO vigie_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON observation_hour, history_day TO vigie_worker;
GRANT DELETE ON observation TO vigie_worker;     -- a layer whose values are kept for a shorter time than the others'

CREATE OR REPLACE FUNCTION make_observation_partition(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE part text := 'observation_' || to_char(day, 'YYYYMMDD');
        hours text := 'observation_hour_' || to_char(day, 'YYYYMMDD');
        first int := (day - date '1970-01-01') * 24;
BEGIN
    IF to_regclass(part) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF observation FOR VALUES FROM (%L) TO (%L)', part, day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
    END IF;
    IF to_regclass(hours) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF observation_hour FOR VALUES FROM (%L) TO (%L)', hours, first, first + 24);
    END IF;
END $$;
CREATE OR REPLACE FUNCTION detach_observation_partition(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE part text;
BEGIN
    FOREACH part IN ARRAY ARRAY['observation_' || to_char(day, 'YYYYMMDD'), 'observation_hour_' || to_char(day, 'YYYYMMDD')] LOOP
        IF to_regclass(part) IS NOT NULL THEN
            EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', CASE WHEN part LIKE 'observation\_hour\_%' THEN 'observation_hour' ELSE 'observation' END, part);
            EXECUTE format('DROP TABLE %I', part);
        END IF;
    END LOOP;
END $$;

-- Gives a day the index by which one asset is read, and waits for the transactions that are adding to it: whoever adds afterwards sees that the day closes.
CREATE FUNCTION index_observation_partition(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE part text := 'observation_' || to_char(day, 'YYYYMMDD');
BEGIN
    EXECUTE format('LOCK TABLE %I IN SHARE MODE', part);
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I (asset_id, property_id, observed_at)', part || '_asset', part);
END $$;
-- After a closing: the planner must know what the day has become.
CREATE FUNCTION analyse_observation_partition(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    EXECUTE format('ANALYZE %I, %I', 'observation_' || to_char(day, 'YYYYMMDD'), 'observation_hour_' || to_char(day, 'YYYYMMDD'));
END $$;
REVOKE ALL ON FUNCTION index_observation_partition, analyse_observation_partition FROM PUBLIC;
GRANT EXECUTE ON FUNCTION index_observation_partition, analyse_observation_partition TO vigie_worker;

-- Partitions that were made before: their roll-up's partition comes with the next making of the day.
SELECT make_observation_partition(to_date(right(c.relname, 8), 'YYYYMMDD')) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'observation'::regclass;
