"""/api/v1/indicators: what officials read, as JSON and as files. /api/v1/highlights: the facts that services write for them."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from hypervisor.api.verbs import perform
from hypervisor.bootstrap import Hypervisor
from hypervisor.exports import framed
from hypervisor.exports import indicators as files
from hypervisor.i18n import _
from hypervisor.operations import highlights
from hypervisor.queries import said
from hypervisor.queries.figures import Figure
from hypervisor.queries.officials import Choice
from hypervisor.queries.officials_page import Opened, opened
from hypervisor.security import audit
from hypervisor.security.require import require

Territory = Annotated[int, Query(ge=0, le=10**8, description="Commune; 0 for the whole perimeter")]
Word = Annotated[str, Query(max_length=40, pattern=r"^[a-z0-9A-Z_-]*$")]
MEDIA = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8", "ods": "application/vnd.oasis.opendocument.spreadsheet", "svg": "image/svg+xml"}
Name = Literal["indicateurs.pdf", "indicateurs.csv", "indicateurs.ods", "dictionnaire.csv", "courbe.svg", "carte.svg"]


class Fact(BaseModel):
    """A fact to publish."""

    model_config = ConfigDict(extra="forbid")

    layer: str = Field(max_length=40, description="Key of the layer")
    day: str = Field(max_length=10, description="ISO day")
    text: str = Field(max_length=400, description="One sentence, 160 characters at most")


def router(h: Hypervisor) -> APIRouter:
    """Routes of indicators and highlights."""
    routes = APIRouter(prefix="/api/v1", tags=["indicators"])

    @routes.get("/indicators")
    def listed(territoire: Territory = 0, periode: Word = "", comparer: Word = "n-1", domaine: Word = "", indicateur: Word = "") -> dict[str, Any]:
        """The figures of a page: value, a year before, completeness, estimates, target; the months and the communes of the chosen one."""
        return _json(opened(h, Choice(territory=territoire, period=periode, comparison=comparer, domain=domaine, focus=indicateur)))

    @routes.get("/indicators/export/{name}")
    def export(
        name: Name, territoire: Territory = 0, periode: Word = "", comparer: Word = "n-1", domaine: Word = "", indicateur: Word = "",
        decimale: Literal["virgule", "point"] = "virgule", bom: bool = False,
    ) -> Response:  # fmt: skip
        """The page as a file. Each is a line of the audit."""
        found = opened(h, Choice(territory=territoire, period=periode, comparison=comparer, domain=domaine, focus=indicateur))
        body, digest = _file(name, found, "," if decimale == "virgule" else ".", bom=bom)
        who = require("indicator:read")
        with h.database.unit_of_work(who.tenant) as uow:
            audit.done(
                uow,
                who,
                "official:indicator:export",
                h.clock.now(),
                about=name,
                period=found.page.period.written,
                territory=found.page.territory,
                digest=digest,
            )
        stem, form = name.split(".")
        written = f"{stem}-{found.page.period.written}.{form}"
        headers = {
            "Content-Disposition": f'attachment; filename="{written}"',
            "Cache-Control": "private, no-store",
            **({"X-Content-Digest": f"sha-256={digest}"} if digest else {}),
        }
        return Response(body, media_type=MEDIA[form], headers=headers)

    @routes.post("/highlights", status_code=201)
    def publish(fact: Fact, request: Request) -> Response:
        """Publishes a fact of a layer of one's own."""
        return perform(h, request, "highlight:write", fact, lambda uow, who, at: {"id": highlights.write(uow, fact.layer, fact.day, fact.text, who, at)}, 201)

    @routes.delete("/highlights/{number}", status_code=204)
    def remove(number: int) -> Response:
        """Takes a fact away from the page."""
        who = require("highlight:write")
        with h.database.unit_of_work(who.tenant) as uow:
            highlights.remove(uow, number, who, h.clock.now())
        return Response(status_code=204)

    return routes


def _file(name: str, found: Opened, decimal: str, *, bom: bool) -> tuple[bytes, str]:
    """The file, and its digest where a reader would compare it."""
    if name == "indicateurs.pdf":
        printed = files.as_pdf(found)
        return printed.body, printed.sha256
    made: dict[str, Callable[[], bytes]] = {
        "indicateurs.csv": lambda: files.as_csv(found, decimal, bom=bom),
        "indicateurs.ods": lambda: files.as_ods(found),
        "dictionnaire.csv": files.dictionary,
        "courbe.svg": lambda: framed.line(found).encode(),
        "carte.svg": lambda: framed.choropleth(found).encode(),
    }
    return made[name](), ""


def _json(found: Opened) -> dict[str, Any]:
    page = found.page
    return {
        "items": [_figure(figure) for figure in page.figures],
        "next": None,
        "territory": page.territory or found.label,
        "since": page.period.since.isoformat(),
        "until": page.period.until.isoformat(),
        "data_until": None if page.last is None else page.last.isoformat(),
        "sentence": said.sentence(page.figures),
        "months": [
            {"month": month.isoformat(), "value": value, "previous": before, "target": target}
            for month, value, before, target in zip(page.line.months, page.line.current, page.line.previous, page.line.target, strict=True)
        ],
        "communes": [{"id": place.id, "name": place.name, "value": place.figure.value, "previous": place.figure.previous} for place in page.places],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    one = figure.indicator
    return {
        "key": one.key, "domain": figure.domain, "label": _(one.label), "value": figure.value, "printed": said.quantity(one, figure.value), "unit": said.unit(one),
        "previous": figure.previous, "trend": figure.trend, "completeness": figure.completeness, "estimate": said.estimate(figure), "reason": figure.reason,
        "formula": _(one.formula), "source": _(one.source), "version": one.version,
    }  # fmt: skip
