"""The procedure (*fiche réflexe*): its steps, and the laws of its run.

A run is a version frozen on an event, and a list of acts that only grows. What stands now is the fold of those acts over that version: nothing else is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

import msgspec


class Action(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the button of a step does: call, prepare a message, ask for an intervention, or suppress the event's alarms for `minutes`."""

    do: Literal["call", "message", "intervention", "suppress"]
    who: str = ""
    tel: str = ""
    to: str = ""
    text: str = ""
    minutes: int = 0


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One step. `answers` (code → words) make it a question; `when` (earlier step → its answers) the branch that it belongs to.

    It is late `within_min` minutes after it opened, or after the step `after` was done when one is named.
    """

    key: str
    text: str
    detail: str = ""
    mandatory: bool = True
    answers: dict[str, str] = {}
    when: dict[str, list[str]] = {}
    action: Action | None = None
    within_min: int | None = None
    after: str = ""


class Procedure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One version's content. causes: causes of alarms and types of events that it is for."""

    key: str
    title: str
    purpose: str = ""
    causes: list[str] = []
    review_by: date | None = None
    steps: list[Step]

    def step(self, number: int) -> Step | None:
        """The step of that number, from 1."""
        return self.steps[number - 1] if 1 <= number <= len(self.steps) else None


class State(StrEnum):
    """Where a step stands. WAITING: the question of its branch has no answer yet. EXCLUDED: another branch was taken."""

    WAITING = "waiting"
    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"
    EXCLUDED = "excluded"


TRANSITIONS: MappingProxyType[str, MappingProxyType[State, State]] = MappingProxyType(
    {
        "do": MappingProxyType({State.OPEN: State.DONE}),
        "answer": MappingProxyType({State.OPEN: State.DONE}),
        "skip": MappingProxyType({State.OPEN: State.SKIPPED}),
        "undo": MappingProxyType({State.DONE: State.OPEN, State.SKIPPED: State.OPEN}),
        "act": MappingProxyType({State.OPEN: State.OPEN, State.DONE: State.DONE}),
    }
)
"""verb → (state before → state after). `skip` is « sans objet », with its reason; `act` presses the step's button and leaves the step where it is."""


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did to a step. answer: of an `answer`; reason: of a `skip` or an `undo`."""

    step: str
    verb: str
    at: datetime
    by: str
    answer: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A step as it stands: last: the act that settled it, None while nobody has; due_at: when it is late, None when never or settled."""

    number: int
    step: Step
    state: State
    answer: str
    last: Act | None
    acted: tuple[Act, ...]
    due_at: datetime | None


class Impossible(Exception):
    """The verb does not exist from this state."""


def after(verb: str, state: State) -> State:
    """The state after a verb. Raises Impossible when the table has no such line."""
    try:
        return TRANSITIONS[verb][state]
    except KeyError:
        raise Impossible(f"a step that is {state.value} cannot {verb}") from None


def standings(procedure: Procedure, started_at: datetime, acts: Sequence[Act]) -> list[Standing]:
    """Every step as it stands after these acts, oldest first. A branch that is taken again finds its steps as they were left."""
    settled = {step.key: _settled(step.key, acts) for step in procedure.steps}
    found: dict[str, Standing] = {}
    for number, step in enumerate(procedure.steps, 1):
        last = settled[step.key]
        applies, since = _branch(step, found, started_at)
        own = State.OPEN if last is None else State.SKIPPED if last.verb == "skip" else State.DONE
        state = own if applies is State.OPEN else applies
        if step.after:
            before = settled.get(step.after)
            since = before.at if before is not None else None
        is_due = state is State.OPEN and step.within_min is not None and since is not None
        found[step.key] = Standing(
            number=number, step=step, state=state, answer=last.answer if last else "", last=last,
            acted=tuple(act for act in acts if act.step == step.key and act.verb == "act"),
            due_at=since + timedelta(minutes=step.within_min or 0) if is_due and since else None,
        )  # fmt: skip
    return list(found.values())


def left_open(standing: Sequence[Standing]) -> list[Standing]:
    """Mandatory steps that forbid closing: those of the branches taken, and the questions that would decide the others."""
    return [one for one in standing if one.state is State.OPEN and one.step.mandatory]


def filled(text: str, fields: dict[str, str]) -> str:
    """A prepared text with the event's own words in the place of {number}, {title} and {place}."""
    for name, value in fields.items():
        text = text.replace("{" + name + "}", value)
    return text


def _settled(key: str, acts: Sequence[Act]) -> Act | None:
    last = None
    for act in acts:
        if act.step == key and act.verb != "act":
            last = None if act.verb == "undo" else act
    return last


def _branch(step: Step, found: dict[str, Standing], started_at: datetime) -> tuple[State, datetime | None]:
    """(OPEN when every branch of the step is taken, else WAITING or EXCLUDED; since when it is open)."""
    since: datetime = started_at
    waits = False
    for key, wanted in step.when.items():
        question = found[key]
        if question.state in (State.EXCLUDED, State.SKIPPED) or (question.state is State.DONE and question.answer not in wanted):
            return State.EXCLUDED, None
        if question.state is not State.DONE or question.last is None:
            waits = True
        else:
            since = max(since, question.last.at)
    return (State.WAITING, None) if waits else (State.OPEN, since)
