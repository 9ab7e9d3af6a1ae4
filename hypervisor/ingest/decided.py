"""What the engine decides, as rows for PostgreSQL and sentences for the logbook: an alarm's raising or end, what waits for its time, a source lost or back."""

import logging
from datetime import UTC, datetime

from hypervisor.domain.layer import Layer
from hypervisor.i18n import N_, _
from hypervisor.ingest.directory import Directory
from hypervisor.ingest.sources import SourceChange
from hypervisor.operations import wording
from hypervisor.rules.compile import Rulebook
from hypervisor.rules.conditions import Changes, Verdict
from hypervisor.store import assets_index, verdicts

logger = logging.getLogger(__name__)

SOURCE_LINES = {False: N_("Source muette : {layer}, dernière mesure le {since}"), True: N_("Source de retour : {layer}")}
SOURCE_ACTIONS = {False: assets_index.SOURCE_LOST, True: assets_index.SOURCE_BACK}

Line = dict[str, object]
"""A line of the logbook, as verdicts.append_lines takes it."""
Waiting = tuple[int, str, datetime | None, float | None]
"""A condition that holds and waits: asset, rule's key, since when, value; no time: it waits no more."""


def decision(verdict: Verdict, directory: Directory, rulebook: Rulebook) -> verdicts.Decision:
    """A verdict as it is written."""
    compiled, table = rulebook.rules[verdict.rule], directory.table[verdict.asset]
    threshold = directory.thresholds.get((verdict.asset, verdict.rule), compiled.rule.threshold)
    return verdicts.Decision(
        asset_id=directory.asset_id[verdict.asset],
        layer=table.layer.key,
        kind=table.kind.key,
        commune_id=directory.commune_id[verdict.asset],
        rule=compiled.rule,
        unit=compiled.unit,
        threshold=None if compiled.rule.comparison == "silent" else threshold,
        holds=verdict.holds,
        value=verdict.value,
        observed_at=instant(verdict.observed_at_ms),
        received_at=instant(verdict.received_at_ms),
    )


def waiting(changes: Changes, directory: Directory, rulebook: Rulebook) -> list[Waiting]:
    """The conditions whose waiting began or ended."""
    return [
        (directory.asset_id[place], rulebook.rules[number].rule.key, instant(waits[0]) if waits else None, waits[1] if waits else None)
        for (place, number), waits in changes.pending.items()
    ]


def failed_guard(number: int, reason: str, rulebook: Rulebook, now: datetime) -> Line:
    """A guard that fails raises nothing, and somebody must correct it."""
    one = rulebook.rules[number]
    logger.warning("the guard of rule %s of layer %s fails, so that it raises nothing: %s", one.rule.key, one.layer, reason)
    text = _(
        "La condition de la règle « {title} » ne peut pas être calculée ({reason}) : elle ne lève rien ; corrigez-la",
        title=_(one.rule.title),
        reason=reason,
    )
    return {**_by_the_engine(now), "text": text, "layer": one.layer}


def source_changed(source: SourceChange, layer: Layer, now: datetime) -> Line:
    """A source fell silent or came back."""
    text = _(SOURCE_LINES[source.fresh], layer=_(layer.label), since=wording.day_and_second(instant(source.since_ms)))
    return {**_by_the_engine(now), "text": text, "layer": source.layer, "action": SOURCE_ACTIONS[source.fresh]}


def tell_source(source: SourceChange) -> None:
    """One line in the technical log too, where whoever keeps the machine looks."""
    if source.fresh:
        logger.info("source %s back", source.layer)
    else:
        logger.warning("source %s lost: no value since %s", source.layer, instant(source.since_ms).isoformat(timespec="seconds"))


def instant(epoch_ms: int) -> datetime:
    """Epoch milliseconds as PostgreSQL takes them."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC)


def _by_the_engine(now: datetime) -> Line:
    return {"at": now.isoformat(), "actor": "worker", "actor_name": _("Moteur"), "kind": "system"}
