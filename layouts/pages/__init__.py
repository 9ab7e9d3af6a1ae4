"""The Dash pages, registered explicitly. A page is a module of this folder with `layout(**query)`, whose first line is `require("screen:<key>")`."""

from dataclasses import dataclass
from importlib import import_module

import dash

from hypervisor.i18n import N_, _


@dataclass(frozen=True, kw_only=True)
class Page:
    """One Dash page: module `layouts.pages.<key>`, its ASCII path, its French name. on_walls: served by a walls-only process too."""

    key: str
    path: str
    name: str
    on_walls: bool = False


PAGES = (
    Page(key="mur", path="/mur", name=N_("Mur"), on_walls=True),
    Page(key="poste", path="/poste", name=N_("Prise de poste")),
    Page(key="console", path="/console", name=N_("Console")),
    Page(key="journal", path="/journal", name=N_("Main courante")),
    Page(key="elus", path="/elus", name=N_("Tableaux de bord")),
    Page(key="preparation", path="/preparation", name=N_("Préparation des tableaux de bord")),
    Page(key="exploration", path="/exploration", name=N_("Exploration")),
    Page(key="rejeu", path="/rejeu", name=N_("Rejeu")),
    Page(key="regles", path="/regles", name=N_("Règles")),
    Page(key="sante", path="/sante", name=N_("Santé de la plateforme")),
    Page(key="admin", path="/admin", name=N_("Administration")),
)
"""Every page, in the order of the rail. A walls-only process imports no other: the component registry is global to the process."""


def register(screens: str) -> frozenset[str]:
    """Registers the pages of a process (`all`, or `mur` for walls alone) with Dash and gives their paths. Imports each module only then."""
    chosen = [page for page in PAGES if screens == "all" or page.on_walls]
    for page in chosen:
        module = import_module(f"layouts.pages.{page.key}")
        dash.register_page(module.__name__, path=page.path, name=page.name, title=_title(page.name), layout=module.layout)
    return frozenset(page.path for page in chosen)


def _title(name: str):  # type: ignore[no-untyped-def]
    return lambda **_variables: f"{_(name)} — Vigie"
