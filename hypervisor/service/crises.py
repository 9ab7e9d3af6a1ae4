"""What officials read of crises: hours at each level of the posture, activations of the municipal safety plan (PCS), and whether its exercise is due."""

from collections.abc import Callable

from hypervisor.domain.indicator import Indicator, Parts, Target
from hypervisor.i18n import N_

LAW = N_("Code de la sécurité intérieure, art. L. 731-3 et L. 731-4 : un exercice tous les cinq ans au moins ; décret no 2022-1532 du 8 décembre 2022")
OWNER = N_("Sécurité civile et gestion de crise")


def _counted(kind: str, name: str) -> Callable[[Parts], float | None]:
    return lambda parts: parts.counted(kind, name)


def exercise_due(parts: Parts) -> Target | None:
    """One exercise in five years; no target where the plan was really carried out within them, which stands for it (décret 2022-1532)."""
    return None if parts.counted("exercises", "activations") else Target(low=1, source=LAW)


CRISES = (
    *(
        Indicator(
            key=f"{name}_hours", label=label, unit="h", tally="posture", of_all=True, adds_up=True, owner=OWNER,
            formula=N_("Heures, coupées exactement aux bornes de la période, pendant lesquelles la posture réelle était à ce niveau ; un niveau joué pendant un exercice ne compte pas."),
            source=N_("Registre de la posture, décisions à deux personnes"), value=_counted("posture", f"{name}_h"),
        )
        for name, label in (("vigilance", N_("Heures en vigilance")), ("alert", N_("Heures en alerte")), ("crisis", N_("Heures en crise")))
    ),
    # The acts of the community itself, not cases about people: the least of five does not mask them.
    Indicator(
        key="pcs_activations", label=N_("Mises en œuvre du PCS"), unit="", tally="posture", of_all=True, digits=0, adds_up=True, owner=OWNER,
        formula=N_("Passages réels de la posture au niveau « Crise », qui vaut mise en œuvre du plan communal de sauvegarde, depuis un niveau plus bas, dans la période."),
        source=N_("Registre de la posture, décisions à deux personnes"), value=_counted("posture", "activations"),
    ),
    Indicator(
        key="exercises", label=N_("Exercices des cinq dernières années"), unit="", tally="exercises", of_all=True, digits=0, direction="up", owner=OWNER, goal=exercise_due,
        formula=N_("Exercices commencés et terminés dans les cinq années qui précèdent la fin de la période. Un est dû tous les cinq ans ; une mise en œuvre réelle du plan dans ces cinq ans en tient lieu, et rien n’est alors dû ; une commune est quitte par l’exercice de son intercommunalité. Ceux d’avant l’installation ne sont pas connus."),
        source=N_("Registre des exercices de la plateforme"), value=_counted("exercises", "exercises"),
    ),
)  # fmt: skip
"""Of the whole territory: the posture is."""
