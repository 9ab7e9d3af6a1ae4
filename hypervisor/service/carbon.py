"""What officials read of carbon: the emissions that all domains avoid, each with its own versioned factor."""

from hypervisor.domain.indicator import Indicator
from hypervisor.i18n import N_

CARBON = "carbon"
"""Role of the emissions avoided, in tCO2e, that a domain's figures give."""

AVOIDED = (
    Indicator(
        key="carbon_avoided", label=N_("Carbone évité"), unit="tCO2e", across=CARBON, direction="up", adds_up=True, owner=N_("Plan climat-air-énergie"),
        formula=N_("Somme des émissions évitées des domaines qui en calculent, chacune à son facteur d’émission versionné ; rien n’est donné tant qu’un domaine équipé ne peut donner la sienne."),
        source=N_("CO2 évité par l’éclairage et par la collecte"), value=lambda parts: parts.across(CARBON), estimate=N_("références figées et facteurs moyens"),
    ),
)  # fmt: skip
