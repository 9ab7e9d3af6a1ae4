"""What officials read of drinking water. Official figures keep their SISPEA code; on less than a year they are rolling estimates and say so."""

from datetime import date

from hypervisor.domain.delay_formulas import cases, median, ninth
from hypervisor.domain.indicator import LEAST_CASES, Factor, Indicator, Measure, Parts, Target, Volume
from hypervisor.i18n import N_
from hypervisor.service import budget

OWNER = N_("Régie des eaux")
HEARD_SHARE = 0.75
"""Share of a day's hours from which a meter's mean stands for the day. Chosen by us: a night without news leaves the day known."""

# A day's volume is the mean of the hours heard × the hours of that day, 23 or 25 when clocks change.
SUPPLIED = Measure(
    key="water_supplied",
    kinds=("district_meter",),
    properties=("flow",),
    watched=("flow",),
    sql=f"""
        SELECT h.day, h.asset_id, avg(h.mean) * any_value(c.hours) AS num, any_value(c.hours) AS den, 0 AS cases
        FROM hours h JOIN calendar c USING (day) WHERE h.property_id = {{flow}} GROUP BY h.day, h.asset_id HAVING count(*) >= {HEARD_SHARE} * any_value(c.hours)""",  # noqa: S608 - ours
)
NIGHT_FLOW = Measure(
    key="water_night",
    kinds=("district_meter",),
    properties=("flow",),
    watched=("flow",),
    heard_by="day",
    sql="SELECT day, asset_id, min(mean) AS num, 1 AS den, 0 AS cases FROM hours WHERE property_id = {flow} AND local_hour >= 2 AND local_hour < 5 GROUP BY ALL",
)
MAINS = Measure(
    key="water_mains",
    kinds=("main",),
    properties=(),
    reads=(),
    attributes=("length_m",),
    sql="SELECT c.day, a.asset_id, TRY_CAST(a.length_m AS DOUBLE) / 1000 AS num, 0 AS den, 0 AS cases FROM asset a CROSS JOIN calendar c WHERE TRY_CAST(a.length_m AS DOUBLE) > 0",
)
MEASURES = (SUPPLIED, NIGHT_FLOW, MAINS)

DECLARED = (
    Volume(key="water_authorised", label=N_("Volume consommé autorisé"), unit="m³"),
    Volume(key="water_counted", label=N_("Volume comptabilisé"), unit="m³"),
    Volume(key="water_sold", label=N_("Volume vendu en gros"), unit="m³"),
    *budget.volumes_of("water"),
)
"""Declared by the service. What is produced and bought is what is supplied plus what is sold."""
FACTORS = (
    Factor(key="night_use_m3_h", label=N_("Usage nocturne légitime d’un secteur"), unit="m³/h", value=2.0, since=date(2020, 1, 1),
           source=N_("Ordre de grandeur choisi par nous ; à remplacer par les relevés de nuit des gros consommateurs et un forfait par abonné")),
)  # fmt: skip
VOLUMES = tuple(volume.key for volume in DECLARED if volume.unit == "m³")


def _km_days(parts: Parts) -> float:
    """Kilometres of mains × days on which the network was heard."""
    heard = parts.heard_days("water_supplied")
    return sum(sums.num for day, sums in parts.by_day.get("water_mains", {}).items() if day in heard)


def efficiency(parts: Parts) -> float | None:
    """P104.3: (authorised + sold) ÷ (produced + bought), in %."""
    supplied, authorised, sold = parts.total("water_supplied"), parts.volume("water_authorised", "water_supplied"), parts.volume("water_sold", "water_supplied")
    if supplied is None or authorised is None or sold is None or supplied + sold <= 0:
        return None
    return 100 * (authorised + sold) / (supplied + sold)


def losses_per_km(parts: Parts, consumed: str) -> float | None:
    """(supplied − a declared consumption) ÷ (days × km of mains), in m³/km/day: P106.3 with the authorised one, P105.3 with the counted one."""
    supplied, declared, km_days = parts.total("water_supplied"), parts.volume(consumed, "water_supplied"), _km_days(parts)
    return (supplied - declared) / km_days if supplied is not None and declared is not None and km_days else None


def consumption_per_km(parts: Parts) -> float | None:
    """ILC: (authorised + sold) ÷ (days × km of mains), in m³/km/day."""
    authorised, sold, km_days = parts.volume("water_authorised", "water_supplied"), parts.volume("water_sold", "water_supplied"), _km_days(parts)
    return (authorised + sold) / km_days if authorised is not None and sold is not None and km_days else None


def decree_gap(parts: Parts) -> float | None:
    """Points above (or, negative, below) the least efficiency of the « leak » decree: 85, or 65 + 0.2 × ILC when that is lower."""
    reached, used = efficiency(parts), consumption_per_km(parts)
    return reached - min(85.0, 65.0 + 0.2 * used) if reached is not None and used is not None else None


def night_flow(parts: Parts) -> float | None:
    """Mean night minimum of a meter × meters of the perimeter."""
    found = parts.sums("water_night")
    return found.num / found.den * found.expected / found.days if found.den and found.days else None


def leaks(parts: Parts) -> float | None:
    """Night minimum less the legitimate use of each meter's district, over the 24 hours of a day, in m³; nothing below zero."""
    flow, found, use = night_flow(parts), parts.sums("water_night"), parts.factor("night_use_m3_h")
    return max(0.0, flow - use * found.expected / found.days) * 24 if flow is not None and use is not None else None


