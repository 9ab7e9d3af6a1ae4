"""Factors, targets and declared volumes written on a screen: figures follow from their day on, whoever changed what is kept, and nobody changes another's."""

from datetime import UTC, date, datetime

import pytest

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.indicator import Target
from hypervisor.domain.operator import Role
from hypervisor.errors import Forbidden
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.operations import agreements as operations
from hypervisor.queries import officials
from hypervisor.queries.officials import Choice
from hypervisor.security.context import current_principal
from tests.integration import desk

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
PRICE = {"key": "tariff_electricity", "since": "2026-02-01", "value": 0.21, "source": "Avenant 3 du 20/01/2026"}


@pytest.fixture(scope="module")
def h(h: Hypervisor, database_urls: DatabaseUrls) -> Hypervisor:
    object.__setattr__(h, "clock", desk.FixedClock(AT))
    with desk.as_owner(database_urls) as uow:
        # Each day of January and February: 1,000 kWh avoided of 2,000; 100 m³ supplied, all hours heard.
        for measure, num, den in (("lighting_energy", 1000, 2000), ("water_supplied", 100, 24)):
            days = "generate_series(date '2026-01-01', date '2026-02-28', interval '1 day') day"
            desk.run(uow, f"INSERT INTO indicator_day SELECT 1, '{measure}', day, 0, {num}, {den}, 0, 24, 24 FROM {days}")
            desk.run(uow, f"INSERT INTO indicator_run SELECT 1, '{measure}', day, 'x', now() FROM {days}")
    return h


@pytest.fixture(scope="module")
def metier(server):
    return desk.signed_in(server, "metier")


@pytest.fixture(autouse=True)
def nothing_agreed(h, database_urls: DatabaseUrls):
    with desk.as_owner(database_urls) as uow:
        for table in ("indicator_factor", "indicator_target", "indicator_declared", "indicator_change"):
            desk.run(uow, f"DELETE FROM {table}")
    officials.forget()


def figure(h, key: str, period: str, domain: str = "lighting"):
    officials.forget()
    token = current_principal.set(desk.principal(Role.OFFICIAL))
    found = {one.indicator.key: one for one in officials.dashboard(h, Choice(period=period, domain=domain)).figures}[key]
    current_principal.reset(token)
    return found


