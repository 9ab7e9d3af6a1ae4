"""The frame of every screen: skip links, header, bands, rail, page, live region. A page gives its content and nothing else.

def layout(**_query):
    principal = require("screen:console")
    return shell.page(principal, "console", _("Console"), children)
"""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from hypervisor import bootstrap, i18n
from hypervisor.domain.operator import Principal
from hypervisor.i18n import _
from hypervisor.queries.territory import Territory, territory
from hypervisor.security.context import current_session
from layouts import ids
from layouts.parts.bands import bands as all_bands
from layouts.parts.header import desk_header, wall_header
from layouts.parts.rail import rail
from layouts.still import still

Children = Component | Sequence[Component]


def page(
    principal: Principal,
    active: str,
    title: str,
    children: Children,
    *,
    bands: bool = True,
    skips: Sequence[tuple[str, str]] = (),
    of: Territory | None = None,
    theme: str = "",
) -> html.Div:
    """A desk page. `active` is the key of its cell in the rail (layouts/parts/rail.py), `title` its translated name: h1 and window title.

    skips: (id, translated text) of the skip links, the page itself by default. bands False leaves out those of live pages, the exercise's stays.
    of: the territory when the caller has read it already; read here otherwise. theme: that of a page read by day, unless this machine has a choice of its own.
    """
    where = of or territory(bootstrap.current(), principal)
    return _frame(
        [
            still(desk_header(principal, where)),
            still(all_bands(where, live=bands, principal=principal)),
            rail(principal, active),
            _main([html.H1(title, className="visually-hidden"), *_listed(children)], f"page page--{active}"),
        ],
        principal,
        active,
        title,
        skips,
        theme,
    )


def wall(principal: Principal, title: str, children: Children, *, skips: Sequence[tuple[str, str]] = (), of: Territory | None = None) -> html.Div:
    """A wall: the same frame without rail or account, scaled for a far reader by `?diag=` and `?dist=` (assets/js/30-frame.js)."""
    where = of or territory(bootstrap.current(), principal)
    return _frame([still(wall_header(where)), still(all_bands(where)), _main(_listed(children), "page page--mur")], principal, "mur", title, skips)


def _frame(parts: list[Component], principal: Principal, active: str, title: str, skips: Sequence[tuple[str, str]], theme: str = "") -> html.Div:
    links = [html.A(text, href=f"#{target}", className="skip") for target, text in (skips or ((ids.MAIN, _("Aller au contenu")),))]
    return html.Div(
        [
            still(html.Div(links, className="skips")),
            *parts,
            html.Div(id=ids.LIVE_REGION, className="visually-hidden", role="status", **{"aria-live": "polite"}),
            _words(),
        ],
        className=f"frame frame--{active}",
        lang=i18n.current_locale.get(),
        **{
            "data-page": active,
            "data-title": title,
            "data-csrf": principal.csrf,
            **({"data-posts": ""} if principal.may("alarm:read") else {}),
            **_preferred(theme),
        },
    )


def _preferred(theme: str) -> dict[str, str]:
    session = current_session.get()
    if theme:
        return {"data-preferred-theme": theme}
    return {"data-preferred-theme": session.theme} if session else {}


def _main(children: list[Component], class_name: str) -> html.Main:
    return html.Main(children, id=ids.MAIN, className=class_name, tabIndex=-1)


def _words() -> html.Div:
    """What scripts need to speak the reader's language; French needs nothing, since the scripts' own text is French."""
    return html.Div(id=ids.WORDS, hidden=True, **{"data-locale": i18n.current_locale.get(), "data-words": i18n.script_words(i18n.current_locale.get())})


def _listed(children: Children) -> list[Component]:
    return [children] if isinstance(children, Component) else list(children)
