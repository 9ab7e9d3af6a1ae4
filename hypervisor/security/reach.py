"""What somebody names and may not see: nobody of this tenant has it, or it lies outside the perimeter, and the two are not told apart."""

from hypervisor.domain.operator import Principal
from hypervisor.errors import NotFound, OutOfReach
from hypervisor.security import audit


def unseen(who: Principal, permission: str, about: str, sentence: str) -> NotFound:
    """The error to raise, its attempt in the audit. about: what was named, "alarm:42".

    Who has a part of the tenant is refused (403) whether the thing exists or not (screens.md §5, check 35); for who has all of it, it does not exist (404).
    """
    audit.refused(who, permission, about=about)
    return OutOfReach(sentence) if who.has_a_part else NotFound(sentence)
