"""Numbers for the properties that layers declare: history stores a small integer instead of a name."""

import psycopg

from hypervisor import layers


def synchronise(connection: psycopg.Connection) -> None:
    """Adds a number for each declared property that has none yet. Numbers never change and are never given twice."""
    declared = [(layer.key, prop.key, prop.unit) for layer in layers.all_layers().values() for prop in layer.properties]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO property (layer, key, unit) VALUES (%s, %s, %s) ON CONFLICT (layer, key) DO UPDATE SET unit = excluded.unit WHERE property.unit <> excluded.unit",
            declared,
        )


def numbers(connection: psycopg.Connection) -> dict[tuple[str, str], int]:
    """(layer, property) → number."""
    return {(layer, key): number for number, layer, key in connection.execute("SELECT id, layer, key FROM property")}
