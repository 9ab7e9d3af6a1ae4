-- What a source of observations speaks: its connector, the MQTT topics where it is heard, and the form of its messages when it is its own.
CREATE TABLE source (
    tenant smallint NOT NULL REFERENCES tenant,
    name text NOT NULL,                          -- name of its token, of scope ingest: when that one ends, so does the source
    connector text NOT NULL,                     -- folder of hypervisor/connectors/
    topics text[] NOT NULL DEFAULT '{}',         -- MQTT topic filters; none for a source that posts
    template jsonb,                              -- for a connector whose sources declare their form
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, name)
);
ALTER TABLE source ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON source TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
    WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int);
GRANT SELECT, INSERT, UPDATE, DELETE ON source TO vigie_app;
GRANT SELECT ON source TO vigie_worker;
