"""Orders given to walls: one row per screen, 0 for all of them, and a fact for the screens that listen."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import text

from hypervisor.store.outbox import wake_relay
from hypervisor.store.unit_of_work import UnitOfWork

_SHAPE = "body || jsonb_build_object('screen', screen, 'by_name', by_name, 'at', iso(at), 'version', version)"


def steer(uow: UnitOfWork, screen: int, body: dict[str, Any], by_name: str, at: datetime) -> dict[str, Any]:
    """Replaces the order of a screen and tells the walls; an order to all (screen 0) ends the orders of each. Gives its shape."""
    if screen == 0:
        uow.connection.execute(text("DELETE FROM wall_steering WHERE tenant = :t"), {"t": uow.tenant})
    shape: dict[str, Any] = uow.connection.execute(
        text(f"""INSERT INTO wall_steering (tenant, screen, body, by_name, at, version) VALUES (:t, :screen, cast(:body AS jsonb), :by, :at, nextval('wall_steering_version'))
                 ON CONFLICT (tenant, screen) DO UPDATE SET body = excluded.body, by_name = excluded.by_name, at = excluded.at, version = excluded.version
                 RETURNING {_SHAPE}"""),  # noqa: S608 - a constant
        {"t": uow.tenant, "screen": screen, "body": json.dumps(body), "by": by_name, "at": at},
    ).scalar_one()
    uow.connection.execute(
        text("INSERT INTO outbox (tenant, at, kind, body) VALUES (:t, :at, 'wall', cast(:body AS jsonb))"),
        {"t": uow.tenant, "at": at, "body": json.dumps(shape)},
    )
    wake_relay(uow)
    return shape


def orders(uow: UnitOfWork) -> list[dict[str, Any]]:
    """The shape of every order in force, by screen."""
    return list(uow.connection.execute(text(f"SELECT {_SHAPE} FROM wall_steering WHERE tenant = :t ORDER BY screen"), {"t": uow.tenant}).scalars())  # noqa: S608
