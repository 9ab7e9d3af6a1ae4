"""What an agent's phone keeps for its day, so that it works without a network: interventions with what to know before touching anything."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from hypervisor.domain.layer import Layer
from hypervisor.errors import NotFound
from hypervisor.i18n import _
from hypervisor.queries import events as event_queries
from hypervisor.queries import procedures
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, alarms, assets, events, interventions, supervisors

SHOWN = timedelta(hours=12)
"""What has ended, or was given to another, stays this long on the phone."""


def day(uow: UnitOfWork, layers: Mapping[str, Layer], at: datetime) -> list[dict[str, Any]]:
    """This person's interventions, each with `risks`, `protection`, `conduct` (consequence, action, threshold of its alarm), `event` and `procedure`."""
    who = require("intervention:act")
    return [_told(uow, layers, shape) for shape in interventions.day_of(uow, who.name, at - SHOWN)]


def asset(uow: UnitOfWork, layers: Mapping[str, Layer], code: str) -> dict[str, Any]:
    """The asset of a label: by its URN, which the label carries, or the code painted on it, whatever the case. Raises NotFound, also outside the perimeter."""
    who = require("asset:read")
    named = supervisors.assets_named(uow, [code, code.upper()], who.layers)
    found = named.get(code) or named.get(code.upper())
    shape = assets.one(uow, found.id, who.layers, who.communes) if found else None
    if shape is None:
        raise NotFound(_("Aucun équipement « {code} » dans votre périmètre : vérifiez l’étiquette, ou appelez le poste.", code=code[:100]))
    open_alarms = alarms.listed(uow, who.layers, who.communes, is_open=True, filters={"asset_id": shape["id"]}, limit=20) if who.may("alarm:read") else []
    layer = layers.get(shape["layer"])
    kind = next((kind for kind in layer.kinds if kind.key == shape["kind"]), None) if layer else None
    return {name: shape[name] for name in ("id", "urn", "layer", "name", "code", "address", "commune", "lon", "lat")} | {
        "kind": _(kind.label) if kind else shape["kind"],
        "details": [
            [_(label), str(shape["attributes"][key])] for key, label in (kind.details if kind else ()) if shape["attributes"].get(key) not in (None, "")
        ],
        "alarms": [{name: row[0][name] for name in ("id", "title", "priority", "state", "raised_at")} for row in open_alarms],
        **_safety(layer),
    }


def types(uow: UnitOfWork) -> list[dict[str, Any]]:
    """What this person may report, as in the control post's form; nothing for who reads no event."""
    return event_queries.types()


def _told(uow: UnitOfWork, layers: Mapping[str, Layer], shape: dict[str, Any]) -> dict[str, Any]:
    layer = layers.get(shape["layer"])
    alarm = alarms.shape_of(uow, shape["alarm_id"], None, None) if shape["alarm_id"] else None
    rule = next((rule for rule in layer.rules if alarm and rule.key == alarm["rule"]), None) if layer else None
    event = events.shape_of(uow, shape["event_id"], None, None) if shape["event_id"] else None
    conduct = {"consequence": _(rule.consequence) if rule and rule.consequence else "", "action": _(rule.action) if rule and rule.action else ""}
    about = {name: event[name] for name in ("number", "status", "owner_name", "description", "procedure")} if event else None
    title = shape["title"]
    return shape | {"title": _(title), "conduct": conduct, "event": about, "procedure": _procedure(uow, event), **_safety(layer)}


def _procedure(uow: UnitOfWork, event: dict[str, Any] | None) -> dict[str, Any] | None:
    """The steps of the event's procedure to read without a network; None without one, or for who reads none. Messages and numbers to call stay in the room."""
    if event is None or not require("intervention:act").may("procedure:read", event["layer"]):
        return None
    try:
        run = procedures.beside(uow, event)
    except NotFound:
        return None
    kept = ("n", "text", "detail", "mandatory", "state", "answers", "answer", "reason", "by", "at")
    steps = [{name: step[name] for name in kept} for step in run["steps"] if step["state"] != "excluded"]
    return {name: run[name] for name in ("key", "version", "title", "done", "total")} | {"steps": steps}


def _safety(layer: Layer | None) -> dict[str, list[str]]:
    return {"risks": [_(word) for word in layer.risks], "protection": [_(word) for word in layer.protection]} if layer else {"risks": [], "protection": []}
