"""Keys drawn as caps: inside the button that they trigger, and on the console's last line."""

from dash import html
from dash.development.base_component import Component

from hypervisor.i18n import N_, _
from layouts.parts.icon import icon

HINTS = (
    (("J", "K"), N_("suivant, précédent")),
    (("Entrée",), N_("ouvrir")),
    (("A",), N_("acquitter")),
    (("P",), N_("prendre en charge")),
    (("T",), N_("affecter")),
    (("R",), N_("résoudre")),
    (("C",), N_("clore")),
    (("N",), N_("noter")),
    (("M",), N_("sur la carte")),
    (("S",), N_("silence 60 s")),
    (("/",), N_("rechercher")),
    (("?",), N_("aide clavier")),
)
"""(keys, what they do) of the console's last line, the verbs that exist (screens.md B.7)."""

HELP = (
    *HINTS,
    (("Maj", "1"), N_("aller à la file")),
    (("Maj", "2"), N_("aller à la carte")),
    (("Maj", "3"), N_("aller au détail")),
    (("Maj", "4"), N_("aller à la conduite à tenir")),
    (("Maj", "5"), N_("aller à la main courante")),
    (("Ctrl", "Entrée"), N_("enregistrer la mention")),
    (("Échap",), N_("fermer, revenir à la file")),
)
"""What the keyboard help lists."""


def cap(key: str) -> html.Kbd:
    """One key."""
    return html.Kbd(_(key), className="cap")


def button(component_id: str, label: str, key: str, testid: str, *, is_primary: bool = False, icon_name: str | None = None) -> html.Button:
    """A button with the cap of its key; `label` is translated text. Scripts disable it and say why in its `data-raison` and title."""
    content: list[Component] = [cap(key)] if key else []
    if icon_name:
        content.append(icon(icon_name))
    return html.Button(
        [*content, html.Span(label, className="action-word")],
        id=component_id,
        type="button",
        className="action action--primary" if is_primary else "action",
        **{"data-testid": testid, "data-touche": key.lower(), "aria-keyshortcuts": key},
    )


def hints() -> html.Footer:
    """The console's last line."""
    return html.Footer(
        [html.Span([*(cap(key) for key in keys), html.Span(_(word))], className="hint") for keys, word in HINTS],
        className="hints",
        **{"aria-label": _("Touches")},
    )


def help_dialog() -> html.Dialog:
    """All the keys, opened by `?`."""
    rows = [html.Div([html.Dt([cap(key) for key in keys]), html.Dd(_(word))], className="help-row") for keys, word in HELP]
    return html.Dialog(
        [
            html.H2(_("Aide clavier")),
            html.Dl(rows, className="help-rows"),
            html.Button(
                _("Les lettres seules agissent"), id="touches-actives", type="button", role="switch", className="action help-switch", **{"aria-checked": "true"}
            ),
            html.Button([cap("Échap"), html.Span(_("Fermer"))], id="aide-fermer", type="button", className="action"),
        ],
        id="aide-clavier",
        className="help",
        **{"aria-label": _("Aide clavier")},
    )
