"""The ladder of screens.md B.4, on the clock: an alarm that nobody acknowledges makes the room louder, then tells the chief, those on call, those who decide.

Each rung is climbed once: its row, its message, its logbook line and its fact are one transaction, under the alarm's lock. Acknowledged, masked or over, the
alarm climbs no further. A rung whose duty nobody holds goes to the next rank, then to those who decide, and raises « Astreinte non pourvue ».
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypervisor.domain.alarm import Priority
from hypervisor.domain.on_call import Duty, Kind, Rung, answering, kind_for, ladder
from hypervisor.domain.rule import Rule
from hypervisor.i18n import N_, _, ngettext
from hypervisor.notifications.message import Draft
from hypervisor.notifications.queueing import queue_in
from hypervisor.operations.wording import hour
from hypervisor.security import answer_codes
from hypervisor.store import escalation, on_call, posture, verdicts
from hypervisor.store.engine import Cursor
from hypervisor.store.escalation import Waiting
from hypervisor.store.verdicts import Decision, Origin

ACTOR, NAME = "system:escalation", N_("Escalade")
ORIGIN = Origin(source="on_call", actor=ACTOR, name="Astreinte")
PURPOSE, FLOOD_PURPOSE, LIST_PURPOSE = "escalation", "escalation_flood", "minor_list"
# In an avalanche a phone that rings for each alarm is switched off: five messages in ten minutes, then one that says to look at the post. Chosen by us.
FLOOD, FLOOD_IN = 5, timedelta(minutes=10)
LIST_EVERY = timedelta(hours=1)
GAP_CAUSE = "on_call_gap"
GAP = Rule(key=GAP_CAUSE, kind="unlisted", property="", title=N_("Astreinte non pourvue"), priority=Priority.MAJOR)
KINDS = {Kind.OPERATION: N_("exploitation"), Kind.SAFETY: N_("sécurité"), Kind.DECISION: N_("décision")}
SAID = {
    "louder": N_("Non acquittée depuis {delay} : son renforcé et bande sur toute la largeur du mur"),
    "chief": N_("Non acquittée depuis {delay} : chef de salle prévenu à l’écran"),
    "on_call_sms": N_("Non acquittée depuis {delay} : astreinte prévenue par SMS, {name}"),
    "on_call_call": N_("Non acquittée depuis {delay} : astreinte appelée, {name}"),
    "decision": N_("Non acquittée depuis {delay} : astreinte de décision prévenue, {name}"),
    "list": N_("Non acquittée depuis {delay} : portée sur la liste envoyée au service"),
}
HELD_BACK = N_("{sentence} (exercice, message retenu)")
NOBODY = N_("Non acquittée depuis {delay} : personne n’est d’astreinte, personne n’a pu être prévenu")
PRIORITIES = {Priority.CRITICAL: N_("CRITIQUE"), Priority.MAJOR: N_("Majeure"), Priority.MINOR: N_("Mineure")}


@dataclass(frozen=True, kw_only=True)
class Post:
    """What messages say of the platform. key: signs codes; public_url: where the answering page is, None for no link; labels: layer → its name."""

    key: bytes
    public_url: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


def tick(cursor: Cursor, tenant: int, now: datetime, post: Post) -> int:
    """Climbs what is due, in the caller's transaction; gives how many rungs."""
    delays, services = on_call.settings(cursor, tenant)
    escalation.forget_those_that_wait_no_more(cursor, tenant)
    escalation.wait_anew(cursor, tenant)
    begun = [(number, priority, since, _due(priority, since, set(), delays)) for number, priority, since in escalation.begun(cursor, tenant, now)]
    escalation.set_waiting(cursor, tenant, begun)
    due = escalation.due(cursor, tenant, now)
    duties = on_call.duties(cursor, tenant, now) if due else []
    climb = _Climb(cursor, tenant, now, post, duties, services)
    for alarm in due:
        done = escalation.climbed(cursor, tenant, alarm.id, alarm.since)
        for rung in ladder(alarm.priority, delays.get(alarm.priority.word)):
            if rung.key not in done and alarm.since + rung.after <= now and climb.rung(alarm, rung):
                done.add(rung.key)
        escalation.next_due(cursor, tenant, alarm.id, climb.later.get(alarm.id) or _due(alarm.priority, alarm.since, done, delays))
    climb.send_lists()
    climb.lines += _fill_gaps(cursor, tenant, now)
    escalation.tell(cursor, tenant, climb.moved, now)
    verdicts.append_lines(cursor, tenant, climb.lines)
    return len(climb.moved)


