-- One shape per noun, shared by the API, the feed's facts and the worker, and the logbook's only way in.

CREATE VIEW alarm_shape WITH (security_invoker = true) AS
SELECT a.tenant, a.id, a.layer, a.commune_id, a.priority, a.raised_at, a.is_open, a.event_id, a.asset_id, a.acknowledged, a.active, a.version,
    jsonb_build_object(
        'id', a.id, 'asset_id', a.asset_id, 'asset_name', s.name, 'asset_code', s.code, 'address', s.address, 'layer', a.layer, 'commune_id', a.commune_id,
        'kind', a.kind, 'cause', a.cause, 'title', a.title, 'source', a.source, 'rule', a.rule,
        'priority', (ARRAY['critical', 'major', 'minor', 'info'])[a.priority],
        'condition', CASE WHEN a.active THEN 'active' ELSE 'normal' END, 'acknowledged', a.acknowledged,
        -- The law of domain.alarm.Facts.state; tests/integration compare the two.
        'state', CASE WHEN 'out_of_service' = ANY (a.masks) THEN 'out_of_service' WHEN 'suppressed' = ANY (a.masks) THEN 'suppressed_by_design'
                      WHEN 'shelved' = ANY (a.masks) THEN 'shelved' WHEN a.active AND NOT a.acknowledged THEN 'unacknowledged'
                      WHEN a.active THEN 'acknowledged' WHEN NOT a.acknowledged THEN 'returned_unacknowledged' ELSE 'normal' END,
        'masks', to_jsonb(a.masks), 'value', a.value, 'unit', a.unit, 'threshold', a.threshold,
        'raised_at', iso(a.raised_at), 'observed_at', iso(a.observed_at), 'received_at', iso(a.received_at), 'cleared_at', iso(a.cleared_at),
        'acknowledged_by', a.acknowledged_by, 'acknowledged_name', a.acknowledged_name, 'acknowledged_at', iso(a.acknowledged_at),
        'decide_before', iso(a.decide_before), 'count', a.count, 'event_id', a.event_id, 'version', a.version, 'lon', s.lon, 'lat', s.lat) AS shape
FROM alarm a JOIN asset s ON s.tenant = a.tenant AND s.id = a.asset_id;

CREATE VIEW event_shape WITH (security_invoker = true) AS
SELECT e.tenant, e.id, e.layer, e.commune_id, e.priority, e.status, e.owner, e.opened_at, e.version,
    jsonb_build_object(
        'id', e.id, 'number', e.number, 'title', e.title, 'layer', e.layer, 'commune_id', e.commune_id,
        'priority', (ARRAY['critical', 'major', 'minor', 'info'])[e.priority], 'status', e.status, 'owner', e.owner, 'owner_name', e.owner_name,
        'opened_at', iso(e.opened_at), 'decide_before', iso(e.decide_before), 'hold_until', iso(e.hold_until), 'resolved_at', iso(e.resolved_at),
        'closed_at', iso(e.closed_at), 'outcome', e.outcome, 'procedure', e.procedure, 'version', e.version,
        'location', jsonb_build_object('lon', e.lon, 'lat', e.lat),
        'alarms', coalesce((SELECT jsonb_agg(a.id ORDER BY a.id) FROM alarm a WHERE a.tenant = e.tenant AND a.event_id = e.id), '[]')) AS shape
FROM event e;
GRANT SELECT ON alarm_shape, event_shape TO vigie_app, vigie_worker;

CREATE VIEW logbook_shape WITH (security_invoker = true) AS
SELECT tenant, seq, at, layer, commune_id, alarm_id, event_id,
    jsonb_build_object('seq', seq, 'at', iso(at), 'actor', actor, 'actor_name', actor_name, 'kind', kind, 'text', text, 'layer', layer, 'commune_id', commune_id,
        'alarm_id', alarm_id, 'event_id', event_id, 'asset_id', asset_id, 'action', action, 'from_state', from_state, 'to_state', to_state, 'corrects', corrects) AS shape
