"""The charts of officials' pages as SVG, for paper and for files: the same figures as the screen's, drawn without a browser. No red and no green."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from math import cos, floor, log10, radians
from typing import Any

from hypervisor import fmt
from hypervisor.domain.indicator import Indicator
from hypervisor.i18n import N_, _
from hypervisor.queries import said
from hypervisor.queries.classes import Class, classes, rank
from hypervisor.queries.figure_series import Line, Place

INK, INK2, GREY, LINE = "#15191D", "#3D454D", "#515A63", "#B3B9C0"
SHADES = ("#EEF1F4", "#C9D6E4", "#9DB8D2", "#6B95BD", "#3A6FA3", "#164A7B")
"""Single hue, from the least (screens.md §2.2). layouts/theme.py says the same; a test compares them."""
NO_DATA = "#D5D8DC"
FONT = 'font-family="B612, sans-serif"'
WIDTH, HEIGHT = 900, 360
CLOSE = 0.6
"""A share or a delay whose least month is above this part of its greatest is drawn on its own scale (chosen by us: from zero its moves would be a flat line)."""


MONTHS = (N_("janv."), N_("févr."), N_("mars"), N_("avr."), N_("mai"), N_("juin"), N_("juil."), N_("août"), N_("sept."), N_("oct."), N_("nov."), N_("déc."))


def month(of: date) -> str:
    """« janv. », « févr. »: the usual abbreviations."""
    return _(MONTHS[of.month - 1])


def line(one: Indicator, drawn: Line) -> str:
    """Twelve months in black, a year before dashed, the target thin; names at the ends of the lines; a scale that does not begin at zero says so."""
    left, right, top, bottom = 64, 120, 24, 40
    known = [value for value in (*drawn.current, *drawn.previous, *drawn.target) if value is not None]
    low, high, step = axis(known, from_zero=one.adds_up)
    width, height = WIDTH - left - right, HEIGHT - top - bottom

    def x(number: int) -> float:
        return left + width * number / (len(drawn.months) - 1)

    def y(value: float) -> float:
        return top + height * (high - value) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img"><title>{escape(_(one.label))}</title>'
    ]
    if scale := said_of_scale(one, low, step, high):
        parts.append(_text(left, 14, scale, GREY, "start"))
    mark = low
    while mark <= high + step / 1000:
        parts.append(f'<line x1="{left}" x2="{left + width}" y1="{y(mark):.1f}" y2="{y(mark):.1f}" stroke="{LINE}" stroke-width="1"/>')
        parts.append(_text(left - 10, y(mark) + 5, fmt.number(mark, 0 if step >= 1 else one.digits), GREY, "end"))
        mark += step
    parts += [_text(x(number), HEIGHT - 12, month(of), GREY, "middle") for number, of in enumerate(drawn.months)]
    ends: list[tuple[float, str, str]] = []
    for values, style, name, ink in (
        (drawn.target, 'stroke-width="1"', _("Cible"), GREY),
        (drawn.previous, 'stroke-width="2" stroke-dasharray="6 5"', _("Un an avant"), GREY),
        (drawn.current, 'stroke-width="3.5"', _("Cette année"), INK),
    ):
        points = [(x(number), y(value)) for number, value in enumerate(values) if value is not None]
        for run in _runs(values):
            parts.append(f'<polyline points="{" ".join(f"{x(n):.1f},{y(v):.1f}" for n, v in run)}" fill="none" stroke="{ink}" {style}/>')
        if ink == INK:
            parts += [f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="4" fill="{INK}"/>' for cx, cy in points]
        if points:
            ends.append((points[-1][1], name, ink))
    last = -100.0
    for height_px, name, ink in sorted(ends):
        last = max(height_px + 5, last + 18)
        parts.append(_text(left + width + 12, last, name, ink, "start", bold=ink == INK))
    return "".join([*parts, "</svg>"])


def choropleth(one: Indicator, places: Sequence[Place], outlines: Sequence[Mapping[str, Any]]) -> str:
    """The communes in the printed classes; those without a figure are grey."""
    rings = {int(row["id"]): polygons(str(row["outline"])) for row in outlines}
    points = [point for found in rings.values() for ring in found for point in ring]
    if not points:
        return ""
    west, east = min(point[0] for point in points), max(point[0] for point in points)
    south, north = min(point[1] for point in points), max(point[1] for point in points)
    squeeze = cos(radians((south + north) / 2))
    scale = min((WIDTH - 20) / ((east - west) * squeeze or 1), 560 / ((north - south) or 1))
    width, height = (east - west) * squeeze * scale + 20, (north - south) * scale + 20
    found = classes([place.figure.value for place in places if place.figure.value is not None], one.digits)
    shades = shades_of(found)
    values = {place.id: place.figure.value for place in places}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" role="img"><title>{escape(_(one.label))}</title>'
    ]

    def place_of(lon: float, lat: float) -> tuple[float, float]:
        return 10 + (lon - west) * squeeze * scale, 10 + (north - lat) * scale

    for number, own in rings.items():
        value = values.get(number)
        fill = NO_DATA if value is None else shades[rank(found, value, one.digits)]
        path = "".join("M" + "L".join("{:.1f} {:.1f}".format(*place_of(lon, lat)) for lon, lat in ring) + "Z" for ring in own)
        parts.append(f'<path d="{path}" fill="{fill}" fill-rule="evenodd" stroke="{INK}" stroke-width="1"/>')
    largest = sorted(outlines, key=lambda row: -int(row["population"] or 0))[:7]
    for row in largest:
        cx, cy = place_of(float(row["lon"]), float(row["lat"]))
        # Twice, its edge then its ink: paper's renderer does not know `paint-order`, and buried the names in white.
        name = f'<text x="{cx:.1f}" y="{cy:.1f}" {FONT} font-size="15" font-weight="700" text-anchor="middle" '
        text = f">{escape(str(row['name']).split('-')[0])}</text>"
        parts += [f'{name}fill="#FFFFFF" stroke="#FFFFFF" stroke-width="4" stroke-linejoin="round"{text}', f'{name}fill="{INK}"{text}']
    return "".join([*parts, "</svg>"])


def spark(values: Sequence[float | None], target: float | None) -> str:
    """A trace without axis, its last point, the target dashed: the card's. Drawn as a mask, so that it takes the ink of the theme."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = min([*known, *([target] if target is not None else [])]), max([*known, *([target] if target is not None else [])])
    span = high - low or 1.0

    def at(number: int, value: float) -> tuple[float, float]:
        return 4 + 112 * number / (len(values) - 1), 6 + 36 * (high - value) / span if high > low else 24.0

    runs = "".join(
        f'<polyline points="{" ".join("{:.1f},{:.1f}".format(*at(n, v)) for n, v in run)}" fill="none" stroke="#000" stroke-width="2"/>'
        for run in _runs(values)
    )
    number, value = max((n, v) for n, v in enumerate(values) if v is not None)
    end = '<circle cx="{:.1f}" cy="{:.1f}" r="3.5"/>'.format(*at(number, value))
    limit = (
        ""
        if target is None
        else f'<line x1="4" x2="116" y1="{at(0, target)[1]:.1f}" y2="{at(0, target)[1]:.1f}" stroke="#000" stroke-dasharray="4 3" opacity=".6"/>'
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 48">{limit}{runs}{end}</svg>'


def axis(known: Sequence[float], *, from_zero: bool = True) -> tuple[float, float, float]:
    """(least, greatest, step) of an axis of five steps or so of 1, 2 or 5 × 10ⁿ.

    It begins at zero, or under it for what is negative. from_zero False lets what stays far from zero (a share between 82 and 88 %) be seen to move:
    the chart then says so (`said_of_scale`).
    """
    low, high = min([0.0, *known]), max([0.0, *known])
    if not from_zero and known and min(known) > CLOSE * max(known):
        low = min(known)
    if high == low:
        low, high = (low, low + 1.0) if low == 0 else (low - low / 10, low)
    raw = (high - low) / 5
    size = 10.0 ** floor(log10(raw))
    step = next(size * times for times in (1, 2, 5, 10) if size * times >= raw)
    return floor(low / step) * step, -floor(-high / step) * step, step


def said_of_scale(one: Indicator, low: float, step: float, high: float) -> str:
    """« Échelle de 80 à 90 %, qui ne part pas de zéro », or nothing when it does."""
    digits = 0 if step >= 1 else one.digits
    return (
        ""
        if low <= 0
        else _("Échelle de {bas} à {haut}, qui ne part pas de zéro", bas=fmt.number(low, digits), haut=fmt.quantity(high, said.unit(one), digits))
    )


def shades_of(found: Sequence[Class]) -> list[str]:
    """A shade per class, the darkest last whatever their number."""
    count = len(found)
    return [SHADES[len(SHADES) - 1 if count == 1 else round(number * (len(SHADES) - 1) / (count - 1))] for number in range(count)]


def polygons(outline: str) -> list[list[tuple[float, float]]]:
    """The rings of a GeoJSON polygon or multipolygon: (lon, lat)."""
    shape = json.loads(outline)
    found = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    return [[(point[0], point[1]) for point in ring] for polygon in found for ring in polygon]


def said_of(one: Indicator, drawn: Line) -> str:
    """What the chart shows, in words: for those who do not see it."""
    known = [(of, value) for of, value in zip(drawn.months, drawn.current, strict=True) if value is not None]
    if not known:
        return _("{nom} : aucun mois n’a de chiffre.", nom=_(one.label))
    least, most = min(known, key=lambda pair: pair[1]), max(known, key=lambda pair: pair[1])
    return _(
        "{nom} par mois, de {debut} à {fin} : du plus bas en {mois_bas}, {bas}, au plus haut en {mois_haut}, {haut}. Les chiffres sont dans le tableau.",
        nom=_(one.label), debut=f"{month(known[0][0])} {known[0][0].year}", fin=f"{month(known[-1][0])} {known[-1][0].year}",
        mois_bas=month(least[0]), bas=said.quantity(one, least[1]), mois_haut=month(most[0]), haut=said.quantity(one, most[1]),
    )  # fmt: skip


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The unbroken pieces of a series: a month without a figure is a gap, not a line."""
    runs: list[list[tuple[int, float]]] = [[]]
    for number, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((number, value))
    return [run for run in runs if run]


def _text(x: float, y: float, text: str, ink: str, anchor: str, *, bold: bool = False) -> str:
    weight = ' font-weight="700"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" {FONT} font-size="14" text-anchor="{anchor}" fill="{ink}"{weight}>{escape(text)}</text>'
