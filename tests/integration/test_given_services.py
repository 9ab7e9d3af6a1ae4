"""With the addresses of PostgreSQL and Redis given, nothing private is started, and an account that lacks a right is told what to ask for."""

import pytest

from hypervisor.errors import BadConfiguration, Unavailable
from hypervisor.launcher import private, processes
from hypervisor.launcher.supervision import Supervisor
from hypervisor.store.migrate import BY_A_SUPERUSER, migrate


def programs(settings):
    (settings.data_dir / "run").mkdir(parents=True, exist_ok=True)
    private.choose_ports(settings)
    configuration = Supervisor(settings)._configuration()
    return {name for name in ("postgres", "valkey", "web", "worker", "ingest", "jobs") if f"[program:{name}]" in configuration}


@pytest.mark.parametrize(
    ("given", "private_ones"),
    [
        ({}, {"postgres", "valkey"}),
        ({"database_url": "postgresql://x@127.0.0.1/x"}, {"valkey"}),
        ({"redis_url": "redis://127.0.0.1/0"}, {"postgres"}),
        ({"database_url": "postgresql://x@127.0.0.1/x", "redis_url": "redis://127.0.0.1/0"}, set()),
    ],
)
def test_a_service_whose_address_is_given_is_not_started(make_settings, given, private_ones):
    assert programs(make_settings(**given)) == {"web", "worker", "ingest", "jobs"} | private_ones


def test_an_account_that_may_not_prepare_the_database_is_told_what_a_superuser_must_do(database_urls):
    with pytest.raises(BadConfiguration) as refused:
        migrate(database_urls.app)
    assert "HYPERVISOR_DATABASE_URL" in refused.value.sentence and BY_A_SUPERUSER in refused.value.sentence


def test_a_database_that_is_not_there_is_one_sentence():
    with pytest.raises(Unavailable, match="cannot be reached"):
        migrate(f"postgresql+psycopg://x@127.0.0.1:{processes.free_port()}/x")
