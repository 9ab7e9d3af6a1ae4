"""The administration page: a wall is let in by its code and signed out again, on a real database."""

from datetime import UTC, datetime
from typing import Any

import pytest

import callbacks
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Role
from hypervisor.errors import Forbidden, InvalidRequest, NotFound
from hypervisor.security import pairing
from hypervisor.security.accounts import add_user
from hypervisor.security.context import current_principal
from hypervisor.security.principals import machine_now
from hypervisor.store import audit
from layouts import ids
from layouts.pages import admin
from layouts.parts import governance
from tests.screens.conftest import principal
from tests.screens.harness import to_html
from tests.screens.platform import click, signed_in

callbacks.register("all")
from callbacks import walls  # noqa: E402 - its import registers it, once


@pytest.fixture(scope="module")
def h(h: Hypervisor) -> Hypervisor:
    with h.database.unit_of_work(1) as uow:
        add_user(uow, "mur", None, "display", "Mur")
    return h


def test_a_wall_is_let_in_by_its_code_listed_and_signed_out(h: Hypervisor):
    asked = pairing.ask(h.database, machine_now(), "10.0.0.4")
    with signed_in("chef"):
        with click(ids.PAIRING_APPROVE), pytest.raises(NotFound):
            walls.change(1, [], None, "ZZZZZZ", "Salle")
        with click(ids.PAIRING_APPROVE), pytest.raises(InvalidRequest):
            walls.change(1, [], None, asked.code, " ")
        with click(ids.PAIRING_APPROVE):
            awaited, count, (toast,), emptied = walls.change(1, [], None, asked.code.lower(), "Salle")
        assert "Salle" in toast["message"] and emptied == ""
        assert "approuvé, l’écran s’ouvre" in to_html(awaited)
        assert count.startswith("0 ")
        opened = pairing.collect(h.database, asked.secret, machine_now(), "10.0.0.4")
        assert opened is not None
        with click(ids.ADMIN_WALLS_WAKE):
            listed, count, *_untouched = walls.change(1, [], 1, None, None)
        assert "s’ouvre" not in to_html(listed)
        assert count == "1 appairé"
        (wall,) = admin.read().walls or ()
        with click(ids.wall_revoke(wall["id"])):
            listed, _count, _toast, _code = walls.change(1, [1], None, "", "")
    assert "Aucun mur appairé" in to_html(listed)


def test_an_operator_sees_neither_the_page_nor_the_way_to_let_a_wall_in(h: Hypervisor):
    with signed_in("operateur"):
        with pytest.raises(Forbidden):
            admin.read()
        with click(ids.PAIRING_APPROVE), pytest.raises(Forbidden):
            walls.change(1, [], None, "ABCDEF", "Salle")


def test_each_reader_has_the_lists_of_his_rights_and_no_secret(h: Hypervisor):
    with signed_in("chef"):
        of_chief = admin.read()
    with signed_in("admin"):
        of_admin = admin.read()
    assert (of_chief.walls, of_chief.accounts, of_chief.tokens, of_chief.audit) == ([], None, None, None)
    assert of_admin.accounts is not None and of_admin.audit is not None
    assert all("password" not in key or key == "must_change_password" for account in of_admin.accounts for key in account)


def test_a_motive_is_read_by_who_decides_of_complete_files_and_not_by_who_administers_accounts(h: Hypervisor):
    with h.database.unit_of_work(1) as uow:
        audit.write(uow, datetime.now(UTC), "dpo", "operator:access:open", "done", about="access:4", detail={"motive": "Plainte n° 12 d’un riverain"})
    for role, is_read in ((Role.DPO, True), (Role.ADMIN, False)):
        token = current_principal.set(principal(role))
        drawn = to_html(governance.body(admin.read()))
        current_principal.reset(token)
        assert "access:4" in drawn and ("Plainte n° 12" in drawn) is is_read, role


def test_the_audit_comes_in_words_and_refusals_stand_out():
    line: dict[str, Any] = {"at": "2026-02-11T17:04:38Z", "actor": "elu", "action": "operator:alarm:act", "object": None, "outcome": "refused", "address": ""}
    drawn = to_html(governance.body(governance.Governance(walls=None, accounts=None, tokens=None, audit=[line])))
    assert "<strong>refusé</strong>" in drawn
    assert "18:04:38" in drawn
