"""The command line: `python -m hypervisor --help`. Each command imports what it runs, so that help is quick and always there."""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hypervisor.errors import BadConfiguration, InvalidRequest, VigieError
from hypervisor.settings import Settings, load

if TYPE_CHECKING:
    from hypervisor.launcher.addresses import Addresses

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Vigie, an urban hypervisor. Settings are environment variables: see README.md.",
)
user = typer.Typer(no_args_is_help=True, help="Accounts of people.")
token = typer.Typer(no_args_is_help=True, help="Tokens of programs.")
source = typer.Typer(no_args_is_help=True, help="What sources of observations speak, and the MQTT topics where they are heard.")
check = typer.Typer(no_args_is_help=True, help="Say whether a part is sound; exit 1 when it is not.")
app.add_typer(user, name="user")
app.add_typer(token, name="token")
app.add_typer(source, name="source")
procedures = typer.Typer(no_args_is_help=True, help="Procedures (fiches réflexes).")
app.add_typer(procedures, name="procedures")
app.add_typer(check, name="check")

Tenant = Annotated[int, typer.Option(help="Number of the tenant.")]


@app.command()
def up(detach: Annotated[bool, typer.Option("--detach", help="Return once it answers, and leave it running.")] = False) -> None:
    """Start everything: private services unless URLs are given, migrations, demonstration, processes."""
    from hypervisor.launcher import up as launcher

    launcher.up(load(), detached=detach)


@app.command()
def down() -> None:
    """End what runs from this data folder."""
    from hypervisor.launcher import up as launcher

    print("Vigie is stopped." if launcher.down(load()) else "Vigie was not running.")


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from hypervisor.launcher import up as launcher

    launcher.migrate(load())


@app.command()
def worker(
    shard: Annotated[str, typer.Option(help="Which shard of how many, such as 0/4; without it the first of HYPERVISOR_SHARDS.")] = "",
) -> None:
    """Run the engine: stream, rules, history, alarms, feed."""
    from hypervisor import worker as engine
    from hypervisor.hot import part

    settings = load()
    try:
        asked = part.parse(shard or f"0/{settings.shards}")
    except ValueError:
        raise BadConfiguration(f"--shard {shard}: write it as a number from 0, a slash and how many there are, such as 0/4") from None
    engine.run(settings, asked)


@app.command()
def ingest() -> None:
    """Run the door through which observations come in."""
    from hypervisor import ingest as door

    door.serve(load())


@app.command()
def mqtt() -> None:
    """Run the subscriber: what the broker of HYPERVISOR_MQTT_URL holds for the declared sources goes on the stream."""
    from hypervisor.ingest.subscriber import serve

    serve(load())


@app.command()
def jobs() -> None:
    """Run what is done later: notifications, escalations, retention, exports."""
    from hypervisor import jobs as queue

    queue.run(load())


@app.command()
def simulate(
    scenario: Annotated[str | None, typer.Option(help="Trigger this incident at once, and return.")] = None,
    asset: Annotated[str | None, typer.Option(help="URN of the asset that the incident strikes; chance chooses when none is given.")] = None,
) -> None:
    """Run the demonstration's sensors, through the public door."""
    from hypervisor.demo import simulator

    simulator.run(load(), scenario, asset)


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="CSV, GeoJSON, shapefile or GeoPackage.", exists=True)],
    layer: Annotated[str, typer.Option(help="Key of the layer that the assets belong to.")],
    kind: Annotated[str | None, typer.Option(help="Kind of asset in that layer; guessed from the file when none is given.")] = None,
    tenant: Tenant = 1,
    language: Annotated[str, typer.Option(help="Language of the report: fr or en.")] = "fr",
) -> None:
    """Add assets from a file; bad rows are reported with their line and the reason, good ones are kept."""
    from hypervisor import imports

    imports.run(load(), path, layer, kind, tenant, language)


@app.command("import-works")
def import_works(
    path: Annotated[
        Path, typer.Argument(help="GeoJSON (what, from, to, permit, contractor; or Informations travaux), or DATEX II.", exists=True, dir_okay=False)
    ],
    layer: Annotated[list[str] | None, typer.Option(help="Only the assets of these layers are concerned; all when none is given.")] = None,
    tenant: Tenant = 1,
    language: Annotated[str, typer.Option(help="Language of the report: fr or en.")] = "fr",
) -> None:
    """Add roadworks, orders and cuts from a file; bad rows are reported with their rank and the reason, good ones are kept. The same file again changes nothing."""
    from hypervisor.imports import works_report

    works_report.run(load(), path, layer, tenant, language)


