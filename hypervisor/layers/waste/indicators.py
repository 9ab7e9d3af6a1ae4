"""What officials read of waste: whether containers are emptied when they should be, and what that spares."""

from datetime import date

from hypervisor.domain.indicator import Factor, Indicator, Measure, Parts, Target, Volume
from hypervisor.i18n import N_
from hypervisor.service import budget, carbon

OWNER = N_("Service collecte")
DAY_MS = 86_400_000
FALL, ROUND_LEAST = 20, 3
"""Points that a filling falls by when a container is emptied; pickups that make a round of one day. Chosen by us: a sensor wanders by less than five points."""

# The level before is the last one heard before the fall.
PICKUPS = f"""
    SELECT day, asset_id, before FROM (SELECT day, asset_id, value, lag(value) OVER (PARTITION BY asset_id ORDER BY observed_at_ms) AS before FROM raw WHERE property_id = {{filling}})
    WHERE before - value >= {FALL}"""  # noqa: S608 - ours
FILL_AT_PICKUP = Measure(
    key="waste_pickups",
    kinds=("container",),
    properties=("filling",),
    watched=("filling",),
    heard_by="day",
    reads=("hours", "raw"),
    sql=f"SELECT day, asset_id, sum(least(before, 100)) AS num, count(*) AS den, count(*) AS cases FROM ({PICKUPS}) GROUP BY ALL",  # noqa: S608 - ours
)
USELESS = Measure(
    key="waste_useless",
    kinds=("container",),
    properties=("filling",),
    watched=("filling",),
    heard_by="day",
    reads=("hours", "raw"),
    sql=f"SELECT day, asset_id, count(*) FILTER (before < 50) AS num, count(*) AS den, count(*) AS cases FROM ({PICKUPS}) GROUP BY ALL",  # noqa: S608 - ours
)
OVERFLOW = Measure(
    key="waste_overflow",
    kinds=("container",),
    properties=("filling",),
    watched=("filling",),
    heard_by="day",
    sql="""SELECT day, asset_id, count(*) FILTER (mean >= 100) AS num, 1 AS den, count(*) FILTER (mean >= 100) AS cases FROM hours WHERE property_id = {filling} GROUP BY ALL""",
)
# A round crosses communes: it is counted in the commune of its least container, so that communes add up to the territory.
ROUNDS = Measure(
    key="waste_rounds",
    kinds=("container",),
    properties=("filling",),
    watched=("filling",),
    heard_by="day",
    reads=("hours", "raw"),
    attributes=("round",),
    sql=f"""
        SELECT p.day, min(p.asset_id) AS asset_id, 1 AS num, 0 AS den, count(*) AS cases
        FROM ({PICKUPS}) p JOIN asset a USING (asset_id) WHERE a.round IS NOT NULL GROUP BY p.day, a.round HAVING count(*) >= {ROUND_LEAST}""",  # noqa: S608 - ours
)
# From the first value of 100 % to the pickup that follows. A container that was full before the two days read with the question was full for more than a day.
EMPTIED = Measure(
    key="waste_emptied",
    kinds=("container",),
    properties=("filling",),
    watched=("filling",),
    heard_by="day",
    reads=("hours", "raw"),
    sql=f"""
        WITH told AS (SELECT day, observed_at_ms AS told_at, asset_id, value, CASE WHEN lag(value) OVER w - value >= {FALL} THEN 1 ELSE 0 END AS emptied
                      FROM raw WHERE property_id = {{filling}} WINDOW w AS (PARTITION BY asset_id ORDER BY observed_at_ms)),
        runs AS (SELECT *, sum(emptied) OVER (PARTITION BY asset_id ORDER BY told_at ROWS UNBOUNDED PRECEDING) - emptied AS run FROM told),
        filled AS (SELECT asset_id, run, min(told_at) FILTER (value >= 100) AS full_at, max(told_at) FILTER (emptied = 1) AS emptied_at, max(day) FILTER (emptied = 1) AS day FROM runs GROUP BY asset_id, run)
        SELECT day, asset_id, count(*) FILTER (emptied_at - full_at <= {DAY_MS}) AS num, count(*) AS den, count(*) AS cases
        FROM filled WHERE full_at IS NOT NULL AND emptied_at IS NOT NULL GROUP BY ALL""",  # noqa: S608 - ours
)
MEASURES = (FILL_AT_PICKUP, USELESS, OVERFLOW, ROUNDS, EMPTIED)