FROM logbook;
GRANT SELECT ON logbook_shape TO vigie_app, vigie_worker;

-- What is hashed of a line: its fields as canonical JSON, after the previous hash.
CREATE FUNCTION logbook_digest(line logbook) RETURNS bytea LANGUAGE sql IMMUTABLE SET search_path = public AS $$
    SELECT sha256(line.previous_hash || convert_to((jsonb_build_object('tenant', line.tenant, 'seq', line.seq, 'at', iso(line.at), 'actor', line.actor,
        'actor_name', line.actor_name, 'kind', line.kind, 'text', line.text, 'layer', line.layer, 'commune_id', line.commune_id, 'alarm_id', line.alarm_id,
        'event_id', line.event_id, 'asset_id', line.asset_id, 'action', line.action, 'from_state', line.from_state, 'to_state', line.to_state,
        'corrects', line.corrects))::text, 'UTF8')) $$;

-- Appends lines (a JSON array of objects with the columns' names; `at` in ISO) and returns the last number. Called last in a transaction:
-- it locks the chain's head. It also writes each line's fact. Nobody holds INSERT on the table itself.
CREATE FUNCTION logbook_append(t smallint, lines jsonb) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE head logbook_head; item jsonb; line logbook;
BEGIN
    IF session_user = 'vigie_app' AND t IS DISTINCT FROM nullif(current_setting('app.tenant', true), '')::smallint THEN
        RAISE EXCEPTION 'the logbook of another tenant is closed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO logbook_head VALUES (t, 0, sha256('vigie'::bytea)) ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM logbook_head WHERE tenant = t FOR UPDATE;
    FOR item IN SELECT * FROM jsonb_array_elements(lines) LOOP
        line := jsonb_populate_record(NULL::logbook, item);
        line.tenant := t; line.seq := head.seq + 1; line.previous_hash := head.hash; line.hash := logbook_digest(line);
        INSERT INTO logbook SELECT line.*;
        INSERT INTO outbox (tenant, at, kind, layer, commune_id, body) SELECT t, line.at, 'logbook', line.layer, line.commune_id, shape FROM logbook_shape WHERE tenant = t AND seq = line.seq;
        head.seq := line.seq; head.hash := line.hash;
    END LOOP;
    UPDATE logbook_head SET seq = head.seq, hash = head.hash WHERE tenant = t;
    RETURN head.seq;
END $$;

-- The first line whose number, link or hash does not hold, NULL when the whole chain does.
CREATE FUNCTION logbook_first_broken(t smallint) RETURNS bigint LANGUAGE sql STABLE SET search_path = public AS $$
    WITH chain AS (SELECT l, l.seq, lag(l.hash) OVER w AS expected, row_number() OVER w AS rank FROM logbook l WHERE l.tenant = t WINDOW w AS (ORDER BY l.seq)),
    broken AS (SELECT seq FROM chain WHERE seq <> rank OR (chain.l).hash <> logbook_digest(chain.l) OR (chain.l).previous_hash <> coalesce(expected, sha256('vigie'::bytea)))
    SELECT coalesce((SELECT min(seq) FROM broken), (SELECT max(seq) + 1 FROM chain HAVING max(seq) < (SELECT h.seq FROM logbook_head h WHERE h.tenant = t))) $$;

REVOKE ALL ON FUNCTION logbook_append, logbook_first_broken FROM PUBLIC;
GRANT EXECUTE ON FUNCTION logbook_append, logbook_first_broken TO vigie_app, vigie_worker;
GRANT EXECUTE ON FUNCTION logbook_digest TO vigie_app, vigie_worker;
REVOKE INSERT ON logbook FROM vigie_app, vigie_worker;
REVOKE INSERT, UPDATE ON logbook_head FROM vigie_app, vigie_worker;
