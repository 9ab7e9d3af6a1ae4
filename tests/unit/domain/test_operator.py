"""Who may do what: the table of screens.md B.9, and perimeters."""

import pytest

from hypervisor.domain.operator import HOME, PERMISSIONS, SCOPES, Principal, Role


def someone(role: Role, **changes: object) -> Principal:
    return Principal(**({"tenant": 1, "account_id": 1, "name": "x", "display_name": "X", "role": role, "permissions": PERMISSIONS[role]} | changes))


@pytest.mark.parametrize("role", Role)
def test_every_role_has_rights_and_a_home_that_it_may_open(role: Role) -> None:
    assert f"screen:{HOME[role].removeprefix('/')}" in PERMISSIONS[role]


@pytest.mark.parametrize("role", [Role.DISPLAY, Role.DUTY_OFFICER, Role.OFFICIAL, Role.TRADE_MANAGER, Role.ADMIN, Role.DPO])
def test_who_watches_does_not_act(role: Role) -> None:
    assert not {"alarm:act", "event:act", "logbook:write"} & PERMISSIONS[role]


def test_an_official_sees_indicators_and_the_posture_that_every_frame_says_alone() -> None:
    assert PERMISSIONS[Role.OFFICIAL] == {"screen:elus", "indicator:read", "posture:read"}


def test_no_role_but_that_of_who_is_on_call_to_decide_puts_a_posture_in_force() -> None:
    assert [role for role in Role if "posture:decide" in PERMISSIONS[role]] == [Role.DUTY_OFFICER]


def test_who_decides_of_a_complete_file_is_outside_the_room() -> None:
    assert [role for role in Role if "disclosure:decide" in PERMISSIONS[role]] == [Role.DUTY_OFFICER, Role.DPO]
    assert [role for role in Role if "disclosure:ask" in PERMISSIONS[role]] == [Role.CHIEF, Role.DUTY_OFFICER]


def test_the_administrator_manages_accounts_and_does_not_read_content() -> None:
    assert not {"alarm:read", "event:read", "logbook:read", "observation:read"} & PERMISSIONS[Role.ADMIN]


def test_only_a_chief_assigns() -> None:
    assert [role for role in Role if "event:assign" in PERMISSIONS[role]] == [Role.CHIEF]


def test_a_token_never_administers() -> None:
    assert not any(
        permission.startswith(("account:", "token:", "wall:", "screen:", "audit:", "disclosure:", "access:"))
        for permissions in SCOPES.values()
        for permission in permissions
    )


def test_a_perimeter_narrows_layers_and_communes() -> None:
    narrow = someone(Role.OPERATOR, layers=frozenset({"water"}), communes=frozenset({3}))
    assert narrow.may("alarm:act", "water", 3)
    assert not narrow.may("alarm:act", "lighting", 3)
    assert not narrow.may("alarm:act", "water", 4)
    assert not narrow.may("account:write")
    assert someone(Role.OPERATOR).may("alarm:act", "water", 4), "no perimeter is everywhere"
    assert not someone(Role.OPERATOR, layers=frozenset()).may("alarm:act", "water"), "an empty perimeter is nowhere"