def _due(priority: Priority, since: datetime, done: set[str], delays: Mapping[str, Mapping[str, int | None]]) -> datetime | None:
    return min((since + rung.after for rung in ladder(priority, delays.get(priority.word)) if rung.key not in done), default=None)


class _Climb:
    """One tick's work: what it has written so far."""

    def __init__(self, cursor: Cursor, tenant: int, now: datetime, post: Post, duties: Sequence[Duty], services: Mapping[str, str]) -> None:
        self._cursor, self._tenant, self._now, self._post = cursor, tenant, now, post
        self._duties, self._services = duties, services
        self._lists: dict[str, list[Waiting]] = {}
        exercise = posture.running(cursor, tenant)
        self._held_by = exercise[0] if exercise is not None and not exercise[1] else None
        self.lines: list[dict[str, object]] = []
        self.moved: list[int] = []
        self.later: dict[int, datetime] = {}

    def rung(self, alarm: Waiting, rung: Rung) -> bool:
        """Climbs a rung; False when it is put off."""
        if rung.tells == "service":
            return self._to_list(alarm)
        if rung.tells in ("room", "chief"):
            self._written(alarm, rung.key, SAID[rung.key], tells=rung.tells)
            return True
        kind = Kind.DECISION if rung.tells == "decision" else kind_for(alarm.layer)
        found = answering(self._duties, kind, alarm.layer, alarm.commune_id)
        is_gap = not found or found[0].rank > 1
        if is_gap:
            self._raise_gap(kind, alarm)
        if not found and kind is not Kind.DECISION:
            found = answering(self._duties, Kind.DECISION, alarm.layer, alarm.commune_id)
        reached = next((one for one in (self._reach(alarm, duty, rung) for duty in found) if one is not None), None)
        if reached is None:
            self._written(alarm, rung.key, NOBODY, tells=rung.tells, is_gap=True)
            return True
        contact_id, name, message_id = reached
        self._written(alarm, rung.key, SAID[rung.key], tells=rung.tells, contact=(contact_id, name), message_id=message_id, is_gap=is_gap)
        return True

    def _reach(self, alarm: Waiting, duty: Duty, rung: Rung) -> tuple[int, str, int | None] | None:
        """Queues the message to a person; None when that person has no number."""
        name, phone, _email = on_call.contact(self._cursor, self._tenant, duty.contact_id)
        if phone is None:
            return None
        since = self._now - FLOOD_IN
        if escalation.sent_lately(self._cursor, self._tenant, phone, PURPOSE, since) >= FLOOD:
            if not escalation.sent_lately(self._cursor, self._tenant, phone, FLOOD_PURPOSE, since):
                self._queue(
                    alarm,
                    "sms",
                    phone,
                    name,
                    FLOOD_PURPOSE,
                    _("VIGIE : avalanche d’alarmes non acquittées. Appelez le poste. D’autres alarmes ne vous seront pas envoyées une à une."),
                )
            return duty.contact_id, name, None
        digits, word = answer_codes.new()
        message_id = self._queue(alarm, rung.by, phone, name, PURPOSE, self._text(alarm, rung.by, digits, word))
        hashes = answer_codes.digest(self._post.key, self._tenant, digits), answer_codes.digest(self._post.key, self._tenant, word)
        escalation.add_code(self._cursor, self._tenant, alarm.id, duty.contact_id, message_id, hashes, self._now, self._now + answer_codes.CODE_LIFE)
        return duty.contact_id, name, message_id

    def _text(self, alarm: Waiting, by: str, digits: str, word: str) -> str:
        what = _(
            "{priority}, {title}, {place}. {number}, non acquittée depuis {hour}.",
            priority=_(PRIORITIES[alarm.priority]),
            title=_(alarm.title),
            place=_place(alarm),
            number=alarm.event_number or f"AL-{alarm.id}",
            hour=hour(alarm.since),
        )
        if by == "call":
            return _("Ici Vigie. Alarme {what} Pour acquitter, répondez 1.", what=what)
        link = _(" ou ouvrez {address}", address=f"{self._post.public_url.rstrip('/')}/a/{self._tenant}-{word}") if self._post.public_url else ""
        return _("VIGIE {what} Pour acquitter, répondez {code}{link}", what=what, code=digits, link=link)

    def _queue(self, alarm: Waiting, by: str, phone: str, name: str, purpose: str, text: str) -> int:
        draft = Draft(
            channel=by,
            recipient=phone,
            recipient_name=name,
            subject=f"{_(alarm.title)}, {alarm.asset_name}",
            body=text,
            purpose=purpose,
            layer=alarm.layer,
            alarm_id=alarm.id,
            event_id=alarm.event_id,
            by=ACTOR,
        )
        return queue_in(self._cursor, self._tenant, draft, self._now)

    def _written(
        self,
        alarm: Waiting,
        rung: str,
        sentence: str,
        *,
        tells: str,
        contact: tuple[int, str] | None = None,
        message_id: int | None = None,
        is_gap: bool = False,
    ) -> None:
        held_by = self._held_by if contact else None
        escalation.add(self._cursor, self._tenant, alarm, rung, self._now, contact=contact, message_id=message_id, is_gap=is_gap, tells=tells, held_by=held_by)
        self.moved.append(alarm.id)
        text = _(sentence, delay=_spoken(self._now - alarm.since), name=contact[1] if contact else "")
        if held_by is not None:
            text = _(HELD_BACK, sentence=text)
        self.lines.append(
            {
                "at": self._now.isoformat(), "actor": ACTOR, "actor_name": _(NAME), "kind": "system", "text": f"{text} : {_(alarm.title)} – {alarm.asset_name}", "layer": alarm.layer,
                "commune_id": alarm.commune_id, "alarm_id": alarm.id, "event_id": alarm.event_id, "asset_id": alarm.asset_id, "action": f"escalate-{rung.replace('_', '-')}",
            }
        )  # fmt: skip

    def _to_list(self, alarm: Waiting) -> bool:
        """One e-mail for a service each hour at most."""
        if alarm.layer not in self._lists and (last := escalation.listed_lately(self._cursor, self._tenant, alarm.layer, self._now - LIST_EVERY)):
            self.later[alarm.id] = last + LIST_EVERY
            return False
        self._lists.setdefault(alarm.layer, []).append(alarm)
        return True

    def send_lists(self) -> None:
        """Queues each service's list, and climbs the rung of what is on it."""
        for layer, alarms in self._lists.items():
            message_id = None
            if (to := self._services.get(layer)) is not None:
                rows = "\n".join(f"- {_(alarm.title)}, {_place(alarm)}, {_('depuis {hour}', hour=hour(alarm.since))}" for alarm in alarms)
                subject = ngettext("Vigie : {count} alarme mineure non acquittée", "Vigie : {count} alarmes mineures non acquittées", len(alarms))
                body = _("Ces alarmes mineures attendent un acquittement depuis plusieurs heures :\n\n{rows}\n", rows=rows)
                message_id = queue_in(
                    self._cursor,
                    self._tenant,
                    Draft(channel="email", recipient=to, recipient_name=to, subject=subject, body=body, purpose=LIST_PURPOSE, layer=layer, by=ACTOR),
                    self._now,
                )
            for alarm in alarms:
                sentence = SAID["list"] if message_id else N_("Non acquittée depuis {delay} : le service n’a pas d’adresse, aucune liste n’est partie")
                self._written(alarm, "list", sentence, tells="service", message_id=message_id, is_gap=message_id is None)

    def _raise_gap(self, kind: Kind, alarm: Waiting) -> None:
        urn = f"urn:vigie:on-call:{kind}:{alarm.layer}"
        asset_id = escalation.asset_of_duty(
            self._cursor,
            self._tenant,
            urn,
            alarm.layer,
            _("Astreinte {kind}, {layer}", kind=_(KINDS[kind]), layer=_(self._post.labels.get(alarm.layer, alarm.layer))),
        )
        self.lines += verdicts.apply(
            self._cursor, self._tenant, [Decision.of_duty(GAP, asset_id, alarm.layer, "unlisted", 0, self._now, holds=True)], self._now, ORIGIN
        )[1]


def _fill_gaps(cursor: Cursor, tenant: int, now: datetime) -> list[dict[str, object]]:
    """Ends « Astreinte non pourvue » where a first rank is held again."""
    opened = escalation.open_gaps(cursor, tenant, ORIGIN.source, GAP_CAUSE)
    if not opened:
        return []
    duties = on_call.duties(cursor, tenant, now)
    filled = []
    for asset_id, layer, asset_kind, commune_id, urn in opened:
        kind = Kind(urn.split(":")[3])
        if any(duty.rank == 1 and duty.kind is kind and duty.layer in (None, layer) for duty in duties):
            filled.append(Decision.of_duty(GAP, asset_id, layer, asset_kind, commune_id, now, holds=False))
    return verdicts.apply(cursor, tenant, filled, now, ORIGIN)[1] if filled else []


def _place(alarm: Waiting) -> str:
    return ", ".join(part for part in (alarm.asset_name, alarm.commune) if part)


def _spoken(delay: timedelta) -> str:
    seconds = int(delay.total_seconds())
    if seconds < 120:
        return _("{count} s", count=seconds)
    return _("{count} min", count=seconds // 60) if seconds < 7200 else _("{count} h", count=seconds // 3600)
