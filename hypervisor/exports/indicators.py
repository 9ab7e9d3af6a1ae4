"""An officials' page as files: CSV with its dictionary, ODS, tagged PDF. Every digit is that of the screen (queries/said.py)."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from hypervisor import __version__, fmt
from hypervisor.domain.indicator import Indicator
from hypervisor.exports import charts, pdf
from hypervisor.exports.press import Attachment
from hypervisor.i18n import N_, _
from hypervisor.queries import classes as ranks
from hypervisor.queries import periods, said
from hypervisor.queries.figures import Figure
from hypervisor.queries.officials import COMPARISONS, Dashboard
from hypervisor.queries.officials_page import Opened

Cell = str | float | date | None
COLUMNS = (
    ("indicateur", N_("Clé de l’indicateur, stable d’une version à l’autre")),
    ("libelle", N_("Nom de l’indicateur")),
    ("domaine", N_("Couche métier, ou service pour les interventions")),
    ("territoire", N_("Commune, ou territoire entier")),
    ("debut", N_("Premier jour de la période, compris")),
    ("fin", N_("Dernier jour de la période, compris")),
    ("valeur", N_("Valeur, arrondie comme à l’écran ; vide quand elle ne peut être donnée")),
    ("unite", N_("Unité de la valeur")),
    ("valeur_un_an_avant", N_("Même période un an avant, sur autant de jours")),
    ("cible_basse", N_("Cible : au moins")),
    ("cible_haute", N_("Cible : au plus")),
    ("completude", N_("Part de ce qui devait être entendu qui l’a été, en %")),
    ("estimation", N_("Pourquoi le chiffre est une estimation ; vide quand il n’en est pas une")),
    ("motif", N_("Pourquoi la valeur manque ; vide quand elle est donnée")),
    ("donnees_au", N_("Dernier jour dont les données sont comptées")),
    ("version", N_("Version de la fiche de méthode")),
)
"""Columns of the table, and what each means: the dictionary."""
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A cell of text that begins so is a formula for a spreadsheet (OWASP, « CSV Injection »)."""
BOM = "\ufeff"


def rows(opened: Opened) -> Iterator[dict[str, Cell]]:
    """One row per indicator, period and territory: those of the page, then the months of the chart, then the communes of the map."""
    page, label = opened.page, opened.page.territory or opened.label
    for figure in page.figures:
        yield _row(figure, label, page.period.since, page.period.until)
    one, line = page.focus, page.line
    for month, value, before, target in zip(line.months, line.current, line.previous, line.target, strict=True):
        after = periods.month_after(month, 1)
        yield _cells(one, label, month, after, value, before) | {"cible_basse": _rounded(one.indicator, target) if one.target and one.target.low is not None else None,
                                                               "cible_haute": _rounded(one.indicator, target) if one.target and one.target.low is None else None}  # fmt: skip
    for place in page.places:
        yield _row(place.figure, place.name, page.period.since, page.period.until)


def as_csv(opened: Opened, decimal: str = ",", *, bom: bool = False) -> bytes:
    """UTF-8, semicolons, a header line; decimals with a comma or a point. bom: for spreadsheets that need the mark to read UTF-8."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow([name for name, _meaning in COLUMNS])
    digits = {figure.indicator.key: figure.indicator.digits for figure in opened.page.figures}
    for row in rows(opened):
        writer.writerow([_text(row.get(name), digits.get(str(row["indicateur"]), 2), decimal, name) for name, _meaning in COLUMNS])
    return ((BOM if bom else "") + written.getvalue()).encode()


def dictionary() -> bytes:
    """What each column of the table means, in the same form."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow(("colonne", "sens"))
    writer.writerows((name, _(meaning)) for name, meaning in COLUMNS)
    return written.getvalue().encode()


