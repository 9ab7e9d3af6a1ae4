"""Delays of the service on the officials' page, on numbers that a person can check; and what a page says when there is nothing."""

from datetime import timedelta

import pytest

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Role
from hypervisor.errors import Forbidden
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.queries import officials
from hypervisor.queries.figures import Figure
from hypervisor.queries.officials import Choice
from hypervisor.security.context import current_principal
from tests.integration import desk
from tests.integration.desk import NOW

pytestmark = pytest.mark.platform(people=False)
SERVICE = Choice(domain="service", period="2026-02")


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls) -> Hypervisor:
    desk.add_asset(database_urls, 99)
    return h


@pytest.fixture(autouse=True)
def official():
    officials.forget()
    token = current_principal.set(desk.principal(Role.OFFICIAL))
    yield
    current_principal.reset(token)


def by_key(h: Hypervisor, choice: Choice = SERVICE) -> dict[str, Figure]:
    officials.forget()
    return {figure.indicator.key: figure for figure in officials.dashboard(h, choice).figures}


def test_without_data_no_figure_is_invented_and_each_says_why(h: Hypervisor) -> None:
    for choice in (Choice(), SERVICE, *(Choice(domain=layer) for layer in h.layers)):
        for figure in by_key(h, choice).values():
            assert figure.value is None, figure.indicator.key
            assert figure.reason, figure.indicator.key


def test_the_median_delay_needs_five_cases(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    day_before = NOW - timedelta(days=1)

    def acknowledged_after(minutes: int) -> None:
        alarm_id = desk.add_alarm(database_urls, 99, f"c{minutes}", acknowledged=True)
        with desk.as_owner(database_urls) as uow:
            desk.run(
                uow,
                "UPDATE alarm SET raised_at = :at, acknowledged_at = cast(:at AS timestamptz) + :m * interval '1 minute', acknowledged_by = 'x', "
                "cleared_at = cast(:at AS timestamptz) + :m * interval '1 hour', active = false, decide_before = cast(:at AS timestamptz) + interval '3 minutes' WHERE id = :id",
                at=day_before, m=minutes, id=alarm_id,
            )  # fmt: skip

    for minutes in (1, 2, 3, 4):
        acknowledged_after(minutes)
    waits = desk.add_alarm(database_urls, 99, "waits")
    with desk.as_owner(database_urls) as uow:
        desk.run(uow, "UPDATE alarm SET raised_at = :at WHERE id = :id", at=day_before, id=waits)
    assert by_key(h)["acknowledgement"].value is None
    acknowledged_after(100)
    figures = by_key(h)
    # Median of 1 2 3 4 100; ninth decile between 4 and 100 at rank 3.6: 4 + 0.6 × 96. Five of six were acknowledged.
    assert (figures["acknowledgement"].value, figures["acknowledgement"].extra) == (pytest.approx(3.0), pytest.approx(61.6))
    assert figures["acknowledgement"].completeness == pytest.approx(5 / 6) and figures["acknowledgement"].is_estimate
    # Three of the five with a limit of three minutes: 1, 2 and 3.
    assert figures["acknowledged_in_time"].value == pytest.approx(60.0)
    assert (figures["restoration"].value, figures["restoration"].extra) == (pytest.approx(3.0), pytest.approx(61.6))


def test_events_resolved_in_time_count_what_is_overdue_and_open(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    # Major events have 24 h. Four resolved after 1, 10, 20 and 30 h, one merged, one still open after 48 h, one open for an hour: 3 in time of 5 due. Five resolved are needed for a median: a fifth after 2 h.
    with desk.as_owner(database_urls) as uow:
        for number, (opened_h, resolved_h, status) in enumerate(
            ((100, 1, "closed"), (100, 10, "closed"), (100, 20, "closed"), (100, 30, "closed"), (100, 2, "closed"), (48, None, "new"), (1, None, "new"))
        ):
            desk.run(
                uow,
                "INSERT INTO event (tenant, number, title, layer, priority, status, opened_at, resolved_at) VALUES (1, :n, 'E', 'lighting', 2, :s, :o, :r)",
                n=f"EV-2026-9{number}", s=status, o=NOW - timedelta(hours=opened_h), r=None if resolved_h is None else NOW - timedelta(hours=opened_h - resolved_h),
            )  # fmt: skip
    figures = by_key(h)
    assert figures["resolved_in_time"].value == pytest.approx(100 * 4 / 6)
    # Median of 1 2 10 20 30.
    assert figures["event_duration"].value == pytest.approx(10.0)


def test_false_alarms_and_reopenings_are_shares_of_what_ended_and_of_what_was_resolved(h: Hypervisor, database_urls: DatabaseUrls) -> None:
    # The test above closed none with a day. Five close in the period, two more are classed false; one closed before it does not count: 2 of 7.
    # Of the six with a first resolution in the period, one was reopened, twice: 1 of 6. The one resolved before the period does not count.
    with desk.as_owner(database_urls) as uow:
        for number, (status, ended_days, acts) in enumerate(
            [("closed", 1, ["resolve"]), ("closed", 1, ["resolve", "reopen", "resolve", "reopen", "resolve"]), ("closed", 2, ["resolve"]), ("closed", 2, ["resolve"]), ("closed", 3, ["resolve"]),
             ("false_positive", 1, []), ("false_positive", 2, []), ("closed", 40, ["resolve"]), ("in_progress", 1, ["resolve"])]
        ):  # fmt: skip
            ended = NOW - timedelta(days=ended_days)
            desk.run(
                uow,
                "INSERT INTO event (tenant, id, number, title, layer, priority, status, opened_at, closed_at) VALUES (1, :id, :n, 'E', 'lighting', 2, :s, :o, :c)",
                id=700 + number, n=f"EV-2026-8{number}", s=status, o=ended - timedelta(hours=5), c=None if status == "in_progress" else ended,
            )  # fmt: skip
            for act in acts:
                desk.run(
                    uow,
                    "INSERT INTO event_log (tenant, event_id, at, actor, actor_name, action) VALUES (1, :id, :at, 'x', 'X', :act)",
                    id=700 + number,
                    at=ended - timedelta(hours=1),
                    act=act,
                )
    figures = by_key(h)
    assert figures["false_alarms"].value == pytest.approx(100 * 2 / 7)
    assert figures["reopenings"].value == pytest.approx(100 * 1 / 6)


def test_the_right_is_asked_and_layers_are_the_reader_s(h: Hypervisor) -> None:
    for who, domains in ((desk.principal(Role.OFFICIAL, layers=frozenset({"water"})), {"water", "service"}), (desk.principal(Role.AGENT), None)):
        token = current_principal.set(who)
        if domains is None:
            with pytest.raises(Forbidden):
                officials.dashboard(h, Choice())
        else:
            page = officials.dashboard(h, Choice())
            assert {figure.domain for figure in page.figures} == domains == set(page.domains)
        current_principal.reset(token)


def test_a_year_before_ends_as_far_into_its_period() -> None:
    from datetime import date

    from hypervisor.queries.periods import period

    # January known up to the 10th: the year before is cut at its 10th too; a whole leap February faces 28 days.
    january = period("2026-01", date(2026, 1, 10))
    assert (january.until, january.a_year_before().until) == (date(2026, 1, 11), date(2025, 1, 11))
    leap = period("2028-02", date(2028, 3, 5))
    assert ((leap.until - leap.since).days, (leap.a_year_before().until - leap.a_year_before().since).days) == (29, 28)
    assert period("12m", date(2028, 2, 28)).since == date(2027, 3, 1)
