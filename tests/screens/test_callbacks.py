"""The callbacks that read, on a real database; and what holds for every callback. The acts are requests of the API (tests/integration)."""

from collections import Counter

import pytest
from dash import _callback

import callbacks
from hypervisor.bootstrap import Hypervisor
from hypervisor.errors import Forbidden, NotFound
from layouts import ids
from tests.screens.platform import click, signed_in

BURST = {"alarm": 1, "event": None, "version": "1.0"}

callbacks.register("all")
from callbacks import errors, sheet  # noqa: E402 - their import registers them, once


def test_the_sheet_says_what_is_measured(h: Hypervisor):
    with signed_in("operateur"):
        _content, _sayings, _facts, measured = sheet.show(BURST)
    assert (measured["alarm"], measured["key"]) == (BURST["alarm"], "flow")


def test_a_lighting_operator_does_not_read_water(h: Hypervisor):
    with signed_in("eclairage"), pytest.raises(NotFound):
        sheet.show(BURST)


def test_what_nobody_foresaw_is_a_sentence_with_a_reference_and_never_a_trace(h: Hypervisor):
    with click(ids.BTN_ACKNOWLEDGE) as said:
        errors.on_error(ZeroDivisionError("division by zero"))
    (toast,) = dict(said)[ids.TOASTS]["sendNotifications"]
    assert "NON enregistrée" in toast["message"] and "division" not in toast["message"]
    assert toast["autoClose"] is False
    assert toast["role"] == "alert"


def test_a_page_that_fails_gives_a_page_and_not_a_toast():
    with click("_pages_location", outputs=[{"id": errors.PAGE, "property": "children"}]):
        page, _store = errors.on_error(Forbidden("Votre rôle ne permet pas cette page."))
    assert "Votre rôle ne permet pas cette page." in str(page)


def test_one_property_has_one_writer_but_the_toasts():
    """Dash does not refuse a second writer of a property: the later registration silently wins."""
    outputs = Counter(
        output.split("@")[0] for entry in _callback.GLOBAL_CALLBACK_LIST if entry["output"] for output in entry["output"].strip(".").split("...") if output
    )
    assert {output for output, writers in outputs.items() if writers > 1} <= {f"{ids.TOASTS}.sendNotifications"}


def test_every_callback_id_is_in_the_table_of_ids():
    known = {value for name, value in vars(ids).items() if name.isupper()}
    used = {
        dependency["id"]
        for entry in _callback.GLOBAL_CALLBACK_LIST
        for dependency in (*entry["inputs"], *entry["state"])
        if not dependency["id"].startswith(("{", "_"))
    }
    assert used - known == set()


def test_a_walls_only_process_has_no_callback(monkeypatch: pytest.MonkeyPatch):
    imported: list[str] = []
    monkeypatch.setattr(callbacks, "import_module", imported.append)
    callbacks.register("mur")
    assert imported == []
