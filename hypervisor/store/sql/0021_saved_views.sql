-- Questions that people keep: what an exploration asked, by name, for oneself or for everybody of the tenant.
CREATE TABLE saved_view (
    tenant smallint NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    body jsonb NOT NULL,                         -- the question, as the page's address says it
    is_shared boolean NOT NULL DEFAULT false,
    owner text NOT NULL,
    owner_name text NOT NULL,
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, owner, name)
);
ALTER TABLE saved_view ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON saved_view TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
    WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int);
GRANT SELECT, INSERT, UPDATE, DELETE ON saved_view TO vigie_app;
