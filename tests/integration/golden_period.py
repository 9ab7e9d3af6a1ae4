"""The golden period: what the room did around the golden day (golden.py), and the figures of 1 to 10 January 2026 that come of it, each worked by hand below.

SERVICE, all of the 9th or the 10th of January (`serve`)
  alarms of cabinet 1 raised at 1:00: acknowledged after 1, 2, 3, 4, 100 min and ended after as many hours, one neither; the rule gives 3 min
  acknowledgement: median 3 min; in time 3 of 6, since what was never acknowledged is late; restoration: median 3 h
  major events (24 h allowed) opened on the 9th at 0:00: resolved and closed after 1, 2, 10, 20, 30 h, one still open; two more closed as false after 1 h
  resolved in time 4 of 5 resolved + 3 open and overdue (closed as false without being resolved: counted so) = 50 %; median of 1 2 10 20 30: 10 h
  false 2 of 7 closed = 28.571 %; reopened 1 of 5 resolved = 20 %

CRISES, of the period that the pages show: 1 to 10 January, by the clock of Paris (`stand`)
  vigilance from 31 December 22:00 to 1 January 6:00 (6 h inside), crisis to 18:00 (12 h), alert to midnight (6 h), crisis to 3:30 (3.5 h), watch;
  vigilance again from the 10th at 22:00, not over: 2 h inside.   vigilance 8 h, alert 6 h, crisis 15.5 h; activations 2
  an exercise on the 5th from 9:00 to 12:00, in which crisis is played: neither hours nor activation
  exercises: 10 January 2021, five years and a day before the period's end, is out; 11 January 2021 is in; with that of the 5th, 2

LEAKS of water resolved on 1 January (`leak`), opened in December so that they are no events of SERVICE
  a burst, whose alarm came two hours before its event: 2 + 4 = 6 h; a reported leak 10 h; low pressures closed as « Fuite sur branchement » 20 h and whose crew
  wrote « fuite » 30 h; a reported leak 40 h.    5 leaks, median 20 h
  none: « Aucune fuite trouvée »; a leak reported by mistake; one merged; one in a cabinet of lighting; one resolved as January's period ends, the 11th at 0:00

LOAD, of the ten days, which have 1,440 steps of ten minutes (`ask`): one post held all the time, a second one for the first five days: 360 ÷ 240 = 1.5 people
  on the 3rd at 10:00, 18 in one step (3 critical, 6 major, 9 minor), 12 for each: a flood; on the 4th 12 minor in one step, 8 for each: none. One that a mask hid, one on
  31 December.   30 ÷ 1.5 ÷ 1,440 = 0.0138889; flood 1 ÷ 1,440 = 0.0694444 %; critical 3 ÷ 30 = 10 %, major 20 %, minor 70 %

TONNES declared for January: collected 310 (10 a day), recovered 124 (4 a day); two communes of 1,000 inhabitants
  100 t in ten days; 40 ÷ 100 = 40 %; 100,000 kg ÷ 2,000 = 50 kg each

REPORTS of citizens on the 2nd of January (`report`), of priority « information » so that they are no alarms of SERVICE; none of them is a transition of LOAD
  acknowledged after 1, 1.5, 2, 3, 4 h, one not yet; closed after 5, 8, 10, 20, 30 h.   6 received, replies 2 h, resolutions 10 h.   one of 31 December

MONEY, budgets of 730,000 € declared for each domain for the 365 days of 2026 (2,000 a day), and what is spent for the 31 days of January; ten days are of the period
  lighting 46,500 (1,500 a day): 15,000 ÷ 20,000 = 75 %; parking 31,000: 50 %; water 62,000: 100 %; waste 68,200: 110 %; security 9,300: 15 %
  cost avoided by lighting on the one day heard 0.05219 k€; platform 1,240 for January, 40 that day: 0.05219 − 0.04 = 0.01219 k€
"""

from datetime import date, datetime, timedelta

from tests.integration import desk
from tests.integration.golden import PARIS, local

SERVED = {
    "acknowledgement": 3.0, "acknowledged_in_time": 50.0, "restoration": 3.0, "resolved_in_time": 50.0, "event_duration": 10.0, "false_alarms": 28.571,
    "reopenings": 20.0, "vigilance_hours": 8.0, "alert_hours": 6.0, "crisis_hours": 15.5, "pcs_activations": 2.0, "exercises": 2.0,
    "leaks_repaired": 5.0, "leak_repair": 20.0, "net_savings": 0.01219,
    "alarm_rate": 0.0138889, "time_in_flood": 0.0694444, "critical_share": 10.0, "major_share": 20.0, "minor_share": 70.0,
    "equipment_reachable": 95.8333, "carbon_avoided": 0.102228, "reports_received": 6.0, "report_reply": 2.0, "report_resolution": 10.0,
    "waste_collected": 100.0, "waste_recovery": 40.0, "waste_per_head": 50.0,
    "lighting_budget_spent": 75.0, "parking_budget_spent": 50.0, "water_budget_spent": 100.0, "waste_budget_spent": 110.0, "security_budget_spent": 15.0,
    "lighting_spent": 15.0, "parking_spent": 10.0, "water_spent": 20.0, "waste_spent": 22.0, "security_spent": 3.0,
}  # fmt: skip


