"""Where the stores are: given, private, or nowhere."""

from collections.abc import Callable

import pytest

from hypervisor.errors import BadConfiguration
from hypervisor.launcher import addresses
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.settings import Settings


def test_a_given_database_is_seen_by_each_role_with_its_own_password(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings(database_url="postgresql://boss:secret@db.example:6000/city", redis_url="redis://bus:6379/0")

    found = addresses.resolve(settings)

    passwords = addresses.role_passwords(settings.data_dir)
    assert found.database.owner == "postgresql+psycopg://boss:secret@db.example:6000/city"
    assert found.database.worker == f"postgresql+psycopg://vigie_worker:{passwords['vigie_worker']}@db.example:6000/city"
    assert found.database.app == f"postgresql+psycopg://vigie_app:{passwords['vigie_app']}@db.example:6000/city"
    assert addresses.resolve(settings) == found
    assert (settings.data_dir / addresses.ROLES_FILE).stat().st_mode & 0o777 == 0o600


def test_a_role_whose_address_is_given_keeps_it(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings(database_url="postgresql://boss@db/city", database_app_url="postgresql://web:mine@replica/city", redis_url="redis://bus")
    assert addresses.resolve(settings).database.app == "postgresql+psycopg://web:mine@replica/city"


def test_without_address_the_private_services_that_were_started_are_used(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings()
    settings.data_dir.mkdir()
    urls = DatabaseUrls(
        owner="postgresql+psycopg://o@127.0.0.1:1/vigie", worker="postgresql+psycopg://w@127.0.0.1:1/vigie", app="postgresql+psycopg://a@127.0.0.1:1/vigie"
    )
    addresses.remember(settings.data_dir, urls, "redis://127.0.0.1:2/0")

    found = addresses.resolve(settings)

    assert (found.database, found.redis) == (urls, "redis://127.0.0.1:2/0")


def test_nothing_given_and_nothing_started_is_said_with_the_variable(make_settings: Callable[..., Settings]) -> None:
    with pytest.raises(BadConfiguration, match="HYPERVISOR_DATABASE_URL"):
        addresses.resolve(make_settings())


def test_passwords_do_not_show_when_addresses_are_printed(make_settings: Callable[..., Settings]) -> None:
    found = addresses.resolve(make_settings(database_url="postgresql://boss:secret@db/city", redis_url="redis://:hidden@bus"))
    assert "secret" not in repr(found)
    assert "hidden" not in repr(found)
