"""A source that is lost is said once, and once when it is back."""

import logging

from hypervisor.outage import Outage


def test_one_line_when_lost_and_one_when_back_however_often_it_was_tried(caplog):
    caplog.set_level(logging.INFO)
    source = Outage("mqtt", logging.getLogger("essai"))
    source.back()
    for reason in ("connection refused", "connection refused", "no route"):
        source.lost(reason)
        assert source.is_on
    assert source.reason == "no route"
    source.back()
    source.back()
    assert [record.getMessage() for record in caplog.records] == ["source mqtt lost: connection refused", "source mqtt back after 0 s"]
    assert not source.is_on and source.reason == ""