def post(client, noun: str, body: dict, status: int = 200) -> dict:
    answer = client.post(f"/api/v1/indicators/{noun}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_price_applies_from_its_day_and_its_history_says_who_from_what_to_what(h, metier) -> None:
    # 31 days × 1,000 kWh × 0.17 €, then 28 × 1,000 × 0.17.
    assert figure(h, "cost_avoided", "2026-02").value == pytest.approx(4.76)
    assert post(metier, "factors", PRICE)["before"] is None
    assert figure(h, "cost_avoided", "2026-01").value == pytest.approx(5.27)
    assert figure(h, "cost_avoided", "2026-02").value == pytest.approx(5.88)
    post(metier, "factors", PRICE | {"value": 0.25, "source": "Avenant 4"})
    assert figure(h, "cost_avoided", "2026-02").value == pytest.approx(7.0)
    post(metier, "withdraw", {"kind": "factor", "key": "tariff_electricity", "since": "2026-02-01"})
    assert figure(h, "cost_avoided", "2026-02").value == pytest.approx(4.76)
    told = metier.get("/api/v1/indicators/changes").json()["items"]
    assert [(line["by"], line["before"] and line["before"]["value"], line["after"] and line["after"]["value"]) for line in told] == [
        ("M. Roussel", 0.25, None), ("M. Roussel", 0.21, 0.25), ("M. Roussel", None, 0.21)
    ]  # fmt: skip
    assert (told[0]["before"]["unit"], told[0]["at"][:10]) == ("€/kWh", "2026-03-02")
    audited = desk.rows(h.addresses.database, "SELECT action, detail FROM audit WHERE object = 'tariff_electricity' ORDER BY id")
    assert [row.action for row in audited] == ["official:factor:set", "official:factor:set", "official:factor:withdraw"]
    assert (audited[1].detail["before"]["value"], audited[1].detail["after"]["value"]) == (0.21, 0.25)


def test_a_target_of_a_year_is_asked_in_proportion_and_gives_way_to_the_next(h, metier) -> None:
    post(metier, "targets", {"indicator": "energy_avoided", "since": "2026-01-01", "low": 365.0, "source": "Conseil du 12/12/2025"})
    post(metier, "targets", {"indicator": "energy_avoided", "since": "2026-02-15", "low": 730.0, "source": "Conseil du 10/02/2026"})
    assert figure(h, "energy_avoided", "2026-01").target == Target(low=31.0, source="Conseil du 12/12/2025")
    assert figure(h, "energy_avoided", "2026-02").target == Target(low=56.0, source="Conseil du 10/02/2026")
    # A share is not of a year.
    post(metier, "targets", {"indicator": "energy_avoided_share", "since": "2026-01-01", "low": 40, "high": 60, "source": "Conseil"})
    assert figure(h, "energy_avoided_share", "2026-02").target == Target(low=40.0, high=60.0, source="Conseil")


def test_a_declared_volume_makes_the_yield_and_the_same_day_cannot_be_declared_twice(h, metier) -> None:
    assert figure(h, "water_efficiency", "2026-02", "water").value is None
    month = {"since": "2026-02-01", "until": "2026-03-01", "source": "Rapport"}
    post(metier, "declared", month | {"key": "water_authorised", "amount": 2240})
    post(metier, "declared", month | {"key": "water_sold", "amount": 0})
    # 2,240 of 28 × 100 m³.
    assert figure(h, "water_efficiency", "2026-02", "water").value == pytest.approx(80.0)
    refused = post(metier, "declared", month | {"key": "water_authorised", "since": "2026-02-10", "amount": 1}, 409)
    assert "du 01/02/2026 au 01/03/2026" in refused["detail"]
    assert post(metier, "declared", month | {"key": "water_authorised", "amount": 2100})["before"]["amount"] == 2240
    assert figure(h, "water_efficiency", "2026-02", "water").value == pytest.approx(75.0)


def test_money_is_declared_by_each_domain_and_the_platforms_cost_by_the_service(h, metier) -> None:
    found = figure(h, "lighting_budget_spent", "2026-02")
    assert (found.value, found.reason, found.is_undeclared) == (None, "Rien n’est déclaré sur la période.", True)
    year, month = (
        {"since": since, "until": until, "source": "Budget primitif"} for since, until in (("2026-01-01", "2027-01-01"), ("2026-02-01", "2026-03-01"))
    )
    post(metier, "declared", year | {"key": "lighting_budget", "amount": 365_000})
    found = figure(h, "lighting_budget_spent", "2026-02")
    assert (found.reason, found.is_undeclared) == ("Volumes non déclarés pour toute la période.", True)
    post(metier, "declared", month | {"key": "lighting_spent", "amount": 14_000, "until": "2026-02-15"})
    found = figure(h, "lighting_budget_spent", "2026-02")
    assert (found.value, found.reason, found.completeness) == (None, "Volumes non déclarés pour toute la période.", 0.5)
    assert not found.is_undeclared
    post(metier, "declared", month | {"key": "lighting_spent", "amount": 14_000})
    # 28 days of 1,000 €.
    assert figure(h, "lighting_budget_spent", "2026-02").value == pytest.approx(50)
    assert figure(h, "net_savings", "2026-02", "service").value is None
    assert post(metier, "declared", month | {"key": "platform_cost", "amount": 2_800})["after"]["unit"] == "€"
    # 4.76 k€ avoided by lighting (above) less 2.8.
    assert figure(h, "net_savings", "2026-02", "service").value == pytest.approx(1.96)
    assert figure(h, "net_savings", "2026-02", "service").is_estimate


def test_what_adds_up_all_domains_is_not_for_who_may_not_read_one_of_them(h) -> None:
    officials.forget()
    token = current_principal.set(desk.principal(Role.OFFICIAL, layers=frozenset({"water"})))
    keys = {one.indicator.key for one in officials.dashboard(h, Choice(period="2026-02", domain="service")).figures}
    current_principal.reset(token)
    assert "net_savings" not in keys and "acknowledgement" in keys


@pytest.mark.parametrize(
    ("noun", "body", "status", "said"),
    [
        ("factors", PRICE | {"value": -1}, 400, "positif"),
        ("factors", PRICE | {"source": " "}, 400, "d’où vient"),
        ("factors", PRICE | {"key": "nothing"}, 404, "ne s’appelle"),
        ("factors", PRICE | {"since": "1066-10-14"}, 400, "hors du possible"),
        ("targets", {"indicator": "overflow", "since": "2026-01-01", "source": "x"}, 400, "minimum, un maximum"),
        ("targets", {"indicator": "overflow", "since": "2026-01-01", "low": 2, "high": 1, "source": "x"}, 400, "dépasse"),
        ("declared", {"key": "water_sold", "since": "2026-02-01", "until": "2026-02-01", "amount": 1, "source": "x"}, 400, "vient après"),
        ("withdraw", {"kind": "factor", "key": "tariff_electricity", "since": "2026-02-01"}, 404, "rien n’a changé"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason_and_leaves_no_trace(h, metier, noun: str, body: dict, status: int, said: str) -> None:
    assert said in post(metier, noun, body, status)["detail"]
    assert metier.get("/api/v1/indicators/changes").json()["items"] == []


def test_each_trade_changes_its_own_figures_alone(h, server) -> None:
    with h.database.unit_of_work(1) as uow:
        for who in (
            desk.principal(Role.TRADE_MANAGER, layers=frozenset({"water"})),
            desk.principal(Role.TRADE_MANAGER, communes=frozenset({1})),
            desk.principal(Role.CHIEF),
            desk.principal(Role.OFFICIAL),
        ):
            with pytest.raises(Forbidden):
                operations.set_factor(h, uow, "tariff_electricity", date(2026, 2, 1), 0.2, "x", who, AT)
    assert desk.signed_in(server, "chef").post("/api/v1/indicators/factors", json=PRICE).status_code == 403