@app.command()
def export(
    path: Annotated[Path, typer.Argument(help="Folder where the files are written.")],
    layer: Annotated[str | None, typer.Option(help="Only this layer.")] = None,
) -> None:
    """Write assets to open files, one GeoJSON and one CSV per layer."""
    from hypervisor import exports

    exports.run(load(), path, layer)


@user.command("add")
def user_add(
    username: Annotated[str, typer.Argument(help="Name typed at sign-in.")],
    role: Annotated[str, typer.Option(help="display, operator, chief, agent, duty_officer, official, trade_manager, admin or dpo.")],
    name: Annotated[str, typer.Option(help="Name shown to others.")] = "",
    layer: Annotated[list[str] | None, typer.Option(help="Only these layers; all when none is given.")] = None,
    commune: Annotated[list[int] | None, typer.Option(help="Only these communes; all when none is given.")] = None,
    tenant: Tenant = 1,
) -> None:
    """Add an account, or replace the one of this name. The password is read from the terminal or the standard input, never from an argument."""
    from hypervisor.security import accounts
    from hypervisor.store import Database

    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    with Database(_addresses().database.app, pool_size=1).unit_of_work(tenant) as uow:
        accounts.add_user(uow, username, password, role, name or username, layer, commune)
    print(f"{username} is added; the password is to be changed at first sign-in")


@token.command("add")
def token_add(
    name: Annotated[str, typer.Argument(help="Who holds it. The token of that name, if any, ends.")],
    scope: Annotated[str, typer.Option(help="ingest, supervise, connect (both), operate or read.")],
    layer: Annotated[list[str] | None, typer.Option(help="Only these layers; all when none is given.")] = None,
    tenant: Tenant = 1,
) -> None:
    """Make a bearer token and print it, once."""
    from hypervisor import clock
    from hypervisor.security import tokens
    from hypervisor.store import Database

    settings = load()
    with Database(_addresses(settings).database.app, pool_size=1).unit_of_work(tenant) as uow:
        print(tokens.add_token(uow, name, scope, clock.from_setting(settings.clock).now(), layer))


@source.command("add")
def source_add(
    name: Annotated[str, typer.Argument(help="Name of its token, of scope ingest.")],
    connector: Annotated[str, typer.Option(help="chirpstack, the_things_stack, ngsi_ld, json_paths …")],
    topic: Annotated[list[str] | None, typer.Option(help="MQTT topic filter, such as application/+/device/+/event/up; several may be given.")] = None,
    template: Annotated[Path | None, typer.Option(help="JSON file that says where values are, for json_paths.", exists=True)] = None,
    tenant: Tenant = 1,
) -> None:
    """Say what a source speaks, and where it is heard; declared again, it is replaced."""
    import json

    from hypervisor import clock
    from hypervisor.operations import sources
    from hypervisor.store import Database

    settings = load()
    try:
        form = json.loads(template.read_text()) if template else None
    except ValueError as error:
        raise BadConfiguration(f"--template {template} is not JSON: {error}") from None
    with Database(_addresses(settings).database.app, pool_size=1).unit_of_work(tenant) as uow:
        sources.write(uow, name, connector, topic or [], form, clock.from_setting(settings.clock).now())
    print(f"{name} is heard as {connector}{' at ' + ', '.join(topic) if topic else ''}")


@source.command("list")
def source_list(tenant: Tenant = 1) -> None:
    """Print every source."""
    from hypervisor.store import Database, sources

    with Database(_addresses().database.app, pool_size=1).unit_of_work(tenant) as uow:
        for one in sources.listed(uow):
            print(f"{one['name']}\t{one['connector']}\t{' '.join(one['topics']) or '-'}\t{'open' if one['is_open'] else 'closed: its token has ended'}")


@source.command("secret")
def source_secret(name: Annotated[str, typer.Argument(help="Name of the source.")], tenant: Tenant = 1) -> None:
    """Print where a source may post without a token, and its secret."""
    from hypervisor.operations.sources import webhook
    from hypervisor.security.signing import signing_key
    from hypervisor.store import Database, sources

    settings = load()
    with Database(_addresses(settings).database.app, pool_size=1).unit_of_work(tenant) as uow:
        found = next((one for one in sources.listed(uow) if one["name"] == name), None)
    if found is None:
        raise VigieError(f"there is no source {name}: declare it with `source add`")
    for what, said in webhook(signing_key(settings.key_file), tenant, name, found["connector"]).items():
        print(f"{what}: {said}")


