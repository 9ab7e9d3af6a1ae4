"""Slots: each asset has one, channels are contiguous, versions grow, other tenants keep theirs."""

from collections.abc import Iterator

import psycopg
import pytest

from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.store import Database, layout
from hypervisor.store.layout import assign_slots
from tests import services
from tests.integration import desk, feed


@pytest.fixture
def urls(own_database_urls: DatabaseUrls) -> DatabaseUrls:
    feed.territory(own_database_urls)
    return own_database_urls


@pytest.fixture
def app(urls: DatabaseUrls) -> Iterator[Database]:
    database = Database(urls.app, pool_size=1)
    yield database
    database.close()


def slots(urls: DatabaseUrls) -> dict[int, int]:
    return {row.id: row.slot for row in desk.rows(urls, "SELECT id, slot FROM asset WHERE tenant = 1")}


def test_a_slot_is_the_rank_in_the_layer_by_commune_then_id(urls):
    assert slots(urls) == {1: 0, 2: 1, 3: 2, 11: 0, 12: 1}


def test_moving_an_asset_moves_its_slot_and_raises_the_version(urls):
    feed.move(urls, 1, 2)
    assert feed.arrange(urls) == 2
    assert slots(urls) == {2: 0, 1: 1, 3: 2, 11: 0, 12: 1}


def test_the_new_layout_is_a_fact(urls):
    feed.arrange(urls)
    facts = desk.rows(urls, "SELECT body FROM outbox WHERE kind = 'layout' ORDER BY id")
    assert [row.body for row in facts] == [{"version": 1}, {"version": 2}]


def test_another_tenant_keeps_its_version_and_its_slots(urls, app):
    with psycopg.connect(services.plain(urls.owner)) as connection:
        connection.execute("INSERT INTO tenant (id, key, label) VALUES (2, 'autre', 'Autre')")
        connection.execute("INSERT INTO commune (tenant, id, name) VALUES (2, 0, 'Hors')")
    desk.add_asset(urls, 1, tenant=2)
    feed.arrange(urls)
    with app.unit_of_work(2) as uow:
        assert layout.version(uow) == 0
        assert layout.load(uow).assets == {}
    with app.unit_of_work(1) as uow:
        assert layout.version(uow) == 2


def test_what_is_loaded_is_in_slot_order_with_contiguous_channels(app):
    with app.unit_of_work(1) as uow:
        rows = layout.load(uow)
    assert rows.version == 1
    assert sorted(rows.channels) == [("lighting", 1, 0, 2), ("lighting", 2, 2, 1), ("water", 1, 0, 1), ("water", 2, 1, 1)]
    assert rows.assets["lighting"]["ids"].tolist() == [1, 2, 3]
    assert rows.assets["lighting"]["lon"].tolist() == pytest.approx([5.001, 5.002, 5.003])
    assert rows.assets["water"]["kind"].tolist() == ["valve", "valve"]


def test_a_tenant_that_does_not_exist_is_said(urls):
    with psycopg.connect(services.plain(urls.owner)) as connection, pytest.raises(ValueError, match="tenant 9 does not exist"):
        assign_slots(connection, 9)
