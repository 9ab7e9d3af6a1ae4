"""Names of facts: what has happened, past tense, one outbox row each. Bodies are absolute, so that applying one twice is harmless."""

from enum import StrEnum


class Fact(StrEnum):
    """The kind of an outbox row; the body's shape is in docs/live-protocol.md."""

    ALARM_CHANGED = "alarm"
    EVENT_CHANGED = "event"
    INTERVENTION_CHANGED = "intervention"
    LOGBOOK_WRITTEN = "logbook"
    SOURCE_CHANGED = "source"
    LAYOUT_CHANGED = "layout"
    POSTURE_CHANGED = "posture"
    RULE_CHANGED = "rule"
    SESSION_REVOKED = "session"
    SESSION_LOCKED = "lock"
    TOKEN_REVOKED = "token"  # noqa: S105 - a name
