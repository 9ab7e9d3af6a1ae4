"""An exercise of the whole territory: entered and left by somebody permitted, with a reason, or ended by its time. What it changes is in the other modules:

messages begin with « EXERCICE — » and SMS and calls are held back unless it was armed (notifications/queueing.py); its lines are a journal of their own
(0033_posture.sql); the posture's levels are played (posture.py).
"""

from datetime import datetime, timedelta
from typing import Any

from hypervisor.domain.operator import Principal
from hypervisor.domain.posture import LONGEST
from hypervisor.errors import Conflict, InvalidRequest, NotFound
from hypervisor.i18n import _
from hypervisor.operations.posture import reason_given, told
from hypervisor.operations.wording import day_and_hour
from hypervisor.security import audit
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, posture

RUN = "exercise:run"
LONGEST_TITLE = 120


def begin(uow: UnitOfWork, title: str, reason: str, lasts: timedelta, by: Principal, at: datetime, *, sends: bool = False) -> dict[str, Any]:
    """Enters the exercise for `lasts`; gives the situation. sends: armed, SMS and calls leave. Raises Conflict while one runs or a proposal of posture waits."""
    require(RUN, principal=by)
    title = title.strip()
    if not 0 < len(title) <= LONGEST_TITLE:
        raise InvalidRequest(_("Le scénario est vide ou dépasse {count} caractères.", count=LONGEST_TITLE))
    reason = reason_given(reason, _("Le motif est vide : dites pourquoi cet exercice a lieu."))
    if not timedelta(0) < lasts <= LONGEST:
        raise InvalidRequest(_("Un exercice dure {hours} heures au plus : il se termine de lui-même.", hours=LONGEST // timedelta(hours=1)))
    posture.lock(uow)
    now = posture.situation(uow)
    if now["exercise"] is not None:
        raise Conflict(_("Un exercice est déjà en cours, commencé par {name}.", name=now["exercise"]["by"]))
    if now["pending"] is not None:
        raise Conflict(_("{name} a proposé un niveau de posture : qu’il soit décidé ou retiré avant l’exercice.", name=now["pending"]["by_name"]))
    until = at + lasts
    values = {"title": title, "reason": reason, "sends": sends, "at": at, "until": until, "by": by.name, "name": by.display_name}
    number = posture.begin_exercise(uow, values)
    audit.done(uow, by, "operator:exercise:begin", at, exercise=number, sends=sends, until=until.isoformat(), reason=reason)
    phones = "les SMS et les appels PARTENT" if sends else "les SMS et les appels sont retenus"
    return told(uow, by, at, posture.BEGIN, f"Exercice commencé : {title}, jusqu’au {day_and_hour(until)} ; {phones}", reason)


def end(uow: UnitOfWork, number: int, reason: str, by: Principal, at: datetime) -> dict[str, Any]:
    """Leaves the exercise, with a reason; gives the situation. The posture is what it really was."""
    require(RUN, principal=by)
    reason = reason_given(reason, _("Le motif est vide : dites pourquoi l’exercice se termine."))
    posture.lock(uow)
    running = posture.situation(uow)["exercise"]
    if running is None or running["id"] != number:
        raise NotFound(_("Cet exercice n’est plus en cours."))
    posture.end_exercise(uow, reason, by.name, by.display_name, at)
    audit.done(uow, by, "operator:exercise:end", at, exercise=number, reason=reason)
    return told(uow, by, at, posture.END, f"Exercice terminé : {running['title']}", reason)
