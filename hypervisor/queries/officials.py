"""The five figures of /elus. Each says its formula, unit, period and completeness; one that cannot be computed honestly has no value and says why."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.quality import Quality
from hypervisor.hot import present
from hypervisor.i18n import N_
from hypervisor.operations.wording import PLACE
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, assets, indicators, snapshot

DAY, WEEK = timedelta(hours=24), timedelta(days=7)
FULL = 80.0  # %: above, a container is put on a round (the layer's headline `full_containers` says the same)
LEAST_CASES = 5  # screens.md §6: no figure on fewer than five events
REMEMBERED_S = 60.0
MOST_REMEMBERED = 100
TRUSTED = (Quality.FRESH, Quality.LATE, Quality.SIMULATED, Quality.MANUAL)
NIGHT = (2, 5)  # hours of the night minimum flow (screens.md §6, water)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure. label, unit, period, formula and reason are msgids; `values` fill the formula.

    value None: it cannot be said, `reason` says why. completeness: share of what should have been heard that was, 0 to 1, None when nothing should.
    sample: share of the history read; below 1 the figure is an estimate. ninth_decile goes with a median.
    """

    key: str
    layer: str
    label: str
    unit: str
    period: str
    formula: str
    value: float | None
    completeness: float | None
    as_of: datetime
    since: datetime
    until: datetime
    sample: float = 1.0
    ninth_decile: float | None = None
    reason: str = ""

    @property
    def is_estimate(self) -> bool:
        """Whether screens must write « estimation »: a sample, or less than nine tenths heard."""
        return self.sample < 1.0 or (self.completeness is not None and self.completeness < 0.9)


@dataclass(frozen=True)
class _Sources:
    """What the figures are computed from, read once."""

    h: Hypervisor
    uow: UnitOfWork
    tenant: int
    now: datetime
    numbers: dict[tuple[str, str], int]
    counts: dict[tuple[str, str], int]
    layers: frozenset[str] | None
    communes: frozenset[int] | None
    inside: NDArray[np.int64] | None

    def expected(self, layer: str, key: str) -> int:
        """Assets that declare the property."""
        return sum(self.counts.get((layer, kind.key), 0) for kind in self.h.layers[layer].kinds if key in kind.properties)

    def last(self, layer: str, key: str) -> NDArray[np.float64]:
        """Trusted last values of the property that are younger than three of its periods."""
        held = present.read(self.h.redis, self.tenant, layer)
        oldest_ms = (self.now - 3 * self.h.layers[layer].property_of(key).period).timestamp() * 1000
        own = (held.properties == self.numbers.get((layer, key), -1)) & (held.observed_at_ms >= oldest_ms) & np.isin(held.qualities, TRUSTED)
        if self.inside is not None:
            own &= np.isin(held.assets, self.inside)
        values: NDArray[np.float64] = held.values[own]
        return values


Perimeter = tuple[int, frozenset[str] | None, frozenset[int] | None]

_remembered: dict[Perimeter, tuple[float, list[Figure]]] = {}
_one_at_a_time = threading.Lock()


def figures(h: Hypervisor) -> list[Figure]:
    """The figures of the reader's layers and communes, in the order of the page. Kept a minute. Raises Unavailable."""
    who = require("indicator:read")
    with _one_at_a_time:
        perimeter = who.tenant, who.layers, who.communes
        kept = _remembered.get(perimeter)
        if kept is None or time.monotonic() - kept[0] > REMEMBERED_S:
            if len(_remembered) >= MOST_REMEMBERED:
                _remembered.clear()
            kept = _remembered[perimeter] = (time.monotonic(), compute(h, *perimeter))
    return [figure for figure in kept[1] if not figure.layer or who.may("indicator:read", figure.layer)]


def compute(h: Hypervisor, tenant: int, layers: frozenset[str] | None = None, communes: frozenset[int] | None = None) -> list[Figure]:
    """The figures of a perimeter, now. A layer that is not declared has none."""
    with h.database.unit_of_work(tenant) as uow:
        inside = None if communes is None else np.array(assets.inside(uow, communes), np.int64)
        sources = _Sources(h, uow, tenant, h.clock.now(), snapshot.property_numbers(uow), assets.counts(uow, communes), layers, communes, inside)
        return [make(sources) for layer, make in FIGURES if not layer or layer in h.layers]


