-- Interventions: who is sent where, for which alarm, event, asset or works, with two times for what comes from a phone (its own, and ours).
CREATE TABLE intervention (
    tenant smallint NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    number text NOT NULL,                        -- IN-2026-000042
    title text NOT NULL,
    instructions text NOT NULL DEFAULT '',
    layer text NOT NULL,
    commune_id int NOT NULL DEFAULT 0,
    priority smallint NOT NULL,                  -- as an alarm's
    status text NOT NULL DEFAULT 'requested',    -- domain.intervention.Status
    alarm_id bigint,
    event_id bigint,
    asset_id int,
    works_id int,
    agent text,                                  -- username of who is asked; NULL for a contractor's crew alone
    agent_name text,
    contractor text,                             -- company or crew
    address text,
    lon float8,
    lat float8,
    requested_at timestamptz NOT NULL,
    requested_by text NOT NULL,
    requested_name text NOT NULL,
    assigned_at timestamptz NOT NULL,
    due_at timestamptz,
    accepted_at timestamptz,                     -- times of the field, by its clock set right on ours
    departed_at timestamptz,
    arrived_at timestamptz,
    ended_at timestamptz,
    help_at timestamptz,                         -- help was asked for and nobody has answered yet
    reason text,                                 -- of a refusal, an impossibility, a cancellation
    outcome text,
    cause text,
    parts jsonb NOT NULL DEFAULT '[]',           -- [{"name", "quantity"}]
    version int NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, number),
    FOREIGN KEY (tenant, alarm_id) REFERENCES alarm (tenant, id),
    FOREIGN KEY (tenant, event_id) REFERENCES event (tenant, id),
    FOREIGN KEY (tenant, works_id) REFERENCES works (tenant, id),
    CHECK (agent IS NOT NULL OR contractor IS NOT NULL)
);
CREATE INDEX intervention_event ON intervention (tenant, event_id) WHERE event_id IS NOT NULL;
CREATE INDEX intervention_agent ON intervention (tenant, agent, requested_at DESC);
CREATE INDEX intervention_status ON intervention (tenant, status, requested_at DESC);

CREATE TABLE intervention_log (
    tenant smallint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    intervention_id bigint NOT NULL,
    at timestamptz NOT NULL,                     -- when it was done, by the phone's clock set right on ours
    source_at timestamptz,                       -- what the phone said
    received_at timestamptz NOT NULL,
    actor text NOT NULL,
    actor_name text NOT NULL,
    action text NOT NULL,
    from_status text NOT NULL,
    to_status text NOT NULL,
    applied boolean NOT NULL DEFAULT true,       -- false: kept beside a state that had changed meanwhile
    agent text,                                  -- who was asked, after this line
    comment text,
    detail jsonb NOT NULL DEFAULT '{}',          -- parts, photo, position (only what was sent with this action)
    key text,                                    -- the sender's own key of this act, for ever: a phone may send it again after days
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, intervention_id) REFERENCES intervention (tenant, id)
);
CREATE INDEX intervention_log_of ON intervention_log (tenant, intervention_id, id);
CREATE UNIQUE INDEX intervention_log_key ON intervention_log (tenant, actor, key) WHERE key IS NOT NULL;

CREATE TABLE intervention_photo (
    tenant smallint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    intervention_id bigint NOT NULL,
    taken_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    by text NOT NULL,
    by_name text NOT NULL,
    width int NOT NULL,
    height int NOT NULL,
    image bytea NOT NULL,                        -- JPEG, encoded again by us without any metadata
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, intervention_id) REFERENCES intervention (tenant, id)
);
CREATE INDEX intervention_photo_of ON intervention_photo (tenant, intervention_id);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['intervention', 'intervention_log', 'intervention_photo'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format($p$CREATE POLICY tenant_only ON %I TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
                          WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int)$p$, t);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON intervention TO vigie_app;
GRANT SELECT, INSERT ON intervention_log, intervention_photo TO vigie_app;
GRANT SELECT ON intervention, intervention_log, intervention_photo TO vigie_worker;
GRANT UPDATE (detail) ON intervention_log TO vigie_worker;   -- positions and photographs end before the rest (domain/intervention.py)
GRANT DELETE ON intervention_photo TO vigie_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO vigie_app, vigie_worker;

CREATE VIEW intervention_shape WITH (security_invoker = true) AS
SELECT i.tenant, i.id, i.layer, i.commune_id, i.priority, i.status, i.agent, i.event_id, i.alarm_id, i.asset_id, i.works_id, i.requested_at, i.version,
    jsonb_build_object(
        'id', i.id, 'number', i.number, 'title', i.title, 'instructions', i.instructions, 'layer', i.layer, 'commune_id', i.commune_id,
        'priority', (ARRAY['critical', 'major', 'minor', 'info'])[i.priority], 'status', i.status, 'alarm_id', i.alarm_id, 'event_id', i.event_id,
        'event_number', e.number, 'asset_id', i.asset_id, 'asset_name', s.name, 'asset_code', s.code, 'asset_urn', s.urn, 'asset_kind', s.kind, 'works_id', i.works_id,
        'agent', i.agent, 'agent_name', i.agent_name, 'contractor', i.contractor, 'address', i.address, 'lon', i.lon, 'lat', i.lat)
    || jsonb_build_object(
        'requested_at', iso(i.requested_at), 'requested_by', i.requested_by, 'requested_name', i.requested_name, 'assigned_at', iso(i.assigned_at), 'due_at', iso(i.due_at),
        'accepted_at', iso(i.accepted_at), 'departed_at', iso(i.departed_at), 'arrived_at', iso(i.arrived_at), 'ended_at', iso(i.ended_at), 'help_at', iso(i.help_at),
        'reason', i.reason, 'outcome', i.outcome, 'cause', i.cause, 'parts', i.parts,
        'photos', (SELECT count(*) FROM intervention_photo p WHERE p.tenant = i.tenant AND p.intervention_id = i.id),
        'late', (SELECT count(*) FROM intervention_log g WHERE g.tenant = i.tenant AND g.intervention_id = i.id AND NOT g.applied),
        'version', i.version) AS shape
FROM intervention i
LEFT JOIN event e ON e.tenant = i.tenant AND e.id = i.event_id
LEFT JOIN asset s ON s.tenant = i.tenant AND s.id = i.asset_id;
GRANT SELECT ON intervention_shape TO vigie_app, vigie_worker;
