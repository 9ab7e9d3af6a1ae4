"""A platform on a real database with the small world in it: callbacks are called as Dash calls them, by somebody signed in."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from dash import _callback_context
from dash._utils import AttributeDict

from hypervisor import bootstrap
from hypervisor.bootstrap import Hypervisor
from hypervisor.clock import FixedClock
from hypervisor.domain.operator import PERMISSIONS, Principal, Role
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.security.context import current_principal
from hypervisor.settings import Settings
from tests.screens import world


@contextmanager
def running(urls: DatabaseUrls, redis_url: str, folder: Path) -> Iterator[Hypervisor]:
    """The platform at the instant of the small world, which is written in its empty database; `bootstrap.current()` gives it."""
    settings = Settings(
        _env_file=None, data_dir=folder, demo=False, simulate=False, redis_url=redis_url,
        database_url=urls.owner, database_worker_url=urls.worker, database_app_url=urls.app,
    )  # fmt: skip
    world.build(urls.owner)
    made = replace(bootstrap.build(settings), clock=FixedClock(world.AT))
    before = bootstrap._current
    bootstrap.set_current(made)
    yield made
    bootstrap._current = before
    made.close()


def person(username: str) -> Principal:
    """Someone of the small world."""
    _username, name, role, layers = next(each for each in world.PEOPLE if each[0] == username)
    return Principal(
        tenant=1,
        account_id=1,
        name=username,
        display_name=name,
        role=Role(role),
        permissions=PERMISSIONS[Role(role)],
        layers=frozenset(layers) if layers else None,
    )


@contextmanager
def signed_in(username: str | None) -> Iterator[None]:
    """What is done inside is done by that person; by nobody when None."""
    token = current_principal.set(person(username) if username else None)
    yield
    current_principal.reset(token)


@contextmanager
def click(button: str | dict[str, object], clicks: int | None = 1, outputs: Any = ()) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """What Dash tells a callback that a button fired; gives what the callback sets aside of its outputs, as (id, properties)."""
    told = AttributeDict(
        triggered_inputs=[{"prop_id": f"{_written(button)}.n_clicks", "value": clicks}], outputs_list=list(outputs), updated_props={}, ignore_register_page=True
    )
    token = _callback_context.context_value.set(told)
    said: list[tuple[str, dict[str, Any]]] = []
    yield said
    said.extend(told.updated_props.items())
    _callback_context.context_value.reset(token)


def _written(button: str | dict[str, object]) -> str:
    return button if isinstance(button, str) else json.dumps(button, sort_keys=True, separators=(",", ":"))
