-- Requests for the complete incident file, which shows names (screens.md 1.5): who asks, why, for what period and perimeter; who decides; until when it may be taken; how many times it was.
CREATE TABLE disclosure (
    tenant smallint NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    event_id bigint,                             -- the file is about this event alone; NULL: about all of the period
    layers text[],                               -- the asker's perimeter when they asked, which is the file's; NULL: everywhere
    communes int[],
    motive text NOT NULL,
    asked_at timestamptz NOT NULL,
    asked_by text NOT NULL,
    asked_name text NOT NULL,
    status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'approved', 'refused', 'withdrawn', 'revoked')),
    decided_at timestamptz,
    decided_by text,
    decided_name text,
    decided_reason text,
    open_until timestamptz,
    ended_at timestamptz,                        -- withdrawn by who asked, or revoked by who may decide
    ended_by text,
    ended_name text,
    ended_reason text,
    exports int NOT NULL DEFAULT 0,
    exported_at timestamptz,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, event_id) REFERENCES event (tenant, id),
    CHECK (since < until AND until <= asked_at),
    -- Four eyes, whatever the program above: who decides or revokes is not who asked, who withdraws is.
    CHECK (decided_by <> asked_by),
    CHECK ((status IN ('approved', 'refused', 'revoked')) <= (decided_by IS NOT NULL)),
    CHECK ((status IN ('approved', 'revoked')) <= (open_until IS NOT NULL)),
    CHECK (status <> 'withdrawn' OR ended_by = asked_by),
    CHECK (status <> 'revoked' OR ended_by <> asked_by)
);
CREATE INDEX disclosure_waiting ON disclosure (tenant, asked_at) WHERE status = 'waiting';
CREATE INDEX disclosure_of ON disclosure (tenant, asked_by, id DESC);
ALTER TABLE disclosure ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON disclosure TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
    WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int);
-- What was asked is never written again, nor forgotten: only what became of it.
GRANT SELECT, INSERT ON disclosure TO vigie_app;
GRANT UPDATE (status, decided_at, decided_by, decided_name, decided_reason, open_until, ended_at, ended_by, ended_name, ended_reason, exports, exported_at) ON disclosure TO vigie_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO vigie_app;
