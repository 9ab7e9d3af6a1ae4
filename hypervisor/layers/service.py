"""What officials read of the service itself, whatever the layer: how fast alarms are acknowledged and equipment restored. By service, never by agent (screens.md §6)."""

from datetime import date

from hypervisor.domain.delay_formulas import median, ninth, within
from hypervisor.domain.indicator import LEAST_CASES, Factor, Indicator, Target
from hypervisor.i18n import N_
from hypervisor.service.budget import MONEY, VOLUMES
from hypervisor.service.carbon import AVOIDED
from hypervisor.service.crises import CRISES
from hypervisor.service.load import LOAD
from hypervisor.service.reach import REACH
from hypervisor.service.reports import REPORTS

__all__ = ["FACTORS", "INDICATORS", "SLA_HOURS", "VOLUMES"]
OWNER = N_("Hypervision, chef de salle")
SLA_HOURS = {1: "sla_critical_h", 2: "sla_major_h", 3: "sla_minor_h"}
"""priority → factor: hours in which an event of that priority is to be resolved."""

FACTORS = tuple(
    Factor(key=key, label=label, unit="h", value=hours, since=date(2020, 1, 1), source=N_("Choisi par nous ; à remplacer par l’engagement de service"))
    for key, label, hours in (
        ("sla_critical_h", N_("Délai de résolution, priorité critique"), 4.0),
        ("sla_major_h", N_("Délai de résolution, priorité majeure"), 24.0),
        ("sla_minor_h", N_("Délai de résolution, priorité mineure"), 72.0),
    )
)


INDICATORS = (
    Indicator(
        key="acknowledgement", label=N_("Acquittement médian"), unit="min", delays="acknowledgement", direction="down", least=LEAST_CASES, owner=OWNER,
        formula=N_("Médiane du temps entre la levée et l’acquittement des alarmes levées dans la période et acquittées ; neuf sur dix le sont en moins du second chiffre. Toutes équipes ensemble, jamais par agent."),
        source=N_("Alarmes de l’hyperviseur, hors informations"), value=median("acknowledgement", 60), beside=ninth("acknowledgement", 60),
        clause=N_("une alarme est acquittée en {value} (médiane)"), target=Target(high=5, source=N_("Objectif de la salle, valeur de la démonstration")),
    ),
    Indicator(
        key="acknowledged_in_time", label=N_("Alarmes acquittées dans le délai"), unit="%", delays="acknowledgement", direction="up", least=LEAST_CASES, owner=OWNER,
        formula=N_("Alarmes acquittées avant l’heure limite de leur règle, divisées par les alarmes qui en ont une et sont acquittées ou en retard."),
        source=N_("Alarmes de l’hyperviseur ; délais de décision des règles"), value=within("acknowledgement"),
    ),
    Indicator(
        key="restoration", label=N_("Retour à la normale médian"), unit="h", delays="restoration", direction="down", least=LEAST_CASES, owner=OWNER,
        formula=N_("Médiane du temps entre la levée d’une alarme et la fin de sa cause, pour les alarmes levées dans la période et finies ; neuf sur dix le sont en moins du second chiffre."),
        source=N_("Alarmes de l’hyperviseur, hors informations"), value=median("restoration", 3600), beside=ninth("restoration", 3600),
    ),
    Indicator(
        key="resolved_in_time", label=N_("Événements résolus dans le délai"), unit="%", delays="event", direction="up", least=LEAST_CASES, owner=OWNER, factors=tuple(SLA_HOURS.values()),
        formula=N_("Événements résolus dans le délai de leur priorité, divisés par les événements résolus et ceux qui, ouverts, ont dépassé leur délai."),
        source=N_("Événements de l’hyperviseur ; délais versionnés"), value=within("event"), target=Target(low=90, source=N_("Engagement de service, valeur de la démonstration")),
    ),
    Indicator(
        key="event_duration", label=N_("Résolution médiane d’un événement"), unit="h", delays="event", direction="down", least=LEAST_CASES, owner=OWNER,
        formula=N_("Médiane du temps entre l’ouverture d’un événement et sa résolution, attentes comprises ; neuf sur dix le sont en moins du second chiffre."),
        source=N_("Événements de l’hyperviseur"), value=median("event", 3600), beside=ninth("event", 3600),
    ),
    Indicator(
        key="false_alarms", label=N_("Fausses alertes"), unit="%", delays="false_alarm", direction="down", least=LEAST_CASES, owner=OWNER,
        formula=N_("Événements classés fausse alerte, divisés par les événements clos ou classés dans la période."), source=N_("Événements de l’hyperviseur"), value=within("false_alarm"),
    ),
    Indicator(
        key="reopenings", label=N_("Événements rouverts"), unit="%", delays="reopening", direction="down", least=LEAST_CASES, owner=OWNER,
        formula=N_("Événements rouverts depuis, divisés par les événements dont la première résolution est de la période."), source=N_("Événements de l’hyperviseur et leur journal"), value=within("reopening"),
    ),
    *LOAD,
    *REPORTS,
    *CRISES,
    *REACH,
    *AVOIDED,
    *MONEY,
)  # fmt: skip
"""In the order of the domain's page; the first is its card on the first one."""
