"""Topic filters, as MQTT 5 §4.7 reads them."""

import pytest

from hypervisor.errors import BadConfiguration, InvalidRequest
from hypervisor.ingest.topics import check, matches


@pytest.mark.parametrize(
    ("topic_filter", "topic", "is_for_it"),
    [
        ("bins/+/state", "bins/7/state", True),
        ("bins/+/state", "bins/7/8/state", False),
        ("bins/+", "bins/", True),  # A level may be empty (§4.7.1.3).
        ("bins/+", "bins", False),
        ("bins/#", "bins", True),  # The parent level too (§4.7.1.2).
        ("bins/#", "bins/7/state", True),
        ("#", "bins/7", True),
        ("+/7", "bins/7", True),
        ("#", "$SYS/uptime", False),  # (§4.7.2)
        ("+/uptime", "$SYS/uptime", False),
        ("bins/7", "bins/7", True),
        ("bins/7", "bins/70", False),
        ("bins/7", "Bins/7", False),
    ],
)
def test_a_filter_is_for_the_topics_that_the_norm_says(topic_filter, topic, is_for_it):
    assert matches(topic_filter, topic) is is_for_it


@pytest.mark.parametrize("wrong", ["", "bins/#/state", "bins/7#", "bins+/7", "a\0b", "$SYS/#", "$share/vigie/bins"])
def test_a_filter_that_cannot_serve_is_refused_with_a_sentence(wrong):
    with pytest.raises(InvalidRequest, match="nothing was changed"):
        check(wrong)


@pytest.mark.parametrize("url", ["http://host", "mqtt://", "mqtt://user:s3cret@host:port", "mqtt://user:s3cret@host/?version=4", "host:1883"])
def test_an_address_that_is_none_is_refused_without_repeating_its_password(url):
    from hypervisor.ingest.broker import address

    with pytest.raises(BadConfiguration, match="HYPERVISOR_MQTT_URL") as refused:
        address(url)
    assert "s3cret" not in str(refused.value)


def test_an_address_holds_what_its_url_says():
    from hypervisor.ingest.broker import address

    found = address("mqtts://lora:p%40ss@broker.example/?version=3.1.1&client_id=vigie-nord")
    assert (found.host, found.port, found.user, found.password, found.is_secure, found.client_id) == (
        "broker.example",
        8883,
        "lora",
        "p@ss",
        True,
        "vigie-nord",
    )
    assert "p@ss" not in repr(address("mqtt://broker.example"))
