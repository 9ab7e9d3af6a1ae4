-- What people leave on the past: a bookmark to come back to a moment, a lesson for the feedback of experience (RETEX).
CREATE TABLE replay_note (
    tenant smallint NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,                     -- the moment that it points at
    kind text NOT NULL CHECK (kind IN ('bookmark', 'lesson')),
    text text NOT NULL,
    event_id bigint,
    author text NOT NULL,
    author_name text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, event_id) REFERENCES event (tenant, id)
);
CREATE INDEX replay_note_at ON replay_note (tenant, at);
ALTER TABLE replay_note ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON replay_note TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
    WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int);
-- A note says what somebody thought then: it is added to, not rewritten.
GRANT SELECT, INSERT ON replay_note TO vigie_app;
