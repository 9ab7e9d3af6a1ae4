"""What is made once a night, on a thread of the jobs: the logbook's seal, taken out of the database, and the printed set of procedures.

Each is a file of the data folder, written whole or not at all, so that a night that was missed is made up at the next turn and none is made twice.
"""

import hashlib
import hmac
import json
import logging
import os
from datetime import date, datetime, timedelta
from pathlib import Path

from hypervisor.clock import Clock
from hypervisor.domain.layer import Layer
from hypervisor.exports import procedures as printed
from hypervisor.fmt import ZONE
from hypervisor.notifications import Draft, queue
from hypervisor.notifications.message import Attachment
from hypervisor.recurring import Recurring
from hypervisor.store import Database, logbook, procedures

logger = logging.getLogger(__name__)

FIRST_TURN_S, TURN_S = 20.0, 60.0
NIGHT_ENDS = timedelta(hours=2)
"""The night's work begins at two in the morning, in the territory."""
KEPT_SETS = timedelta(days=30)
SYSTEM, SYSTEM_NAME = "system", "Vigie"


class Nightly(Recurring):
    """See the module. `stop` ends it after the work in hand."""

    def __init__(self, database: Database, folder: Path, key: bytes, clock: Clock, layers: dict[str, Layer], seal_to: str | None) -> None:
        super().__init__("nightly", "the night's work waits", first_s=FIRST_TURN_S, every_s=TURN_S)
        self._database, self._folder, self._key, self._clock, self._layers, self._seal_to = database, folder, key, clock, layers, seal_to

    def turn(self) -> None:
        """Makes what the last night lacks, for every tenant."""
        now = self._clock.now()
        night = (now.astimezone(ZONE) - NIGHT_ENDS).date()
        with self._database.unit_of_work(None) as uow:
            tenants = logbook.tenants(uow)
        for tenant in tenants:
            self.seal(tenant, night, now)
            self.print_set(tenant, night, now)

    def seal(self, tenant: int, night: date, now: datetime) -> Path | None:
        """Verifies the chain, keeps its head in the database and in a file signed with the platform's key, and queues the same to the address of the seals."""
        file = seal_file(self._folder, tenant, night)
        if file.exists():
            return file
        with self._database.unit_of_work(tenant) as uow:
            head = logbook.head(uow)
            if head is None:
                return None
            seq, digest = head
            broken = logbook.first_broken(uow)
            is_first = logbook.add_seal(uow, night, seq, digest, now, broken)
            said = {"tenant": tenant, "night": night.isoformat(), "sealed_at": now.isoformat(), "seq": seq, "hash": digest.hex(), "first_broken": broken}
            body = json.dumps(said | {"signature": signature(self._key, said)}, indent=1) + "\n"
            if is_first and broken is not None:
                logger.error("the logbook of tenant %d was altered: line %d does not hold", tenant, broken)
                words = f"Main courante altérée : la mention n° {broken} ne suit pas de la précédente"
                logbook.append(uow, logbook.Line(at=now, actor=SYSTEM, actor_name=SYSTEM_NAME, kind="system", text=words, action="chain-broken"))
            if is_first and self._seal_to:
                subject = f"Sceau de la main courante, {night:%d/%m/%Y}" + (" — CHAÎNE ROMPUE" if broken is not None else "")
                carried = (Attachment(name=file.name, type="application/json", text=body),)
                queue(uow, Draft(channel="email", recipient=self._seal_to, subject=subject, body=body, purpose="seal", attachments=carried), now)
        write_whole(file, body.encode())
        return file

    def print_set(self, tenant: int, night: date, now: datetime) -> Path | None:
        """Prints the procedures in force, and lets go of sets older than KEPT_SETS. None when there is none in force."""
        file = set_file(self._folder, tenant, night)
        if file.exists():
            return file
        with self._database.unit_of_work(tenant) as uow:
            in_force = procedures.in_state(uow, "in_force")
        if not in_force:
            return None
        write_whole(file, printed.as_pdf(in_force, self._layers, now).body)
        for old in file.parent.glob("fiches-*.pdf"):
            if date.fromisoformat(old.stem.removeprefix("fiches-")) < night - KEPT_SETS:
                old.unlink(missing_ok=True)
        logger.info("%d procedures printed in %s", len(in_force), file)
        return file


def signature(key: bytes, said: dict[str, object]) -> str:
    """HMAC-SHA256 of a seal by the platform's key, in hexadecimal: who holds the database alone cannot make one."""
    return hmac.new(key, json.dumps(said, sort_keys=True).encode(), hashlib.sha256).hexdigest()


def seal_file(folder: Path, tenant: int, night: date) -> Path:
    """Where the seal of a night is."""
    return folder / "seals" / str(tenant) / f"sceau-{night.isoformat()}.json"


def set_file(folder: Path, tenant: int, night: date) -> Path:
    """Where the printed set of a night is."""
    return folder / "procedures" / str(tenant) / f"fiches-{night.isoformat()}.pdf"


def last_set(folder: Path, tenant: int) -> Path | None:
    """The newest printed set; None before the first night."""
    return max((folder / "procedures" / str(tenant)).glob("fiches-*.pdf"), default=None)


def write_whole(file: Path, body: bytes) -> None:
    """Writes a file that is there whole, or not at all, whatever happens."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    with part.open("wb") as out:
        out.write(body)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