def serve(urls) -> None:
    """The alarms and events of SERVICE above."""
    raised, opened = local(1), local(-24)
    with desk.as_owner(urls) as uow:
        for number, after in enumerate((1, 2, 3, 4, 100, None)):
            desk.run(
                uow,
                """INSERT INTO alarm (tenant, asset_id, layer, kind, source, cause, title, priority, active, acknowledged, raised_at, acknowledged_at, acknowledged_by, cleared_at, decide_before)
                   VALUES (1, 1, 'lighting', 'cabinet', 'rule', :cause, 'Armoire hors tension', 2, :active, :seen, :at, :seen_at, :by, :ended, :limit)""",
                cause=f"c{number}", active=after is None, seen=after is not None, at=raised, seen_at=after and raised + timedelta(minutes=after),
                by=after and "x", ended=after and raised + timedelta(hours=after), limit=raised + timedelta(minutes=3),
            )  # fmt: skip
        for number, (after, status) in enumerate(
            ((1, "closed"), (2, "closed"), (10, "closed"), (20, "closed"), (30, "closed"), (None, "new"), (1, "false_positive"), (1, "false_positive"))
        ):
            ended = after and opened + timedelta(hours=after)
            resolved = ended if status == "closed" else None
            desk.run(
                uow,
                """INSERT INTO event (tenant, id, number, title, layer, priority, status, opened_at, resolved_at, closed_at)
                   VALUES (1, :id, :n, 'E', 'lighting', 2, :s, :o, :r, :c)""",
                id=700 + number, n=f"EV-2026-7{number}", s=status, o=opened, r=resolved, c=ended,
            )  # fmt: skip
            for act in ("resolve", "reopen", "resolve")[: (3 if number == 0 else 1) if resolved else 0]:
                desk.run(
                    uow,
                    "INSERT INTO event_log (tenant, event_id, at, actor, actor_name, action) VALUES (1, :id, :at, 'x', 'X', :act)",
                    id=700 + number,
                    at=ended,
                    act=act,
                )
    stand(urls)
    leak(urls)
    ask(urls)
    report(urls)


def stand(urls) -> None:
    """The posture and the exercises of CRISES above."""
    with desk.as_owner(urls) as uow:
        for begin, hours_long in (
            (datetime(2021, 1, 10, 9, tzinfo=PARIS), 3),
            (datetime(2021, 1, 11, 9, tzinfo=PARIS), 3),
            (datetime(2026, 1, 5, 9, tzinfo=PARIS), 3),
        ):
            desk.run(
                uow,
                """INSERT INTO exercise (tenant, title, reason, started_at, until, by, by_name, ended_at, ended_by, ended_name, ended_reason)
                   VALUES (1, 'Inondation', 'PCS', :at, :end, 'x', 'X', :end, 'x', 'X', 'fini')""",
                at=begin, end=begin + timedelta(hours=hours_long),
            )  # fmt: skip
        for level, at, exercise in (
            (1, datetime(2025, 12, 31, 22, tzinfo=PARIS), False),
            (3, datetime(2026, 1, 1, 6, tzinfo=PARIS), False),
            (2, datetime(2026, 1, 1, 18, tzinfo=PARIS), False),
            (3, datetime(2026, 1, 2, 0, tzinfo=PARIS), False),
            (0, datetime(2026, 1, 2, 3, 30, tzinfo=PARIS), False),
            (3, datetime(2026, 1, 5, 10, tzinfo=PARIS), True),
            (1, datetime(2026, 1, 10, 22, tzinfo=PARIS), False),
        ):
            change_posture(uow, level, at, is_played=exercise)


def leak(urls) -> None:
    """The events of LEAKS above."""
    new_year = datetime(2026, 1, 1, 3, tzinfo=PARIS)
    with desk.as_owner(urls) as uow:
        for number, (kind, hours_long, layer, status, cause, ended) in enumerate(
            (
                ("main_burst", 4, "water", "resolved", None, new_year),
                ("reported_leak", 10, "water", "resolved", None, new_year),
                ("pressure_low", 20, "water", "resolved", "Fuite sur branchement", new_year),
                ("pressure_low", 30, "water", "resolved", None, new_year),
                ("reported_leak", 40, "water", "resolved", None, new_year),
                ("pressure_low", 50, "water", "resolved", "Aucune fuite trouvée", new_year),
                ("reported_leak", 50, "water", "false_positive", None, new_year),
                ("reported_leak", 50, "water", "merged", None, new_year),
                ("reported_dark_street", 50, "lighting", "resolved", "fuite d’eau dans l’armoire", new_year),
                ("reported_leak", 11 * 24, "water", "resolved", None, local(0, date(2026, 1, 11))),
            )
        ):
            desk.run(
                uow,
                """INSERT INTO event (tenant, id, number, title, type, layer, commune_id, priority, status, cause, opened_at, resolved_at, merged_into)
                   VALUES (1, :id, :n, 'E', :kind, :layer, 1, 2, :status, :cause, :opened, :ended, CASE WHEN :status = 'merged' THEN 720 END)""",
                id=720 + number, n=f"EV-2025-7{number}", kind=kind, layer=layer, status=status, cause=cause, opened=ended - timedelta(hours=hours_long), ended=ended,
            )  # fmt: skip
        desk.run(
            uow,
            """INSERT INTO alarm (tenant, asset_id, layer, kind, source, cause, title, priority, active, acknowledged, raised_at, event_id)
               VALUES (1, 41, 'water', 'district_meter', 'rule', 'main_burst', 'Rupture de canalisation', 1, false, false, :at, 720)""",
            at=new_year - timedelta(hours=6),
        )
        desk.run(
            uow,
            """INSERT INTO intervention (tenant, number, title, layer, commune_id, priority, event_id, contractor, requested_at, requested_by, requested_name, assigned_at, cause)
               VALUES (1, 'IN-2025-1', 'I', 'water', 1, 2, 723, 'Régie', :at, 'x', 'X', :at, 'fuite')""",
            at=new_year,
        )


