-- What services agree: targets in place of the declarations', and who changed which factor, target or declared volume, from what to what.
CREATE TABLE indicator_target (
    tenant smallint NOT NULL REFERENCES tenant,
    indicator text NOT NULL,
    since date NOT NULL,
    low float8,
    high float8,
    source text NOT NULL,
    PRIMARY KEY (tenant, indicator, since),
    CHECK (low IS NOT NULL OR high IS NOT NULL),
    CHECK (low <= high)
);
CREATE TABLE indicator_change (                  -- added to, never changed
    tenant smallint NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    by text NOT NULL,
    by_name text NOT NULL,
    layer text NOT NULL,                         -- service for the service's own
    kind text NOT NULL CHECK (kind IN ('factor', 'target', 'declared')),
    key text NOT NULL,
    since date NOT NULL,
    before jsonb,                                -- NULL: there was none
    after jsonb,                                 -- NULL: taken away
    PRIMARY KEY (tenant, id)
);
ALTER TABLE indicator_target ENABLE ROW LEVEL SECURITY;
ALTER TABLE indicator_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON indicator_target TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
    WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int);
CREATE POLICY tenant_only ON indicator_change TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
    WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int);
GRANT SELECT, INSERT, UPDATE, DELETE ON indicator_target TO vigie_app;
GRANT SELECT, INSERT ON indicator_change TO vigie_app;
