"""What officials read of the room's load, by the computation of the chief's own panel (domain/alarm_load.py). Of the room, never of a person (screens.md §6)."""

from collections.abc import Callable

from hypervisor.domain.alarm_load import MARKS
from hypervisor.domain.indicator import LEAST_CASES, Indicator, Parts, Target
from hypervisor.i18n import N_

OWNER = N_("Hypervision, chef de salle")
SOURCE = N_("Journal des alarmes de l’hyperviseur, hors alarmes masquées ; prises de poste")
MARK = N_("Repère du métier, EEMUA 191")
NOBODY = N_("Aucune prise de poste sur la période : le nombre d’opérateurs n’est pas connu.")


def _named(name: str, scale: float = 1.0) -> Callable[[Parts], float | None]:
    return lambda parts: None if (found := parts.counted("load", name)) is None else scale * found


LOAD = (
    Indicator(
        key="alarm_rate", label=N_("Alarmes par opérateur et par 10 min"), unit="", tally="load", of_all=True, digits=2, direction="down", owner=OWNER, unsaid=NOBODY,
        formula=N_("Fois où une alarme a demandé la salle (levée, revenue, aggravée, rappelée), divisées par les tranches de 10 minutes et par le nombre moyen d’opérateurs en poste quand il y en a. Le même calcul que la charge d’alarmes de Santé."),
        source=SOURCE, value=_named("per_operator_per_step"), target=Target(high=MARKS["per_operator_per_step"], source=MARK),
    ),
    Indicator(
        key="time_in_flood", label=N_("Temps en avalanche d’alarmes"), unit="%", tally="load", of_all=True, digits=2, direction="down", owner=OWNER, unsaid=NOBODY,
        formula=N_("Tranches de 10 minutes où chaque opérateur en poste, en moyenne, a reçu plus de dix alarmes, divisées par les tranches de la période."),
        source=SOURCE, value=_named("share_in_flood", 100), target=Target(high=100 * MARKS["share_in_flood"], source=MARK),
    ),
    *(
        Indicator(
            key=f"{name}_share", label=label, unit="%", tally="load", of_all=True, least=LEAST_CASES, owner=OWNER,
            formula=N_("Fois où une alarme de cette priorité a demandé la salle, divisées par toutes ; les informations ne demandent personne."), source=SOURCE,
            value=_named(name, 100), target=target,
        )
        for name, label, target in (
            ("critical", N_("Part des alarmes critiques"), Target(high=100 * MARKS["critical"], source=MARK)),
            ("major", N_("Part des alarmes majeures"), Target(high=100 * MARKS["major"], source=MARK)),
            ("minor", N_("Part des alarmes mineures"), Target(low=100 * MARKS["minor"], source=MARK)),
        )
    ),
)  # fmt: skip
