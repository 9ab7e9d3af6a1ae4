"""The one guard: the first line of every operation, query and page."""

from hypervisor.domain.operator import Principal
from hypervisor.errors import Forbidden, NotSignedIn
from hypervisor.i18n import _
from hypervisor.security import audit
from hypervisor.security.context import current_principal


def signed_in() -> Principal:
    """Who asks, whatever they may do: what follows judges it. Raises NotSignedIn when nobody is signed in."""
    who = current_principal.get()
    if who is None:
        raise NotSignedIn(_("Personne n’est connecté, ou la session est finie : connectez-vous."))
    return who


def require(permission: str, layer: str | None = None, commune: int | None = None, principal: Principal | None = None) -> Principal:
    """Who acts, when it may do this here.

    principal None takes the one of the request being served. Raises NotSignedIn when nobody is signed in, Forbidden (audited) when the
    permission is not given, or the layer or commune named is outside the perimeter.
    """
    who = principal or signed_in()
    if not who.may(permission, layer, commune):
        audit.refused(who, permission, layer, commune)
        raise Forbidden(_("Votre rôle ou votre périmètre ne permet pas cette action : demandez-la à un responsable."), permission=permission)
    return who
