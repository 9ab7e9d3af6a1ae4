"""What readers are given of alarms, events and interventions: the `shape` of their view, one or listed, within a perimeter."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from hypervisor.store.perimeter import INSIDE, array
from hypervisor.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class View:
    """A view with tenant, id, layer, commune_id and shape. at: the column that orders its lists; filters: a condition on `v` by name, with parameters of its own."""

    name: str
    at: str
    filters: dict[str, str]

    def one(self, uow: UnitOfWork, id_: int, layers: Set[str] | None, communes: Set[int] | None) -> dict[str, Any] | None:
        """One as everyone reads it, None outside the perimeter."""
        return uow.connection.execute(
            text(f"SELECT v.shape FROM {self.name} v WHERE v.tenant = :t AND v.id = :id AND {INSIDE}"),  # noqa: S608 - names of ours
            {"t": uow.tenant, "id": id_, "layers": array(layers), "communes": array(communes)},
        ).scalar_one_or_none()

    def listed(
        self,
        uow: UnitOfWork,
        layers: Set[str] | None,
        communes: Set[int] | None,
        *,
        filters: dict[str, Any],
        limit: int,
        also: Sequence[str] = (),
        **values: Any,
    ) -> list[Row[Any]]:
        """(shape, at, id), newest first. filters: by name the value, or the values by parameter (`after` takes after_at and after_id); also: conditions of the caller's, with values."""
        for name, value in filters.items():
            values.update(value if isinstance(value, dict) else {name: value})
        where = " AND ".join(["v.tenant = :t", INSIDE, *(self.filters[name] for name in filters), *also])
        return list(
            uow.connection.execute(
                text(f"SELECT v.shape, v.{self.at}, v.id FROM {self.name} v WHERE {where} ORDER BY v.{self.at} DESC, v.id DESC LIMIT :limit"),  # noqa: S608 - names of ours
                {"t": uow.tenant, "layers": array(layers), "communes": array(communes), "limit": limit, **values},
            )
        )
