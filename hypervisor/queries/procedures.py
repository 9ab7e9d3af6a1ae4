"""Procedures as lists and on an event, inside the reader's perimeter."""

from datetime import date
from typing import Any

import msgspec
import yaml

from hypervisor.domain.operator import Principal
from hypervisor.domain.procedure import Procedure, Standing, State, filled, left_open, standings
from hypervisor.errors import NotFound
from hypervisor.i18n import _
from hypervisor.queries import events
from hypervisor.security import reach
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, procedures
from hypervisor.store.procedures import Run, Version

SETTLED = (State.DONE, State.SKIPPED)


def in_force(uow: UnitOfWork, layer: str | None = None) -> list[dict[str, Any]]:
    """The procedures in force, by key."""
    who = require("procedure:read", layer)
    return [version_shape(one) for one in procedures.in_state(uow, "in_force", {layer} if layer else who.layers)]


def drafts(uow: UnitOfWork) -> list[dict[str, Any]]:
    """The drafts that wait for a second person."""
    who = require("procedure:read")
    return [version_shape(one) for one in procedures.in_state(uow, "draft", who.layers)]


def one(uow: UnitOfWork, key: str) -> dict[str, Any]:
    """A procedure with all its versions, newest first, each with its content and its YAML. Raises NotFound, also outside the perimeter."""
    who = require("procedure:read")
    found = [each for each in procedures.versions(uow, key) if who.may("procedure:read", each.layer)]
    if not found:
        raise reach.unseen(who, "procedure:read", f"procedure:{key[:80]}", _("La fiche {key} n’existe pas, ou n’est pas dans votre périmètre.", key=key))
    return {"key": key, "layer": found[0].layer, "versions": [version_shape(each) | {"yaml": as_yaml(each.procedure)} for each in found]}


def for_cause(uow: UnitOfWork, layer: str, cause: str) -> dict[str, Any]:
    """The procedure in force for a cause of alarm, as it will run. Raises NotFound when there is none."""
    require("procedure:read", layer)
    version = procedures.for_cause(uow, layer, cause)
    if version is None:
        raise NotFound(_("Aucune fiche réflexe en vigueur n’est prévue pour cet événement."))
    return _proposed(version)


def of_event(uow: UnitOfWork, event_id: int) -> dict[str, Any]:
    """The run of an event, or the procedure that would be opened (`started_at` null). Raises NotFound when there is neither, and outside the perimeter."""
    require("procedure:read")
    return beside(uow, events.one(uow, event_id))


def beside(uow: UnitOfWork, event: dict[str, Any]) -> dict[str, Any]:
    """The same of an event's shape that somebody may see."""
    run = procedures.run_of(uow, event["id"])
    if run is not None:
        return run_shape(run, standings(run.procedure, run.started_at, procedures.acts_of(uow, event["id"])), event)
    version = procedures.for_cause(uow, event["layer"], event["type"])
    if version is None:
        raise NotFound(_("Aucune fiche réflexe en vigueur n’est prévue pour cet événement."))
    return _proposed(version)


def left(uow: UnitOfWork, limit: int, *, is_seen: bool = False) -> list[dict[str, Any]]:
    """Events closed with mandatory steps open, with the motive: those that no chief has read, or all."""
    who = require("procedure:review")
    return procedures.left(uow, who.layers, who.communes, limit, is_seen=is_seen)


def set_in_force(uow: UnitOfWork, who: Principal) -> list[Version]:
    """The versions in force, whole, for the printed set."""
    require("procedure:read", principal=who)
    return procedures.in_state(uow, "in_force", who.layers)


def version_shape(version: Version) -> dict[str, Any]:
    """A version as everyone reads it."""
    body = version.procedure
    return {
        "key": version.key, "version": version.version, "layer": version.layer, "state": version.state, "title": body.title, "purpose": body.purpose,
        "causes": body.causes, "review_by": body.review_by.isoformat() if body.review_by else None, "steps": msgspec.to_builtins(body.steps),
        "author": version.author_name, "written_at": version.written_at.isoformat(), "published_by": version.published_name,
        "published_at": version.published_at.isoformat() if version.published_at else None,
        "retired_at": version.retired_at.isoformat() if version.retired_at else None,
    }  # fmt: skip


def run_shape(run: Run, standing: list[Standing], event: dict[str, Any]) -> dict[str, Any]:
    """A run as every console shows it."""
    fields = {"number": event["number"], "title": event["title"], "place": event["address"] or event["title"].rpartition(" — ")[2]}
    left_by = {"reason": run.left_reason, "steps": run.left_steps, "by": run.left_name, "seen_by": run.seen_name} if run.left_reason else None
    return {
        "event_id": run.event_id, "key": run.key, "version": run.version, "title": run.procedure.title, "purpose": run.procedure.purpose,
        "started_at": run.started_at.isoformat(), "started_by": run.started_name, **_progress(standing), "left": left_by,
        "steps": [_step(one, fields) for one in standing],
    }  # fmt: skip


def as_yaml(procedure: Procedure) -> str:
    """The text from which the same procedure is read again."""
    return str(yaml.safe_dump(msgspec.to_builtins(procedure, builtin_types=(date,)), allow_unicode=True, sort_keys=False, width=160))


def _proposed(version: Version) -> dict[str, Any]:
    body = version.procedure
    # Nothing runs yet: no step has a deadline.
    standing = standings(body, version.written_at, ())
    steps = [_step(one, {}) | {"due_at": None} for one in standing]
    return {
        "event_id": None, "key": version.key, "version": version.version, "title": body.title, "purpose": body.purpose, "started_at": None, "started_by": None,
        **_progress(standing), "left": None, "steps": steps,
    }  # fmt: skip


def _progress(standing: list[Standing]) -> dict[str, Any]:
    return {
        "done": sum(one.state in SETTLED for one in standing),
        "total": sum(one.state in (*SETTLED, State.OPEN) for one in standing),
        "open_mandatory": [one.number for one in left_open(standing)],
    }


def _step(one: Standing, fields: dict[str, str]) -> dict[str, Any]:
    step, last = one.step, one.last
    action = None if step.action is None else msgspec.to_builtins(step.action) | {"text": filled(step.action.text, fields)}
    return {
        "n": one.number, "key": step.key, "text": step.text, "detail": step.detail, "mandatory": step.mandatory, "state": one.state.value,
        "answers": [{"value": value, "label": label} for value, label in step.answers.items()], "answer": one.answer or None,
        "reason": last.reason if last and last.reason else None, "by": last.by if last else None, "at": last.at.isoformat() if last else None,
        "due_at": one.due_at.isoformat() if one.due_at else None, "action": action,
        "acted": [{"by": act.by, "at": act.at.isoformat(), "outcome": act.reason} for act in one.acted],
    }  # fmt: skip
