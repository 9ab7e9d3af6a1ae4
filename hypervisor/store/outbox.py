"""Facts written by people's operations, in the transaction that makes them true; the relay sends them after the commit."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from hypervisor.store.relay import CHANNEL
from hypervisor.store.unit_of_work import UnitOfWork

WAKING = f"pg_notify('{CHANNEL}', '')"
"""Wakes the relay at commit, within a statement that writes what it will send."""
SHAPES = {"alarm": "alarm_shape", "event": "event_shape", "intervention": "intervention_shape"}


def changed(uow: UnitOfWork, kind: str, ids: Sequence[int], at: datetime) -> dict[int, dict[str, Any]]:
    """One fact per alarm, event or intervention (`kind` says which), and the relay woken at commit; gives the shape of each as it is now, by id."""
    # One statement: an act of a person is as long as its round trips when the machine is busy.
    rows = uow.connection.execute(
        text(f"""WITH present AS MATERIALIZED (SELECT tenant, id, layer, commune_id, shape FROM {SHAPES[kind]} WHERE tenant = :t AND id = ANY(:ids)),
                 told AS (INSERT INTO outbox (tenant, at, kind, layer, commune_id, body) SELECT tenant, :at, :kind, layer, commune_id, shape FROM present ORDER BY id),
                 woken AS MATERIALIZED (SELECT {WAKING})
                 SELECT id, shape FROM present, woken"""),  # noqa: S608 - the shapes above
        {"at": at, "kind": kind, "t": uow.tenant, "ids": list(ids)},
    )
    return {row.id: row.shape for row in rows}


def works_changed(uow: UnitOfWork, work_id: int, at: datetime) -> None:
    """The fact that works were declared, moved or ended: which ones only, since who may see them asks for them."""
    uow.connection.execute(
        text("INSERT INTO outbox (tenant, at, kind, body) VALUES (:t, :at, 'works', jsonb_build_object('id', cast(:id AS int)))"),
        {"t": uow.tenant, "at": at, "id": work_id},
    )
    wake_relay(uow)


def sessions_ended(uow: UnitOfWork, session_ids: Sequence[str], at: datetime) -> None:
    """One fact per session that was revoked, so that its screens close at once."""
    if session_ids:
        uow.connection.execute(
            text(
                "INSERT INTO outbox (tenant, at, kind, body) SELECT :t, :at, 'session', jsonb_build_object('session_id', id) FROM unnest(cast(:ids AS text[])) AS id"
            ),
            {"t": uow.tenant, "at": at, "ids": list(session_ids)},
        )
        wake_relay(uow)


def session_locked(uow: UnitOfWork, session_id: str, at: datetime) -> None:
    """The fact that a session was locked or unlocked: every process looks it up again, and its screens stay."""
    uow.connection.execute(
        text("INSERT INTO outbox (tenant, at, kind, body) VALUES (:t, :at, 'lock', jsonb_build_object('session_id', cast(:id AS text)))"),
        {"t": uow.tenant, "at": at, "id": session_id},
    )
    wake_relay(uow)


def token_ended(uow: UnitOfWork, name: str, at: datetime) -> None:
    """The fact that a token's secret opens nothing any more."""
    uow.connection.execute(
        text("INSERT INTO outbox (tenant, at, kind, body) VALUES (:t, :at, 'token', jsonb_build_object('name', cast(:name AS text)))"),
        {"t": uow.tenant, "at": at, "name": name},
    )
    wake_relay(uow)


def wake_relay(uow: UnitOfWork) -> None:
    """Wakes the relay at commit."""
    uow.connection.execute(text(f"SELECT {WAKING}"))