def _lighting(s: _Sources) -> Figure:
    heard = s.last("lighting", "luminaire_status")
    working = float(np.count_nonzero(heard == 0))
    return Figure(
        key="luminaires_available", layer="lighting", label=N_("Points lumineux disponibles"), unit="%", period=N_("à l’instant"),
        formula=N_("Points lumineux dont le dernier état est « normal », divisés par ceux qui ont donné leur état depuis moins de trois périodes."),
        value=100 * working / len(heard) if len(heard) else None, completeness=_share(len(heard), s.expected("lighting", "luminaire_status")),
        as_of=s.now, since=s.now, until=s.now, reason="" if len(heard) else N_("Aucun point lumineux n’a donné son état."),
    )  # fmt: skip


def _parking(s: _Sources) -> Figure:
    since = s.now - DAY
    found = indicators.average(s.uow, s.numbers.get(("parking", "occupancy"), -1), since, s.now, s.communes)
    return Figure(
        key="parking_occupancy", layer="parking", label=N_("Occupation moyenne des parcs de stationnement"), unit="%", period=N_("24 dernières heures"),
        formula=N_("Moyenne des taux d’occupation reçus de chaque parc sur la période, puis moyenne des parcs, à poids égal."),
        value=found.mean, completeness=_share(found.assets, s.expected("parking", "occupancy")), as_of=s.now, since=since, until=s.now, sample=found.share,
        reason="" if found.mean is not None else N_("Aucun parc n’a donné son occupation."),
    )  # fmt: skip


def _water(s: _Sources) -> Figure:
    since, until = last_night(s.now)
    found = indicators.average(s.uow, s.numbers.get(("water", "flow"), -1), since, until, s.communes)
    return Figure(
        key="night_flow", layer="water", label=N_("Débit nocturne du réseau"), unit="m³/h", period=N_("nuit dernière, de 2 h à 5 h"),
        formula=N_("Somme, sur les compteurs de secteur entendus, de leur débit moyen entre 2 h et 5 h. Il contient l’usage nocturne légitime."),
        value=None if found.mean is None else found.mean * found.assets, completeness=_share(found.assets, s.expected("water", "flow")),
        as_of=s.now, since=since, until=until, sample=found.share,
        reason="" if found.mean is not None else N_("Aucun débit n’a été reçu la nuit dernière entre 2 h et 5 h."),
    )  # fmt: skip


def _waste(s: _Sources) -> Figure:
    heard = s.last("waste", "filling")
    return Figure(
        key="full_containers", layer="waste", label=N_("Conteneurs remplis à 80 % ou plus"), unit="%", period=N_("à l’instant"),
        formula=N_("Conteneurs dont le dernier remplissage atteint 80 %, divisés par ceux qui ont donné le leur depuis moins de trois périodes."),
        value=100 * float(np.count_nonzero(heard >= FULL)) / len(heard) if len(heard) else None, completeness=_share(len(heard), s.expected("waste", "filling")),
        as_of=s.now, since=s.now, until=s.now, reason="" if len(heard) else N_("Aucun conteneur n’a donné son remplissage."),
    )  # fmt: skip


def _acknowledgement(s: _Sources) -> Figure:
    since = s.now - WEEK
    found = indicators.acknowledgement(s.uow, since, s.layers, s.communes)
    enough = found.acknowledged >= LEAST_CASES
    return Figure(
        key="acknowledgement", layer="", label=N_("Délai d’acquittement médian"), unit="min", period=N_("7 derniers jours"),
        formula=N_("Médiane du temps entre la levée et l’acquittement des alarmes levées dans la période et acquittées ; toutes équipes ensemble."),
        value=found.median_s / 60 if enough and found.median_s is not None else None, completeness=_share(found.acknowledged, found.asked),
        as_of=s.now, since=since, until=s.now, ninth_decile=found.ninth_decile_s / 60 if enough and found.ninth_decile_s is not None else None,
        reason="" if enough else N_("Moins de cinq alarmes acquittées : pas de chiffre sur si peu de cas."),
    )  # fmt: skip


FIGURES: tuple[tuple[str, Callable[[_Sources], Figure]], ...] = (
    ("lighting", _lighting), ("parking", _parking), ("water", _water), ("waste", _waste), ("", _acknowledgement),
)  # fmt: skip
"""(layer, how to compute): the order of the page."""


def last_night(now: datetime) -> tuple[datetime, datetime]:
    """The last whole span from 2 h to 5 h in the territory's time, in UTC."""
    here = now.astimezone(PLACE)
    day = here.date() if here.hour >= NIGHT[1] else here.date() - timedelta(days=1)
    begin, end = (datetime(day.year, day.month, day.day, hour, tzinfo=PLACE) for hour in NIGHT)
    return begin.astimezone(now.tzinfo), end.astimezone(now.tzinfo)


def _share(part: int, whole: int) -> float | None:
    return min(1.0, part / whole) if whole else None
