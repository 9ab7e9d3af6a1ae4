-- How each wall is steered: what a console last ordered. screen 0 is the order given to every wall; a screen's own row wins over it.
CREATE TABLE wall_steering (
    tenant smallint NOT NULL REFERENCES tenant,
    screen smallint NOT NULL,
    body jsonb NOT NULL,
    by_name text NOT NULL,
    at timestamptz NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (tenant, screen)
);
ALTER TABLE wall_steering ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON wall_steering TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
    WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int);
GRANT SELECT, INSERT, UPDATE, DELETE ON wall_steering TO vigie_app;
CREATE SEQUENCE wall_steering_version;
GRANT USAGE ON SEQUENCE wall_steering_version TO vigie_app;
