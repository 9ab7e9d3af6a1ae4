"""What officials read of parking: how full, how often full, and how often a place serves."""

from hypervisor.domain.indicator import Indicator, Measure, Target
from hypervisor.i18n import N_
from hypervisor.service import budget

OWNER = N_("Service stationnement")

# A car park that says it is closed all that hour is out of service: its places are not available.
OPEN_HOURS = """
    SELECT h.day, h.hour, h.asset_id, h.mean, TRY_CAST(a.capacity AS DOUBLE) AS places FROM hours h JOIN asset a USING (asset_id)
    LEFT JOIN (SELECT asset_id, hour FROM hours WHERE property_id = {car_park_status} AND high <= 0) s USING (asset_id, hour)
    WHERE h.property_id = {occupancy} AND s.asset_id IS NULL AND TRY_CAST(a.capacity AS DOUBLE) > 0"""
OCCUPANCY = Measure(
    key="parking_occupancy",
    kinds=("car_park",),
    properties=("occupancy", "car_park_status"),
    watched=("occupancy",),
    attributes=("capacity",),
    sql=f"SELECT day, asset_id, sum(mean / 100 * places) AS num, sum(places) AS den, 0 AS cases FROM ({OPEN_HOURS}) GROUP BY ALL",  # noqa: S608 - ours
)
SATURATION = Measure(
    key="parking_saturation",
    kinds=("car_park",),
    properties=("occupancy", "car_park_status"),
    watched=("occupancy",),
    attributes=("capacity",),
    sql=f"SELECT day, asset_id, count(*) FILTER (mean >= 95) AS num, count(*) AS den, 0 AS cases FROM ({OPEN_HOURS}) GROUP BY ALL",  # noqa: S608 - ours
)
# A session begins when a bay that was not occupied is; sessions are counted on the day they begin, their length on the day they end.
CHANGES = """
    SELECT day, observed_at_ms, asset_id, value, lag(value) OVER w AS before, lag(observed_at_ms) OVER w AS before_ms FROM (
        SELECT *, lag(value) OVER (PARTITION BY asset_id ORDER BY observed_at_ms) AS last FROM raw WHERE property_id = {bay_status})
    WHERE last IS NULL OR value <> last WINDOW w AS (PARTITION BY asset_id ORDER BY observed_at_ms)"""
ROTATION = Measure(
    key="parking_sessions",
    kinds=("bay",),
    properties=("bay_status",),
    watched=("bay_status",),
    heard_by="day",
    reads=("hours", "raw"),
    sql=f"""
        SELECT day, asset_id, count(*) AS num, 0 AS den, count(*) AS cases FROM ({CHANGES}) WHERE value = 1 AND before IS NOT NULL GROUP BY ALL
        UNION ALL
        SELECT day, asset_id, 0 AS num, 1 AS den, 0 AS cases FROM hours WHERE property_id = {{bay_status}} GROUP BY day, asset_id HAVING max(high) >= 0""",  # noqa: S608 - ours
)
DURATION = Measure(
    key="parking_duration",
    kinds=("bay",),
    properties=("bay_status",),
    watched=("bay_status",),
    heard_by="day",
    reads=("hours", "raw"),
    sql=f"SELECT day, asset_id, sum(observed_at_ms - before_ms) / 60000 AS num, count(*) AS den, count(*) AS cases FROM ({CHANGES}) WHERE before = 1 GROUP BY ALL",  # noqa: S608 - ours
)
OVERSTAY = Measure(
    key="parking_overstay",
    kinds=("bay",),
    properties=("bay_status",),
    watched=("bay_status",),
    heard_by="day",
    reads=("hours", "raw"),
    attributes=("limit_min",),
    sql=f"""
        SELECT c.day, c.asset_id, count(*) FILTER (c.observed_at_ms - c.before_ms > TRY_CAST(a.limit_min AS DOUBLE) * 60000) AS num, count(*) AS den, count(*) AS cases
        FROM ({CHANGES}) c JOIN asset a USING (asset_id) WHERE c.before = 1 AND TRY_CAST(a.limit_min AS DOUBLE) > 0 GROUP BY ALL""",  # noqa: S608 - ours
)
MEASURES = (OCCUPANCY, SATURATION, ROTATION, DURATION, OVERSTAY)

DECLARED = budget.volumes_of("parking")
INDICATORS = (
    Indicator(
        key="parking_occupancy", label=N_("Stationnement occupé"), unit="%", measure="parking_occupancy", owner=OWNER,
        formula=N_("Heures de places occupées divisées par les heures de places disponibles des parcs ; un parc fermé toute une heure n’y compte pas."),
        source=N_("Taux d’occupation envoyés par les parcs ; capacités de l’inventaire"), value=lambda parts: parts.ratio("parking_occupancy"),
        clause=N_("les parcs de stationnement sont occupés à {value}"), target=Target(low=40, high=85, source=N_("Au-delà de 85 %, on cherche une place ; choisi par nous")),
    ),
    Indicator(
        key="parking_saturation", label=N_("Saturation des parcs"), unit="%", measure="parking_saturation", direction="down", owner=OWNER,
        formula=N_("Heures de parcs dont le taux moyen atteint 95 %, divisées par les heures de parcs entendues."), source=N_("Taux d’occupation envoyés par les parcs"),
        value=lambda parts: parts.ratio("parking_saturation"),
    ),
    Indicator(
        key="parking_rotation", label=N_("Rotation sur voirie"), unit=N_("véh./place/jour"), measure="parking_sessions", direction="up", least=5, owner=OWNER,
        formula=N_("Stationnements commencés divisés par les places × jours disponibles ; une place neutralisée tout un jour n’y compte pas."),
        source=N_("Capteurs de place"), value=lambda parts: parts.ratio("parking_sessions", 1.0),
    ),
    Indicator(
        key="parking_duration", label=N_("Durée moyenne de stationnement"), unit="min", measure="parking_duration", digits=0, least=5, owner=OWNER,
        formula=N_("Durées des stationnements terminés, divisées par leur nombre ; comptés le jour où ils finissent."), source=N_("Capteurs de place"),
        value=lambda parts: parts.ratio("parking_duration", 1.0),
    ),
    Indicator(
        key="parking_overstay", label=N_("Stationnements trop longs"), unit="%", measure="parking_overstay", direction="down", least=5, owner=OWNER,
        formula=N_("Stationnements terminés plus longs que la durée autorisée de leur place, divisés par les stationnements terminés."),
        source=N_("Capteurs de place ; durées autorisées de l’inventaire"), value=lambda parts: parts.ratio("parking_overstay"),
    ),
    Indicator(
        key="bay_sensors", label=N_("Fiabilité des capteurs de place"), unit="%", measure="parking_sessions", direction="up", owner=OWNER,
        formula=N_("Capteurs × jours entendus divisés par les capteurs × jours de l’inventaire."), source=N_("Capteurs de place"),
        value=lambda parts: 100 * found.heard / found.expected if (found := parts.sums("parking_sessions")).expected else None,
    ),
    *budget.indicators_of("parking", OWNER),
)  # fmt: skip
"""In the order of the domain's page; the first is its card on the first one."""
