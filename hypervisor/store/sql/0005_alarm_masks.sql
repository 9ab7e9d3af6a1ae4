-- The whole alarm: masks with who, why and until when, the latch, what the room was asked, the proof from the field, the cause by the asset graph.

DROP VIEW alarm_shape;
ALTER TABLE alarm
    DROP COLUMN is_open,                          -- and, with it, the two indexes that rest on it
    ADD COLUMN masking jsonb NOT NULL DEFAULT '[]',   -- domain.alarm.Mask, one object each; `masks` holds their kinds
    ADD COLUMN latched boolean NOT NULL DEFAULT false,    -- of a class that a person must reset, and not reset since it was raised
    ADD COLUMN highly_managed boolean NOT NULL DEFAULT false,
    ADD COLUMN announced_at timestamptz,          -- when the room was first asked, NULL when it never was
    ADD COLUMN repeats int NOT NULL DEFAULT 0,    -- since it was acknowledged
    ADD COLUMN confirmed_at timestamptz,
    ADD COLUMN confirmed_by text,
    ADD COLUMN confirmed_name text,
    ADD COLUMN confirmed_from text,
    ADD COLUMN confirmation text,                 -- what was found in the field
    ADD COLUMN stake text,                        -- domain.alarm.Stake
    ADD COLUMN explains text[] NOT NULL DEFAULT '{}',     -- causes of alarms that it explains on its asset and on those that depend on it
    ADD COLUMN dependents jsonb NOT NULL DEFAULT '{}',    -- kind → number of the assets that depend on this one, of an alarm that explains others
    ADD COLUMN parent_id bigint,                  -- the alarm that explains this one
    ADD COLUMN wake_at timestamptz;               -- when the clock must look at it next: a mask that ends, an acknowledgement that grows old
UPDATE alarm SET announced_at = raised_at WHERE priority < 4;
ALTER TABLE alarm ADD COLUMN is_open boolean GENERATED ALWAYS AS (active OR NOT acknowledged OR latched OR cardinality(masks) > 0) STORED;
CREATE UNIQUE INDEX alarm_one_open ON alarm (tenant, source, asset_id, cause) WHERE is_open;
-- What asks for someone comes first, what is hidden last: the order of the queue.
ALTER TABLE alarm ADD COLUMN is_masked boolean GENERATED ALWAYS AS (cardinality(masks) > 0) STORED;
CREATE INDEX alarm_open ON alarm (tenant, is_masked, priority, raised_at, id) WHERE is_open;
CREATE INDEX alarm_wake ON alarm (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX alarm_cause ON alarm (tenant, cleared_at) WHERE explains <> '{}';
CREATE INDEX alarm_child ON alarm (tenant, parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX alarm_transition_time ON alarm_transition (tenant, at);

-- The law of domain.alarm.Facts.state; tests/integration compare the two.
CREATE FUNCTION alarm_state(active boolean, acknowledged boolean, latched boolean, masks text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN 'out_of_service' = ANY (masks) THEN 'out_of_service' WHEN 'suppressed' = ANY (masks) THEN 'suppressed_by_design' WHEN 'shelved' = ANY (masks) THEN 'shelved'
                WHEN active AND NOT acknowledged THEN 'unacknowledged' WHEN active THEN 'acknowledged'
                WHEN latched AND NOT acknowledged THEN 'latched_unacknowledged' WHEN latched THEN 'latched'
                WHEN NOT acknowledged THEN 'returned_unacknowledged' ELSE 'normal' END $$;

CREATE VIEW alarm_shape WITH (security_invoker = true) AS
SELECT a.tenant, a.id, a.layer, a.commune_id, a.priority, a.raised_at, a.is_open, a.event_id, a.asset_id, a.acknowledged, a.active, a.version, a.masks, a.parent_id, a.source, a.is_masked,
    alarm_state(a.active, a.acknowledged, a.latched, a.masks) AS state,
    jsonb_build_object(
        'id', a.id, 'asset_id', a.asset_id, 'asset_name', s.name, 'asset_code', s.code, 'address', s.address, 'layer', a.layer, 'commune_id', a.commune_id,
        'kind', a.kind, 'cause', a.cause, 'title', a.title, 'source', a.source, 'rule', a.rule,
        'priority', (ARRAY['critical', 'major', 'minor', 'info'])[a.priority], 'severity', a.source_severity, 'stake', a.stake,
        'condition', CASE WHEN a.active THEN 'active' ELSE 'normal' END, 'acknowledged', a.acknowledged)
    || jsonb_build_object(
        'state', alarm_state(a.active, a.acknowledged, a.latched, a.masks),
        'masks', to_jsonb(a.masks), 'masking', a.masking, 'latched', a.latched, 'highly_managed', a.highly_managed, 'is_open', a.is_open,
        'parent_id', a.parent_id, 'explains', to_jsonb(a.explains), 'dependents', a.dependents,
        'children', (SELECT count(*) FROM alarm c WHERE c.tenant = a.tenant AND c.parent_id = a.id AND c.active),
        'value', a.value, 'unit', a.unit, 'threshold', a.threshold,
        'raised_at', iso(a.raised_at), 'observed_at', iso(a.observed_at), 'received_at', iso(a.received_at), 'cleared_at', iso(a.cleared_at),
        'announced_at', iso(a.announced_at))
    || jsonb_build_object(
        'acknowledged_by', a.acknowledged_by, 'acknowledged_name', a.acknowledged_name, 'acknowledged_at', iso(a.acknowledged_at), 'acknowledged_from', a.acknowledged_from,
        'confirmed_by', a.confirmed_by, 'confirmed_name', a.confirmed_name, 'confirmed_at', iso(a.confirmed_at), 'confirmation', a.confirmation,
        'decide_before', iso(a.decide_before), 'count', a.count, 'event_id', a.event_id, 'version', a.version, 'lon', s.lon, 'lat', s.lat) AS shape
FROM alarm a JOIN asset s ON s.tenant = a.tenant AND s.id = a.asset_id;
GRANT SELECT ON alarm_shape TO vigie_app, vigie_worker;
