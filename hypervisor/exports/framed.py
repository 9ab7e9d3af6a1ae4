"""A chart that leaves alone: with its title, what it is of, its classes and its letters, since a slide has none of our page around it."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import date
from functools import cache
from html import escape
from pathlib import Path

from hypervisor.exports import charts
from hypervisor.i18n import _
from hypervisor.queries import classes as ranks
from hypervisor.queries import said
from hypervisor.queries.officials_page import Opened

FONTS = Path(__file__).parents[2] / "assets" / "vendor" / "fonts"
HEAD, CLASS, LEGEND_COLUMNS = 64, 24, 3


def line(found: Opened) -> str:
    """The twelve months of the chosen figure."""
    one = found.page.focus.indicator
    return _framed(_("{nom}, par mois, {unite}", nom=_(one.label), unite=said.unit(one)), found, charts.line(one, found.page.line))


def choropleth(found: Opened) -> str:
    """The communes in their printed classes, which stand under the map."""
    one = found.page.focus.indicator
    classes = ranks.classes([place.figure.value for place in found.page.places if place.figure.value is not None], one.digits)
    legend = list(zip(charts.shades_of(classes), [each.label for each in classes], strict=True))
    if any(place.figure.value is None for place in found.page.places):
        legend.append((charts.NO_DATA, _("pas de chiffre")))
    title = _("{nom}, par commune, {unite}", nom=_(one.label), unite=said.unit(one))
    return _framed(title, found, charts.choropleth(one, found.page.places, found.outlines), legend)


def _framed(title: str, found: Opened, inside: str, legend: Sequence[tuple[str, str]] = ()) -> str:
    width, height = _size(inside)
    whole = max(width, charts.WIDTH)
    rows = -(-len(legend) // LEGEND_COLUMNS)
    under = HEAD + height + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {under + rows * CLASS}" width="{whole}" height="{under + rows * CLASS}" role="img">',
        f"<title>{escape(title)}</title><style>{_letters()}</style>",
        f'<text x="16" y="28" {charts.FONT} font-size="20" font-weight="700" fill="{charts.INK}">{escape(title)}</text>',
        f'<text x="16" y="50" {charts.FONT} font-size="14" fill="{charts.INK2}">{escape(_caption(found))}</text>',
        inside.replace("<svg ", f'<svg x="{(whole - width) // 2}" y="{HEAD}" ', 1),
    ]
    for rank, (shade, text) in enumerate(legend):
        x, y = 16 + rank % LEGEND_COLUMNS * (whole // LEGEND_COLUMNS), under + rank // LEGEND_COLUMNS * CLASS
        parts.append(f'<rect x="{x}" y="{y}" width="26" height="15" fill="{shade}" stroke="{charts.GREY}"/>')
        parts.append(f'<text x="{x + 36}" y="{y + 13}" {charts.FONT} font-size="14" fill="{charts.INK}">{escape(text)}</text>')
    return "".join([*parts, "</svg>"])


def _caption(found: Opened) -> str:
    page = found.page
    where = f"{page.territory or found.label}, {page.period.label}"
    return _("{ou}. Données arrêtées au {jour}.", ou=where, jour=said.day(_last(found)))


def _last(found: Opened) -> date | None:
    return found.page.focus.last or found.page.last


def _size(drawn: str) -> tuple[int, int]:
    """(width, height) of a chart of ours, which names them; an empty one takes no place."""
    if not drawn:
        return 0, 0
    width, height = (drawn.partition(f' {side}="')[2].partition('"')[0] for side in ("width", "height"))
    return int(width), int(height)


@cache
def _letters() -> str:
    """B612 inside the picture: a picture reads nothing outside itself."""
    faces = [(weight, b64encode((FONTS / f"b612-latin-{weight}-normal.woff2").read_bytes()).decode()) for weight in (400, 700)]
    return "".join(f"@font-face{{font-family:B612;font-weight:{weight};src:url(data:font/woff2;base64,{letters})}}" for weight, letters in faces)
