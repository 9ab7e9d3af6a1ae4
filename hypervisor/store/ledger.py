"""What is already in history: the last stream entry of each (stream, incarnation), written in the transaction that stores it."""

import psycopg


def last_id(cursor: psycopg.Cursor, tenant: int, stream: str, incarnation: str) -> str:
    """The last entry that history holds, "0-0" for none."""
    row = cursor.execute("SELECT last_id FROM ingest_ledger WHERE tenant = %s AND stream = %s AND incarnation = %s", (tenant, stream, incarnation)).fetchone()
    return row[0] if row else "0-0"


def write(cursor: psycopg.Cursor, tenant: int, stream: str, incarnation: str, entry_id: str) -> None:
    """Says that history holds everything up to this entry."""
    cursor.execute(
        "INSERT INTO ingest_ledger (tenant, stream, incarnation, last_id) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (tenant, stream, incarnation) DO UPDATE SET last_id = excluded.last_id, committed_at = now()",
        (tenant, stream, incarnation, entry_id),
    )