DECLARED = (
    Volume(key="rounds_reference", label=N_("Tournées du calendrier de référence"), unit=N_("tournées")),
    Volume(key="waste_collected", label=N_("Déchets collectés"), unit="t"),
    Volume(key="waste_recovered", label=N_("Déchets valorisés"), unit="t"),
    *budget.volumes_of("waste"),
)
FACTORS = (
    Factor(key="round_km", label=N_("Longueur d’une tournée"), unit="km", value=46.0, since=date(2020, 1, 1), source=N_("Choisi par nous ; à remplacer par le calendrier de référence")),
    Factor(key="truck_l_100km", label=N_("Consommation d’une benne"), unit="L/100 km", value=60.0, since=date(2020, 1, 1), source=N_("Choisi par nous ; à remplacer par le suivi de la flotte")),
    Factor(key="fe_diesel", label=N_("Facteur d’émission du gazole routier"), unit="kgCO2e/L", value=3.17, since=date(2017, 6, 1),
           source=N_("Arrêté du 26 avril 2017, information GES des prestations de transport ; à remplacer par la Base Empreinte en vigueur")),
)  # fmt: skip


def recovery(parts: Parts) -> float | None:
    """Tonnes recovered ÷ tonnes collected, in %."""
    collected, recovered = parts.volume("waste_collected"), parts.volume("waste_recovered")
    return 100 * recovered / collected if collected and recovered is not None else None


def per_head(parts: Parts) -> float | None:
    """Kilograms collected for each inhabitant; None where a commune's population is not known."""
    collected = parts.volume("waste_collected")
    return 1000 * collected / parts.population if collected is not None and parts.population else None


def rounds_avoided(parts: Parts) -> float | None:
    """Rounds of the frozen reference calendar less rounds done."""
    planned, done = parts.volume("rounds_reference", "waste_rounds"), parts.total("waste_rounds")
    return planned - done if planned is not None and done is not None else None


def km_avoided(parts: Parts) -> float | None:
    """Rounds avoided × length of a round."""
    rounds, length = rounds_avoided(parts), parts.factor("round_km")
    return rounds * length if rounds is not None and length is not None else None


def co2_avoided(parts: Parts) -> float | None:
    """Kilometres avoided × litres per kilometre × emission of a litre, in tonnes."""
    km, litres, emitted = km_avoided(parts), parts.factor("truck_l_100km"), parts.factor("fe_diesel")
    return km * litres / 100 * emitted / 1000 if km is not None and litres is not None and emitted is not None else None


