-- On-call: who may be phoned (contact), which duties there are (roster), who holds them when (on_call); the ladder that leads to them, and the codes by which they answer.
CREATE TABLE contact (
    tenant smallint NOT NULL REFERENCES tenant,
    id int GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    phone text,                                  -- personal: never in a log
    email text,
    account text,                                -- username, for those who sign in
    retired_at timestamptz,
    PRIMARY KEY (tenant, id)
);
CREATE TABLE roster (
    tenant smallint NOT NULL REFERENCES tenant,
    id int GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL CHECK (kind IN ('operation', 'safety', 'decision')),
    label text NOT NULL,
    layer text,                                  -- NULL = every domain
    communes int[],                              -- NULL = everywhere
    ranks smallint NOT NULL DEFAULT 1 CHECK (ranks BETWEEN 1 AND 9),
    retired_at timestamptz,
    PRIMARY KEY (tenant, id)
);
CREATE TABLE on_call (
    tenant smallint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    roster_id int NOT NULL,
    rank smallint NOT NULL CHECK (rank BETWEEN 1 AND 9),
    contact_id int NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    replaces bigint,                             -- the turn that this one takes over, for its own time
    reason text NOT NULL DEFAULT '',
    created_by text NOT NULL,
    created_name text NOT NULL,
    created_at timestamptz NOT NULL,
    cancelled_at timestamptz,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, roster_id) REFERENCES roster (tenant, id),
    FOREIGN KEY (tenant, contact_id) REFERENCES contact (tenant, id),
    CHECK (starts_at < ends_at)
);
CREATE INDEX on_call_time ON on_call (tenant, roster_id, ends_at) WHERE cancelled_at IS NULL;
CREATE TABLE ladder (
    tenant smallint PRIMARY KEY REFERENCES tenant,
    delays jsonb NOT NULL DEFAULT '{}',          -- {"critical": {"chief": 60, "decision": null}, …} seconds, null = never; what it does not name is domain.on_call's
    services jsonb NOT NULL DEFAULT '{}'         -- layer → e-mail of the service that gets the list of minor alarms
);
-- One row for each rung climbed: its key is what makes it happen once.
CREATE TABLE escalation (
    tenant smallint NOT NULL,
    alarm_id bigint NOT NULL,
    since timestamptz NOT NULL,                  -- when the alarm began to wait
    rung text NOT NULL,
    at timestamptz NOT NULL,
    contact_id int,
    contact_name text,
    message_id bigint,
    is_gap boolean NOT NULL DEFAULT false,       -- nobody held the duty
    PRIMARY KEY (tenant, alarm_id, since, rung),
    FOREIGN KEY (tenant, alarm_id) REFERENCES alarm (tenant, id)
);
CREATE INDEX escalation_time ON escalation (tenant, at);
CREATE TABLE on_call_code (
    tenant smallint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    alarm_id bigint NOT NULL,
    contact_id int NOT NULL,
    message_id bigint NOT NULL,
    code_hash bytea NOT NULL,                    -- HMAC of the six digits, which are worth something from the contact's own number alone
    link_hash bytea NOT NULL,                    -- HMAC of the address's long word
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    used_from text,                              -- sms, call, link
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, alarm_id) REFERENCES alarm (tenant, id),
    FOREIGN KEY (tenant, contact_id) REFERENCES contact (tenant, id),
    FOREIGN KEY (tenant, message_id) REFERENCES message (tenant, id) ON DELETE CASCADE
);
CREATE INDEX on_call_code_live ON on_call_code (tenant, contact_id) WHERE used_at IS NULL;
CREATE UNIQUE INDEX on_call_code_link ON on_call_code (tenant, link_hash);

-- What the clock of escalation knows of an alarm: since when it waits, at which priority, when the next rung is due, and the last one climbed.
ALTER TABLE alarm
    ADD COLUMN waits_since timestamptz,
    ADD COLUMN waits_priority smallint,
    ADD COLUMN escalate_at timestamptz,
    ADD COLUMN escalation jsonb;
CREATE INDEX alarm_escalate ON alarm (tenant, escalate_at) WHERE escalate_at IS NOT NULL;
CREATE INDEX alarm_waits_new ON alarm (tenant, id) WHERE active AND NOT acknowledged AND NOT is_masked AND priority < 4 AND (waits_since IS NULL OR waits_priority <> priority);
CREATE INDEX alarm_waits_over ON alarm (tenant, id) WHERE waits_since IS NOT NULL AND NOT (active AND NOT acknowledged AND NOT is_masked AND priority < 4);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['contact', 'roster', 'on_call', 'ladder', 'escalation', 'on_call_code'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format($p$CREATE POLICY tenant_only ON %I TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
                          WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int)$p$, t);
    END LOOP;
END $$;
GRANT SELECT ON escalation TO vigie_app;
GRANT SELECT, INSERT, UPDATE ON contact, roster, on_call, ladder TO vigie_app;
GRANT SELECT ON on_call_code TO vigie_app;
GRANT UPDATE (used_at, used_from) ON on_call_code TO vigie_app;
GRANT SELECT ON contact, roster, on_call, ladder TO vigie_worker;
GRANT SELECT, INSERT ON escalation, on_call_code TO vigie_worker;
GRANT DELETE ON on_call_code TO vigie_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO vigie_app, vigie_worker;

DROP VIEW alarm_shape;
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
        'announced_at', iso(a.announced_at), 'escalation', a.escalation)
    || jsonb_build_object(
        'acknowledged_by', a.acknowledged_by, 'acknowledged_name', a.acknowledged_name, 'acknowledged_at', iso(a.acknowledged_at), 'acknowledged_from', a.acknowledged_from,
        'confirmed_by', a.confirmed_by, 'confirmed_name', a.confirmed_name, 'confirmed_at', iso(a.confirmed_at), 'confirmation', a.confirmation,
        'decide_before', iso(a.decide_before), 'count', a.count, 'event_id', a.event_id, 'version', a.version, 'lon', s.lon, 'lat', s.lat) AS shape
FROM alarm a JOIN asset s ON s.tenant = a.tenant AND s.id = a.asset_id;
GRANT SELECT ON alarm_shape TO vigie_app, vigie_worker;
