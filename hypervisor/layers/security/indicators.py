"""What officials read of security: whether equipment works. Nothing is said of what cameras see, nor of anybody."""

from hypervisor.domain.indicator import Indicator, Measure, Target
from hypervisor.i18n import N_
from hypervisor.service import budget

OWNER = N_("Centre de supervision")


def _reachable(kind: str, prop: str) -> Measure:
    return Measure(
        key=f"security_{kind}",
        kinds=(kind,),
        properties=(prop,),
        watched=(prop,),
        heard_by="day",
        sql=f"SELECT day, asset_id, sum(mean) AS num, count(*) AS den, 0 AS cases FROM hours WHERE property_id = {{{prop}}} GROUP BY ALL",  # noqa: S608 - ours
    )


MEASURES = (_reachable("camera", "camera_status"), _reachable("switch", "switch_status"))

DECLARED = budget.volumes_of("security")
INDICATORS = (
    Indicator(
        key="cameras_reachable", label=N_("Disponibilité des caméras"), unit="%", measure="security_camera", direction="up", digits=2, owner=OWNER,
        formula=N_("Moyenne, sur les heures entendues de chaque caméra, de la part du temps où elle est en ligne."), source=N_("État donné par les caméras"),
        value=lambda parts: parts.ratio("security_camera"), target=Target(low=98, source=N_("Objectif de disponibilité de la couche")),
    ),
    Indicator(
        key="switches_reachable", label=N_("Disponibilité du réseau"), unit="%", measure="security_switch", direction="up", digits=2, owner=OWNER,
        formula=N_("Moyenne, sur les heures entendues de chaque commutateur, de la part du temps où il est en ligne."), source=N_("État donné par les commutateurs"),
        value=lambda parts: parts.ratio("security_switch"),
    ),
    *budget.indicators_of("security", OWNER),
)  # fmt: skip
"""In the order of the domain's page; the first is its card on the first one."""
