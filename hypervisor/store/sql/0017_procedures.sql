-- Procedures (fiches réflexes): versions of a tenant, the run of one on an event, and its acts.
CREATE TABLE procedure_version (
    tenant smallint NOT NULL REFERENCES tenant,
    key text NOT NULL,                           -- FR-EAU-03
    version int NOT NULL,
    layer text NOT NULL,
    state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'in_force', 'retired')),
    body jsonb NOT NULL,                         -- domain.procedure.Procedure
    author text NOT NULL,
    author_name text NOT NULL,
    written_at timestamptz NOT NULL,
    published_by text,
    published_name text,
    published_at timestamptz,
    retired_at timestamptz,
    PRIMARY KEY (tenant, key, version)
);
CREATE UNIQUE INDEX procedure_one_draft ON procedure_version (tenant, key) WHERE state = 'draft';
CREATE UNIQUE INDEX procedure_one_in_force ON procedure_version (tenant, key) WHERE state = 'in_force';

-- What has been in force is evidence: its content stays, whoever asks.
CREATE FUNCTION procedure_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    IF OLD.state <> 'draft' AND (NEW.body, NEW.layer, NEW.author) IS DISTINCT FROM (OLD.body, OLD.layer, OLD.author) THEN
        RAISE EXCEPTION 'a procedure that was published does not change: write a new version' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER procedure_stays BEFORE UPDATE ON procedure_version FOR EACH ROW EXECUTE FUNCTION procedure_stays();

CREATE TABLE procedure_run (                     -- the version frozen on an event when its run started
    tenant smallint NOT NULL,
    event_id bigint NOT NULL,
    key text NOT NULL,
    version int NOT NULL,
    body jsonb NOT NULL,
    started_at timestamptz NOT NULL,
    started_by text NOT NULL,
    started_name text NOT NULL,
    left_reason text,                            -- why the event was closed with mandatory steps open, which, by whom
    left_steps int[],
    left_by text,
    left_name text,
    left_at timestamptz,
    seen_name text,                              -- the chief who has read it
    seen_at timestamptz,
    PRIMARY KEY (tenant, event_id),
    FOREIGN KEY (tenant, event_id) REFERENCES event (tenant, id)
);
CREATE INDEX procedure_left ON procedure_run (tenant, left_at DESC) WHERE left_reason IS NOT NULL;
CREATE TABLE procedure_act (
    tenant smallint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    event_id bigint NOT NULL,
    step text NOT NULL,
    verb text NOT NULL,                          -- do, answer, skip, undo, act
    answer text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',
    actor text NOT NULL,
    actor_name text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, event_id) REFERENCES procedure_run (tenant, event_id)
);
CREATE INDEX procedure_act_event ON procedure_act (tenant, event_id, id);
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['procedure_version', 'procedure_run', 'procedure_act'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format($p$CREATE POLICY tenant_only ON %I TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
                          WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int)$p$, t);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON procedure_version TO vigie_app;
GRANT SELECT, INSERT ON procedure_run, procedure_act TO vigie_app;
GRANT UPDATE (left_reason, left_steps, left_by, left_name, left_at, seen_name, seen_at) ON procedure_run TO vigie_app;
GRANT SELECT ON procedure_version, procedure_run, procedure_act TO vigie_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO vigie_app, vigie_worker;
