"""Who acts: roles, what each may do, and the perimeter of a session (screens.md B.9)."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """The roles of screens.md B.9."""

    DISPLAY = "display"
    OPERATOR = "operator"
    CHIEF = "chief"
    AGENT = "agent"
    DUTY_OFFICER = "duty_officer"
    OFFICIAL = "official"
    TRADE_MANAGER = "trade_manager"
    ADMIN = "admin"
    DPO = "dpo"


OPERATE = frozenset(
    {
        "map:read",
        "asset:read",
        "alarm:read",
        "alarm:act",
        "alarm:mask",
        "alarm:raise",
        "works:write",
        "event:read",
        "event:act",
        "intervention:read",
        "intervention:dispatch",
        "procedure:read",
        "logbook:read",
        "logbook:write",
        "observation:read",
        "posture:read",
    }
)
"""What the desk does, by a person's hand or a program's."""

PERMISSIONS: MappingProxyType[Role, frozenset[str]] = MappingProxyType(
    {
        Role.DISPLAY: frozenset({"screen:mur", "screen:crise", "map:read", "alarm:read", "event:read", "asset:read", "posture:read"}),
        Role.OPERATOR: OPERATE
        | {
            "screen:mur",
            "screen:console",
            "screen:journal",
            "screen:crise",
            "screen:poste",
            "screen:rejeu",
            "screen:regles",
            "screen:sante",
            "rule:read",
            "health:read",
            "replay:annotate",
            "oncall:phone",
            "oncall:read",
            "shift:act",
            "shift:read",
        },
        Role.CHIEF: frozenset(
            {
                "screen:mur",
                "screen:console",
                "screen:journal",
                "screen:crise",
                "screen:poste",
                "screen:elus",
                "screen:terrain",
                "screen:rejeu",
                "screen:exploration",
                "exploration:save",
                "screen:regles",
                "screen:admin",
                "screen:sante",
                "map:read",
                "asset:read",
                "oncall:read",
                "oncall:phone",
                "oncall:write",
                "shift:act",
                "shift:read",
                "shift:manage",
                "alarm:read",
                "alarm:act",
                "alarm:mask",
                "alarm:raise",
                "works:write",
                "alarm:manage",
                "event:read",
                "event:act",
                "event:assign",
                "logbook:read",
                "logbook:write",
                "wall:approve",
                "wall:steer",
                "rule:read",
                "rule:propose",
                "rule:suspend",
                "indicator:read",
                "highlight:write",
                "screen:preparation",
                "report:plan",
                "report:validate",
                "health:read",
                "message:read",
                "message:send",
                "observation:read",
                "intervention:read",
                "intervention:dispatch",
                "intervention:act",
                "replay:annotate",
                "disclosure:ask",
                "procedure:read",
                "procedure:write",
                "procedure:publish",
                "procedure:review",
                "posture:read",
                "posture:propose",
                "exercise:run",
            }
        ),
        Role.AGENT: frozenset(
            {
                "screen:terrain",
                "map:read",
                "asset:read",
                "alarm:read",
                "alarm:act",
                "event:read",
                "event:act",
                "intervention:act",
                "procedure:read",
                "posture:read",
            }
        ),
        Role.DUTY_OFFICER: frozenset(
            {
                "screen:mur",
                "screen:journal",
                "screen:console",
                "screen:crise",
                "screen:elus",
                "screen:terrain",
                "screen:rejeu",
                "screen:sante",
                "map:read",
                "asset:read",
                "oncall:read",
                "oncall:phone",
                "shift:read",
                "alarm:read",
                "event:read",
                "logbook:read",
                "indicator:read",
                "health:read",
                "observation:read",
                "intervention:read",
                "replay:annotate",
                "disclosure:ask",
                "disclosure:decide",
                "procedure:read",
                "posture:read",
                "posture:propose",
                "posture:decide",
                "exercise:run",
            }
        ),
        Role.OFFICIAL: frozenset({"screen:elus", "indicator:read", "posture:read"}),
        Role.TRADE_MANAGER: frozenset(
            {
                "screen:journal",
                "screen:console",
                "screen:elus",
                "screen:exploration",
                "exploration:save",
                "screen:rejeu",
                "screen:regles",
                "screen:sante",
                "map:read",
                "asset:read",
                "oncall:read",
                "alarm:read",
                "event:read",
                "rule:read",
                "rule:propose",
                "rule:write",
                "works:write",
                "indicator:read",
                "highlight:write",
                "screen:preparation",
                "indicator:agree",
                "report:plan",
                "report:validate",
                "health:read",
                "observation:read",
                "logbook:read",
                "intervention:read",
                "intervention:dispatch",
                "replay:annotate",
                "procedure:read",
                "procedure:write",
                "procedure:publish",
                "posture:read",
            }
        ),
        Role.ADMIN: frozenset(
            {
                "screen:regles",
                "screen:admin",
                "screen:sante",
                "rule:read",
                "rule:propose",
                "rule:write",
                "account:write",
                "token:write",
                "wall:approve",
                "health:read",
                "message:read",
                "message:send",
                "audit:read",
                "procedure:read",
                "procedure:write",
                "procedure:publish",
                "posture:read",
            }
        ),
        Role.DPO: frozenset(
            {
                "screen:admin",
                "screen:sante",
                "screen:rejeu",
                "screen:regles",
                "rule:read",
                "audit:read",
                "health:read",
                "procedure:read",
                "posture:read",
                "disclosure:decide",
                "access:open",
            }
        ),
    }
)
"""role → what it may do, everywhere in its perimeter."""

HOME: MappingProxyType[Role, str] = MappingProxyType(
    {
        Role.DISPLAY: "/mur",
        Role.OPERATOR: "/console",
        Role.CHIEF: "/console",
        Role.AGENT: "/terrain",
        Role.DUTY_OFFICER: "/console",
        Role.OFFICIAL: "/elus",
        Role.TRADE_MANAGER: "/console",
        Role.ADMIN: "/admin",
        Role.DPO: "/admin",
    }
)
"""role → page shown after sign-in."""

SCOPES: MappingProxyType[str, frozenset[str]] = MappingProxyType(
    {
        "ingest": frozenset({"observation:write"}),
        "operate": OPERATE,
        "supervise": frozenset({"alarm:raise", "asset:read"}),
        # One system that says both what it measures and what is wrong, as a TALQ gateway does.
        "connect": frozenset({"observation:write", "alarm:raise", "asset:read"}),
        "read": frozenset({"map:read", "asset:read", "alarm:read", "event:read", "intervention:read", "observation:read", "indicator:read", "posture:read"}),
    }
)
"""scope of an API token → what it may do."""


OWNS_EVENTS = frozenset({"event:act", "screen:console"})
"""What it takes to answer for an event: to act on it, and to have the screen where it is followed and closed. A field agent has interventions instead."""


def may_own_events(role: Role) -> bool:
    """Whether someone of this role may be an event's owner (events.md: one owner, at the desk)."""
    return PERMISSIONS[role] >= OWNS_EVENTS


@dataclass(frozen=True, kw_only=True)
class Principal:
    """The person, wall or program that acts, with its perimeter. layers or communes None means all of the tenant's."""

    tenant: int
    account_id: int | None
    name: str
    display_name: str
    role: Role | None
    permissions: frozenset[str]
    layers: frozenset[str] | None = None
    communes: frozenset[int] | None = None
    session_id: str = ""
    csrf: str = ""

    @property
    def has_a_part(self) -> bool:
        """Whether something of the tenant is outside the perimeter."""
        return self.layers is not None or self.communes is not None

    def may(self, permission: str, layer: str | None = None, commune: int | None = None) -> bool:
        """Whether the permission is given, and the layer and commune (when named) are inside the perimeter."""
        return (
            permission in self.permissions
            and (layer is None or self.layers is None or layer in self.layers)
            and (commune is None or self.communes is None or commune in self.communes)
        )
