-- Messages to people and to other systems: queued in the transaction that decides, delivered by the jobs under one stable id each.
CREATE TABLE message (
    tenant smallint NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    ref uuid NOT NULL DEFAULT gen_random_uuid(),  -- the stable id: Message-ID of an e-mail, Idempotency-Key of a request
    channel text NOT NULL,                       -- email, sms, call, webhook
    recipient text NOT NULL,                     -- an address or a number: personal, never in a log
    recipient_name text NOT NULL DEFAULT '',
    subject text NOT NULL DEFAULT '',
    body text NOT NULL,
    attachments jsonb NOT NULL DEFAULT '[]',     -- [{"name", "type", "text"}]
    purpose text NOT NULL,                       -- why it was written: escalation, minor_list, seal, handover …
    layer text,                                  -- NULL = everyone's
    alarm_id bigint,
    event_id bigint,
    queued_at timestamptz NOT NULL,
    queued_by text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sending', 'sent', 'kept', 'refused', 'given_up')),
    attempts int NOT NULL DEFAULT 0,
    doubts int NOT NULL DEFAULT 0,               -- attempts whose end is not known: each may have left a copy, under the same id
    next_at timestamptz NOT NULL,
    began_at timestamptz,
    sent_at timestamptz,
    last_error text,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX message_ref ON message (ref);
CREATE INDEX message_due ON message (next_at) WHERE state IN ('waiting', 'sending');
CREATE INDEX message_newest ON message (tenant, queued_at DESC, id DESC);
ALTER TABLE message ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON message TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
    WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int);
-- People read the outbox, queue, and ask for another try; what was written stays as it was written.
GRANT SELECT, INSERT ON message TO vigie_app;
GRANT UPDATE (state, next_at) ON message TO vigie_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON message TO vigie_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO vigie_app, vigie_worker;