INDICATORS = (
    Indicator(
        key="fill_at_pickup", label=N_("Remplissage à la levée"), unit="%", measure="waste_pickups", least=5, owner=OWNER,
        formula=N_("Somme des remplissages juste avant la levée, divisée par les levées. Une levée est une chute d’au moins 20 points entre deux mesures : celle d’un conteneur presque vide n’est pas vue."),
        source=N_("Sondes de remplissage"), value=lambda parts: parts.ratio("waste_pickups", 1.0), clause=N_("les conteneurs sont levés à {value} de remplissage"),
        target=Target(low=75, high=90, source=N_("Fourchette d’usage, choisie par nous")),
    ),
    Indicator(
        key="useless_pickups", label=N_("Levées inutiles"), unit="%", measure="waste_useless", direction="down", least=5, owner=OWNER,
        formula=N_("Levées d’un conteneur rempli à moins de 50 %, divisées par les levées."), source=N_("Sondes de remplissage"), value=lambda parts: parts.ratio("waste_useless"),
    ),
    Indicator(
        key="overflow", label=N_("Débordement"), unit=N_("bac·h"), measure="waste_overflow", direction="down", digits=0, adds_up=True, owner=OWNER,
        formula=N_("Heures de conteneurs dont le remplissage moyen de l’heure atteint 100 %."), source=N_("Sondes de remplissage"), value=lambda parts: parts.total("waste_overflow"),
        clause=N_("les conteneurs ont débordé {value}"),
    ),
    Indicator(
        key="emptied_in_a_day", label=N_("Conteneurs pleins levés sous 24 h"), unit="%", measure="waste_emptied", direction="up", least=5, owner=OWNER,
        formula=N_("Levées de conteneurs pleins faites au plus 24 h après que la sonde a dit 100 %, divisées par les levées de conteneurs pleins."), source=N_("Sondes de remplissage"),
        value=lambda parts: parts.ratio("waste_emptied"),
    ),
    Indicator(
        key="rounds_avoided", label=N_("Tournées évitées"), unit=N_("tournées"), measure="waste_rounds", direction="up", digits=0, adds_up=True, owner=OWNER, declared=("rounds_reference",),
        formula=N_("Tournées du calendrier de référence, figé, moins tournées faites. Une tournée est faite un jour où au moins trois de ses conteneurs sont levés."),
        source=N_("Sondes de remplissage ; calendrier de référence déclaré par le service"), value=rounds_avoided,
    ),
    Indicator(
        key="km_avoided", label=N_("Kilomètres évités"), unit="km", measure="waste_rounds", direction="up", digits=0, adds_up=True, owner=OWNER, declared=("rounds_reference",), factors=("round_km",),
        formula=N_("Tournées évitées × longueur d’une tournée."), source=N_("Tournées évitées ; longueur versionnée"), value=km_avoided, estimate=N_("longueur moyenne d’une tournée"),
    ),
    Indicator(
        key="waste_co2_avoided", label=N_("CO2 évité par la collecte"), unit="tCO2e", role=carbon.CARBON, measure="waste_rounds", direction="up", adds_up=True, owner=OWNER, declared=("rounds_reference",),
        factors=("round_km", "truck_l_100km", "fe_diesel"), formula=N_("Kilomètres évités × litres par kilomètre × facteur d’émission du gazole."),
        source=N_("Kilomètres évités ; facteurs versionnés"), value=co2_avoided, estimate=N_("longueur et consommation moyennes d’une tournée"),
    ),
    Indicator(
        key="waste_collected", label=N_("Déchets collectés"), unit="t", digits=0, adds_up=True, owner=OWNER, declared=("waste_collected",),
        formula=N_("Tonnes déclarées de la période, chaque déclaration au prorata de ses jours. Aucune pesée n’est lue : c’est le service qui déclare."),
        source=N_("Tonnages déclarés par le service"), value=lambda parts: parts.volume("waste_collected"),
    ),
    Indicator(
        key="waste_recovery", label=N_("Déchets valorisés"), unit="%", direction="up", owner=OWNER, declared=("waste_collected", "waste_recovered"),
        formula=N_("Tonnes valorisées déclarées (matière et organique) ÷ tonnes collectées déclarées, sur les mêmes jours."), source=N_("Tonnages déclarés par le service"), value=recovery,
    ),
    Indicator(
        key="waste_per_head", label=N_("Déchets par habitant"), unit="kg/hab", direction="down", adds_up=True, owner=OWNER, declared=("waste_collected",),
        formula=N_("Tonnes collectées déclarées ÷ population des communes du territoire, sur la période seule : un an donne le chiffre annuel."),
        source=N_("Tonnages déclarés par le service ; population des communes de l’inventaire"), value=per_head, unsaid=N_("La population d’une commune au moins n’est pas connue."),
    ),
    *budget.indicators_of("waste", OWNER),
)  # fmt: skip
"""In the order of the domain's page; the first is its card on the first one."""