def as_ods(opened: Opened) -> bytes:
    """The same table as a spreadsheet, its dictionary and its methods on two more sheets; numbers are numbers."""
    from odfdo import Document, Table

    made = Document("spreadsheet")
    made.body.clear()
    made.language = "fr-FR"
    table = Table(_("Indicateurs"))
    table.append_row(_ods_row([name for name, _meaning in COLUMNS]))
    for row in rows(opened):
        table.append_row(_ods_row([row.get(name) for name, _meaning in COLUMNS]))
    meanings = Table(_("Dictionnaire"))
    for name, meaning in COLUMNS:
        meanings.append_row(_ods_row([name, _(meaning)]))
    methods = Table(_("Méthodes"))
    for figure in opened.page.figures:
        for heading, text in said.sheet(figure, opened.page.territory or opened.label):
            methods.append_row(_ods_row([_(figure.indicator.label), heading, text]))
    for sheet in (table, meanings, methods):
        made.body.append(sheet)
    made.meta.title = _title(opened)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def as_pdf(opened: Opened, highlight: str | None = None) -> pdf.Printed:
    """Cover with territory and period, the sentence, the figures, the chart and the map with their tables, the methods; the table itself goes inside as CSV.

    highlight: what the services say of the period, in place of the facts of the page.
    """
    page = opened.page
    one = page.focus.indicator
    found = ranks.classes([place.figure.value for place in page.places if place.figure.value is not None], one.digits)
    attached = Attachment(name="indicateurs.csv", description=_("Les chiffres de ce document"), body=as_csv(opened))
    return pdf.make(
        "indicators.html",
        _title(opened),
        attachments=[attached],
        page=page,
        highlight=highlight,
        said=said,
        comparison=_(COMPARISONS[page.choice.comparison]),
        territory=page.territory or opened.label,
        first_day=said.day(page.period.since),
        last_day=said.day(page.period.until - timedelta(days=1)),
        printed_at=fmt.moment(page.at),
        chart=_data_url(charts.line(one, page.line)),
        chart_said=charts.said_of(one, page.line),
        month=charts.month,
        places=sorted((place for place in page.places if place.figure.value is not None), key=lambda place: (-(place.figure.value or 0), place.name)),
        silent=_by_reason(page),
        map=_data_url(charts.choropleth(one, page.places, opened.outlines)) if found else "",
        legend=list(zip(found, charts.shades_of(found), strict=True)),
        content_digest=digest(opened),
        version=__version__,
    )


def _by_reason(page: Dashboard) -> str:
    """The communes that have no figure, after the reason that they share: « Aubremont, Brissonges (aucun équipement…) »."""
    named: dict[str, list[str]] = {}
    for place in page.places:
        if place.figure.value is None:
            named.setdefault(place.figure.reason.rstrip("."), []).append(place.name)
    return said.SEMICOLON.join(f"{', '.join(names)} ({reason[:1].lower()}{reason[1:]})" if reason else ", ".join(names) for reason, names in named.items())


def digest(opened: Opened) -> str:
    """SHA-256 of the table that the document carries: the same figures have the same digest, whatever the day of the printing."""
    import hashlib

    return hashlib.sha256(as_csv(opened)).hexdigest()


def _title(opened: Opened) -> str:
    return _("Tableau de bord, {territoire}, {periode}", territoire=opened.page.territory or opened.label, periode=opened.page.period.label)


def _row(figure: Figure, territory: str, since: date, until: date) -> dict[str, Cell]:
    low, high = (figure.target.low, figure.target.high) if figure.target else (None, None)
    share = None if figure.completeness is None else float(int(figure.completeness * 100 + 1e-9))
    return _cells(figure, territory, since, until, figure.value, figure.previous) | {
        "cible_basse": _rounded(figure.indicator, low), "cible_haute": _rounded(figure.indicator, high), "completude": share, "estimation": said.estimate(figure),
        "motif": figure.reason, "donnees_au": figure.last,
    }  # fmt: skip


def _cells(figure: Figure, territory: str, since: date, until: date, value: float | None, before: float | None) -> dict[str, Cell]:
    one = figure.indicator
    return {
        "indicateur": one.key, "libelle": _(one.label), "domaine": figure.domain, "territoire": territory, "debut": since, "fin": until - timedelta(days=1),
        "valeur": _rounded(one, value), "unite": said.unit(one), "valeur_un_an_avant": _rounded(one, before), "version": float(one.version),
    }  # fmt: skip


def _rounded(one: Indicator, value: float | None) -> float | None:
    """The number that is printed."""
    return None if value is None else float(fmt.plain(value, one.digits, "."))


def _text(cell: Cell, digits: int, decimal: str, column: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return fmt.plain(cell, 0 if column in ("completude", "version") else digits, decimal)
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


def _ods_row(cells: Sequence[Cell]):  # type: ignore[no-untyped-def]
    from odfdo import Row

    row = Row()
    row.set_values([cell if not isinstance(cell, str) else cell or None for cell in cells])
    return row


def _data_url(svg: str) -> str:
    from base64 import b64encode

    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()