def ask(urls) -> None:
    """The alarms and shifts of LOAD above."""
    begin = datetime(2026, 1, 1, tzinfo=PARIS)
    with desk.as_owner(urls) as uow:
        for priority in (1, 2, 3):
            desk.run(
                uow,
                """INSERT INTO alarm (tenant, id, asset_id, layer, kind, source, cause, title, priority, active, acknowledged, raised_at)
                   OVERRIDING SYSTEM VALUE VALUES (1, 900 + :p, 2, 'lighting', 'cabinet', 'rule', 'load' || :p, 'Armoire', :p, false, true, :at)""",
                p=priority, at=begin - timedelta(days=1),
            )  # fmt: skip
        third, fourth = begin + timedelta(days=2, hours=10), begin + timedelta(days=3, hours=10)
        asked = [(third, 1)] * 3 + [(third, 2)] * 6 + [(third, 3)] * 9 + [(fourth, 3)] * 12 + [(begin - timedelta(hours=9), 3)]
        for state, calls in (("unacknowledged", asked), ("suppressed_by_design", [(third, 2)])):
            for at, priority in calls:
                desk.run(
                    uow,
                    "INSERT INTO alarm_transition (tenant, alarm_id, at, actor, actor_name, action, to_state) VALUES (1, 900 + :p, :at, 'rule:x', 'R', 'raise', :state)",
                    p=priority, at=at + timedelta(minutes=3), state=state,
                )  # fmt: skip
        desk.run(uow, "INSERT INTO station (tenant, name) VALUES (1, 'Poste 1'), (1, 'Poste 2')")
        desk.run(uow, "INSERT INTO team (tenant, name, starts_at, ends_at) VALUES (1, 'Jour', '06:00', '18:00')")
        for name, days, before in (("Poste 1", 10, 3), ("Poste 2", 5, 0)):
            desk.run(
                uow,
                """INSERT INTO shift (tenant, station_id, team_id, role, operator, operator_name, started_at, due_at, seen_at, ended_at, ended_how)
                   SELECT 1, s.id, t.id, 'operator', :name, 'X', :at, :end, :end, :end, 'handed_over' FROM station s, team t WHERE s.name = :name""",
                name=name, at=begin - timedelta(hours=before), end=begin + timedelta(days=days),
            )  # fmt: skip


def report(urls) -> None:
    """The alarms of REPORTS above."""
    at = datetime(2026, 1, 2, 8, tzinfo=PARIS)
    told = [(at, 1, 5), (at, 1.5, 8), (at, 2, 10), (at, 3, 20), (at, 4, 30), (at, None, None), (at - timedelta(days=2), 1, 1)]
    with desk.as_owner(urls) as uow:
        for number, (raised, reply, end) in enumerate(told):
            desk.run(
                uow,
                """INSERT INTO alarm (tenant, asset_id, layer, commune_id, kind, source, cause, title, priority, active, acknowledged, raised_at, acknowledged_at, acknowledged_by, cleared_at)
                   VALUES (1, :asset, 'lighting', 1, 'luminaire', 'supervisor:allo', 'report:00' || :n, 'Point lumineux en panne', 4, :active, :seen, :raised, :reply, :by, :ended)""",
                asset=11, n=number, active=end is None, seen=reply is not None, raised=raised, reply=None if reply is None else raised + timedelta(hours=reply),
                by=reply and "x", ended=None if end is None else raised + timedelta(hours=end),
            )  # fmt: skip


def change_posture(uow, level: int, at: datetime, *, is_played: bool = False) -> None:
    """A level in force from `at`; is_played: in the last exercise alone."""
    desk.run(
        uow,
        """INSERT INTO posture_change (tenant, level, reason, exercise_id, proposed_at, proposed_by, proposed_name, outcome, decided_at, decided_by, decided_name)
           VALUES (1, :level, 'R', CASE WHEN :played THEN (SELECT max(id) FROM exercise WHERE tenant = 1) END, :at, 'x', 'X', 'accepted', :at, 'y', 'Y')""",
        level=level, at=at, played=is_played,
    )  # fmt: skip
