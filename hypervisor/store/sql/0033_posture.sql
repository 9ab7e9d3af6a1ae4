-- The territory's posture (screens.md 1.2): levels that one person proposes and another decides; exercises, entered and left by a person, or ended by their time.
CREATE TABLE exercise (
    tenant smallint NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    title text NOT NULL,                         -- the scenario
    reason text NOT NULL,
    sends boolean NOT NULL DEFAULT false,        -- armed: SMS and calls leave for good
    started_at timestamptz NOT NULL,
    until timestamptz NOT NULL CHECK (until > started_at AND until <= started_at + interval '72 hours'),
    by text NOT NULL,
    by_name text NOT NULL,
    ended_at timestamptz,
    ended_by text,
    ended_name text,
    ended_reason text,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX exercise_one_running ON exercise (tenant) WHERE ended_at IS NULL;
CREATE TABLE posture_change (
    tenant smallint NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    level smallint NOT NULL CHECK (level BETWEEN 0 AND 3),
    reason text NOT NULL,
    exercise_id bigint,                          -- played in an exercise, and over with it; NULL: for good
    proposed_at timestamptz NOT NULL,
    proposed_by text NOT NULL,
    proposed_name text NOT NULL,
    outcome text CHECK (outcome IN ('accepted', 'refused', 'withdrawn')),
    decided_at timestamptz,
    decided_by text,
    decided_name text,
    decided_reason text,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, exercise_id) REFERENCES exercise (tenant, id),
    CHECK ((outcome IS NULL) = (decided_at IS NULL)),
    CHECK (outcome IS DISTINCT FROM 'accepted' OR decided_by <> proposed_by)
);
CREATE UNIQUE INDEX posture_one_pending ON posture_change (tenant) WHERE outcome IS NULL;
CREATE INDEX posture_in_order ON posture_change (tenant, decided_at) WHERE outcome = 'accepted';

-- The history: one row per period at a level. ended_at NULL: now. Before the first row, level 0. exercise_id NULL: for good; such periods follow each other without a gap.
CREATE VIEW posture_period WITH (security_invoker = true) AS
SELECT c.tenant, c.id, c.level, c.exercise_id, c.reason, c.proposed_name, c.decided_name, c.decided_at AS started_at,
    least(lead(c.decided_at) OVER (PARTITION BY c.tenant, c.exercise_id ORDER BY c.decided_at, c.id), e.ended_at) AS ended_at
FROM posture_change c LEFT JOIN exercise e ON e.tenant = c.tenant AND e.id = c.exercise_id
WHERE c.outcome = 'accepted';

-- What every screen says: the level that is shown (the exercise's own while one runs), the real one, the exercise, the proposal that waits.
CREATE FUNCTION posture_situation(t smallint) RETURNS jsonb LANGUAGE sql STABLE SET search_path = public AS $$
    WITH running AS (SELECT * FROM exercise WHERE tenant = t AND ended_at IS NULL),
    real AS (SELECT * FROM posture_period WHERE tenant = t AND exercise_id IS NULL AND ended_at IS NULL),
    played AS (SELECT p.* FROM posture_period p JOIN running r ON r.id = p.exercise_id WHERE p.tenant = t AND p.ended_at IS NULL),
    shown AS (SELECT * FROM played UNION ALL SELECT * FROM real WHERE NOT EXISTS (SELECT FROM played)),
    pending AS (SELECT * FROM posture_change WHERE tenant = t AND outcome IS NULL)
    SELECT jsonb_build_object(
        'level', coalesce((SELECT level FROM shown), 0), 'real_level', coalesce((SELECT level FROM real), 0),
        'since', (SELECT iso(started_at) FROM shown), 'reason', (SELECT reason FROM shown), 'by', (SELECT decided_name FROM shown),
        'exercise', (SELECT jsonb_build_object('id', id, 'title', title, 'reason', reason, 'sends', sends, 'started_at', iso(started_at), 'until', iso(until), 'by', by_name) FROM running),
        'pending', (SELECT jsonb_build_object('id', id, 'level', level, 'reason', reason, 'at', iso(proposed_at), 'by', proposed_by, 'by_name', proposed_name) FROM pending)) $$;

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['exercise', 'posture_change'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format($p$CREATE POLICY tenant_only ON %I TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
                          WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int)$p$, t);
    END LOOP;
END $$;
-- History only grows: what was proposed, or entered, is never written again; how it ended is, once.
GRANT SELECT, INSERT ON exercise, posture_change TO vigie_app;
GRANT UPDATE (ended_at, ended_by, ended_name, ended_reason) ON exercise TO vigie_app, vigie_worker;
GRANT UPDATE (outcome, decided_at, decided_by, decided_name, decided_reason) ON posture_change TO vigie_app, vigie_worker;
GRANT SELECT ON exercise, posture_change TO vigie_worker;
GRANT SELECT ON posture_period TO vigie_app, vigie_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO vigie_app, vigie_worker;
REVOKE ALL ON FUNCTION posture_situation FROM PUBLIC;
GRANT EXECUTE ON FUNCTION posture_situation TO vigie_app, vigie_worker;

-- A message written during an exercise that holds SMS and calls back never leaves.
ALTER TABLE message DROP CONSTRAINT message_state_check;
ALTER TABLE message ADD CONSTRAINT message_state_check CHECK (state IN ('waiting', 'sending', 'sent', 'kept', 'refused', 'given_up', 'held'));
ALTER TABLE message ADD COLUMN exercise_id bigint;   -- NULL: none ran

-- The exercise's own journal: what the chain itself holds between the line that enters it and the line that leaves it, both included. Nothing else tells, so that an
-- exported file tells as well as the database does.
CREATE INDEX logbook_exercise ON logbook (tenant, seq) WHERE action IN ('exercise-begin', 'exercise-end');
CREATE OR REPLACE VIEW logbook_shape WITH (security_invoker = true) AS
SELECT l.tenant, l.seq, l.at, l.layer, l.commune_id, l.alarm_id, l.event_id,
    jsonb_build_object('seq', l.seq, 'at', iso(l.at), 'actor', l.actor, 'actor_name', l.actor_name, 'kind', l.kind, 'text', l.text, 'layer', l.layer, 'commune_id', l.commune_id,
        'alarm_id', l.alarm_id, 'event_id', l.event_id, 'asset_id', l.asset_id, 'action', l.action, 'from_state', l.from_state, 'to_state', l.to_state, 'corrects', l.corrects,
        'exercise', x.is_exercise) AS shape,
    x.is_exercise
FROM logbook l CROSS JOIN LATERAL (
    SELECT coalesce((SELECT b.action = 'exercise-begin' OR b.seq = l.seq FROM logbook b
        WHERE b.tenant = l.tenant AND b.seq <= l.seq AND b.action IN ('exercise-begin', 'exercise-end') ORDER BY b.seq DESC LIMIT 1), false) AS is_exercise) x;
