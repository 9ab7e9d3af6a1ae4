"""The form of an event opened by hand: five fields, and those already open near by (screens.md 1.2). assets/js/47-create.js fills and sends it."""

from dash import html

from hypervisor.i18n import N_, _
from layouts import ids
from layouts.parts.keys import cap
from layouts.still import drawn_still, entry

PRIORITIES = (("critical", N_("Critique")), ("major", N_("Majeure")), ("minor", N_("Mineure")))


@drawn_still
def dialog() -> html.Dialog:
    """Opened by `E`; the type proposes the priority."""
    return html.Dialog(
        [
            html.H2(_("Nouvel événement")),
            _field(_("Type"), html.Select([], id="creer-type", className="field")),
            _field(_("Lieu : adresse, équipement ou coordonnées"), entry("creer-lieu", type="search")),
            html.Ul(id="creer-lieux", className="palette-list", role="listbox", **{"aria-label": _("Lieux trouvés")}),
            html.P(id="creer-lieu-dit", className="form-label", role="status"),
            _field(_("Priorité, proposée par le type"), html.Select([html.Option(_(word), value=key) for key, word in PRIORITIES], id="creer-priorite", className="field")),
            _field(_("Ce qui est signalé"), html.Textarea(id="creer-description", className="field", rows=2, maxLength=2000)),
            _field(_("Appelant, facultatif"), entry("creer-appelant", maxLength=200)),
            html.Div(id="creer-doublons", className="duplicates", role="status", hidden=True),
            html.Div(
                [
                    html.Button(_("Ouvrir l’événement"), id=ids.SUBMIT_CREATE, type="button", className="action action--primary", **{"data-testid": ids.SUBMIT_CREATE}),
                    html.Button([cap("Échap"), html.Span(_("Annuler"))], id="creer-fermer", type="button", className="action"),
                ],
                className="form-end",
            ),
        ],
        id="creer",
        className="help create",
        **{"aria-label": _("Nouvel événement"), "data-testid": "nouvel-evenement"},
    )  # fmt: skip


def _field(label: str, control: object) -> html.Label:
    return html.Label([html.Span(label, className="form-label"), control], className="form-field")
