"""Programs of the platform that do not stay alive, as alarms: they wait for a person like any other, and end when the program runs again."""

from collections.abc import Mapping, Set
from datetime import datetime, timedelta

import psycopg

from hypervisor.domain.alarm import Priority, Stake
from hypervisor.domain.rule import Rule
from hypervisor.i18n import N_, _
from hypervisor.store import verdicts
from hypervisor.store.verdicts import Decision, Origin

SOURCE = "platform"
KIND = "unlisted"  # of no layer's inventory, as what a supervisor places (`asset_of_place`)
TITLE, ASSET = N_("Programme arrêté : {name}"), N_("Plateforme Vigie : {name}")
CONSEQUENCE = N_("Ce que ce programme faisait n’est plus fait ; le bandeau et la page de santé disent quoi.")
ACTION = N_("Lire le journal du programme, corriger, et attendre : il est essayé de nouveau chaque minute.")
RESPOND_WITHIN = timedelta(minutes=15)
"""Chosen by us: a platform that does part of its work is a service degraded; with domain.alarm's matrix the alarm is major."""


def judge(cursor: psycopg.Cursor, tenant: int, layer: str, given_up: Set[str], now: datetime, labels: Mapping[str, str], only: Set[str] | None = None) -> None:
    """Raises for the programs given up, ends for those that run again; of `only` these when given. Nothing is written when nothing changed.

    layer: whose people treat it, since an alarm is of a layer; labels: program → what people call it.
    """
    rows = cursor.execute("SELECT cause FROM alarm WHERE tenant = %s AND source = %s AND active", (tenant, SOURCE)).fetchall()
    standing = {cause.removeprefix("program:") for (cause,) in rows}
    changed = {name for name in given_up ^ standing if only is None or name in only}
    decisions = [_decision(cursor, tenant, layer, name, _(labels.get(name, name)), now, holds=name in given_up) for name in sorted(changed)]
    if decisions:
        _written, lines = verdicts.apply(cursor, tenant, decisions, now, Origin(source=SOURCE, actor="platform", name=_("Plateforme")))
        verdicts.append_lines(cursor, tenant, lines)


def _decision(cursor: psycopg.Cursor, tenant: int, layer: str, name: str, label: str, now: datetime, *, holds: bool) -> Decision:
    row = cursor.execute(
        "SELECT asset_of_place(%s::smallint, %s, %s, %s, p.lon, p.lat) FROM (SELECT coalesce(avg(lon), 2.5) AS lon, coalesce(avg(lat), 46.5) AS lat FROM asset WHERE tenant = %s) p",
        (tenant, f"urn:vigie:program:{name}", layer, _(ASSET, name=label), tenant),
    ).fetchone()
    assert row is not None
    place = cursor.execute("SELECT commune_id, layer FROM asset WHERE tenant = %s AND id = %s", (tenant, row[0])).fetchone()
    assert place is not None
    rule = Rule(
        key=f"program:{name}", kind=KIND, title=_(TITLE, name=label), priority=Priority.MAJOR, stake=Stake.SERVICE, decide_within=RESPOND_WITHIN, consequence=_(CONSEQUENCE),
        action=_(ACTION),
    )  # fmt: skip
    return Decision(
        asset_id=row[0], layer=place[1], kind=KIND, commune_id=place[0], rule=rule, unit="", threshold=None, holds=holds, value=None, observed_at=now, received_at=now
    )  # fmt: skip