INDICATORS = (
    Indicator(
        key="water_efficiency", label=N_("Rendement du réseau d’eau"), unit="%", measure="water_supplied", code="P104.3", direction="up", owner=OWNER, declared=VOLUMES,
        formula=N_("(volume consommé autorisé + volume vendu en gros) ÷ (volume produit + volume acheté en gros) × 100. Volume mis en distribution : débit moyen de chaque compteur de secteur × heures du jour, pour les jours entendus aux trois quarts ; volumes déclarés au prorata des jours entendus."),
        source=N_("Compteurs de secteur ; volumes déclarés par la régie"), value=efficiency, clause=N_("le rendement du réseau d’eau est de {value}"),
        target=Target(low=82, source=N_("Contrat d’objectifs, valeur de la démonstration")),
    ),
    Indicator(
        key="water_losses", label=N_("Pertes par kilomètre (ILP)"), unit="m³/km/j", measure="water_supplied", code="P106.3", direction="down", owner=OWNER, declared=VOLUMES[:1],
        formula=N_("(volume mis en distribution − volume consommé autorisé) ÷ (jours × kilomètres de conduites, branchements exclus)."),
        source=N_("Compteurs de secteur ; volumes déclarés ; longueurs de l’inventaire"), value=lambda parts: losses_per_km(parts, "water_authorised"),
    ),
    Indicator(
        key="water_uncounted", label=N_("Volumes non comptés par kilomètre"), unit="m³/km/j", measure="water_supplied", code="P105.3", direction="down", owner=OWNER, declared=VOLUMES[1:2],
        formula=N_("(volume mis en distribution − volume comptabilisé) ÷ (jours × kilomètres de conduites)."), source=N_("Compteurs de secteur ; volumes déclarés ; longueurs de l’inventaire"),
        value=lambda parts: losses_per_km(parts, "water_counted"),
    ),
    Indicator(
        key="water_decree", label=N_("Écart au seuil du décret « fuites »"), unit=N_("points"), measure="water_supplied", direction="up", owner=OWNER, declared=VOLUMES,
        formula=N_("Rendement moins le plus petit de 85 et de 65 + 0,2 × ILC, où ILC = (consommé autorisé + vendu en gros) ÷ (jours × kilomètres). Conforme à partir de zéro ; hors zone de répartition des eaux."),
        source=N_("Rendement et ILC de la même période ; décret no 2012-97, texte en vigueur à vérifier auprès de l’agence de l’eau"), value=decree_gap, target=Target(low=0, source=N_("Décret no 2012-97")),
    ),
    Indicator(
        key="night_flow", label=N_("Débit minimum nocturne"), unit="m³/h", measure="water_night", direction="down", owner=OWNER,
        formula=N_("Pour chaque secteur et chaque nuit, plus petite moyenne horaire entre 2 h et 5 h ; moyenne des nuits et des secteurs entendus × nombre de secteurs. Il contient l’usage nocturne légitime."),
        source=N_("Compteurs de secteur"), value=night_flow,
    ),
    Indicator(
        key="water_leaks", label=N_("Fuites estimées"), unit=N_("m³/j"), measure="water_night", digits=0, direction="down", owner=OWNER, factors=("night_use_m3_h",),
        formula=N_("(débit minimum nocturne − usage nocturne légitime d’un secteur × nombre de secteurs) × 24 h ; zéro s’il est négatif. La pression plus haute la nuit fait fuir davantage : le chiffre est un majorant."),
        source=N_("Compteurs de secteur ; usage nocturne versionné"), value=leaks, estimate=N_("usage nocturne forfaitaire"),
    ),
    Indicator(
        key="water_supplied", label=N_("Volume mis en distribution"), unit="m³", measure="water_supplied", digits=0, adds_up=True, owner=OWNER,
        formula=N_("Débit moyen de chaque compteur de secteur × heures du jour (23 ou 25 aux changements d’heure), pour les jours entendus aux trois quarts."), source=N_("Compteurs de secteur"),
        value=lambda parts: parts.total("water_supplied"),
    ),
    Indicator(
        key="leaks_repaired", label=N_("Fuites réparées"), unit="", delays="leak", digits=0, adds_up=True, least=LEAST_CASES, owner=OWNER,
        formula=N_("Événements de l’eau résolus dans la période qui sont une fuite : rupture de canalisation, fuite signalée, ou fuite écrite comme cause par la salle ou par le terrain. Fausses alertes et événements fusionnés exclus. Aucun volume épargné n’est donné : le débit d’une fuite n’est pas mesuré à part du minimum nocturne de son secteur, et nul ne sait combien de jours elle aurait coulé sans détection."),
        source=N_("Événements et interventions de l’hyperviseur"), value=cases("leak"),
    ),
    Indicator(
        key="leak_repair", label=N_("Réparation médiane d’une fuite"), unit="h", delays="leak", direction="down", least=LEAST_CASES, owner=OWNER,
        formula=N_("Médiane du temps entre la détection d’une fuite (première alarme, ou ouverture de l’événement si elle vient avant) et la résolution de son événement, dans la période ; neuf sur dix le sont en moins du second chiffre."),
        source=N_("Événements et interventions de l’hyperviseur"), value=median("leak", 3600), beside=ninth("leak", 3600), clause=N_("une fuite est réparée en {value} (médiane)"),
    ),
    *budget.indicators_of("water", OWNER),
)  # fmt: skip
"""In the order of the domain's page; the first is its card on the first one."""
