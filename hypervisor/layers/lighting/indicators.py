"""What officials read of public lighting: energy avoided against the reference of before the renovation, and what works at night."""

from datetime import date

from hypervisor.domain.indicator import Factor, Indicator, Measure, Parts, Target
from hypervisor.i18n import N_
from hypervisor.service import budget, carbon

OWNER = N_("Service éclairage public")
GOAL_SHARE = 30.0
"""Per cent of the reference energy to avoid. Chosen by us, until a council sets its own."""

# Energy of an hour: difference of two readings of the index when there are two in a row, else mean power during that hour. A reading below the last one is a meter that
# was reset or replaced: what it shows since then is counted. A difference that the contract's power could not have drawn (twice it: fuses allow no more) is not counted,
# nor is the hour: a sender that changed its unit would otherwise make or hide a saving. The reference is counted for the hours heard and no other: silence saves nothing.
ENERGY = Measure(
    key="lighting_energy",
    kinds=("cabinet",),
    properties=("energy_index", "active_power"),
    watched=("active_power", "energy_index"),
    heard_by="counted",
    attributes=("reference_kw", "power_kw"),
    sql="""
        WITH readings AS (SELECT day, hour, asset_id, high, high - lag(high) OVER w AS grown, hour - lag(hour) OVER w AS hours_since
                          FROM hours WHERE property_id = {energy_index} WINDOW w AS (PARTITION BY asset_id ORDER BY hour)),
        powers AS (SELECT day, hour, asset_id, mean AS kwh FROM hours WHERE property_id = {active_power}),
        counted AS (SELECT day, hour, asset_id, CASE WHEN grown >= 0 THEN grown ELSE high END AS kwh FROM readings WHERE hours_since = 1),
        each_hour AS (SELECT day, hour, asset_id, coalesce(c.kwh, p.kwh) AS kwh FROM powers p FULL JOIN counted c USING (day, hour, asset_id))
        SELECT e.day, e.asset_id, sum(r.kw * coalesce(n.share, 0) - e.kwh) AS num, sum(r.kw * coalesce(n.share, 0)) AS den, 0 AS cases, count(*) AS heard
        FROM each_hour e
        JOIN (SELECT asset_id, coalesce(TRY_CAST(reference_kw AS DOUBLE), TRY_CAST(power_kw AS DOUBLE)) AS kw, TRY_CAST(power_kw AS DOUBLE) AS contract_kw FROM asset) r USING (asset_id)
        LEFT JOIN night n USING (hour)
        WHERE r.kw > 0 AND e.kwh >= 0 AND (r.contract_kw IS NULL OR e.kwh <= 2 * r.contract_kw)
        GROUP BY ALL""",
)
# Expected lit hours are those between sunset and sunrise; the share of the day's values that say a defect is the share of its night spent dark.
AVAILABILITY = Measure(
    key="lighting_availability",
    kinds=("luminaire",),
    properties=("luminaire_status",),
    watched=("luminaire_status",),
    heard_by="day",
    sql="""
        WITH nights AS (SELECT c.day, sum(n.share) AS hours FROM calendar c JOIN night n ON n.hour >= c.first_hour AND n.hour < c.first_hour + c.hours GROUP BY c.day)
        SELECT h.day, h.asset_id, any_value(n.hours) * avg(CASE WHEN h.high > 0 THEN 0.0 ELSE 1.0 END) AS num, any_value(n.hours) AS den, 0 AS cases
        FROM hours h JOIN nights n USING (day) WHERE h.property_id = {luminaire_status} GROUP BY ALL""",
)
# A whole hour off or dimmed, or half of one that holds both: the roll-up keeps the least and the greatest of an hour, not its minutes. A light in defect saves nothing.
DIMMED = Measure(
    key="lighting_dimmed",
    kinds=("luminaire",),
    properties=("power_state", "luminaire_status"),
    watched=("power_state",),
    sql="""
        WITH broken AS (SELECT DISTINCT hour, asset_id FROM hours WHERE property_id = {luminaire_status} AND high > 0)
        SELECT h.day, h.asset_id, sum(n.share * CASE WHEN h.high <= 2 THEN 1.0 WHEN h.low <= 2 THEN 0.5 ELSE 0.0 END) AS num, sum(n.share) AS den, 0 AS cases
        FROM hours h JOIN night n USING (hour) LEFT JOIN broken b USING (hour, asset_id)
        WHERE h.property_id = {power_state} AND b.asset_id IS NULL AND n.share > 0 GROUP BY ALL""",
)
# Order of 27 December 2018 on light nuisance (NOR: TREP1831126A), article 2: heritage lighting, and parks and gardens open to the public, are off at one in the morning at the
# latest. A night complies when nothing is lit from then to the end of the night; whoever goes out during the hour after one is taken as punctual, since values come every ten minutes.
NUISANCE = Measure(
    key="lighting_nuisance",
    kinds=("luminaire",),
    properties=("power_state",),
    watched=("power_state",),
    heard_by="day",
    only=("regulation", "heritage", "park"),
    sql="""
        SELECT h.day, h.asset_id, CASE WHEN bool_or(CASE WHEN h.local_hour = 1 THEN h.low >= 2 ELSE h.high >= 2 END) THEN 0 ELSE 1 END AS num, 1 AS den, 1 AS cases
        FROM hours h JOIN night n USING (hour)
        WHERE h.property_id = {power_state} AND h.local_hour >= 1 AND h.local_hour < 7 AND n.share = 1 GROUP BY h.day, h.asset_id""",
)
MEASURES = (ENERGY, AVAILABILITY, DIMMED, NUISANCE)

