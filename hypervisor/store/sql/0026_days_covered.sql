-- The index by asset of a closed day holds whole values: an asset's day is then on one or two of its pages instead of one page of the table for each value.
-- The table keeps its order, that of time, by which its BRIN index works; a vacuum must have passed for the index to be believed alone, so it comes by itself.
CREATE OR REPLACE FUNCTION index_observation_partition(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE part text := 'observation_' || to_char(day, 'YYYYMMDD');
BEGIN
    EXECUTE format('LOCK TABLE %I IN SHARE MODE', part);
    IF to_regclass(part || '_asset') IS NULL THEN
        EXECUTE format('CREATE INDEX %I ON %I (asset_id, property_id, observed_at) INCLUDE (received_at, value, quality, tenant)', part || '_asset', part);
        EXECUTE format('ALTER TABLE %I SET (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 1000)', part);
    END IF;
END $$;
