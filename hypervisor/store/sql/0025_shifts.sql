-- Posts, who holds them, and how they are handed over. What was signed can only be read again: handover and handover_end are inserted, never changed.
CREATE TABLE station (
    tenant smallint NOT NULL REFERENCES tenant,
    id int GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    layers text[],                               -- its domains, NULL = all
    retired_at timestamptz,
    PRIMARY KEY (tenant, id)
);
CREATE TABLE team (
    tenant smallint NOT NULL REFERENCES tenant,
    id int GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    starts_at time NOT NULL,                     -- in the territory's time
    ends_at time NOT NULL,                       -- before starts_at: the next day
    retired_at timestamptz,
    PRIMARY KEY (tenant, id)
);
CREATE TABLE shift (
    tenant smallint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    station_id int NOT NULL,
    team_id int NOT NULL,
    role text NOT NULL CHECK (role IN ('operator', 'chief')),
    operator text NOT NULL,                      -- username
    operator_name text NOT NULL,
    is_double boolean NOT NULL DEFAULT false,    -- joined somebody who holds the post
    checks jsonb NOT NULL DEFAULT '{}',          -- {"sound", "screen", "defect"}
    started_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,                 -- when the team is relieved
    seen_at timestamptz NOT NULL,                -- a screen of theirs said so
    late_at timestamptz,                         -- when the room was told that the handover is not signed
    ended_at timestamptz,
    ended_how text,                              -- handed_over, absent, closed, left
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, station_id) REFERENCES station (tenant, id),
    FOREIGN KEY (tenant, team_id) REFERENCES team (tenant, id)
);
CREATE UNIQUE INDEX shift_holder ON shift (tenant, station_id) WHERE ended_at IS NULL AND NOT is_double;
CREATE UNIQUE INDEX shift_of_operator ON shift (tenant, operator) WHERE ended_at IS NULL;
CREATE INDEX shift_station ON shift (tenant, station_id, started_at DESC);
CREATE TABLE instruction (
    tenant smallint NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL CHECK (kind IN ('temporary', 'permanent', 'callback')),
    title text NOT NULL,
    body text NOT NULL DEFAULT '',
    layer text,
    until timestamptz,                           -- of a temporary one, its end; of a callback, when to call
    created_by text NOT NULL,
    created_name text NOT NULL,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_name text,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX instruction_open ON instruction (tenant, kind) WHERE ended_at IS NULL;
CREATE TABLE handover (
    tenant smallint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    number text NOT NULL,                        -- 2026-0084
    station_id int NOT NULL,
    shift_id bigint,                             -- of the outgoing, NULL when there was nobody
    since timestamptz NOT NULL,
    at timestamptz NOT NULL,
    dossier jsonb NOT NULL,                      -- queries.handover, as it was signed
    notes jsonb NOT NULL DEFAULT '{}',           -- section → free text
    outgoing text,                               -- username, NULL: nobody, or absent
    outgoing_name text,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, number),
    FOREIGN KEY (tenant, station_id) REFERENCES station (tenant, id)
);
CREATE INDEX handover_station ON handover (tenant, station_id, id DESC);
CREATE TABLE handover_end (
    tenant smallint NOT NULL,
    handover_id bigint NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('accepted', 'refused')),
    incoming text NOT NULL,
    incoming_name text NOT NULL,
    at timestamptz NOT NULL,
    reason text,
    read_sections int[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant, handover_id),
    FOREIGN KEY (tenant, handover_id) REFERENCES handover (tenant, id),
    CHECK (outcome = 'accepted' OR reason IS NOT NULL)
);
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['station', 'team', 'shift', 'instruction', 'handover', 'handover_end'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format($p$CREATE POLICY tenant_only ON %I TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
                          WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int)$p$, t);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON station, team, shift, instruction TO vigie_app;
GRANT SELECT, INSERT ON handover, handover_end TO vigie_app;
GRANT SELECT ON station, team, shift TO vigie_worker;
GRANT UPDATE (late_at) ON shift TO vigie_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO vigie_app, vigie_worker;
-- Not even the owner changes what was signed, short of taking this away, which is seen.
CREATE FUNCTION handover_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a signed handover cannot be changed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER handover_final BEFORE UPDATE OR DELETE ON handover FOR EACH ROW EXECUTE FUNCTION handover_is_final();
CREATE TRIGGER handover_end_final BEFORE UPDATE OR DELETE ON handover_end FOR EACH ROW EXECUTE FUNCTION handover_is_final();
