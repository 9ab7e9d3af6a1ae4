"""Keys drawn as caps: inside the button that they trigger, and on the console's last line."""

import json
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from hypervisor.i18n import N_, _
from layouts import ids
from layouts.parts.icon import icon
from layouts.still import drawn_still, entry


@dataclass(frozen=True, kw_only=True)
class Action:
    """What a key does. key: the screen's own, which a person may change; `button` is pressed, or assets/js/45-keyboard.js knows the verb of that name."""

    name: str
    key: str
    label: str
    button: str = ""
    is_hinted: bool = False


ACTIONS = (
    Action(name="next", key="j", label=N_("suivant"), is_hinted=True),
    Action(name="previous", key="k", label=N_("précédent"), is_hinted=True),
    Action(name="acknowledge", key="a", label=N_("acquitter"), button=ids.BTN_ACKNOWLEDGE, is_hinted=True),
    Action(name="take", key="p", label=N_("prendre en charge"), button=ids.BTN_TAKE, is_hinted=True),
    Action(name="assign", key="t", label=N_("affecter, transférer"), button=ids.BTN_ASSIGN, is_hinted=True),
    Action(name="dispatch", key="Alt+t", label=N_("envoyer sur le terrain"), button=ids.BTN_DISPATCH),
    Action(name="shelve", key="d", label=N_("différer l’alarme"), button=ids.BTN_SHELVE, is_hinted=True),
    Action(name="hold", key="h", label=N_("mettre l’événement en attente"), button=ids.BTN_HOLD),
    Action(name="resolve", key="r", label=N_("résoudre"), button=ids.BTN_RESOLVE, is_hinted=True),
    Action(name="close", key="c", label=N_("clore"), button=ids.BTN_CLOSE, is_hinted=True),
    Action(name="sheet", key="f", label=N_("fiche réflexe"), is_hinted=True),
    Action(name="note", key="n", label=N_("noter"), is_hinted=True),
    Action(name="map", key="m", label=N_("sur la carte"), is_hinted=True),
    Action(name="create", key="e", label=N_("nouvel événement"), is_hinted=True),
    Action(name="merge", key="x", label=N_("regrouper"), button=ids.BTN_MERGE),
    Action(name="split", key="y", label=N_("scinder l’événement"), button=ids.BTN_SPLIT),
    Action(name="expand", key="o", label=N_("déplier le groupe")),
    Action(name="confirm", key="v", label=N_("confirmer sur le terrain"), button=ids.BTN_CONFIRM),
    Action(name="suppress", key="i", label=N_("inhiber"), button=ids.BTN_SUPPRESS),
    Action(name="out-of-service", key="u", label=N_("mettre hors service"), button=ids.BTN_OUT_OF_SERVICE),
    Action(name="unmask", key="b", label=N_("reprendre une alarme masquée"), button=ids.BTN_UNMASK),
    Action(name="false-positive", key="q", label=N_("classer fausse alerte"), button=ids.BTN_FALSE),
    Action(name="reopen", key="w", label=N_("rouvrir"), button=ids.BTN_REOPEN),
    Action(name="release", key="z", label=N_("rendre à la salle"), button=ids.BTN_RELEASE),
    Action(name="silence", key="s", label=N_("silence 60 s"), is_hinted=True),
    Action(name="live", key="l", label=N_("retour au direct")),
    Action(name="search", key="/", label=N_("rechercher")),
    Action(name="help", key="?", label=N_("aide clavier"), is_hinted=True),
)
"""Every action of a letter (screens.md B.7), in the order of the help."""

FIXED = (
    (("Entrée",), N_("ouvrir")),
    (("Échap",), N_("fermer, revenir à la file")),
    (("1", "…", "9"), N_("cocher une étape de la fiche")),
    (("Ctrl", "K"), N_("palette de commandes")),
    (("Ctrl", "Entrée"), N_("enregistrer")),
    (("Maj", "1"), N_("aller à la file")),
    (("Maj", "2"), N_("aller à la carte")),
    (("Maj", "3"), N_("aller au détail")),
    (("Maj", "4"), N_("aller à la fiche")),
    (("Maj", "5"), N_("aller à la main courante")),
    (("Maj", "↓"), N_("ajouter la ligne suivante à la sélection")),
    (("G", "M"), N_("mur")),
    (("G", "C"), N_("console")),
    (("G", "E"), N_("tableaux de bord")),
    (("G", "R"), N_("rejeu")),
    (("G", "J"), N_("journal")),
    (("G", "A"), N_("administration")),
    (("G", "S"), N_("santé de la plateforme")),
    (("G", "G"), N_("règles")),
)
"""Keys that stay what they are: (keys, what they do)."""


