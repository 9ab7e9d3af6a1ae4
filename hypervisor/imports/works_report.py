"""Works brought in by the command line, and what the person reads of it, there and at the console."""

from collections.abc import Sequence
from pathlib import Path

import typer

from hypervisor import clock, layers
from hypervisor.domain.operator import Principal
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import LOCALES, _, current_locale, ngettext
from hypervisor.imports.works import read_works
from hypervisor.launcher import addresses
from hypervisor.operations import works as operations
from hypervisor.settings import Settings
from hypervisor.store import Database, UnitOfWork

SHOWN = 20


def run(settings: Settings, path: Path, wanted: Sequence[str] | None, tenant: int, language: str) -> None:
    """Imports a file and prints the report. Raises InvalidRequest with a sentence when nothing can be imported."""
    if language not in LOCALES:
        raise InvalidRequest(f"no language is called {language!r}: choose among {', '.join(LOCALES)}")
    for layer in wanted or ():
        if layer not in layers.all_layers():
            raise InvalidRequest(f"no layer is called {layer!r}: choose among {', '.join(layers.all_layers())}")
    current_locale.set(language)
    by = Principal(tenant=tenant, account_id=None, name="import", display_name="Import", role=None, permissions=frozenset({"works:write"}))
    with Database(addresses.resolve(settings).database.app, pool_size=1).unit_of_work(tenant) as uow:
        told = bring(uow, path.read_bytes(), path.name, wanted, by, clock.from_setting(settings.clock))
    typer.echo("\n".join(lines(path.name, told)))


def bring(uow: UnitOfWork, content: bytes, name: str, wanted: Sequence[str] | None, by: Principal, now: clock.Clock) -> operations.Brought:
    """Reads a file and brings its works in; what cannot be read is among the refused, in the file's order."""
    found = read_works(content, name)
    brought = operations.bring(uow, name, found.works, wanted, by, now.now())
    unread = [(one.place, one.detail, _(one.reason)) for one in found.refusals]
    return operations.Brought(
        added=brought.added, updated=brought.updated, unchanged=brought.unchanged, left=brought.left, refused=sorted([*unread, *brought.refused])
    )


def lines(name: str, told: operations.Brought) -> list[str]:
    """The report in the reader's language, one sentence a line."""
    said = [
        name,
        ngettext("{count} chantier ajouté.", "{count} chantiers ajoutés.", told.added),
        ngettext("{count} chantier modifié.", "{count} chantiers modifiés.", told.updated),
        ngettext("{count} chantier inchangé.", "{count} chantiers inchangés.", told.unchanged),
    ]
    if told.left:
        said.append(ngettext("{count} chantier annulé ici, laissé annulé.", "{count} chantiers annulés ici, laissés annulés.", told.left))
    said.append(ngettext("{count} ligne refusée.", "{count} lignes refusées.", len(told.refused)))
    for place, title, reason in told.refused[:SHOWN]:
        said.append(_("  ligne {place} : {reason}{detail}", place=place, reason=reason, detail=f" ({title})" if title else ""))
    if len(told.refused) > SHOWN:
        said.append(ngettext("  et {count} autre", "  et {count} autres", len(told.refused) - SHOWN))
    return said
