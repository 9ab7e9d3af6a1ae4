"""The demonstration at start: its territory once, its accounts and their password."""

import hashlib
from pathlib import Path

from hypervisor.launcher import secret_files
from hypervisor.launcher.addresses import Addresses
from hypervisor.settings import Settings

TENANT = 1
APPLIED_FILE = "demo.applied"


def password(settings: Settings) -> str:
    """The password of every demonstration account: the setting's, or one made at first start and kept."""
    if settings.demo_password:
        return settings.demo_password.get_secret_value()
    return secret_files.made_once(settings.data_dir / "demo.password", ["demonstration"], length=12)["demonstration"]


def load(settings: Settings, addresses: Addresses) -> list[str]:
    """Load the territory unless it is there, and give the accounts today's password; the accounts' names."""
    from hypervisor.demo.load import load as load_territory
    from hypervisor.security import demo_accounts
    from hypervisor.store import Database

    load_territory(addresses.database.owner, settings.demo_assets)
    _bring_procedures(settings, addresses)
    _equip_simulator(settings, addresses)
    _put_on_call(settings, addresses)
    chosen = password(settings)
    if not _is_applied(settings.data_dir, chosen):
        database = Database(addresses.database.app, pool_size=1)
        with database.unit_of_work(TENANT) as uow:
            demo_accounts.give_password(uow, chosen)
        database.close()
        secret_files.write(settings.data_dir / APPLIED_FILE, _digest(chosen))
    return [username for username, _display_name, _role in demo_accounts.PEOPLE]


def _equip_simulator(settings: Settings, addresses: Addresses) -> None:
    """What the simulator reads instead of the database: its assets and its token, each made when missing."""
    from hypervisor import clock
    from hypervisor.demo.load import inventory as loaded
    from hypervisor.demo.simulator import TOKEN, inventory
    from hypervisor.security import demo_accounts
    from hypervisor.store import Database

    if not inventory.path(settings).exists():
        inventory.write(settings, loaded(addresses.database.owner, TENANT))
    if not (settings.data_dir / TOKEN).exists():
        database = Database(addresses.database.app, pool_size=1)
        with database.unit_of_work(TENANT) as uow:
            token = demo_accounts.simulator_token(uow, clock.from_setting(settings.clock).now())
        database.close()
        secret_files.write(settings.data_dir / TOKEN, token)


def _bring_procedures(settings: Settings, addresses: Addresses) -> None:
    """The ready procedures in force, but those that somebody has already written or changed."""
    from hypervisor import clock, layers
    from hypervisor.imports import procedures as files
    from hypervisor.operations import procedure_versions
    from hypervisor.store import Database

    database = Database(addresses.database.app, pool_size=1)
    with database.unit_of_work(TENANT) as uow:
        for layer in layers.all_layers():
            procedure_versions.bring(uow, layer, files.ready(layer), clock.from_setting(settings.clock).now(), in_force=True, only_new=True)
    database.close()


def _put_on_call(settings: Settings, addresses: Addresses) -> None:
    from hypervisor import clock
    from hypervisor.demo import on_call
    from hypervisor.store import Database

    database = Database(addresses.database.app, pool_size=1)
    with database.unit_of_work(TENANT) as uow:
        on_call.load(uow, clock.from_setting(settings.clock).now())
    database.close()


def _is_applied(data_dir: Path, chosen: str) -> bool:
    file = data_dir / APPLIED_FILE
    return file.exists() and file.read_text() == _digest(chosen)


def _digest(chosen: str) -> str:
    return hashlib.sha256(chosen.encode()).hexdigest()
