"""/api/v1/exploration: what analysts ask of history, as JSON, CSV and Parquet; and the questions they keep."""

import csv
import io
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hypervisor import fmt
from hypervisor.api.awaited import Awaited
from hypervisor.api.verbs import Instant, perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.errors import NotFound
from hypervisor.i18n import N_, _
from hypervisor.operations import exploration as operations
from hypervisor.queries import exploration as queries
from hypervisor.security.require import require
from hypervisor.store import exploration as store

MOST_EXPORTED = 200_000
Since = Annotated[Instant | None, Query(description="24 hours before the end when absent")]
Until = Annotated[Instant | None, Query(description="now when absent")]
Series = Annotated[list[str], Query(description="asset:NUMBER:PROPERTY or layer:LAYER:PROPERTY, repeatable, eight at most")]


class View(BaseModel):
    """A question to keep."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=80)
    body: dict[str, str] = Field(description="the question, as the page's address says it")
    is_shared: bool = False


def router(h: Hypervisor) -> APIRouter:
    """Routes of exploration."""
    routes = APIRouter(prefix="/api/v1/exploration", tags=["exploration"], route_class=Awaited)

    @routes.get("/series")
    def series(s: Series, since: Since = None, until: Until = None) -> dict[str, Any]:
        """Curves: values while they are few, means with their extremes beyond (`bucket_s` says which), gaps as points without value."""
        return queries.series(h, s, since, until)

    @routes.get("/table")
    def table(
        layer: str,
        property_: Annotated[str, Query(alias="property")],
        measure: queries.Measure = "mean",
        by: queries.By = "day",
        kind: str | None = None,
        since: Since = None,
        until: Until = None,
        format_: Annotated[Literal["json", "csv", "parquet"], Query(alias="format")] = "json",
    ) -> Response:
        """One property by hour, day, commune or asset: 5,000 rows as JSON, 200,000 as CSV or Parquet."""
        found = queries.table(h, layer, property_, measure, by, since, until, kind, 5_000 if format_ == "json" else MOST_EXPORTED)
        return WRITERS[format_](found)

    @routes.get("/map")
    def on_map(
        layer: str,
        property_: Annotated[str, Query(alias="property")],
        measure: queries.Measure = "mean",
        kind: str | None = None,
        grid: bool = False,
        since: Since = None,
        until: Until = None,
    ) -> dict[str, Any]:
        """The same by commune, and by cell of 500 m with `grid`; places in metres (EPSG:2154)."""
        return queries.on_map(h, layer, property_, measure, since, until, kind, by_grid=grid)

    @routes.get("/completeness")
    def completeness(layer: str, since: Since = None, until: Until = None) -> dict[str, Any]:
        """What was received of what should have been, by property and day of the territory's calendar."""
        return queries.completeness(h, layer, since, until)

    @routes.get("/correlation")
    def correlation(first: str, second: str, since: Since = None, until: Until = None) -> dict[str, Any]:
        """Hourly means of two series, and how far they move together. It says nothing of causes."""
        return queries.correlated(h, first, second, since, until)

    @routes.get("/views")
    def views() -> dict[str, Any]:
        """Questions kept by the reader, and those that others share."""
        who = require("observation:read")
        with h.database.unit_of_work(who.tenant) as uow:
            return {"items": store.views(uow, who.name), "next": None}

    @routes.post("/views", status_code=201)
    def save(request: Request, body: View) -> Response:
        """Keeps a question under a name."""
        return perform(
            h, request, "exploration:save", body, lambda uow, who, at: operations.save(uow, body.name, body.body, who, at, is_shared=body.is_shared), status=201
        )

    @routes.delete("/views/{view_id}", status_code=204)
    def drop(view_id: int) -> Response:
        """Forgets a question of one's own."""
        who = require("exploration:save")
        with h.database.unit_of_work(who.tenant) as uow:
            if not operations.drop(uow, view_id, who):
                raise NotFound(_("La vue {id} n’existe pas, ou n’est pas à vous.", id=view_id))
        return Response(status_code=204)

    return routes


def _csv(found: dict[str, Any]) -> Response:
    """UTF-8 with its mark, semicolons, decimal commas, days and hours of the territory: what a French spreadsheet reads as it is. JSON and Parquet keep UTC."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=";")
    head, measure, unit = HEADS[found["by"]], MEASURES[found["measure"]], f" ({found['unit']})" if found["unit"] else ""
    writer.writerow((_(head), f"{_(measure)}, {found['label']}{unit}", _("mesures")))
    writer.writerows(
        (_group(row["group"], found["by"]), "" if row["value"] is None else str(row["value"]).replace(".", ","), row["n"]) for row in found["rows"]
    )
    return _attached(written.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", found, "csv")


def _group(said: str, by: str) -> str:
    """A day as 2026-11-20, an hour with its offset (two are called 2 o'clock at the end of October), a name as it is."""
    if by not in ("day", "hour"):
        return _cell(said)
    at = datetime.fromisoformat(said).astimezone(fmt.ZONE)
    return at.date().isoformat() if by == "day" else at.isoformat(timespec="minutes")


def _cell(text: str) -> str:
    # A spreadsheet must not take a name for a formula.
    return f"'{text}" if text[:1] in "=+-@" else text


def _parquet(found: dict[str, Any]) -> Response:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({name: [row[name] for row in found["rows"]] for name in ("group", "value", "n")})
    table = table.replace_schema_metadata({name: str(found[name]) for name in ("layer", "property", "unit", "measure", "by", "since", "until")})
    written = io.BytesIO()
    pq.write_table(table, written, compression="zstd")
    return _attached(written.getvalue(), "application/vnd.apache.parquet", found, "parquet")


def _attached(body: bytes, kind: str, found: dict[str, Any], ending: str) -> Response:
    name = f"vigie-{found['layer']}-{found['property']}-{found['by']}.{ending}"
    return Response(body, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"})


HEADS = {"day": N_("jour"), "hour": N_("heure"), "commune": N_("commune"), "asset": N_("équipement")}
MEASURES = {"mean": N_("moyenne"), "low": N_("minimum"), "high": N_("maximum"), "count": N_("nombre")}
WRITERS: dict[str, Callable[[dict[str, Any]], Response]] = {"json": JSONResponse, "csv": _csv, "parquet": _parquet}
