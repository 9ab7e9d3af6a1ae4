"""What services read of the dashboards sent to officials: documents to validate, those that left or were refused, and what is programmed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hypervisor.i18n import _
from hypervisor.layers import all_layers
from hypervisor.queries import periods, said
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, reports

MOST = 50


@dataclass(frozen=True, kw_only=True)
class Sendings:
    """Documents (those to validate first) and plans in force, inside the reader's perimeter; the councils declared."""

    documents: list[dict[str, Any]]
    plans: list[dict[str, Any]]
    councils: list[dict[str, Any]] = field(default_factory=list)


def sendings(uow: UnitOfWork, today: date) -> Sendings:
    """Everything of the reader's perimeter; `title` of each is as its document says it. councils: of today and later."""
    who = require("report:validate")
    documents = [document | {"title": title(document)} for document in reports.listed(uow, who.layers, who.communes, MOST)]
    plans = [plan | {"title": title(plan)} for plan in reports.plans(uow, who.layers, who.communes)]
    return Sendings(documents=documents, plans=plans, councils=reports.councils(uow, today))


def waiting(uow: UnitOfWork) -> int:
    """How many documents wait for the reader, or for a colleague."""
    who = require("report:validate")
    return reports.waiting(uow, who.layers, who.communes)


def title(found: Mapping[str, Any]) -> str:
    """« Tableau de bord Eau potable, Valmorin, janvier 2026 »: what a document is called in a list, a message and the logbook."""
    domain = said.domain(found["domain"], {key: layer.label for key, layer in all_layers().items()}) if found["domain"] else _("Ensemble")
    parts = [_("Tableau de bord {domaine}", domaine=domain), found["commune"] or _("tout le territoire")]
    if found.get("period"):
        parts.append(periods.period(found["period"], date.max.replace(year=2199)).label)
    return ", ".join(parts)
