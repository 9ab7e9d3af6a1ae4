"""French first and whole, English complete, and the typography of both."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from hypervisor import fmt, i18n, i18n_extract
from hypervisor.domain.operator import Role
from hypervisor.i18n import _, ngettext
from layouts import shell
from layouts.pages import mur
from tests.screens.conftest import principal
from tests.screens.feed_samples import EVENING, LAMPS
from tests.screens.harness import say, to_html

ENGLISH = re.compile(
    r"\b(Loading|No Rows|Page Size|Close|Zoom in|Zoom out|Search|Save|Cancel|Acknowledge|Alarm|January|February|Monday|Wednesday|Night|Day|Live|stale|Critical|Major|Minor|Threshold|Updating)\b"
)


@pytest.fixture
def english():
    token = i18n.current_locale.set("en")
    yield
    i18n.current_locale.reset(token)


def test_every_text_of_the_code_has_an_english_translation():
    assert i18n_extract.untranslated(i18n_extract.updated("en")) == []


def test_every_english_text_keeps_the_places_of_the_french_one():
    for message in i18n.catalogue("en"):
        if not message.id:
            continue
        wanted = {place for text in (message.id if isinstance(message.id, tuple) else (message.id,)) for place in re.findall(r"\{\w+\}", text)}
        given = message.string if isinstance(message.string, tuple) else (message.string,)
        assert {place for text in given for place in re.findall(r"\{\w+\}", text)} == wanted, message.id


def test_a_text_without_translation_is_its_french_self(english):
    assert _("Texte que personne n’a traduit") == "Texte que personne n’a traduit"


def test_the_wall_speaks_french_without_an_english_word(world, open_page):
    page = open_page(mur.layout())
    say(page, "liaison", "direct")
    say(page, "snapshot", EVENING, [LAMPS])
    read = page.evaluate(
        "document.title + ' ' + document.body.innerText + ' ' + [...document.querySelectorAll('[aria-label],[title]')].map(n => n.getAttribute('aria-label') + ' ' + n.title).join(' ')"
    )
    assert ENGLISH.findall(read) == []
    assert page.evaluate("document.documentElement.lang") == "fr"
    assert re.findall(r"(?<=\w) [:;?!%](?=\s|$)", read) == []
    assert re.findall(r"\d\.\d", read) == []


def test_the_frame_speaks_french_without_an_english_word(world):
    words = re.sub(r"<[^>]*>", " ", to_html(shell.page(principal(Role.CHIEF), "console", "Console", [])))
    assert ENGLISH.findall(words.replace("English", "")) == []


def test_the_wall_speaks_english_to_who_reads_english(world, english, open_page):
    page = open_page(mur.layout())
    say(page, "liaison", "direct")
    say(page, "snapshot", EVENING, [LAMPS])
    row = page.locator("[data-testid=ligne-mur]").first
    assert row.locator(".row-title").inner_text() == "Burst main"
    assert row.locator(".row-state").inner_text().startswith("unacknowledged")
    assert page.locator("[data-testid=liaison]").inner_text() == "LIVE"
    assert page.locator("[data-testid=tuile-lit]").get_attribute("data-valeur") == "92.4"
    assert page.evaluate("document.documentElement.lang") == "en"


def test_the_first_text_asked_is_already_in_the_reader_s_language(world, english, open_page):
    page = open_page(mur.layout())
    assert page.evaluate("delete document.getElementById('textes').dataset.read, HV.t('Rupture de canalisation')") == "Burst main"


COUNTED = "[0, 1, 2].map(n => HV.tn('{n} alarme', '{n} alarmes', n))"


def test_french_counts_zero_as_one(world, open_page):
    page = open_page(mur.layout())
    page.wait_for_selector(".frame[lang=fr]")
    assert page.evaluate(COUNTED) == ["0 alarme", "1 alarme", "2 alarmes"]
    assert [ngettext("et {count} autre", "et {count} autres", n) for n in (0, 1, 2)] == ["et 0 autre", "et 1 autre", "et 2 autres"]


def test_english_counts_zero_as_many(world, english, open_page):
    page = open_page(mur.layout())
    page.wait_for_function("HV.locale() === 'en'")
    assert page.evaluate(COUNTED) == ["0 alarms", "1 alarm", "2 alarms"]
    assert [ngettext("{count} envoi", "{count} envois", n) for n in (0, 1, 2)] == ["0 sendings", "1 sending", "2 sendings"]


def test_french_signs_stay_with_their_word():
    assert _("Essai : « oui » ? 12 %") == "Essai\u00a0: «\u00a0oui\u00a0»\u00a0? 12\u00a0%"
    assert _("ajoutez ?mire=1") == "ajoutez ?mire=1"


AT = datetime(2026, 2, 11, 17, 4, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (lambda: fmt.number(1234567.8, 1), "1\u00a0234\u00a0567,8"),
        (lambda: fmt.number(0.4249), "0,42"),
        (lambda: fmt.number(1488.4), "1\u00a0488"),
        (lambda: fmt.quantity(88.4, "%"), "88,4\u00a0%"),
        (lambda: fmt.time(AT, seconds=True), "18:04:32"),
        (lambda: fmt.day(AT), "mer. 11 févr. 2026"),
        (lambda: fmt.age(timedelta(seconds=42)), "00:42"),
        (lambda: fmt.age(timedelta(minutes=65)), "1 h 05"),
        (lambda: fmt.age(timedelta(hours=50)), "2 j 02 h"),
        (lambda: fmt.age(timedelta(seconds=-3)), "00:00"),
        (lambda: fmt.ago(AT, AT + timedelta(seconds=12)), "il y a 12\u00a0s"),
    ],
)
def test_numbers_dates_and_delays_are_written_as_in_france(written, expected):
    assert written() == expected


def test_scripts_and_python_write_the_same(world, open_page):
    page = open_page(mur.layout())
    for value in (0, 0.4249, 1.42, 9.999, 88.4, 96, 412, 1488.4, 1234567.8):
        assert page.evaluate("value => HV.number(value)", value) == fmt.number(value)
    for seconds in (0, 42, 3599, 3600, 86399, 180_000):
        assert page.evaluate("ms => HV.age(ms)", seconds * 1000) == fmt.age(timedelta(seconds=seconds))
    assert page.evaluate("HV.timeS('2026-02-11T17:04:32Z')") == fmt.time(AT, seconds=True)


def test_a_counted_text_keeps_its_other_places(world, open_page):
    page = open_page(mur.layout())
    page.wait_for_selector(".frame[lang=fr]")
    assert page.evaluate("HV.tn('{n} étape sur {total}', '{n} étapes sur {total}', 0, { total: 9 })") == "0 étape sur 9"
