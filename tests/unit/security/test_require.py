"""The guard."""

import pytest

from hypervisor.domain.operator import PERMISSIONS, Principal, Role
from hypervisor.errors import Forbidden, NotSignedIn
from hypervisor.security.context import current_principal
from hypervisor.security.require import require

PETIT = Principal(
    tenant=1, account_id=1, name="petit", display_name="Mme Petit", role=Role.OPERATOR, permissions=PERMISSIONS[Role.OPERATOR], layers=frozenset({"water"})
)


def test_nobody_may_do_nothing() -> None:
    with pytest.raises(NotSignedIn):
        require("alarm:read")


def test_the_one_of_the_request_is_given_back() -> None:
    token = current_principal.set(PETIT)
    try:
        assert require("alarm:act", "water") is PETIT
    finally:
        current_principal.reset(token)


@pytest.mark.parametrize(("permission", "layer"), [("account:write", None), ("alarm:act", "lighting")])
def test_a_missing_right_and_a_layer_outside_are_refused(permission: str, layer: str | None) -> None:
    with pytest.raises(Forbidden) as refusal:
        require(permission, layer, principal=PETIT)
    assert refusal.value.facts == {"permission": permission}
