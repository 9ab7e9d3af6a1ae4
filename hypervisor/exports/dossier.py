"""The file of an incident: a tagged PDF, tables, places and digests in one archive. People's names are replaced unless somebody answers for showing them."""

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hypervisor import fmt
from hypervisor.exports import pdf
from hypervisor.i18n import N_, _

MACHINES = frozenset({"", "worker"})
STATES = {
    "unacknowledged": N_("non acquittée"), "acknowledged": N_("acquittée"), "returned_unacknowledged": N_("revenue, à acquitter"), "latched": N_("verrouillée, à réarmer"),
    "latched_unacknowledged": N_("verrouillée, à acquitter"), "shelved": N_("différée"), "suppressed_by_design": N_("inhibée"), "out_of_service": N_("hors service"),
    "normal": N_("revenue à la normale"),
}  # fmt: skip
PRIORITIES = {"critical": N_("Critique"), "major": N_("Majeure"), "minor": N_("Mineure"), "info": N_("Information")}
ALARMS = ("id", "priority", "title", "asset_name", "asset_code", "address", "layer", "raised_at", "lon", "lat")
STEPS = ("alarm_id", "at", "action", "state", "actor_name", "comment")
LINES = ("seq", "at", "kind", "actor_name", "text", "alarm_id", "event_id")
EVENTS = ("id", "number", "title", "priority", "opened_at", "closed_at", "outcome")
NOTES = ("at", "kind", "text", "author_name", "created_at")


@dataclass(frozen=True)
class Agreed:
    """What the complete file says of itself: the request that it answers, and the two people behind it."""

    number: int
    motive: str
    asked_name: str
    decided_name: str
    decided_at: datetime


def archive(story: Mapping[str, Any], made_at: datetime, made_by: str, *, agreed: Agreed | None = None) -> bytes:
    """The archive of a story (queries.replay.story). People are « Personne 1 », « Personne 2 »… everywhere they stand, unless two of them agreed to show their names."""
    people = () if agreed else people_of(story)
    shown = _without(story, people) if people else story
    files = {
        "alarmes.csv": _table(ALARMS, shown["alarms"]),
        "transitions.csv": _table(STEPS, [{**step, "alarm_id": alarm["id"]} for alarm in shown["alarms"] for step in alarm["steps"]]),
        "evenements.csv": _table(EVENTS, shown["events"]),
        "main-courante.csv": _table(LINES, shown["logbook"]),
        "enseignements.csv": _table(NOTES, shown["notes"]),
        "alarmes.geojson": _places(shown["alarms"]),
    }
    digests = {name: hashlib.sha256(body).hexdigest() for name, body in files.items()}
    since, until = (datetime.fromisoformat(story[key]) for key in ("since", "until"))
    printed = pdf.make(
        "dossier.html", _("Dossier d’incident"), since=since, until=until, made_at=made_at, made_by=made_by, story=shown, lines=_chronicle(shown), digests=digests,
        agreed=agreed, priorities=PRIORITIES, states=STATES, parsed=datetime.fromisoformat,
    )  # fmt: skip
    files["dossier.pdf"] = printed.body
    digests["dossier.pdf"] = printed.sha256
    files["SHA256SUMS"] = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items())).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for name, body in files.items():
            out.writestr(zipfile.ZipInfo(name, made_at.timetuple()[:6]), body)
    return packed.getvalue()


def people_of(story: Mapping[str, Any]) -> list[str]:
    """Names of those who acted in it, longest first: a short one may stand inside a long one."""
    said = [step["actor_name"] for thing in (*story["alarms"], *story["events"]) for step in thing["steps"] if step.get("action") not in ("raise", "clear")]
    said += [line["actor_name"] for line in story["logbook"] if line["kind"] != "system"] + [note["author_name"] for note in story["notes"]]
    return sorted({name for name in said if name and name not in MACHINES}, key=lambda name: (-len(name), name))


def of_event(story: Mapping[str, Any], event_id: int) -> dict[str, Any]:
    """The same story, of one event alone: the alarms that it holds, the lines and the notes that name it or them."""
    alarms = [alarm for alarm in story["alarms"] if alarm["event_id"] == event_id]
    held = {alarm["id"] for alarm in alarms}
    return {
        **story,
        "alarms": alarms,
        "events": [event for event in story["events"] if event["id"] == event_id],
        "logbook": [line for line in story["logbook"] if line["event_id"] == event_id or line["alarm_id"] in held],
        "tones": [tone for tone in story["tones"] if tone["alarm_id"] in held],
        "notes": [note for note in story["notes"] if note["event_id"] == event_id],
    }


def _without(story: Mapping[str, Any], people: Sequence[str]) -> dict[str, Any]:
    """The same story with each name replaced, in fields and inside texts."""
    ranks = {name: _("Personne {n}", n=rank) for rank, name in enumerate(sorted(people), 1)}
    pattern = re.compile("|".join(re.escape(name) for name in people))

    def said(value: Any) -> Any:
        if isinstance(value, str):
            return pattern.sub(lambda found: ranks[found.group()], value)
        if isinstance(value, Mapping):
            return {key: said(each) for key, each in value.items()}
        return [said(each) for each in value] if isinstance(value, list) else value

    redacted: dict[str, Any] = said(dict(story))
    return redacted


def _chronicle(story: Mapping[str, Any]) -> list[tuple[datetime, str, str, str]]:
    """(at, what, of what, who), in order: alarms' steps and lines of the logbook that people wrote."""
    found = [
        (
            datetime.fromisoformat(step["at"]),
            _(STATES.get(step["state"], step["state"])),
            f"{_(alarm['title'])}, {alarm['asset_name']}",
            step["actor_name"] or "",
        )
        for alarm in story["alarms"]
        for step in alarm["steps"]
        if step["at"] >= story["since"][:19]
    ]
    found += [
        (datetime.fromisoformat(line["at"]), line["text"], _("main courante n° {n}", n=line["seq"]), line["actor_name"])
        for line in story["logbook"]
        if line["kind"] != "system"
    ]
    return sorted(found, key=lambda line: line[0])


def _table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """UTF-8 with its mark, semicolons: what French spreadsheets open without a question. A cell never begins a formula."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=";")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])
    return written.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    said = "" if value is None else str(value)
    return f"'{said}" if said[:1] in ("=", "+", "@") or (said[:1] == "-" and not said[1:2].isdigit()) else said


def _places(alarms: Iterable[Mapping[str, Any]]) -> bytes:
    features = [
        {"type": "Feature", "id": alarm["id"], "geometry": {"type": "Point", "coordinates": [alarm["lon"], alarm["lat"]]},
         "properties": {key: alarm[key] for key in ALARMS if key not in ("lon", "lat")} | {"steps": alarm["steps"]}}
        for alarm in alarms
    ]  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def file_name(since: datetime, *, is_complete: bool = False) -> str:
    """« dossier-2026-02-11-1805.zip », in the territory's time; « dossier-complet-… » with people's names."""
    return f"dossier-{'complet-' if is_complete else ''}{since.astimezone(fmt.ZONE):%Y-%m-%d-%H%M}.zip"
