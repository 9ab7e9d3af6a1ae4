"""One tenant never sees another, and seeing one's own still uses the indexes."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.store import Database
from tests.integration import desk

# Reached by functions alone: before a person approves, a wall has no tenant.
WITHOUT_GRANT = {"wall_pairing"}

FILL = (
    "INSERT INTO tenant (id, key, label) VALUES (2, 'autre', 'Autre')",
    "INSERT INTO commune (tenant, id, name) VALUES (2, 0, 'Ailleurs')",
    "INSERT INTO commune (tenant, id, name) SELECT 1, n, 'Commune ' || n FROM generate_series(1, 22) n",
    """INSERT INTO asset (tenant, id, urn, layer, kind, name, commune_id, geom, lon, lat)
       SELECT 1, n, 'urn:1:' || n, (ARRAY['lighting', 'parking', 'water', 'waste', 'security'])[1 + n % 5], 'x', 'Asset ' || n, n % 23,
           ST_SetSRID(ST_MakePoint(5 + (n % 200) / 500.0, 47 + (n / 200) / 500.0), 4326), 5 + (n % 200) / 500.0, 47 + (n / 200) / 500.0
       FROM generate_series(1, 20000) n""",
    """INSERT INTO asset (tenant, id, urn, layer, kind, name, geom, lon, lat)
       SELECT 2, n, 'urn:2:' || n, 'lighting', 'x', 'Ailleurs ' || n, ST_SetSRID(ST_MakePoint(5, 47), 4326), 5, 47 FROM generate_series(1, 50) n""",
    "INSERT INTO asset_edge SELECT tenant, id, id + 1, 'feeds' FROM asset WHERE id < 40",
    "INSERT INTO indicator_day SELECT t, 'm', current_date, 0, 1, 1, 1, 1, 1 FROM generate_series(1, 2) t",
    "INSERT INTO indicator_run SELECT t, 'm', current_date, 'x', now() FROM generate_series(1, 2) t",
    "INSERT INTO indicator_declared (tenant, key, since, until, amount, unit, source) SELECT t, 'k', current_date, current_date + 1, 1, 'm³', 's' FROM generate_series(1, 2) t",
    "INSERT INTO indicator_factor SELECT t, 'k', current_date, NULL, 1, 'u', 's' FROM generate_series(1, 2) t",
    "INSERT INTO council (tenant, day, created_by, created_name, created_at) SELECT t, current_date, 'x', 'X', now() FROM generate_series(1, 2) t",
    "INSERT INTO report_plan (tenant, rhythm, recipients, first_day, created_by, created_name, created_at) SELECT t, 'month', '[]', current_date, 'x', 'X', now() FROM generate_series(1, 2) t",
    """INSERT INTO report (tenant, plan_id, period, highlight, sentence, document, digest, written_by, written_name, prepared_at)
       SELECT tenant, id, '2026-01', '', '', '', '', 'x', 'X', now() FROM report_plan""",
    "INSERT INTO indicator_target SELECT t, 'i', current_date, 1, NULL, 's' FROM generate_series(1, 2) t",
    "INSERT INTO indicator_change (tenant, at, by, by_name, layer, kind, key, since) SELECT t, now(), 'x', 'X', 'water', 'factor', 'k', current_date FROM generate_series(1, 2) t",
    "INSERT INTO highlight (tenant, layer, day, text, by_name, at) SELECT t, 'water', current_date, 'x', 'X', now() FROM generate_series(1, 2) t",
    """INSERT INTO alarm (tenant, asset_id, layer, kind, source, cause, title, priority, active, acknowledged, raised_at)
       SELECT tenant, id, layer, kind, 'rule', 'c' || n, 'A', 1 + n % 4, n = 1, n <> 1 OR id % 100 > 0, now() - n * interval '1 hour'
       FROM asset, generate_series(1, 3) n WHERE n > 1 OR id % 50 = 0 OR tenant = 2""",
    "SELECT make_observation_partition(current_date), make_observation_partition(current_date - 1)",
    """INSERT INTO observation SELECT t, t, 1, id, 1, 0, tenant FROM generate_series(now() - interval '23 hours', now(), interval '2 minutes') t, asset WHERE id <= 400""",
    "INSERT INTO history_day (tenant, day, state) SELECT t, current_date - 1, 'closed' FROM generate_series(1, 2) t",
    "INSERT INTO observation_hour SELECT t, 1, 1, (current_date - date '1970-01-01') * 24, 1, 1, 1, 1 FROM generate_series(1, 2) t",
    "INSERT INTO event (tenant, number, title, layer, priority, opened_at) SELECT t, 'EV-2026-000001', 'E', 'water', 1, now() FROM generate_series(1, 2) t",
    """INSERT INTO procedure_version (tenant, key, version, layer, body, author, author_name, written_at)
       SELECT t, 'FR-1', 1, 'water', '{}', 'x', 'X', now() FROM generate_series(1, 2) t""",
    "INSERT INTO procedure_run (tenant, event_id, key, version, body, started_at, started_by, started_name) SELECT tenant, id, 'FR-1', 1, '{}', now(), 'x', 'X' FROM event",
    "INSERT INTO procedure_act (tenant, event_id, step, verb, actor, actor_name, at) SELECT tenant, id, 's', 'do', 'x', 'X', now() FROM event",
    """INSERT INTO replay_note (tenant, at, kind, text, author, author_name, created_at)
       SELECT t, now(), 'bookmark', 'x', 'x', 'X', now() FROM generate_series(1, 2) t""",
    """INSERT INTO disclosure (tenant, since, until, motive, asked_at, asked_by, asked_name)
       SELECT t, now() - interval '1 hour', now(), 'x', now(), 'x', 'X' FROM generate_series(1, 2) t""",
    """INSERT INTO motivated_access (tenant, since, until, motive, opened_at, by, by_name, open_until)
       SELECT t, now() - interval '1 hour', now(), 'motif assez long', now(), 'x', 'X', now() + interval '1 hour' FROM generate_series(1, 2) t""",
    "INSERT INTO logbook_seal SELECT t, current_date, 1, 'h', now() FROM generate_series(1, 2) t",
    "INSERT INTO event_log (tenant, event_id, at, actor, actor_name, action) SELECT tenant, id, now(), 'x', 'X', 'take' FROM event",
    "INSERT INTO alarm_transition (tenant, alarm_id, at, actor, actor_name, action, to_state) SELECT tenant, min(id), now(), 'x', 'X', 'raise', 'normal' FROM alarm GROUP BY tenant",
    """INSERT INTO works (tenant, kind, title, starts_at, ends_at, created_by, created_name, created_at)
       SELECT t, 'event', 'W', now(), now() + interval '1 hour', 'x', 'X', now() FROM generate_series(1, 2) t""",
    """INSERT INTO intervention (tenant, number, title, layer, priority, contractor, requested_at, requested_by, requested_name, assigned_at)
       SELECT t, 'IN-2026-000001', 'I', 'water', 1, 'C', now(), 'x', 'X', now() FROM generate_series(1, 2) t""",
    """INSERT INTO intervention_log (tenant, intervention_id, at, received_at, actor, actor_name, action, from_status, to_status)
       SELECT tenant, id, now(), now(), 'x', 'X', 'request', 'requested', 'requested' FROM intervention""",
    "INSERT INTO intervention_photo (tenant, intervention_id, taken_at, received_at, by, by_name, width, height, image) SELECT tenant, id, now(), now(), 'x', 'X', 1, 1, '' FROM intervention",
    "INSERT INTO supervisor (tenant, key, label, first_at) SELECT t, 'gtb', 'GTB', now() FROM generate_series(1, 2) t",
    "INSERT INTO supervisor_outage (tenant, key, since) SELECT t, 'gtb', now() FROM generate_series(1, 2) t",
    "INSERT INTO alarm_pending SELECT t, 1, 'r', now(), 1 FROM generate_series(1, 2) t",
    "INSERT INTO rule (tenant, layer, key, version, body, at, by) SELECT t, 'water', 'r', 1, '{}', now(), 'x' FROM generate_series(1, 2) t",
    """INSERT INTO rule_proposal (tenant, layer, key, based_on, body, enabled, reason, proposed_by, proposed_name, proposed_at)
       SELECT t, 'water', 'r', 0, '{}', true, 'x', 'x', 'X', now() FROM generate_series(1, 2) t""",
    """INSERT INTO rule_suspension (tenant, layer, key, reason, at, until, by, by_name)
       SELECT t, 'water', 'r', 'x', now(), now() + interval '1 hour', 'x', 'X' FROM generate_series(1, 2) t""",
    "INSERT INTO exercise (tenant, title, reason, started_at, until, by, by_name) SELECT t, 'E', 'x', now(), now() + interval '1 hour', 'x', 'X' FROM generate_series(1, 2) t",
    """INSERT INTO posture_change (tenant, level, reason, proposed_at, proposed_by, proposed_name) SELECT t, 1, 'x', now(), 'x', 'X' FROM generate_series(1, 2) t""",
    'SELECT logbook_append(t::smallint, \'[{"at": "2026-02-11T17:00:00Z", "actor": "x", "actor_name": "X", "kind": "system", "text": "x"}]\') FROM generate_series(1, 2) t',
    "INSERT INTO account (tenant, username, display_name, role) SELECT t, 'u' || t, 'U', 'operator' FROM generate_series(1, 2) t",
    """INSERT INTO session (token_hash, tenant, account_id, csrf, created_at, expires_at) SELECT sha256(username::bytea), tenant, id, 'x', now(), now() FROM account""",
    "INSERT INTO api_token (tenant, name, token_hash, scope, created_at) SELECT t, 'x', sha256(t::text::bytea), 'read', now() FROM generate_series(1, 2) t",
    "INSERT INTO audit (tenant, at, actor, action, outcome) SELECT t, now(), 'x', 'x', 'done' FROM generate_series(1, 2) t",
    "INSERT INTO idempotency SELECT t, 'x', 'k', 'h', 200, '{}', now() FROM generate_series(1, 2) t",
    "INSERT INTO ingest_ledger (tenant, stream, incarnation, last_id) SELECT t, 's', 'i', '0' FROM generate_series(1, 2) t",
    "INSERT INTO rejected_observation (tenant, received_at, cause, source, entity, property, payload) SELECT t, now(), 'x', 'x', 'x', 'x', '{}' FROM generate_series(1, 2) t",
    """INSERT INTO message (tenant, channel, recipient, body, purpose, queued_at, queued_by, next_at)
       SELECT t, 'sms', '1', 'x', 'x', now(), 'x', now() FROM generate_series(1, 2) t""",
    "INSERT INTO source (tenant, name, connector, changed_at) SELECT t, 'x', 'chirpstack', now() FROM generate_series(1, 2) t",
    "INSERT INTO saved_view (tenant, name, body, owner, owner_name, saved_at) SELECT generate_series(1, 2), 'V', '{}', 'x', 'X', now()",
    "INSERT INTO station (tenant, name) SELECT generate_series(1, 2), 'P'",
    "INSERT INTO team (tenant, name, starts_at, ends_at) SELECT generate_series(1, 2), 'T', '06:00', '14:00'",
    """INSERT INTO shift (tenant, station_id, team_id, role, operator, operator_name, started_at, due_at, seen_at)
       SELECT p.tenant, p.id, t.id, 'operator', 'x', 'X', now(), now(), now() FROM station p JOIN team t USING (tenant)""",
    "INSERT INTO instruction (tenant, kind, title, created_by, created_name, created_at) SELECT generate_series(1, 2), 'temporary', 'I', 'x', 'X', now()",
    "INSERT INTO handover (tenant, number, station_id, since, at, dossier) SELECT tenant, '2026-0001', id, now(), now(), '{}' FROM station",
    "INSERT INTO handover_end (tenant, handover_id, outcome, incoming, incoming_name, at) SELECT tenant, id, 'accepted', 'x', 'X', now() FROM handover",
    "INSERT INTO contact (tenant, name, phone) SELECT t, 'X', '1' FROM generate_series(1, 2) t",
    "INSERT INTO roster (tenant, kind, label) SELECT t, 'operation', 'R' FROM generate_series(1, 2) t",
    """INSERT INTO on_call (tenant, roster_id, rank, contact_id, starts_at, ends_at, created_by, created_name, created_at)
       SELECT tenant, r.id, 1, c.id, now(), now() + interval '1 hour', 'x', 'X', now() FROM roster r JOIN contact c USING (tenant)""",
    "INSERT INTO ladder (tenant) SELECT generate_series(1, 2)",
    "INSERT INTO escalation (tenant, alarm_id, since, rung, at) SELECT tenant, min(id), now(), 'chief', now() FROM alarm GROUP BY tenant",
    """INSERT INTO on_call_code (tenant, alarm_id, contact_id, message_id, code_hash, link_hash, created_at, expires_at)
       SELECT c.tenant, (SELECT min(id) FROM alarm a WHERE a.tenant = c.tenant), c.id, m.id, 'x', 'x', now(), now() FROM contact c JOIN message m USING (tenant)""",
    "INSERT INTO wall_steering SELECT t, 0, '{}', 'X', now(), 1 FROM generate_series(1, 2) t",
    "INSERT INTO channel SELECT t, 'water', 0, 0, 1 FROM generate_series(1, 2) t",
    "INSERT INTO basemap_line SELECT t, 1, 'road', 'R', 0, ST_SetSRID('LINESTRING(5 47, 6 48)'::geometry, 4326) FROM generate_series(1, 2) t",
    "INSERT INTO basemap_area SELECT t, 1, 'park', 'P', 0, ST_SetSRID('MULTIPOLYGON(((5 47, 6 47, 6 48, 5 47)))'::geometry, 4326) FROM generate_series(1, 2) t",
    "INSERT INTO basemap_label SELECT t, 1, 'town', 'T', 0, 0, 24, ST_SetSRID('POINT(5 47)'::geometry, 4326) FROM generate_series(1, 2) t",
)


@pytest.fixture(scope="module")
def app(database_urls: DatabaseUrls):
    with desk.as_owner(database_urls) as uow:
        for statement in FILL:
            uow.connection.execute(text(statement.replace(":", r"\:")))
    with desk.as_owner(database_urls) as uow:
        uow.connection.execute(text("ANALYZE"))
    opened = Database(database_urls.app, pool_size=2)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def tables(database_urls: DatabaseUrls) -> list[str]:
    """Every table with a tenant, found in the catalogue so that a new one is tested by itself."""
    found = desk.rows(
        database_urls,
        """SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped
           WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1""",
    )
    return [row.relname for row in found]


def count(database: Database, tenant: int | None, table: str, condition: str = "true") -> int:
    with database.unit_of_work(tenant) as uow:
        return uow.connection.execute(text(f"SELECT count(*) FROM {table} WHERE {condition}")).scalar_one()


def readable(app: Database, tables: list[str]) -> list[str]:
    with app.unit_of_work(1) as uow:
        return [t for t in tables if uow.connection.execute(text("SELECT has_table_privilege(current_user, :t, 'SELECT')"), {"t": t}).scalar_one()]


def test_every_table_is_filled_for_two_tenants(app: Database, database_urls: DatabaseUrls, tables: list[str]) -> None:
    """Without this, the tests below would pass on empty tables."""
    assert len(tables) > 20
    for table in set(tables) - WITHOUT_GRANT:
        assert {row.tenant for row in desk.rows(database_urls, f"SELECT DISTINCT tenant FROM {table}")} >= {1, 2}, table


def test_every_table_shows_one_tenant_alone(app: Database, tables: list[str]) -> None:
    shown = readable(app, tables)
    assert set(tables) - set(shown) == WITHOUT_GRANT
    for table in shown:
        assert count(app, 1, table) > 0, table
        assert count(app, 1, table, "tenant <> 1") == 0, table
        assert count(app, 2, table, "tenant <> 2") == 0, table
        assert count(app, 3, table) == 0, table
        assert count(app, None, table) == 0, table


def test_shapes_are_no_way_around(app: Database) -> None:
    for view in ("alarm_shape", "event_shape", "intervention_shape", "logbook_shape"):
        assert count(app, 1, view) > 0
        assert count(app, 1, view, "tenant = 2") == 0, view


def test_a_tenant_sees_its_own_row_alone(app: Database) -> None:
    assert count(app, 2, "tenant") == 1
    assert count(app, None, "tenant") == 0


def test_partitions_of_history_cannot_be_read_around_the_policy(app: Database, database_urls: DatabaseUrls) -> None:
    partition = desk.rows(database_urls, "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'observation'::regclass LIMIT 1")[0].name
    with pytest.raises(DBAPIError, match="permission denied"):
        count(app, 1, partition)


def test_no_row_is_written_for_another_tenant(app: Database, tables: list[str]) -> None:
    for table in readable(app, tables):
        for statement in (f"UPDATE {table} SET tenant = 2", f"INSERT INTO {table} SELECT * FROM {table}", f"DELETE FROM {table}"):
            # Three good ends: no privilege; refused by the policy or a constraint; nothing of the other tenant touched.
            try:
                with app.unit_of_work(3) as uow:
                    touched = uow.connection.execute(text(statement)).rowcount
            except DBAPIError:
                continue
            assert touched == 0, f"{statement} as tenant 3 touched {touched} rows"
    for statement in ("UPDATE alarm SET tenant = 2 WHERE id = (SELECT min(id) FROM alarm)", "INSERT INTO outbox (tenant, kind, body) VALUES (2, 'x', '{}')"):
        with pytest.raises(DBAPIError, match="row-level security"), app.unit_of_work(1) as uow:
            uow.connection.execute(text(statement))


PLANS = {
    "assets in a box": ("SELECT id FROM asset v WHERE v.tenant = 1 AND v.geom && ST_MakeEnvelope(5.1, 47.05, 5.11, 47.06, 4326)", "asset_geom"),
    "assets that intersect a box": ("SELECT id FROM asset WHERE tenant = 1 AND ST_Intersects(geom, ST_MakeEnvelope(5.1, 47.05, 5.11, 47.06, 4326))", "asset_geom"),
    "open alarms by priority": ("SELECT id FROM alarm WHERE tenant = 1 AND is_open ORDER BY is_masked, priority, raised_at, id LIMIT 100", "alarm_open"),
    "open alarms as shapes": ("SELECT v.shape FROM alarm_shape v WHERE v.tenant = 1 AND v.is_open ORDER BY v.raised_at DESC, v.id DESC LIMIT 100", "alarm_open_newest"),
    "alarms of an asset": ("SELECT id FROM alarm WHERE tenant = 1 AND asset_id = 77 ORDER BY raised_at DESC LIMIT 10", "alarm_asset"),
    # Twelve hours ago: whatever the time of day, that day's partition is large enough for an index to pay.
    "some minutes of history": (
        "SELECT count(*) FROM observation WHERE tenant = 1 AND observed_at >= now() - interval '12 hours' AND observed_at < now() - interval '700 minutes' AND property_id = 1",
        "observation",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANS)
def test_the_application_s_queries_use_their_index(app: Database, name: str) -> None:
    statement, index = PLANS[name]
    with app.unit_of_work(1) as uow:
        plan = "\n".join(uow.connection.execute(text(f"EXPLAIN {statement}")).scalars())
    scans = [line for line in plan.splitlines() if "Index" in line and "Scan" in line]
    assert any(index in line for line in scans), plan
    assert "Seq Scan on asset" not in plan, plan
    assert "Seq Scan on alarm" not in plan, plan


def test_closed_history_is_not_read_for_a_recent_question(app: Database) -> None:
    with app.unit_of_work(1) as uow:
        plan = "\n".join(
            uow.connection.execute(text("EXPLAIN (ANALYZE) SELECT count(*) FROM observation WHERE tenant = 1 AND observed_at >= current_date")).scalars()
        )
        yesterday = uow.connection.execute(text("SELECT 'observation_' || to_char(current_date - 1, 'YYYYMMDD')")).scalar_one()
    assert f"on {yesterday}" not in plan
