"""The territory's posture: four levels, and how long an exercise may last (screens.md 1.2 and B.1)."""

from datetime import timedelta
from enum import IntEnum


class Level(IntEnum):
    """Levels of the posture."""

    WATCH = 0
    VIGILANCE = 1
    ALERT = 2
    CRISIS = 3


WORDS = {Level.WATCH: "Veille", Level.VIGILANCE: "Vigilance", Level.ALERT: "Alerte", Level.CRISIS: "Crise"}
"""As the logbook keeps them, in French (screens.md 4.1)."""
PCS = Level.CRISIS
"""The level that stands for the activation of the municipal safety plan (plan communal de sauvegarde): crisis opens the municipal command post (screens.md 1.3). Chosen by us."""
LONGEST = timedelta(hours=72)
"""An exercise that is forgotten would keep the on-call's SMS back for ever: it ends by itself. Three days hold the longest of municipal exercises; chosen by us."""
PREFIX = "EXERCICE — "
"""What every message written during an exercise begins with (screens.md B.1). French, like every message to people outside the room."""
HELD = frozenset({"sms", "call"})
"""Channels that an exercise keeps back, unless it was armed."""
