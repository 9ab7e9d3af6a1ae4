-- Works: what puts assets out of service for a window (a work order, a planned cut, an arrêté, an event), start included and end excluded.
CREATE TABLE works (
    tenant smallint NOT NULL REFERENCES tenant,
    id int GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,                          -- work_order, planned_cut, decree, event
    title text NOT NULL,
    reference text,                              -- number of the order or of the arrêté
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'planned',       -- planned, running, ended, cancelled
    asset_ids int[] NOT NULL DEFAULT '{}',
    area geometry(Geometry, 4326),
    layers text[],                               -- NULL = every layer; the perimeter of who wrote it bounds an area
    communes int[],
    comment text NOT NULL DEFAULT '',
    created_by text NOT NULL,
    created_name text NOT NULL,
    created_at timestamptz NOT NULL,
    version int NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant, id),
    CHECK (starts_at < ends_at)
);
CREATE INDEX works_due ON works (tenant, starts_at) WHERE state IN ('planned', 'running');
ALTER TABLE works ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON works TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
    WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int);
GRANT SELECT, INSERT, UPDATE ON works TO vigie_app;
GRANT SELECT, UPDATE ON works TO vigie_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO vigie_app, vigie_worker;

-- Lists of open alarms are read from the newest, page by page.
CREATE INDEX alarm_open_newest ON alarm (tenant, raised_at DESC, id DESC) WHERE is_open;
