"""What services agree for officials' figures: factors, targets and declared volumes of the reader's domains, as they are in force, and who changed them."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.indicator import Agreed, Declared, Factor, Indicator, Volume
from hypervisor.layers import service
from hypervisor.queries.officials import declarations
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, agreements, indicators
from hypervisor.store.agreements import Change

MOST_CHANGES = 50


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a domain has. factors: key → those declared by the layer, then those of the service, oldest first."""

    domain: str
    factors: dict[str, tuple[Factor, ...]]
    indicators: tuple[Indicator, ...]
    targets: dict[str, tuple[Agreed, ...]]
    volumes: tuple[Volume, ...]
    declared: dict[str, tuple[Declared, ...]]


@dataclass(frozen=True, kw_only=True)
class Agreements:
    """All domains that the reader answers for, and the last changes."""

    domains: tuple[Known, ...]
    changes: Sequence[Change]


def agreements_of(h: Hypervisor, uow: UnitOfWork) -> Agreements:
    """What is in force in the reader's domains."""
    who = require("indicator:agree")
    every = [key for key in declarations(h) if who.may("indicator:agree", key)]
    own, targets, declared = indicators.factors(uow, {}), indicators.targets(uow), indicators.declared(uow)
    domains = []
    for key in every:
        layer = h.layers.get(key)
        given = layer.factors if layer else service.FACTORS
        volumes = layer.volumes if layer else service.VOLUMES
        domains.append(
            Known(
                domain=key,
                factors={one.key: (one, *(each for each in own if each.key == one.key)) for one in given},
                indicators=declarations(h)[key],
                targets={one.key: tuple(each for each in targets if each.indicator == one.key) for one in declarations(h)[key]},
                volumes=volumes,
                declared={one.key: tuple(sorted((each for each in declared if each.key == one.key), key=lambda each: each.since)) for one in volumes},
            )
        )
    return Agreements(domains=tuple(domains), changes=agreements.history(uow, None if who.layers is None else every, MOST_CHANGES))


def domain_of(h: Hypervisor, kind: str, key: str) -> str | None:
    """The domain that a factor, an indicator or a volume belongs to; None when nothing is called so."""
    for domain, found in declarations(h).items():
        layer = h.layers.get(domain)
        names = {
            "factor": {one.key for one in (layer.factors if layer else service.FACTORS)},
            "target": {one.key for one in found},
            "declared": {one.key for one in (layer.volumes if layer else service.VOLUMES)},
        }[kind]
        if key in names:
            return domain
    return None


def unit_of(h: Hypervisor, kind: str, key: str) -> str:
    """The unit of a factor or of a volume, as declared."""
    for domain in declarations(h):
        layer = h.layers.get(domain)
        named: Sequence[Factor | Volume] = (layer.factors if layer else service.FACTORS) if kind == "factor" else (layer.volumes if layer else service.VOLUMES)
        for one in named:
            if one.key == key:
                return one.unit
    return ""
