"""What officials read of money: what a domain spends of its budget, both declared by its service, and what all domains save once the platform is paid for."""

from collections.abc import Callable

from hypervisor.domain.indicator import Indicator, Parts, Target, Volume
from hypervisor.i18n import N_

SAVINGS = "savings"
"""Role of the costs avoided, in k€, that a domain's figures give."""
VOLUMES = (Volume(key="platform_cost", label=N_("Coût de la plateforme"), unit="€"),)


def volumes_of(layer: str) -> tuple[Volume, ...]:
    """What a domain declares of its money, over periods that it chooses."""
    return (Volume(key=f"{layer}_budget", label=N_("Budget voté"), unit="€"), Volume(key=f"{layer}_spent", label=N_("Dépenses"), unit="€"))


def _share(layer: str) -> Callable[[Parts], float | None]:
    def share(parts: Parts) -> float | None:
        budget, spent = parts.volume(f"{layer}_budget"), parts.volume(f"{layer}_spent")
        return 100 * spent / budget if budget and spent is not None else None

    return share


def _spent(layer: str) -> Callable[[Parts], float | None]:
    return lambda parts: None if (spent := parts.volume(f"{layer}_spent")) is None else spent / 1000


def indicators_of(layer: str, owner: str) -> tuple[Indicator, ...]:
    """A domain's figures of money. owner: msgid."""
    return (
        Indicator(
            key=f"{layer}_budget_spent", label=N_("Part du budget dépensée"), unit="%", owner=owner, declared=(f"{layer}_budget", f"{layer}_spent"),
            formula=N_("Dépenses déclarées de la période ÷ budget déclaré de la même période, chaque déclaration au prorata de ses jours : 100 % est le rythme du budget, et un an donne la part dépensée."),
            source=N_("Budget et dépenses déclarés par le service"), value=_share(layer), target=Target(high=100, source=N_("Budget voté, déclaré par le service")),
        ),
        Indicator(
            key=f"{layer}_spent", label=N_("Dépenses"), unit="k€", owner=owner, declared=(f"{layer}_spent",), adds_up=True,
            formula=N_("Dépenses déclarées de la période, chaque déclaration au prorata de ses jours."), source=N_("Dépenses déclarées par le service"), value=_spent(layer),
        ),
    )  # fmt: skip


def net_savings(parts: Parts) -> float | None:
    """Costs avoided by all domains less the declared cost of the platform over the days measured, in k€."""
    avoided, cost = parts.across(SAVINGS), parts.volume("platform_cost", *(term.measure for _domain, term in parts.terms.get(SAVINGS, ())))
    return avoided - cost / 1000 if avoided is not None and cost is not None else None


MONEY = (
    Indicator(
        key="net_savings", label=N_("Économies nettes du coût de la plateforme"), unit="k€", across=SAVINGS, declared=("platform_cost",), direction="up", adds_up=True,
        owner=N_("Direction des finances"), estimate=N_("le coût évité se compare à une référence figée"),
        formula=N_("Somme des coûts évités des domaines qui en calculent un, moins le coût déclaré de la plateforme, au prorata des jours mesurés. Négatif tant que la plateforme coûte plus que ce qu’elle évite."),
        source=N_("Coûts évités des domaines ; coût de la plateforme déclaré par le service"), value=net_savings,
    ),
)  # fmt: skip
