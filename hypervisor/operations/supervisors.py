"""What other systems say: an external supervisor, or a person, raises, updates and clears alarms by the same path as rules."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hypervisor.domain.alarm import SEVERITIES
from hypervisor.domain.layer import Layer
from hypervisor.domain.operator import Principal
from hypervisor.domain.rule import Rule
from hypervisor.domain.supervised import Message as Message
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import N_, _
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, supervisors, verdicts
from hypervisor.store.supervisors import BACK, NamedAsset
from hypervisor.store.verdicts import Decision, Origin

MOST_MESSAGES = 1000
UNKNOWN_ASSET = N_(
    "L’équipement {asset} est inconnu, ou hors du périmètre du jeton : donnez sa position (lon, lat) et sa couche, ou faites-le inscrire à l’inventaire."
)
UNKNOWN_SEVERITY = N_("La gravité {severity} n’est pas connue : employez l’un des mots {words}.")
UNKNOWN_LAYER = N_("La couche {layer} n’existe pas, ou n’est pas dans le périmètre du jeton.")


def deliver(uow: UnitOfWork, layers: Mapping[str, Layer], messages: Sequence[Message], by: Principal, at: datetime) -> dict[str, Any]:
    """Applies messages in order: {"accepted", "alarms": ids that changed, "rejected": [{"index", "reason"}]}. What is refused is kept for inspection."""
    applied = _apply(uow, layers, messages, by, at)
    refusals = [(index, each) for index, each in enumerate(applied) if isinstance(each, InvalidRequest)]
    return {
        "accepted": len(applied) - len(refusals),
        "alarms": sorted({id_ for each in applied if not isinstance(each, InvalidRequest) for id_ in each}),
        "rejected": [{"index": index, "reason": refusal.sentence} for index, refusal in refusals],
    }


def deliver_each(uow: UnitOfWork, layers: Mapping[str, Layer], messages: Sequence[Message], by: Principal, at: datetime) -> list[dict[str, Any]]:
    """Applies messages that came apart in one transaction; gives each the answer that `deliver` would have given it alone."""
    return [
        {"accepted": 0, "alarms": [], "rejected": [{"index": 0, "reason": each.sentence}]}
        if isinstance(each, InvalidRequest)
        else {"accepted": 1, "alarms": sorted(each), "rejected": []}
        for each in _apply(uow, layers, messages, by, at)
    ]


def _apply(uow: UnitOfWork, layers: Mapping[str, Layer], messages: Sequence[Message], by: Principal, at: datetime) -> list[set[int] | InvalidRequest]:
    """For each message the ids of the alarms of its asset and cause that changed, or why it is refused."""
    require("alarm:raise", principal=by)
    if len(messages) > MOST_MESSAGES:
        raise InvalidRequest(_("Plus de {count} messages en une demande : envoyez-les en plusieurs fois.", count=MOST_MESSAGES))
    known = supervisors.assets_named(uow, [message.asset for message in messages], by.layers)
    decided: list[Decision | InvalidRequest] = []
    for message in messages:
        try:
            decided.append(_decision(uow, layers, known, message, by, at))
        except InvalidRequest as refusal:
            decided.append(refusal)
    decisions = [each for each in decided if isinstance(each, Decision)]
    rejected = [(message, each) for message, each in zip(messages, decided, strict=True) if isinstance(each, InvalidRequest)]
    origin = _origin(by)
    with uow.cursor() as cursor:
        written, lines = verdicts.apply(cursor, uow.tenant, decisions, at, origin) if decisions else ([], [])
        supervisors.keep_refused(uow, origin.source, [_kept(message, refusal) for message, refusal in rejected], at)
        if by.role is None:
            times = [message.observed_at for message in messages if message.observed_at is not None]
            lag_ms = max(0, int((at - max(times)).total_seconds() * 1000)) if times else None
            error = rejected[-1][1].sentence if rejected else ""
            lines += _heard(uow, by, at, received=len(messages), errors=len(rejected), error=error, lag_ms=lag_ms)
        verdicts.append_lines(cursor, uow.tenant, lines)
    changed: dict[tuple[int, str], set[int]] = {}
    for alarm in written:
        changed.setdefault((alarm.decision.asset_id, alarm.decision.rule.key), set()).add(alarm.id)
    return [each if isinstance(each, InvalidRequest) else changed.get((each.asset_id, each.rule.key), set()) for each in decided]


def heartbeat(uow: UnitOfWork, by: Principal, at: datetime, period_s: int | None = None) -> dict[str, Any]:
    """The supervisor lives, and promises to be heard every period_s seconds."""
    require("alarm:raise", principal=by)
    if by.role is not None:
        raise InvalidRequest(_("Un battement vient d’un superviseur, par son jeton : une session n’en a pas."))
    with uow.cursor() as cursor:
        verdicts.append_lines(cursor, uow.tenant, _heard(uow, by, at, period_s=period_s))
    return next(one for one in supervisors.contracts(uow, at) if one["key"] == by.display_name)


def _heard(uow: UnitOfWork, by: Principal, at: datetime, **facts: Any) -> list[dict[str, object]]:
    label = by.display_name
    if not supervisors.heard(uow, label, label, at, **facts):
        return []
    return [{"at": at.isoformat(), "actor": by.name, "actor_name": label, "kind": "system", "text": _(BACK, label=label), "action": "supervisor-back"}]


def _origin(by: Principal) -> Origin:
    return Origin(source="operator" if by.role is not None else f"supervisor:{by.display_name}", actor=by.name, name=by.display_name)


def _decision(uow: UnitOfWork, layers: Mapping[str, Layer], known: dict[str, NamedAsset], message: Message, by: Principal, at: datetime) -> Decision:
    severity = message.severity.strip().lower()
    if severity not in SEVERITIES:
        raise InvalidRequest(_(UNKNOWN_SEVERITY, severity=message.severity, words=", ".join(SEVERITIES)))
    asset = known.get(message.asset) or _placed(uow, layers, message, by)
    known[message.asset] = asset
    if not by.may("alarm:raise", asset.layer, asset.commune_id):
        raise InvalidRequest(_(UNKNOWN_ASSET, asset=message.asset))
    rule = Rule(
        key=message.cause, kind=asset.kind, property="", title=message.title or message.cause, priority=SEVERITIES[severity], stake=message.stake,
        decide_within=message.respond_within, explains=message.explains, latched=message.latched,
    )  # fmt: skip
    return Decision(
        asset_id=asset.id, layer=asset.layer, kind=asset.kind, commune_id=asset.commune_id, rule=rule, unit=message.unit, threshold=None, holds=message.holds,
        value=message.value, observed_at=message.observed_at, received_at=at, severity=message.severity,
    )  # fmt: skip


def _placed(uow: UnitOfWork, layers: Mapping[str, Layer], message: Message, by: Principal) -> NamedAsset:
    if message.lon is None or message.lat is None:
        raise InvalidRequest(_(UNKNOWN_ASSET, asset=message.asset), cause="unknown_asset")
    if message.layer not in layers or not by.may("alarm:raise", message.layer):
        raise InvalidRequest(_(UNKNOWN_LAYER, layer=message.layer), cause="not_allowed")
    return supervisors.asset_of_place(uow, message.asset, message.layer, message.name or message.asset, message.lon, message.lat)


def _kept(message: Message, refusal: InvalidRequest) -> tuple[str, str, str, dict[str, Any]]:
    sent = {"reason": refusal.sentence, "holds": message.holds, "title": message.title, "severity": message.severity, "value": message.value}
    return str(refusal.facts.get("cause", "not_valid")), message.asset, message.cause, sent