def cap(key: str) -> html.Kbd:
    """One key."""
    return html.Kbd(_(key), className="cap")


def cap_of(action: Action) -> html.Kbd:
    """The cap of an action's key; the script writes the person's own in it."""
    return html.Kbd(_spoken(action.key), className="cap", **{"data-cap": action.name})


def cap_named(name: str) -> html.Kbd:
    """The cap of the action of that name."""
    return cap_of(next(action for action in ACTIONS if action.name == name))


def _spoken(key: str) -> str:
    return "+".join(part.upper() if len(part) == 1 else part for part in key.split("+"))


def button(component_id: str, label: str, *, is_primary: bool = False, icon_name: str | None = None) -> html.Button:
    """A button with the cap of its key, when it has one; `label` is translated text. Scripts disable it and say why in its `data-raison` and title."""
    action = next((each for each in ACTIONS if each.button == component_id), None)
    content: list[Component] = [cap_of(action)] if action else []
    if icon_name:
        content.append(icon(icon_name))
    keys = {"aria-keyshortcuts": _spoken(action.key), "data-action": action.name} if action else {}
    return html.Button(
        [*content, html.Span(label, className="action-word")],
        id=component_id,
        type="button",
        className="action action--primary" if is_primary else "action",
        **{"data-testid": component_id, **keys},
    )


@drawn_still
def hints() -> html.Footer:
    """The console's last line: keys while letters act, and the help for whoever has a mouse or has turned letters off."""
    *hinted, help_ = (action for action in ACTIONS if action.is_hinted)
    return html.Footer(
        [
            # First: a narrow window cuts the last of them.
            html.Button([cap_of(help_), html.Span(_(help_.label))], id="aide-ouvrir", type="button", className="hint hint-open"),
            *(html.Span([cap_of(action), html.Span(_(action.label))], className="hint") for action in hinted),
            html.Span(_("Les lettres seules n’agissent pas."), className="hint hint--off"),
        ],
        className="hints",
        **{"aria-label": _("Touches")},
    )


def own_keys() -> str:
    """What the script needs: action → [the screen's key, label, button]."""
    return json.dumps({action.name: [action.key, _(action.label), action.button] for action in ACTIONS}, ensure_ascii=False)


@drawn_still
def help_dialog() -> html.Dialog:
    """All the keys, opened by `?`; a person changes a letter by pressing its button, then the new key. assets/js/45-keyboard.js writes its rows."""
    fixed = json.dumps([[[_(key) for key in keys], _(word)] for keys, word in FIXED], ensure_ascii=False)
    return html.Dialog(
        [
            html.H2(_("Aide clavier")),
            html.P(_("Pour changer une lettre : choisissez-la, puis frappez la nouvelle touche, seule ou avec Alt."), id="aide-dit", role="status"),
            html.Dl(className="help-rows", **{"data-fixes": fixed}),
            html.Button(
                _("Les lettres seules agissent"), id="touches-actives", type="button", role="switch", className="action help-switch", **{"aria-checked": "true"}
            ),
            html.Button(_("Touches d’origine"), id="touches-origine", type="button", className="action help-switch"),
            html.Button([cap("Échap"), html.Span(_("Fermer"))], id="aide-fermer", type="button", className="action"),
        ],
        id="aide-clavier",
        className="help",
        **{"aria-label": _("Aide clavier")},
    )


@drawn_still
def palette() -> html.Dialog:
    """Every action by its name, opened by Ctrl+K: typing narrows, Enter runs."""
    return html.Dialog(
        [
            html.Label(
                [html.Span(_("Commande"), className="form-label"), entry("palette-texte")],
                className="form-field",
            ),
            html.Ul(id="palette-liste", className="palette-list", role="listbox", **{"aria-label": _("Commandes")}),
        ],
        id="palette",
        className="help",
        **{"aria-label": _("Palette de commandes")},
    )  # fmt: skip
