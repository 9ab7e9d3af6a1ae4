-- Dashboards sent to officials: what is asked for at each month, quarter or year, and each document that a second person let go.
CREATE TABLE report_plan (
    tenant smallint NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    domain text NOT NULL DEFAULT '',             -- a layer, service, or '' for the first page
    commune_id int NOT NULL DEFAULT 0,           -- 0: the whole territory
    rhythm text NOT NULL CHECK (rhythm IN ('month', 'quarter', 'year')),
    recipients jsonb NOT NULL,                   -- [{"name", "email"}]: personal; addresses are erased when the plan ends
    first_day date NOT NULL,                     -- of the first period to prepare
    created_by text NOT NULL,
    created_name text NOT NULL,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (tenant, id)
);
CREATE TABLE report (
    tenant smallint NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    plan_id bigint NOT NULL,
    period text NOT NULL,                        -- as addresses write it: 2026, 2026-T1, 2026-02
    state text NOT NULL DEFAULT 'to_validate' CHECK (state IN ('to_validate', 'sent', 'refused')),
    version int NOT NULL DEFAULT 1,
    highlight text NOT NULL CHECK (length(highlight) <= 600),
    sentence text NOT NULL,                      -- the figures in one sentence, as the document prints it
    document bytea NOT NULL,                     -- the PDF that was read is the one that leaves
    digest text NOT NULL,                        -- its SHA-256
    written_by text NOT NULL,                    -- who asked for it, then who corrected it last: cannot be the one who validates
    written_name text NOT NULL,
    prepared_at timestamptz NOT NULL,
    decided_by text,
    decided_name text,
    decided_at timestamptz,
    motive text,
    messages bigint[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, plan_id, period),
    FOREIGN KEY (tenant, plan_id) REFERENCES report_plan,
    CHECK (state = 'to_validate' OR (decided_by IS NOT NULL AND decided_at IS NOT NULL)),
    CHECK (state <> 'sent' OR decided_by <> written_by),
    CHECK (state <> 'refused' OR motive <> '')
);
CREATE INDEX report_newest ON report (tenant, prepared_at DESC);
ALTER TABLE report_plan ENABLE ROW LEVEL SECURITY;
ALTER TABLE report ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON report_plan TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
    WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int);
CREATE POLICY tenant_only ON report TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
    WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int);
GRANT SELECT, INSERT ON report_plan, report TO vigie_app;
GRANT UPDATE (ended_at, recipients) ON report_plan TO vigie_app;
GRANT UPDATE (state, version, highlight, sentence, document, digest, written_by, written_name, prepared_at, decided_by, decided_name, decided_at, motive, messages) ON report TO vigie_app;
