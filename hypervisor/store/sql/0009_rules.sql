-- Rules that a tenant saves: each saving adds a version, so that an alarm of last year can be explained by the rule of last year.
CREATE TABLE rule (
    tenant smallint NOT NULL REFERENCES tenant,
    layer text NOT NULL,
    key text NOT NULL,
    version int NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    body jsonb NOT NULL,                         -- domain.rule.Rule
    at timestamptz NOT NULL,
    by text NOT NULL,
    PRIMARY KEY (tenant, layer, key, version)
);
ALTER TABLE rule ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON rule TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
    WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int);
GRANT SELECT, INSERT ON rule TO vigie_app;
GRANT SELECT ON rule TO vigie_worker;
