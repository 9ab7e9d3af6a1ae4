"""The way of one click, from the button to the toast, on a real database; and what holds for every callback."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from dash import _callback
from dash.exceptions import PreventUpdate

import callbacks
from hypervisor.bootstrap import Hypervisor
from hypervisor.errors import Conflict, Forbidden, InvalidRequest, NotFound, NotSignedIn
from layouts import ids
from tests.screens import platform
from tests.screens.platform import click, signed_in

BURST = {"alarm": 1, "event": None, "version": "1.0"}
CABINET = {"alarm": 2, "event": None, "version": "1.0"}
CAMERA = {"alarm": 3, "event": None, "version": "1.0"}
LIGHTS = {"alarm": 2, "event": None, "version": "1.0"}

callbacks.register("all")
from callbacks import alarms, errors, events, sheet  # noqa: E402 - their import registers them, once


@pytest.fixture(scope="module")
def h(database_urls: Any, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hypervisor]:
    with platform.running(database_urls, redis_url, tmp_path_factory.mktemp("platform")) as made:
        yield made


def _alarm(h: Hypervisor, alarm_id: int) -> dict[str, Any]:
    from hypervisor.store import sheet as store

    with h.database.unit_of_work(1) as uow:
        return store.alarm(uow, alarm_id) or {}


def test_acknowledging_changes_the_alarm_and_gives_back_a_toast_alone(h: Hypervisor):
    with signed_in("operateur"), click(ids.BTN_ACKNOWLEDGE):
        (toast,) = alarms.acknowledge(1, BURST)
    assert "Rupture de canalisation" in toast["message"]
    assert toast["role"] == "status"
    found = _alarm(h, 1)
    assert (found["acknowledged"], found["acknowledged_name"]) == (True, "M. Durand")


def test_the_second_to_acknowledge_is_told_who_was_first_and_when(h: Hypervisor):
    with signed_in("operateur"), click(ids.BTN_ACKNOWLEDGE):
        alarms.acknowledge(1, CAMERA)
    with signed_in("petit"), click(ids.BTN_ACKNOWLEDGE) as said:
        with pytest.raises(Conflict) as refused:
            alarms.acknowledge(1, CAMERA)
        assert errors.on_error(refused.value) is None
    (toast,) = dict(said)[ids.TOASTS]["sendNotifications"]
    assert toast["message"] == "Acquittée par M. Durand à 18:04:38"
    assert "told" in toast["className"]


@pytest.mark.parametrize("clicks", [None, 0])
def test_a_redrawn_button_is_not_a_click(h: Hypervisor, clicks: int | None):
    with signed_in("operateur"), click(ids.BTN_ACKNOWLEDGE, clicks), pytest.raises(PreventUpdate):
        alarms.acknowledge(clicks, CABINET)
    assert _alarm(h, 2)["acknowledged"] is False


def test_nobody_acts_without_being_signed_in(h: Hypervisor):
    with signed_in(None), click(ids.BTN_ACKNOWLEDGE), pytest.raises(NotSignedIn):
        alarms.acknowledge(1, CABINET)


def test_an_official_does_not_act(h: Hypervisor):
    with signed_in("elu"), click(ids.BTN_ACKNOWLEDGE), pytest.raises(Forbidden):
        alarms.acknowledge(1, CABINET)


def test_a_lighting_operator_neither_reads_nor_acknowledges_water(h: Hypervisor):
    with signed_in("eclairage"), pytest.raises(NotFound):
        sheet.show(BURST)
    with signed_in("eclairage"), click(ids.BTN_ACKNOWLEDGE), pytest.raises(NotFound):
        alarms.acknowledge(1, BURST)


def test_an_event_is_taken_resolved_and_closed_with_its_outcome(h: Hypervisor):
    with signed_in("operateur"):
        with click(ids.BTN_TAKE):
            (toast,) = events.take(1, LIGHTS)
        event_id = _alarm(h, 2)["event_id"]
        assert event_id and "pris en charge" in toast["message"]
        chosen = LIGHTS | {"event": event_id}
        with click(ids.SUBMIT_CLOSE), pytest.raises(Conflict):
            events.close(1, chosen, "repaired", "")
        with click(ids.BTN_RESOLVE):
            events.resolve(1, chosen)
        with click(ids.SUBMIT_CLOSE), pytest.raises(InvalidRequest):
            events.close(1, chosen, None, "Oubli de l’issue")
        with click(ids.SUBMIT_CLOSE):
            (toast,), outcome, report = events.close(1, chosen, "repaired", "Disjoncteur réarmé")
    assert "clos" in toast["message"]
    assert (outcome, report) == (None, "")
    from hypervisor.store import events as store

    with h.database.unit_of_work(1) as uow:
        closed = store.shape_of(uow, event_id, None, None)
    assert closed["outcome"] == "Réparé — Disjoncteur réarmé"


def test_taking_over_needs_a_reason(h: Hypervisor):
    with signed_in("petit"), click(ids.BTN_TAKE):
        events.take(1, CAMERA)
    chosen = CAMERA | {"event": _alarm(h, 3)["event_id"]}
    with signed_in("operateur"):
        with click(ids.BTN_TAKE), pytest.raises(Conflict, match="Mme Petit"):
            events.take(1, chosen)
        with click(ids.SUBMIT_TAKE):
            (toast,), _reason = events.take_over(1, chosen, "Mme Petit est en pause")
    assert "repris" in toast["message"]


def test_only_who_may_assign_is_offered_people_and_assigns(h: Hypervisor):
    with signed_in("operateur"), pytest.raises(Forbidden):
        sheet.offer(1)
    with signed_in("chef"):
        names = [option["value"] for option in sheet.offer(1)]
        assert "operateur" in names and "elu" not in names
        with click(ids.SUBMIT_ASSIGN):
            (toast,) = events.assign(1, {"alarm": 4, "event": None, "version": "1.0"}, "agent")
    assert "Agent 14" in toast["message"]


def test_a_comment_is_kept_with_the_alarm(h: Hypervisor):
    with signed_in("operateur"), click(ids.SUBMIT_COMMENT):
        (_toast,), emptied = alarms.comment(1, BURST, "Deux capteurs concordants")
    assert emptied == ""
    with signed_in("operateur"):
        content, _facts, measured = sheet.show(BURST)
    assert "Deux capteurs concordants" in str(content)
    assert measured["key"] == "flow"


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
