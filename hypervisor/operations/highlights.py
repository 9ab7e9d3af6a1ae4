"""Facts that services write for officials: publish one, take one away. Each act is a line of the audit."""

from datetime import date, datetime

from hypervisor.domain.operator import Principal
from hypervisor.errors import InvalidRequest, NotFound
from hypervisor.i18n import _
from hypervisor.layers import all_layers
from hypervisor.queries import officials
from hypervisor.security import audit, reach
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, indicators

LONGEST = 160


def write(uow: UnitOfWork, layer: str, day: str, text: str, by: Principal, at: datetime) -> int:
    """Publishes a fact of a layer on a day, written 20/11/2026 or 2026-11-20; gives its number. Raises InvalidRequest, Forbidden outside the writer's layers."""
    if layer not in all_layers():
        raise InvalidRequest(_("Choisissez le domaine du fait."))
    require("highlight:write", layer, principal=by)
    said = " ".join(text.split())
    if not said or len(said) > LONGEST:
        raise InvalidRequest(_("Un fait tient en une phrase de 1 à {n} caractères : celui-ci en a {m}.", n=LONGEST, m=len(said)))
    of_day = _day(day)
    number = indicators.write_highlight(uow, layer, of_day, said, by.display_name, at)
    audit.done(uow, by, "official:highlight:write", at, about=f"highlight:{number}", layer=layer, text=said)
    officials.forget()
    return number


def remove(uow: UnitOfWork, number: int, by: Principal, at: datetime) -> None:
    """Takes a fact away from the page; its line stays. Raises NotFound when it is not there, or is of another's layer."""
    require("highlight:write", principal=by)
    said = _("Ce fait n’existe plus, ou il est d’un autre domaine : rien n’a changé.")
    if not indicators.has_highlight(uow, number, by.layers):
        raise reach.unseen(by, "highlight:write", f"highlight:{number}", said)
    if not indicators.remove_highlight(uow, number, at, by.layers):
        raise NotFound(said)
    audit.done(uow, by, "official:highlight:remove", at, about=f"highlight:{number}")
    officials.forget()


def _day(written: str) -> date:
    try:
        return date.fromisoformat("-".join(reversed(written.strip().split("/"))))
    except ValueError as error:
        raise InvalidRequest(_("Le jour du fait ne se lit pas : écrivez-le ainsi, 20/11/2026, ou choisissez-le dans le calendrier.")) from error
