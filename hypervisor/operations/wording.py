"""Sentences of operations: what the other operator is told, and what the logbook keeps.

The logbook is a record: its lines are in the platform's language, French, whoever reads them. Hours in sentences are the territory's.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

PLACE = ZoneInfo("Europe/Paris")


def hour(at: datetime) -> str:
    """18:05:02, in the territory."""
    return at.astimezone(PLACE).strftime("%H:%M:%S")


def day_and_hour(at: datetime) -> str:
    """11/02/2026 à 18:05, in the territory."""
    return at.astimezone(PLACE).strftime("%d/%m/%Y à %H:%M")


def day_and_second(at: datetime) -> str:
    """11/02/2026 à 18:05:02, in the territory."""
    return at.astimezone(PLACE).strftime("%d/%m/%Y à %H:%M:%S")


def with_comment(sentence: str, comment: str) -> str:
    """The sentence, followed by what the operator wrote."""
    return f"{sentence} — {comment}" if comment else sentence
