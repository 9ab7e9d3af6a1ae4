-- Events that operators make, join and part: their type, their place in words, their cause once known, and where a merged one went.
ALTER TABLE event ADD COLUMN type text NOT NULL DEFAULT '';      -- cause of the alarm it was opened from, or a type of operations/event_types.py
ALTER TABLE event ADD COLUMN asset_id int;                       -- the asset of its first alarm: alarms may move on to a later event
ALTER TABLE event ADD COLUMN address text;
ALTER TABLE event ADD COLUMN description text;
ALTER TABLE event ADD COLUMN caller text;                        -- who called: read by those who act alone, never sent to screens
ALTER TABLE event ADD COLUMN cause text;                         -- what it came from, written when it is closed
ALTER TABLE event ADD COLUMN merged_into bigint;
ALTER TABLE event ADD CONSTRAINT event_merged_into FOREIGN KEY (tenant, merged_into) REFERENCES event (tenant, id);
ALTER TABLE event ADD CONSTRAINT event_merged CHECK ((status = 'merged') = (merged_into IS NOT NULL));
ALTER TABLE event ADD CONSTRAINT event_held CHECK ((status = 'on_hold') = (hold_until IS NOT NULL));
UPDATE event e SET type = a.cause, asset_id = a.asset_id FROM alarm a WHERE a.tenant = e.tenant AND a.event_id = e.id;
CREATE INDEX event_closed ON event (tenant, type, closed_at DESC) WHERE status = 'closed';
CREATE INDEX event_due ON event (tenant, hold_until) WHERE status = 'on_hold';

-- A person's own keys of the keyboard: {action: key}. Those absent keep the key of the screen.
ALTER TABLE account ADD COLUMN keys jsonb NOT NULL DEFAULT '{}';

CREATE OR REPLACE VIEW event_shape WITH (security_invoker = true) AS
SELECT e.tenant, e.id, e.layer, e.commune_id, e.priority, e.status, e.owner, e.opened_at, e.version,
    jsonb_build_object(
        'id', e.id, 'number', e.number, 'title', e.title, 'type', e.type, 'asset_id', e.asset_id, 'layer', e.layer, 'commune_id', e.commune_id,
        'priority', (ARRAY['critical', 'major', 'minor', 'info'])[e.priority], 'status', e.status, 'owner', e.owner, 'owner_name', e.owner_name,
        'opened_at', iso(e.opened_at), 'decide_before', iso(e.decide_before), 'hold_until', iso(e.hold_until), 'resolved_at', iso(e.resolved_at),
        'closed_at', iso(e.closed_at), 'cause', e.cause, 'outcome', e.outcome, 'address', e.address, 'description', e.description,
        'merged_into', e.merged_into, 'procedure', e.procedure, 'version', e.version, 'location', jsonb_build_object('lon', e.lon, 'lat', e.lat),
        'alarms', coalesce((SELECT jsonb_agg(a.id ORDER BY a.id) FROM alarm a WHERE a.tenant = e.tenant AND a.event_id = e.id), '[]')) AS shape
FROM event e;
