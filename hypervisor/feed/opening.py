"""What a screen is told when it opens, read once for all the screens of a group that open together. Blocking: call it in a thread."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from hypervisor.feed.clients import READ_RIGHT, Signature
from hypervisor.store import Database, posture, snapshot


@dataclass(frozen=True, kw_only=True)
class Opening:
    """The lists of a snapshot, already JSON but for what differs between screens. total: open alarms, held or not. missed: last fact seen → how many alarms and events changed since."""

    seq: int
    total: int
    missed: dict[int, int]
    body: bytes

    def message(self, since: int, headlines: object) -> str:
        """The snapshot of a screen that had seen fact `since`, 0 for none."""
        tail = msgspec.json.encode({"headlines": headlines, "seq": self.seq, "missed": self.missed.get(since, 0)})
        return (b'{"t":"snapshot",' + self.body[1:-1] + b"," + tail[1:]).decode()


def opening(database: Database, signature: Signature, seen: Iterable[int]) -> Opening:
    """Reads everything. Raises Unavailable when it cannot."""
    inside = snapshot.Perimeter(layers=signature.layers, communes=signature.communes)
    kinds = [kind for kind in ("alarm", "event") if READ_RIGHT[kind] in signature.rights]
    with database.unit_of_work(signature.tenant) as uow:
        seq = snapshot.last_fact(uow)
        alarms = snapshot.alarms(uow, inside) if "alarm" in kinds else []
        counted = snapshot.counts(uow, inside) if "alarm" in kinds else {}
        events = snapshot.events(uow, inside) if "event" in kinds else []
        sent = snapshot.interventions(uow, inside) if READ_RIGHT["intervention"] in signature.rights else []
        lines = snapshot.lines(uow, inside) if "logbook:read" in signature.rights else []
        situation = posture.situation(uow) if READ_RIGHT["posture"] in signature.rights else None
        missed = {since: snapshot.missed(uow, inside, since, kinds) for since in seen if since}
    total = _total(counted)
    body = msgspec.json.encode(
        {"alarms": alarms, "counts": counted, "total": total, "events": events, "interventions": sent, "logbook": lines, "posture": situation}
    )
    return Opening(seq=seq, total=total, missed=missed, body=body)


def counts(database: Database, signature: Signature) -> dict[str, object]:
    """The fields of a `counts` message."""
    if READ_RIGHT["alarm"] not in signature.rights:
        return {"counts": {}, "total": 0}
    with database.unit_of_work(signature.tenant) as uow:
        counted = snapshot.counts(uow, snapshot.Perimeter(layers=signature.layers, communes=signature.communes))
    return {"counts": counted, "total": _total(counted)}


def _total(counted: dict[str, dict[str, int]]) -> int:
    return sum(n for by_state in counted.values() for n in by_state.values())
