"""The header: who and where at the left, what waits in the middle, link state and time at the right. Same order on every page."""

from dash import html

from hypervisor.domain.operator import Principal
from hypervisor.i18n import N_, _
from hypervisor.queries.territory import Territory
from layouts import ids
from layouts.parts import posture
from layouts.parts.icon import icon
from layouts.parts.liaison import liaison
from layouts.parts.number import number
from layouts.parts.shape import shape

COUNTED = (
    ("critical", "compteur-critique", N_("critiques à acquitter")),
    ("major", "compteur-majeure", N_("majeures à acquitter")),
    ("minor", "compteur-mineure", N_("mineures à acquitter")),
)
"""(severity, data-testid, what a screen reader says after the number)."""

THEMES = (("nuit", N_("Nuit")), ("jour", N_("Jour")), ("nuit-profonde", N_("Nuit profonde")), ("auto", N_("Automatique, selon le soleil")))
LANGUAGES = (("fr", "Français"), ("en", "English"))


def wall_header(territory: Territory) -> html.Header:
    """The wall's header, 64 px high: no account, no sound switch, since nobody has a mouse there."""
    return html.Header(
        [
            *_left(territory, posture.on_wall(territory), is_wall=True),
            html.Div(className="header-space"),
            counters(),
            _divider(),
            liaison(),
            _divider(),
            *_time(),
        ],
        id=ids.HEADER,
        className="header header--wall",
        role="banner",
    )


def desk_header(principal: Principal, territory: Territory) -> html.Header:
    """The desk pages' header, 52 px high: the wall's, with the sound switch and the account. Who may not read alarms sees neither count nor sound."""
    alarms = [counters(), _divider(), sound()] if principal.may("alarm:read") else []
    return html.Header(
        [
            *_left(territory, posture.on_desk(principal, territory), is_wall=False),
            html.Div(className="header-space"),
            *alarms,
            liaison(),
            _divider(),
            *_time(),
            _divider(),
            account(principal),
        ],
        id=ids.HEADER,
        className="header",
        role="banner",
    )


def counters() -> html.Div:
    """Counts of alarms to acknowledge, by shape. `assets/js/30-frame.js` keeps them."""
    cells = [
        html.Span(
            [shape(severity, label=""), number(component_id=ids.counter(severity), testid=testid), html.Span(_(said), className="visually-hidden")],
            className="counter",
        )
        for severity, testid, said in COUNTED
    ]
    return html.Div([html.Span(_("À acquitter"), className="counters-label"), *cells, html.Span(_("périmé"), className="stale-chip")], className="counters")


def sound() -> html.Button:
    """The switch of this post's sound, in words: `data-sound` on the page says which (the feed's `vigie:son`)."""
    words = (("actif", "volume", _("Son actif")), ("bloque", "volume-off", _("Son bloqué")), ("coupe", "volume-off", _("Son coupé")))
    return html.Button(
        [html.Span([icon(name), html.Span(word, className="sound-word")], className=f"sound-{state}") for state, name, word in words],
        id=ids.SOUND,
        type="button",
        className="sound",
        title=_("Activer ou couper le son de ce poste"),
        **{"data-testid": "son"},
    )


def account(principal: Principal) -> html.Details:
    """The person's name, and behind it theme, language and the way out."""
    themes = [html.Button(_(label), type="button", className="menu-choice", **{"data-set-theme": key}) for key, label in THEMES]
    languages = [html.Button(label, type="button", className="menu-choice", lang=key, **{"data-set-locale": key}) for key, label in LANGUAGES]
    return html.Details(
        [
            html.Summary([html.Span(principal.display_name, className="account-name"), icon("chevron-down")]),
            html.Div(
                [
                    html.P(_("Thème"), className="menu-title"),
                    html.Div(themes, role="group", **{"aria-label": _("Thème")}),
                    html.P(_("Langue"), className="menu-title"),
                    html.Div(languages, role="group", **{"aria-label": _("Langue")}),
                    html.Button([icon("logout"), _("Se déconnecter")], id=ids.SIGN_OUT, type="button", className="menu-choice"),
                ],
                className="menu",
            ),
        ],
        id=ids.ACCOUNT,
        className="account",
    )


def _left(territory: Territory, posture: html.Span | html.Details, *, is_wall: bool) -> list[html.Span | html.H1 | html.Details]:
    place = (
        html.H1(_("{territory}, vue 360°", territory=territory.label), className="header-place")
        if is_wall
        else html.Span(territory.label, className="header-place")
    )
    return [
        html.Span(className="mark", **{"aria-hidden": "true"}),
        html.Span("Vigie", className="product"),
        _divider(),
        place,
        posture,
        html.Span(id=ids.HEADER_SHIFT, className="header-shift", **{"data-testid": "poste-equipe"}),
    ]


def _time() -> list[html.Div]:
    return [
        html.Div(id=ids.DATE, className="date"),
        html.Div("--:--:--", id=ids.CLOCK, className="clock", role="timer", **{"data-testid": "horloge", "aria-live": "off"}),
    ]


def _divider() -> html.Span:
    return html.Span(className="divider", **{"aria-hidden": "true"})