@source.command("remove")
def source_remove(name: Annotated[str, typer.Argument(help="Name of the source.")], tenant: Tenant = 1) -> None:
    """Forget a source; its token stays."""
    from hypervisor.store import Database, sources

    with Database(_addresses().database.app, pool_size=1).unit_of_work(tenant) as uow:
        if not sources.remove(uow, name):
            raise VigieError(f"there is no source {name}")
    print(f"{name} is no longer heard")


@procedures.command("import")
def procedures_import(
    path: Annotated[Path | None, typer.Argument(help="YAML file; the ready procedures of the layer when none is given.", exists=True)] = None,
    layer: Annotated[str | None, typer.Option(help="Key of the layer; every layer that has ready procedures when neither is given.")] = None,
    in_force: Annotated[bool, typer.Option("--in-force", help="Put them in force at once, instead of leaving drafts to a second person.")] = False,
    tenant: Tenant = 1,
) -> None:
    """Bring procedures in from YAML, checked whole; what is already in force with the same content is left alone."""
    from hypervisor import clock, layers
    from hypervisor.imports import procedures as files
    from hypervisor.operations import procedure_versions
    from hypervisor.store import Database

    if path is not None and layer is None:
        raise InvalidRequest("say which layer the procedures of this file are for: --layer KEY")
    if layer is not None and layer not in layers.all_layers():
        raise InvalidRequest(f"no layer is called {layer!r}: choose among {', '.join(layers.all_layers())}")
    settings = load()
    with Database(_addresses(settings).database.app, pool_size=1).unit_of_work(tenant) as uow:
        for key in [layer] if layer else list(layers.all_layers()):
            written = files.read(path.read_text(encoding="utf-8")) if path else files.ready(key)
            for done in procedure_versions.bring(uow, key, written, clock.from_setting(settings.clock).now(), in_force=in_force):
                print(f"{key}: {done} is {'in force' if in_force else 'a draft'}")


@check.command("config")
def check_config() -> None:
    """Read the settings, and find the services that they name."""
    settings = load()
    _addresses(settings)
    print(f"settings are sound; data is in {settings.data_dir.resolve()}")


@check.command("database")
def check_database() -> None:
    """Sign in to the database as each of its three roles."""
    from hypervisor.store import Database

    urls = _addresses().database
    for role, url in (("owner", urls.owner), ("worker", urls.worker), ("app", urls.app)):
        with Database(url, pool_size=1).unit_of_work(None):
            print(f"{role} is let in")


@check.command("redis")
def check_redis() -> None:
    """Ask Redis whether it answers."""
    from hypervisor.hot.client import connect, unavailable_when_down

    with unavailable_when_down():
        connect(_addresses().redis).ping()
    print("Redis answers")


@check.command("logbook")
def check_logbook(tenant: Tenant = 1) -> None:
    """Verify the chain of the logbook from its first line."""
    from hypervisor.operations import logbook
    from hypervisor.store import Database

    broken_at = logbook.check(Database(_addresses().database.app, pool_size=1), tenant)
    if broken_at is not None:
        raise VigieError(f"the logbook was altered: line {broken_at} does not follow from the one before it")
    print("every line of the logbook follows from the one before it")


@check.command("logbook-file")
def check_logbook_file(path: Annotated[Path, typer.Argument(help="CSV or PDF exported from the logbook.", exists=True, dir_okay=False)]) -> None:
    """Compute every hash of an exported file again; no database is needed."""
    from hypervisor.exports import logbook

    found = logbook.verify(path)
    if found.first_wrong is not None:
        raise VigieError(f"{path} was altered: line {found.first_wrong} does not hold")
    print(f"the {len(found.lines)} lines of {path} hold; digest {found.digest}")


def _addresses(settings: Settings | None = None) -> "Addresses":
    from hypervisor.launcher import addresses

    return addresses.resolve(settings or load())


def main() -> None:
    """Run a command; a refusal is one sentence and exit code 1."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # Thirty steps of a first start say nothing to a newcomer; `migrate` names them.
    for chatty in ("httpx", "httpcore", "alembic.runtime.plugins" if "migrate" in sys.argv else "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        app()
    except VigieError as error:
        print(error.sentence, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
