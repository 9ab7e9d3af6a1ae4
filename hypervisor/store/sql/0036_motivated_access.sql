-- Access to the past by motive (screens.md B.9): who has the screen of the replay and no right to read it opens one window of it for an hour, and says why.
CREATE TABLE motivated_access (
    tenant smallint NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    motive text NOT NULL CHECK (length(motive) >= 10),
    opened_at timestamptz NOT NULL,
    by text NOT NULL,
    by_name text NOT NULL,
    open_until timestamptz NOT NULL,
    closed_at timestamptz,                       -- by the person, before its time
    PRIMARY KEY (tenant, id),
    -- Bounds that hold whatever the program above: a day of the past at most, for an hour at most.
    CHECK (since < until AND until <= since + interval '24 hours' AND until <= opened_at),
    CHECK (open_until > opened_at AND open_until <= opened_at + interval '1 hour')
);
CREATE INDEX motivated_access_of ON motivated_access (tenant, by, id DESC);
ALTER TABLE motivated_access ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON motivated_access TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
    WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int);
-- An access is never rewritten, lengthened or forgotten: it is closed.
GRANT SELECT, INSERT ON motivated_access TO vigie_app;
GRANT UPDATE (closed_at) ON motivated_access TO vigie_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO vigie_app;
