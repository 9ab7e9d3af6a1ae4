"""What the middleware reads in a request: language, cookies, origin, the proof against forgery; and what it allows pages to load."""

import asyncio

import pytest
from starlette.datastructures import Headers

from hypervisor.security import cookies, csrf, headers, language, paths
from hypervisor.settings import Settings


def settings(**changes: object) -> Settings:
    return Settings(_env_file=None, **changes)


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", "fr"),
        ("en", "en"),
        ("en-GB,fr;q=0.9", "en"),
        ("fr;q=0.2, en;q=0.8", "en"),
        ("de, es", "fr"),
        ("de, fr-CA;q=0.3, en;q=0.3", "fr"),
        ("en;q=x, fr", "fr"),
        (";;;", "fr"),
    ],
)
def test_the_browser_s_preferred_language_of_ours_is_chosen(header: str, locale: str) -> None:
    assert language.accepted(header) == locale


def test_a_broken_cookie_does_not_hide_the_others() -> None:
    assert cookies.read("a=1; broken cookie; =x; b=2")["b"] == "2"
    assert cookies.read("") == {}


@pytest.mark.parametrize(
    ("given", "is_ours"),
    [
        ({"origin": "http://vigie:8050"}, True),
        ({"origin": "https://vigie.example"}, True),
        ({"origin": "http://vigie:8052"}, False),
        ({"origin": "http://vigie"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://["}, False),
        ({"origin": "http://[::1"}, False),
        ({"origin": "http://vigie:8050.mechant.example"}, False),
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
    ],
)
def test_another_site_and_another_port_are_not_us(given: dict[str, str], is_ours: bool) -> None:
    headers_ = Headers({"host": "vigie:8050"} | given)
    assert csrf.is_same_origin(headers_, settings(public_url="https://vigie.example")) is is_ours


def test_the_proof_is_the_session_s_value_or_the_cookie_repeated() -> None:
    assert csrf.is_proved("a", "a", "")
    assert csrf.is_proved("b", "a", "b")
    assert not csrf.is_proved("c", "a", "b")
    assert not csrf.is_proved("", "", ""), "nothing repeated proves nothing"


def test_a_form_s_proof_is_read_and_the_form_is_given_again() -> None:
    parts = [{"type": "http.request", "body": b"x=1&_csrf_", "more_body": True}, {"type": "http.request", "body": b"token=abc"}]

    async def run() -> None:
        waiting = list(parts)

        async def receive():
            return waiting.pop(0)

        value, again = await csrf.repeated_value(Headers({"content-type": csrf.FORM}), receive)
        assert value == "abc"
        assert [await again(), await again()] == parts

    asyncio.run(run())


def test_the_policy_names_the_tile_server_and_the_inline_scripts_alone() -> None:
    policy = headers.policy(settings(tile_url="https://{s}.tuiles.example/{z}/{x}/{y}.png"), ["'sha256-abc'"], "vigie:8050")
    assert "script-src 'self' 'sha256-abc';" in policy
    assert "img-src 'self' data: blob: https://*.tuiles.example;" in policy
    assert "connect-src 'self' ws://vigie:8050 wss://vigie:8050;" in policy
    ranges = headers.policy(settings(tile_url="https://tuiles.example/france.pmtiles"), [], "vigie:8050")
    assert "connect-src 'self' ws://vigie:8050 wss://vigie:8050 https://tuiles.example;" in ranges
    assert "mechant" not in headers.policy(settings(), [], "x; script-src mechant")


def test_https_makes_browsers_remember_it() -> None:
    assert "strict-transport-security" in dict(headers.fixed(settings(public_url="https://vigie.example")))
    assert "strict-transport-security" not in dict(headers.fixed(settings()))


@pytest.mark.parametrize(("address", "is_here"), [("127.0.0.1", True), ("::1", True), ("10.0.0.1", False), ("testclient", False), ("", False)])
def test_this_machine_is_known_by_its_address(address: str, is_here: bool) -> None:
    assert paths.is_loopback(address) is is_here
