"""The emergency: a room chief suspends a rule at once, alone, with a reason and for a few hours; it resumes by itself. What must last is proposed instead."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from hypervisor.domain.layer import Layer
from hypervisor.domain.operator import Principal
from hypervisor.errors import Conflict, InvalidRequest
from hypervisor.i18n import N_, _
from hypervisor.operations import rules
from hypervisor.operations.wording import day_and_hour
from hypervisor.queries import rules as queries
from hypervisor.security import audit
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, logbook, rule_suspensions

LONGEST = timedelta(hours=8)
"""A shift: the next one must decide for itself. Chosen by us, as for shelving (domain/masking.py)."""
SUSPENDED = N_("Règle « {title} » suspendue d’urgence par {name} jusqu’au {until} : {reason}")
RESUMED = N_("Règle « {title} » reprise par {name} avant la fin de sa suspension")


def suspend(
    uow: UnitOfWork, layers: Mapping[str, Layer], layer: str, key: str, by: Principal, at: datetime, *, reason: str, lasts: timedelta
) -> dict[str, Any]:
    """Suspends a rule for `lasts`; gives the rule. Raises InvalidRequest without a reason or beyond LONGEST, Conflict when it raises nothing already."""
    require("rule:suspend", layer, principal=by)
    if not reason.strip():
        raise InvalidRequest(_("Le motif est vide : dites pourquoi la règle ne doit plus rien lever."))
    if not timedelta(0) < lasts <= LONGEST:
        raise InvalidRequest(
            _("Une suspension d’urgence dure {hours} heures au plus : au-delà, proposez-la à une autre personne.", hours=LONGEST // timedelta(hours=1))
        )
    rule, row = rules.held(uow, layers, layer, key, None)
    if row and not row["enabled"]:
        raise Conflict(_("Cette règle est déjà suspendue, par une version relue."))
    until = at + lasts
    if not rule_suspensions.begin(uow, layer, key, reason.strip(), by.name, by.display_name, at, until):
        running = rule_suspensions.running(uow)[layer, key]
        raise Conflict(_("{name} l’a déjà suspendue.", name=running["by_name"]), by=running["by_name"], at=running["at"])
    audit.done(uow, by, "operator:rule:suspend", at, about=f"{layer}/{key}", until=until.isoformat(), reason=reason.strip())
    _log(uow, layer, by, at, "suspend", _(SUSPENDED, title=_(rule.title), name=by.display_name, until=day_and_hour(until), reason=reason.strip()))
    return queries.one(uow, layers, layer, key)


def resume(uow: UnitOfWork, layers: Mapping[str, Layer], layer: str, key: str, by: Principal, at: datetime) -> dict[str, Any]:
    """Ends an emergency suspension before its time; gives the rule. Raises Conflict when there is none."""
    require("rule:suspend", layer, principal=by)
    rule, _row = rules.held(uow, layers, layer, key, None)
    if not rule_suspensions.end(uow, layer, key, by.name, at):
        raise Conflict(_("Cette règle n’est pas suspendue d’urgence : elle a peut-être déjà repris."))
    audit.done(uow, by, "operator:rule:resume", at, about=f"{layer}/{key}")
    _log(uow, layer, by, at, "resume", _(RESUMED, title=_(rule.title), name=by.display_name))
    return queries.one(uow, layers, layer, key)


def _log(uow: UnitOfWork, layer: str, by: Principal, at: datetime, action: str, text: str) -> None:
    logbook.append(uow, logbook.Line(at=at, actor=by.name, actor_name=by.display_name, kind="decision", text=text, layer=layer, action=f"rule-{action}"))