DECLARED = budget.volumes_of("lighting")
FACTORS = (
    Factor(key="tariff_electricity", label=N_("Prix de l’électricité"), unit="€/kWh", value=0.17, since=date(2020, 1, 1),
           source=N_("Ordre de grandeur choisi par nous ; à remplacer par le prix du contrat, avec sa date")),
    Factor(key="fe_electricity", label=N_("Facteur d’émission de l’électricité"), unit="kgCO2e/kWh", value=0.048, since=date(2017, 6, 1),
           source=N_("Arrêté du 26 avril 2017, information GES des prestations de transport ; à remplacer par la Base Empreinte en vigueur")),
)  # fmt: skip


def _consumed(parts: Parts) -> float | None:
    found = parts.sums("lighting_energy")
    return (found.den - found.num) / 1000 if found.heard else None


def _goal(parts: Parts) -> Target | None:
    found = parts.sums("lighting_energy")
    return Target(low=GOAL_SHARE / 100 * found.den / 1000, source=N_("Part de l’énergie de référence, objectif de la démonstration")) if found.den else None


INDICATORS = (
    Indicator(
        key="energy_avoided", label=N_("Énergie d’éclairage évitée"), unit="MWh", measure="lighting_energy", direction="up", adds_up=True, owner=OWNER,
        formula=N_("Énergie de référence moins énergie mesurée. Référence : puissance d’avant rénovation de chaque armoire × heures de nuit astronomique, du coucher au lever du soleil, de la même période. Mesure : différences d’index, sinon puissance moyenne de chaque heure. Seules les heures entendues comptent, des deux côtés."),
        source=N_("Compteurs et puissances des armoires ; puissances de référence de l’inventaire, sinon puissances souscrites"),
        value=lambda parts: parts.total("lighting_energy", 0.001), clause=N_("l’éclairage a évité {value}"), goal=_goal,
    ),
    Indicator(
        key="energy_avoided_share", label=N_("Part d’énergie évitée"), unit="%", measure="lighting_energy", direction="up", owner=OWNER,
        formula=N_("Énergie évitée divisée par l’énergie de référence, sur les mêmes heures entendues."), source=N_("Comme l’énergie évitée"),
        value=lambda parts: parts.ratio("lighting_energy"), target=Target(low=GOAL_SHARE, source=N_("Objectif de la démonstration")),
    ),
    Indicator(
        key="energy_consumed", label=N_("Consommation d’éclairage"), unit="MWh", measure="lighting_energy", direction="down", adds_up=True, owner=OWNER,
        formula=N_("Somme des différences d’index des armoires ; sans index, puissance moyenne de chaque heure × une heure. Un index qui recule est un compteur remis à zéro : ce qu’il montre depuis est compté. Une différence que la puissance souscrite ne permet pas est écartée."),
        source=N_("Compteurs et puissances des armoires"), value=_consumed,
    ),
    Indicator(
        key="cost_avoided", label=N_("Coût évité"), unit="k€", role=budget.SAVINGS, measure="lighting_energy", direction="up", adds_up=True, owner=OWNER, factors=("tariff_electricity",),
        formula=N_("Énergie évitée de chaque jour × prix de l’électricité ce jour-là."), source=N_("Énergie évitée ; prix versionné"),
        value=lambda parts: parts.priced("lighting_energy", "tariff_electricity", 0.001),
    ),
    Indicator(
        key="co2_avoided", label=N_("CO2 évité par l’éclairage"), unit="tCO2e", role=carbon.CARBON, measure="lighting_energy", direction="up", adds_up=True, owner=OWNER, factors=("fe_electricity",),
        formula=N_("Énergie évitée de chaque jour × facteur d’émission de l’électricité ce jour-là."), source=N_("Énergie évitée ; facteur versionné"),
        value=lambda parts: parts.priced("lighting_energy", "fe_electricity", 0.001),
    ),
    Indicator(
        key="luminaires_available", label=N_("Disponibilité des points lumineux"), unit="%", measure="lighting_availability", direction="up", digits=2, owner=OWNER,
        formula=N_("1 moins les heures de nuit des points lumineux en défaut, divisées par les heures de nuit des points lumineux entendus ce jour-là."),
        source=N_("État donné par chaque point lumineux"), value=lambda parts: parts.ratio("lighting_availability"), target=Target(low=98, source=N_("Marché d’exploitation, valeur de la démonstration")),
    ),
    Indicator(
        key="luminaires_dimmed", label=N_("Heures d’extinction ou d’abaissement"), unit="%", measure="lighting_dimmed", owner=OWNER,
        formula=N_("Heures de nuit des points lumineux éteints ou abaissés, divisées par les heures de nuit des points lumineux entendus. Une heure qui contient les deux états compte pour moitié ; les heures en défaut ne comptent d’aucun côté."),
        source=N_("Alimentation donnée par chaque point lumineux"), value=lambda parts: parts.ratio("lighting_dimmed"),
    ),
    Indicator(
        key="light_nuisance", label=N_("Conformité nuisances lumineuses"), unit="%", measure="lighting_nuisance", direction="up", least=5, owner=OWNER,
        formula=N_("Nuits sans point allumé d’une heure du matin à la fin de la nuit, divisées par les nuits entendues, pour les points lumineux de mise en valeur du patrimoine et de parcs (attribut regulation de l’inventaire : heritage, park). Une extinction pendant l’heure qui suit une heure est admise. Ni les vitrines, ni les chantiers, ni les parcs ouverts plus tard."),
        source=N_("Alimentation donnée par chaque point lumineux ; arrêté du 27 décembre 2018 relatif aux nuisances lumineuses, article 2"), value=lambda parts: parts.ratio("lighting_nuisance"),
        target=Target(low=100, source=N_("Arrêté du 27 décembre 2018")),
    ),
    *budget.indicators_of("lighting", OWNER),
)  # fmt: skip
"""In the order of the domain's page; the first is its card on the first one."""
