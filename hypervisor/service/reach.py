"""Whether equipment is heard: the share that said something in a day, by domain and of all of them."""

from collections.abc import Sequence

from hypervisor.domain.indicator import Indicator, Measure, Parts
from hypervisor.domain.layer import Kind
from hypervisor.i18n import N_

REACHABLE = "reachable"
"""Role of the shares of equipment heard, that a domain's figures give."""


def measure_of(layer: str, kinds: Sequence[Kind]) -> Measure:
    """Days of a domain's equipment of which something is expected; those without a word count too, so that silence lowers the share and not its completeness."""
    heard = tuple(kind for kind in kinds if kind.staleness)
    properties = tuple(dict.fromkeys(key for kind in heard for key in kind.properties))
    return Measure(
        key=f"{layer}_reachable",
        kinds=tuple(kind.key for kind in heard),
        properties=properties,
        watched=properties,
        heard_by="counted",
        sql="""SELECT c.day, a.asset_id, CASE WHEN h.asset_id IS NULL THEN 0 ELSE 1 END AS num, 1 AS den, 0 AS cases, c.hours AS heard
            FROM asset a CROSS JOIN calendar c LEFT JOIN (SELECT DISTINCT day, asset_id FROM hours) h ON h.day = c.day AND h.asset_id = a.asset_id""",
    )


def indicator_of(layer: str, owner: str) -> Indicator:
    """A domain's share. owner: msgid."""
    return Indicator(
        key=f"{layer}_reachable", label=N_("Équipements joignables"), unit="%", measure=f"{layer}_reachable", direction="up", role=REACHABLE, owner=owner,
        formula=N_("Équipements dont une mesure au moins est arrivée dans la journée, divisés par les équipements dont on en attend, jour par jour ; ceux de l’inventaire d’aujourd’hui."),
        source=N_("Mesures reçues ; inventaire"), value=lambda parts: parts.ratio(f"{layer}_reachable"),
    )  # fmt: skip


def _reachable(parts: Parts) -> float | None:
    sums = [parts.sums(term.measure) for term in parts.present(REACHABLE)]
    expected = sum(each.den for each in sums)
    return 100 * sum(each.num for each in sums) / expected if expected else None


REACH = (
    Indicator(
        key="equipment_reachable", label=N_("Équipements joignables"), unit="%", across=REACHABLE, direction="up", owner=N_("Direction du numérique"),
        formula=N_("Équipements de tous les domaines dont une mesure au moins est arrivée dans la journée, divisés par ceux dont on en attend, jour par jour."),
        source=N_("Mesures reçues ; inventaire"), value=_reachable,
    ),
)  # fmt: skip
