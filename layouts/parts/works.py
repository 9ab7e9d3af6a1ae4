"""Works on the console: a button on the map, the list of what is planned and running, and the form that declares some. assets/js/58-works.js fills it."""

from collections.abc import Sequence

from dash import html

from hypervisor.domain.layer import Layer
from hypervisor.i18n import N_, _
from layouts.parts.icon import icon
from layouts.parts.keys import cap
from layouts.still import drawn_still

KINDS = (("work_order", N_("Ordre de travail")), ("planned_cut", N_("Coupure programmée")), ("decree", N_("Arrêté")), ("event", N_("Événement")))


def opener() -> html.Button:
    """The button on the map: how many works there are."""
    return html.Button(
        [icon("barrier"), html.Span(_("Travaux"))], id="travaux-ouvrir", type="button", className="action works-open", **{"data-testid": "travaux"}
    )


@drawn_still
def dialog(layers: Sequence[Layer], *, may_write: bool) -> html.Dialog:
    """The list; and for who may declare works, the form."""
    body = [
        html.H2(_("Travaux et coupures programmées")),
        html.P(_("Pendant leur durée, les alarmes des équipements concernés sont hors service ; à la fin, elles se montrent telles qu’elles sont."), className="form-label"),
        html.Ul(id="travaux-liste", className="works-list"),
        html.P(_("Aucuns travaux prévus ni en cours."), id="travaux-vide", className="none"),
    ]  # fmt: skip
    close = html.Button([cap("Échap"), html.Span(_("Fermer"))], id="travaux-fermer", type="button", className="action")
    if may_write:
        body += _form(layers)
        close = html.Div(
            [
                html.Button(_("Déclarer les travaux"), id="valider-travaux", type="button", className="action action--primary"),
                html.Button(_("Importer un fichier…"), id="importer-travaux", type="button", className="action", title=_("GeoJSON ou DATEX II")),
                close,
            ],
            className="form-end",
        )
    return html.Dialog([*body, close], id="travaux", className="help create works", **{"aria-label": _("Travaux et coupures programmées")})


def _form(layers: Sequence[Layer]) -> list[html.H3 | html.Label | html.Div | html.P]:
    places = [("zone", _("Zone dessinée sur la carte")), ("equipement", _("Équipement de l’alarme choisie, et ce qui en dépend"))]
    # The communes are those of the map's own tools: the script adds them.
    domains = [("", _("Tous les domaines")), *((layer.key, _(layer.label)) for layer in layers)]
    return [
        html.H3(_("Déclarer des travaux")),
        _field(_("Nature"), _select("travaux-nature", [(key, _(word)) for key, word in KINDS])),
        _field(_("Titre"), html.Textarea(id="travaux-titre", className="field", rows=1, maxLength=200)),
        _field(_("Numéro de l’ordre ou de l’arrêté"), html.Textarea(id="travaux-reference", className="field", rows=1, maxLength=100)),
        html.Div([_field(_("Début"), _when("travaux-debut")), _field(_("Fin"), _when("travaux-fin"))], className="works-window"),
        _field(_("Où"), _select("travaux-ou", places)),
        _field(_("Domaine"), _select("travaux-domaine", domains)),
        html.P(id="travaux-dit", className="form-label", role="status"),
    ]


def _select(component_id: str, options: Sequence[tuple[str, str]]) -> html.Select:
    return html.Select([html.Option(word, value=value) for value, word in options], id=component_id, className="field")


def _when(component_id: str) -> html.Div:
    # Dash has no field of a date and an hour without a library of its own; the script puts the browser's there.
    return html.Div(className="works-when", **{"data-instant": component_id})


def _field(label: str, control: object) -> html.Label:
    return html.Label([html.Span(label, className="form-label"), control], className="form-field")
