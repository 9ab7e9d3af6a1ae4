"""Figures of the room's own tables, which no history of values gives, against the golden period worked by hand in golden_period.py; what happens at its bounds, and what a commune cannot have."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.event import LEAKS
from hypervisor.domain.indicator import Declared, Indicator, Parts, Sums, Tally
from hypervisor.domain.operator import Role
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.layers import all_layers, service
from hypervisor.operations import event_types
from hypervisor.queries import alarm_health, officials, said
from hypervisor.queries.officials import Choice
from hypervisor.security.context import current_principal
from hypervisor.store import Database, tallies
from tests.integration import desk, golden, golden_period
from tests.integration.golden import PARIS

SERVICE = Choice(period="2026-01", domain="service")


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> Hypervisor:
    """A platform of the golden period, on 12 January 2026 at 10:00."""
    golden.lay(database_urls, tmp_path_factory.mktemp("lake"))
    golden_period.serve(database_urls)
    object.__setattr__(h, "clock", desk.FixedClock(datetime(2026, 1, 12, 9, tzinfo=UTC)))
    officials.forget()
    return h


@pytest.fixture
def as_official():
    token = current_principal.set(desk.principal(Role.OFFICIAL))
    yield
    current_principal.reset(token)


@pytest.fixture
def empty(databases):
    """The addresses of a database of its own, where nothing has happened."""
    urls = databases.make()
    yield urls
    databases.drop(urls)


def counted(urls, kind: str, since: datetime, until: datetime, now: datetime = datetime(2030, 1, 1, tzinfo=UTC)) -> Tally:
    database = Database(urls.app, pool_size=1)
    with database.unit_of_work(1) as uow:
        found = tallies.tally(uow, kind, since, until, now, None, None)[""]
    database.close()
    return found


DOMAIN_OF = {one.key: domain for domain, found in ((layer.key, layer.indicators) for layer in all_layers().values()) for one in found if not one.measure}
DOMAIN_OF |= {one.key: "service" for one in service.INDICATORS}


def test_every_figure_without_a_measure_is_in_the_golden_set() -> None:
    assert set(DOMAIN_OF) == set(golden_period.SERVED)


@pytest.mark.parametrize("key", golden_period.SERVED)
def test_a_figure_gives_the_answer_worked_by_hand(h, as_official, key: str) -> None:
    page = officials.dashboard(h, Choice(period="2026-01", domain=DOMAIN_OF[key]))
    figure = next(figure for figure in page.figures if figure.indicator.key == key)
    assert figure.value == pytest.approx(golden_period.SERVED[key], rel=2e-5), figure.reason


def test_nine_leaks_of_ten_are_repaired_within_the_second_figure(h, as_official) -> None:
    page = officials.dashboard(h, Choice(period="2026-01", domain="water", focus="leaks_repaired"))
    figures = {figure.indicator.key: figure for figure in page.figures}
    # 6 10 20 30 40: the ninth decile lies six tenths of the way from the fourth to the fifth.
    assert figures["leak_repair"].extra == pytest.approx(36)
    # All are of commune 1; in commune 2 there are fewer than five.
    assert {place.id: place.figure.value for place in page.places} == {1: 5, 2: None}
    # The month ends on the 31st and figures on the 10th: the chart does not show it as a fall.
    assert figures["leaks_repaired"].months[-1] is None


def test_what_is_called_a_leak_exists() -> None:
    assert set(LEAKS) <= {rule.key for rule in all_layers()["water"].rules} | set(event_types.BY_KEY)


def test_the_posture_is_of_the_whole_territory_and_no_commune_has_its_own(h, as_official) -> None:
    page = officials.dashboard(h, Choice(period="2026-01", domain="service", territory=1, focus="crisis_hours"))
    figure = next(figure for figure in page.figures if figure.indicator.key == "crisis_hours")
    assert (figure.value, figure.reason.replace("\u00a0", " ")) == (None, "Se tient pour le territoire entier : aucune commune n’a le sien.")
    assert {place.figure.value for place in page.places} == {None}


def test_a_month_before_the_platform_has_no_figure_rather_than_a_zero(empty) -> None:
    begin, end = datetime(2027, 4, 1, tzinfo=PARIS), datetime(2027, 5, 1, tzinfo=PARIS)
    assert counted(empty, "posture", begin, end).heard == 0
    with desk.as_owner(empty) as uow:
        golden_period.change_posture(uow, 2, datetime(2027, 4, 21, tzinfo=PARIS))
    # Ten days of thirty are known: 240 h of 720, all in alert.
    found = counted(empty, "posture", begin, end)
    assert (found.heard, found.expected, found.values["alert_h"]) == (240, 720, 240)


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        # Clocks go back on 25 October 2026, and forward on 28 March 2027; February 2028 has 29 days.
        (date(2026, 10, 25), date(2026, 10, 26), 25),
        (date(2027, 3, 28), date(2027, 3, 29), 23),
        (date(2028, 2, 1), date(2028, 3, 1), 29 * 24),
    ],
)
def test_hours_of_posture_are_those_of_the_territorys_days(empty, since: date, until: date, hours: int) -> None:
    with desk.as_owner(empty) as uow:
        golden_period.change_posture(uow, 3, datetime(2026, 1, 1, tzinfo=PARIS))
    begin, end = (datetime(day.year, day.month, day.day, tzinfo=PARIS) for day in (since, until))
    assert counted(empty, "posture", begin, end).values["crisis_h"] == hours


def test_a_level_that_lasts_counts_until_now_and_no_further(empty) -> None:
    begin = datetime(2026, 6, 1, tzinfo=PARIS)
    with desk.as_owner(empty) as uow:
        golden_period.change_posture(uow, 1, begin)
    assert counted(empty, "posture", begin, begin + timedelta(days=30), now=begin + timedelta(hours=7)).values["vigilance_h"] == 7


def test_going_down_to_crisis_is_none_and_coming_back_is_another_activation(empty) -> None:
    begin = datetime(2026, 6, 1, tzinfo=PARIS)
    with desk.as_owner(empty) as uow:
        # Crisis said twice is one activation; alert between two crises makes two. The last is after the period.
        for hour, level in enumerate((2, 3, 3, 2, 3, 0)):
            golden_period.change_posture(uow, level, begin + timedelta(hours=hour))
        golden_period.change_posture(uow, 3, begin + timedelta(days=1))
    assert counted(empty, "posture", begin, begin + timedelta(days=1)).values["activations"] == 2


def test_an_exercise_is_due_unless_the_plan_was_carried_out_within_five_years(h, as_official) -> None:
    due = next(figure for figure in officials.dashboard(h, SERVICE).figures if figure.indicator.key == "exercises")
    assert due.target is None  # Two activations on the first days of January.
    begin = date(2026, 6, 1)
    one = due.indicator
    tallied = [{"exercises": Tally(values={"exercises": 0, "activations": number}, heard=1, expected=1)} for number in (0, 1)]
    assert [said.target(one, one.goal(Parts(begin, begin + timedelta(days=1), tallies=each))) for each in tallied] == ["au moins 1", ""]


def test_a_budget_of_a_leap_year_is_of_366_days() -> None:
    year = Declared(key="water_budget", since=date(2028, 1, 1), until=date(2029, 1, 1), amount=366_000, unit="€", source="r")
    spent = Declared(key="water_spent", since=date(2028, 2, 1), until=date(2028, 3, 1), amount=29_000, unit="€", source="r")
    share = next(one for one in all_layers()["water"].indicators if one.key == "water_budget_spent")
    # 1,000 € a day of both.
    assert share.value(Parts(date(2028, 2, 1), date(2028, 3, 1), declared=[year, spent])) == pytest.approx(100)
    assert share.value(Parts(date(2028, 2, 1), date(2028, 3, 2), declared=[year, spent])) is None


def test_a_sum_of_all_domains_leaves_out_who_has_no_such_equipment_and_is_silent_when_one_cannot_be_said() -> None:
    def term(measure: str) -> Indicator:
        return Indicator(key=measure, label="", unit="", formula="", source="", measure=measure, role="r", value=lambda parts: parts.total(measure))

    day, terms = date(2026, 1, 10), {"r": [("a", term("a")), ("b", term("b"))]}
    heard, silent, absent = Sums(num=3, heard=1, expected=1, days=1), Sums(expected=1, days=1), Sums(days=1)
    for second, total in ((heard, 6), (absent, 3), (silent, None)):
        parts = Parts(day, day + timedelta(days=1), by_day={"a": {day: heard}, "b": {day: second}}, terms=terms)
        assert parts.across("r") == total


def test_without_anybody_on_post_the_share_of_each_priority_is_known_and_the_load_of_a_person_is_not(h) -> None:
    one = next(one for one in service.INDICATORS if one.key == "alarm_rate")
    day = date(2025, 12, 31)
    begin, end = (datetime(each.year, each.month, each.day, tzinfo=PARIS) for each in (day, day + timedelta(days=1)))
    with desk.as_owner_of(h) as uow:
        # At 15:03 that day the room was asked once, before the first post was taken at 21:00.
        found = tallies.tally(uow, "load", begin, begin + timedelta(hours=20), end, None, None)[""]
    assert (found.cases, found.values["minor"], found.heard) == (1, 1.0, pytest.approx(4.95))
    assert one.value(Parts(day, day, tallies={"load": found})) is None


def test_the_chief_and_the_officials_read_one_computation(h) -> None:
    begin = datetime(2026, 1, 1, tzinfo=PARIS)
    with desk.as_owner_of(h) as uow:
        ours = tallies.tally(uow, "load", begin, begin + timedelta(days=10), begin + timedelta(days=20), None, None)[""].values
        token = current_principal.set(desk.principal(Role.CHIEF))
        theirs = alarm_health.health(uow, begin, begin + timedelta(days=10), operators=1.5)
        current_principal.reset(token)
    assert (theirs["per_operator_per_step"], theirs["share_in_flood"]) == (ours["per_operator_per_step"], ours["share_in_flood"])
    assert {word: one["share"] for word, one in theirs["distribution"].items()} == {word: ours[word] for word in ("critical", "major", "minor")}


def test_a_population_that_is_not_known_is_said_and_tonnes_are_given(h, as_official) -> None:
    with desk.as_owner_of(h) as uow:
        desk.run(uow, "UPDATE commune SET population = 0 WHERE id = 2")
    officials.forget()
    figures = {figure.indicator.key: figure for figure in officials.dashboard(h, Choice(period="2026-01", domain="waste")).figures}
    with desk.as_owner_of(h) as uow:
        desk.run(uow, "UPDATE commune SET population = 1000 WHERE id = 2")
    officials.forget()
    assert (figures["waste_per_head"].value, figures["waste_per_head"].reason) == (None, "La population d’une commune au moins n’est pas connue.")
    assert figures["waste_collected"].value == 100
