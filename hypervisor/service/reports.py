"""What officials read of citizens' reports (Open311): received, first reply, resolution. Their satisfaction is asked by nobody."""

from hypervisor.domain.delay_formulas import cases, median, ninth
from hypervisor.domain.indicator import LEAST_CASES, Indicator
from hypervisor.i18n import N_

OWNER = N_("Relation aux habitants")
SOURCE = N_("Signalements Open311, devenus des alarmes")

REPORTS = (
    Indicator(
        key="reports_received", label=N_("Signalements reçus"), unit="", delays="report", digits=0, adds_up=True, least=LEAST_CASES, owner=OWNER, source=SOURCE,
        formula=N_("Signalements d’habitants reçus dans la période ; le même, répété au même endroit tant qu’il est ouvert, compte une fois."), value=cases("report"),
    ),
    Indicator(
        key="report_reply", label=N_("Première réponse à un signalement"), unit="h", delays="report_reply", direction="down", least=LEAST_CASES, owner=OWNER, source=SOURCE,
        formula=N_("Médiane du temps entre la réception d’un signalement de la période et son acquittement par la salle ; neuf sur dix le sont en moins du second chiffre."),
        value=median("report_reply", 3600), beside=ninth("report_reply", 3600),
    ),
    Indicator(
        key="report_resolution", label=N_("Résolution d’un signalement"), unit="h", delays="report_resolution", direction="down", least=LEAST_CASES, owner=OWNER, source=SOURCE,
        formula=N_("Médiane du temps entre la réception d’un signalement de la période et sa clôture par l’application qui l’a transmis, ou sa fin constatée ; neuf sur dix le sont en moins du second chiffre."),
        value=median("report_resolution", 3600), beside=ninth("report_resolution", 3600), clause=N_("un signalement est résolu en {value} (médiane)"),
    ),
)  # fmt: skip
