"""The state of the platform in tables: processes, sources, refusals, walls, alarms. A normal row is grey and silent; a fault has a shape, bold words and two thin lines."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html
from dash.development.base_component import Component

from hypervisor import fmt
from hypervisor.domain.layer import Layer
from hypervisor.i18n import N_, _, ngettext
from hypervisor.launcher.programs import LABELS
from hypervisor.queries.health import DOWN, Health, Process, Source
from layouts.parts.icon import icon
from layouts.parts.shape import shape

PROCESSES = {"worker:0": N_("Moteur"), "jobs": N_("Tâches"), "ingest": N_("Porte d’entrée"), "mqtt": N_("Abonné MQTT")}
"""name of a pulse → what people call the process."""

DEPENDENCIES = {"database": "PostgreSQL", "redis": "Redis", "worker": N_("Chaîne d’alarme"), "mqtt": N_("Courtier MQTT")}

CAUSES = {
    "unknown_asset": N_("Équipement inconnu"),
    "unknown_property": N_("Grandeur inconnue"),
    "unknown_unit": N_("Unité inconnue"),
    "unknown_word": N_("Mot inconnu"),
    "not_a_number": N_("Valeur illisible"),
    "not_allowed": N_("Hors des droits du jeton"),
    "out_of_bounds": N_("Hors bornes physiques"),
    "in_the_future": N_("Datée du futur"),
    "too_old": N_("Trop ancienne"),
    "older_than_known": N_("Plus ancienne que la valeur connue"),
    "poison": N_("Lot illisible"),
    "unreadable": N_("Message illisible"),
    "retained_undated": N_("Retenue par le courtier, sans date"),
}
"""cause of a refusal, as counted by the worker → its words; another cause is shown as it is."""

REFERENCE_PER_10_MIN = 10
"""Alarms in ten minutes above which an operator is flooded (EEMUA 191; screens.md B.4): a reference, not a verdict."""

SHOWN_EXAMPLES = 12
LOST_SHARE = 0.95
"""Share of stale assets above which a source is called silent, as the feed does (docs/live-protocol.md §3)."""


def body(health: Health, layers: Sequence[Layer], now: datetime) -> list[Component]:
    """Every panel, as read at `now`."""
    return [
        html.Div(
            [
                html.Div([_sources(health, layers), _refusals(health, now), _walls(health)], className="stack"),
                html.Div([_services(health, now), _alarms(health)], className="stack"),
            ],
            className="health-columns",
        ),
        html.P(_("Lu à {time}", time=fmt.time(now, seconds=True)), className="health-read", **{"data-latence": _latency(health)}),
    ]


def _process_name(pulse: str) -> str:
    """What people call the process of this pulse; workers of further shards are numbered."""
    kind, _colon, shard = pulse.partition(":")
    return f"{_(PROCESSES['worker:0'])} {int(shard) + 1}" if kind == "worker" and shard != "0" else _(PROCESSES.get(pulse, pulse))


def _latency(health: Health) -> str:
    """Milliseconds between the door's receipt and the engine's commit, "" when the engine has said none."""
    engine = next((process for process in health.processes if process.name == "worker:0" and process.is_alive), None)
    return str(engine.facts.get("latency_ms") or "") if engine else ""


def chain() -> html.Section:
    """The alarm chain across the top, as this screen sees it; written each second by assets/js/46-health.js."""
    cells = (
        ("sante-battement", _("Battement du serveur"), _("âge du dernier, un par seconde")),
        ("sante-ingestion", _("Porte à moteur"), _("dernier lot écrit")),
        ("sante-ecran", _("Moteur à écran"), _("alarmes peintes ici, p95")),
        ("sante-manques", _("Faits reçus"), _("numéro du dernier")),
    )
    items = [
        html.Div(
            [html.Span(label, className="chain-label"), html.Strong("–", id=component_id, className="chain-value"), html.Span(note, className="chain-note")],
            className="chain-cell",
        )
        for component_id, label, note in cells
    ]
    return html.Section(
        [html.Header([html.H2(_("Chaîne d’alarme")), html.Span(_("vue de cet écran, repère 1 s"), className="panel-context")], className="panel-head"), html.Div(items, className="chain")],
        className="panel", **{"data-testid": "sante-chaine"},
    )  # fmt: skip


def _table(title: str, context: str, heads: Sequence[str], rows: Sequence[Component], class_name: str = "", empty: str = "") -> html.Section:
    header = html.Thead(html.Tr([html.Th(head, scope="col") for head in heads]))
    content = html.Table([header, html.Tbody(list(rows))], className="health-table") if rows else html.P(empty, className="panel-note-line")
    return html.Section(
        [html.Header([html.H2(title), html.Span(context, className="panel-context")], className="panel-head"), content], className=f"panel {class_name}"
    )


def _row(cells: Sequence[Any], fault: str = "", testid: str = "") -> html.Tr:
    """A row; `fault` is the severity of what is wrong, none when nothing is."""
    first, *others = cells
    head = html.Th([shape(fault, label=_("Défaut")), first] if fault else first, scope="row")
    return html.Tr([head, *(html.Td(cell) for cell in others)], className="health-fault" if fault else "", **({"data-testid": testid} if testid else {}))


def _unknown() -> str:
    return _("inconnu")


def _sources(health: Health, layers: Sequence[Layer]) -> html.Section:
    by_layer = {source.layer: source for source in health.sources or ()}
    rows = [_source(layer, by_layer.get(layer.key)) for layer in layers]
    heard = sum(1 for source in by_layer.values() if not _is_silent(source))
    context = _("{heard} sur {count} reçues", heard=heard, count=len(rows)) if health.sources is not None else _unknown()
    return _table(_("Sources"), context, (_("Domaine"), _("État"), _("Fraîches"), _("En retard"), _("Périmées"), _("Jamais reçues")), rows)


def _source(layer: Layer, source: Source | None) -> html.Tr:
    label = html.Span([icon(layer.icon), _(layer.label)], className="health-domain")
    if source is None:
        return _row((label, _unknown(), "–", "–", "–", "–"), testid=f"sante-connecteur-{layer.key}")
    silent = _is_silent(source)
    heard = source.fresh + source.late + source.stale
    state = html.Strong(_("Muette")) if silent else _("reçue") if heard else _("rien encore")
    counts = (fmt.number(source.fresh), fmt.number(source.late), fmt.number(source.stale), fmt.number(source.never))
    return _row((label, state, *counts), fault="major" if silent else "", testid=f"sante-connecteur-{layer.key}")


def _is_silent(source: Source) -> bool:
    heard = source.fresh + source.late + source.stale
    return heard > 0 and source.stale >= LOST_SHARE * heard


def _services(health: Health, now: datetime) -> html.Section:
    rows = [
        _row(
            (_(DEPENDENCIES.get(name, name)), html.Strong(_("en défaut")) if state == DOWN else _("en service"), ""), fault="critical" if state == DOWN else ""
        )
        for name, state in health.dependencies.items()
    ]
    rows += [_process(process, now, knows=health.dependencies.get("redis") != DOWN) for process in health.processes]
    rows += [
        _row(
            (_(LABELS.get(name, name)), html.Strong(_("arrêté")), _("ne reste pas en marche : lire son journal")),
            fault="critical",
            testid=f"sante-programme-{name}",
        )
        for name in health.given_up
    ]
    waiting = health.waiting_facts
    late = waiting is not None and waiting > 1000
    rows.append(_row((_("Faits à relayer"), _unknown() if waiting is None else fmt.number(waiting), ""), fault="major" if late else ""))
    size = health.database_bytes
    rows.append(_row((_("Base de données"), _unknown() if size is None else fmt.quantity(size / 1e6, "Mo", 0), "")))
    return _table(_("Services"), "", (_("Service"), _("État"), _("Détail")), rows)


def _process(process: Process, now: datetime, *, knows: bool) -> html.Tr:
    name = _process_name(process.name)
    if not knows:
        return _row((name, _unknown(), ""))
    if not process.is_alive:
        return _row((name, html.Strong(_("muet")), ""), fault="critical")
    said = []
    if "lag" in process.facts:
        said.append(_("retard {count}", count=fmt.number(float(process.facts["lag"] or 0))))
    if process.facts.get("last_ingest"):
        said.append(_("dernière mesure {ago}", ago=fmt.ago(datetime.fromtimestamp(process.facts["last_ingest"] / 1000, now.tzinfo), now)))
    if topics := process.facts.get("refused_topics"):
        said.append(_("abonnement refusé : {topics}", topics=", ".join(topics)))
        return _row((name, html.Strong(_("en partie")), " · ".join(said)), fault="major")
    if waits := process.facts.get("waits"):
        return _row((name, html.Strong(_("en attente")), " · ".join([str(waits), *said])), fault="major")
    return _row((name, _("actif"), " · ".join(said)))


def _alarms(health: Health) -> html.Section:
    words = ((1, "critical", _("Critiques")), (2, "major", _("Majeures")), (3, "minor", _("Mineures")), (4, "info", _("Informations")))
    opened, lately = health.open_alarms, health.raised_lately
    rows = [
        _row(
            (
                label,
                *((_unknown(),) * 2 if opened is None else map(fmt.number, opened.get(number, (0, 0)))),
                "–" if lately is None else fmt.number(lately.get(number, 0)),
            )
        )
        for number, _word, label in words
    ]
    total = None if lately is None else sum(lately.values())
    panel = _table(_("Système d’alarmes"), _("repère EEMUA 191, indicatif"), (_("Priorité"), _("Ouvertes"), _("À acquitter"), _("Levées en 10 min")), rows)
    meter = html.Div(
        [
            html.Span(_("Levées en 10 min")),
            html.Strong("–" if total is None else fmt.number(total)),
            html.Div(
                html.Span(style={"--part": f"{min(1.0, (total or 0) / (2 * REFERENCE_PER_10_MIN)):.3f}"}),
                className="bar",
                role="img",
                **{"aria-label": _("{n} pour un repère de {m}", n=total or 0, m=REFERENCE_PER_10_MIN)},
            ),
            html.Span(_("repère {n}", n=REFERENCE_PER_10_MIN), className="place"),
        ],
        className="health-meter",
    )
    return html.Section([*panel.children, meter], className="panel")


def _refusals(health: Health, now: datetime) -> html.Section:
    if health.counters is None and health.refusals is None:
        return _table(_("Mesures refusées"), _unknown(), (), (), empty=_("Redis et PostgreSQL ne répondent pas : les refus ne peuvent pas être lus."))
    totals = {name.removeprefix("rejected:"): count for name, count in (health.counters or {}).items() if name.startswith("rejected:") and count}
    examples = health.refusals or []
    for line in examples:
        totals.setdefault(line["cause"], 0)
    rows = [
        _row((_(CAUSES.get(cause, cause)), fmt.number(count) if count else "–", *_example([line for line in examples if line["cause"] == cause], now)))
        for cause, count in sorted(totals.items(), key=lambda pair: -pair[1])[:SHOWN_EXAMPLES]
    ]
    accepted = (health.counters or {}).get("accepted")
    context = ngettext("{n} acceptée", "{n} acceptées", accepted, n=fmt.number(accepted)) if accepted else ""
    return _table(_("Mesures refusées"), context, (_("Cause"), _("Nombre"), _("Dernier exemple"), _("Quand")), rows, empty=_("Aucune mesure refusée."))


def _example(lines: list[dict[str, Any]], now: datetime) -> tuple[Any, str]:
    if not lines:
        return "–", "–"
    last = lines[0]
    said = html.Span(f"{last['entity']} · {last['property']}", title=str(last["payload"]), className="identifier")
    return said, fmt.ago(datetime.fromisoformat(last["received_at"]), now)


def _walls(health: Health) -> html.Section:
    if health.walls is None:
        return _table(_("Affichages"), _unknown(), (), (), empty=_("PostgreSQL ne répond pas : les murs ne peuvent pas être lus."))
    rows = [
        _row(
            (
                html.Span([icon("device-desktop"), wall["label"] or _("Mur sans nom")], className="health-domain"),
                wall["address"] or "–",
                fmt.day(datetime.fromisoformat(wall["created_at"])),
            ),
            testid=f"sante-mur-{number}",
        )
        for number, wall in enumerate(health.walls, start=1)
    ]
    return _table(
        _("Affichages"),
        ngettext("{count} appairé", "{count} appairés", len(rows)),
        (_("Mur"), _("Adresse"), _("Appairé le")),
        rows,
        empty=_("Aucun mur appairé : un mur ouvre /mur, son code se saisit dans Administration."),
    )
