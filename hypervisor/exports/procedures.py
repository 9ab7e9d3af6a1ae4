"""The printed set of procedures: one tagged PDF, with its contents, to be followed when the screens are dark."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from hypervisor.domain.layer import Layer
from hypervisor.exports import pdf
from hypervisor.i18n import N_, _
from hypervisor.store.procedures import Version

ACTS = {
    "call": N_("Appeler :"),
    "message": N_("Prévenir :"),
    "intervention": N_("Envoyer :"),
    "suppress": N_("Inhiber l’alarme à la console, au retour des écrans."),
}


def as_pdf(procedures: Sequence[Version], layers: Mapping[str, Layer], at: datetime) -> pdf.Printed:
    """The set, by layer then key, in the reader's language."""
    order = {key: rank for rank, key in enumerate(layers)}
    sorted_ones = sorted(procedures, key=lambda one: (order.get(one.layer, len(order)), one.key))
    names = {key: _(layer.label) for key, layer in layers.items()}
    return pdf.make(
        "procedures.html", _("Fiches réflexes en vigueur"), procedures=sorted_ones, layers=names, acts={key: _(word) for key, word in ACTS.items()}, at=at
    )
