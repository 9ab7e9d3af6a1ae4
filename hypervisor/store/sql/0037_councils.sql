-- When councils sit: dashboards of that rhythm are prepared on the working day before.
CREATE TABLE council (
    tenant smallint NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    day date NOT NULL,
    created_by text NOT NULL,
    created_name text NOT NULL,
    created_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX council_day ON council (tenant, day) WHERE withdrawn_at IS NULL;
ALTER TABLE council ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON council TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
    WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int);
GRANT SELECT, INSERT ON council TO vigie_app;
GRANT UPDATE (withdrawn_at) ON council TO vigie_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO vigie_app;
ALTER TABLE report_plan DROP CONSTRAINT report_plan_rhythm_check;
ALTER TABLE report_plan ADD CONSTRAINT report_plan_rhythm_check CHECK (rhythm IN ('month', 'quarter', 'year', 'council'));
