"""What the hub knows of one tenant: its map, its screens by signature, how far its streams were read."""

import asyncio
from dataclasses import dataclass, field

from hypervisor.errors import Unavailable
from hypervisor.feed.clients import Client, Group, Signature
from hypervisor.feed.mirror import Mirror
from hypervisor.i18n import _
from hypervisor.queries.headlines import Figures


@dataclass(eq=False)
class Tenant:
    """mirror None: its layout is not read yet, and its screens wait in `unplaced`. cursors: stream → id of the last entry taken. seq: highest fact taken.

    opened: set once the map was read from both PostgreSQL and Redis. figures: communes of a perimeter (None: all) → its figures.
    """

    id: int
    mirror: Mirror | None = None
    groups: dict[Signature, Group] = field(default_factory=dict)
    unplaced: set[Client] = field(default_factory=set)
    cursors: dict[str, str] = field(default_factory=dict)
    seq: int = 0
    wants_layout: bool = True
    wants_present: bool = True
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    reconciled_at: float = 0.0
    figures: dict[frozenset[int] | None, Figures] = field(default_factory=dict)

    @property
    def map(self) -> Mirror:
        """The mirror. Raises Unavailable before the layout is read."""
        if self.mirror is None:
            raise Unavailable(_("La carte n’est pas encore lue : PostgreSQL ne répond pas. Réessayez dans quelques secondes."))
        return self.mirror

    def headlines(self, signature: Signature) -> list[dict[str, object]]:
        """The figures of a perimeter computed last, none before the first."""
        own = self.figures.get(signature.communes)
        return [item for item in own.items if signature.may_read_figure(str(item["layer"]))] if own else []

    def newest_ms(self, signature: Signature, layer: str) -> float | None:
        """Time of the newest observation of a layer in a perimeter."""
        own = self.figures.get(signature.communes)
        return own.newest_ms.get(layer) if own else None

    def place(self, client: Client) -> Group:
        """Puts a client in the group of its signature on the present layout."""
        signature = Signature.of(client.principal, self.map.layout.perimeter(client.principal))
        group = self.groups.setdefault(signature, Group(signature))
        group.clients.add(client)
        return group

    def remove(self, client: Client) -> None:
        """Forgets a client, and its group with the last one."""
        self.unplaced.discard(client)
        for signature, group in list(self.groups.items()):
            group.clients.discard(client)
            group.waiting.discard(client)
            if not group.clients:
                del self.groups[signature]

    def empty(self) -> list[Client]:
        """Takes every client out, to place them on another layout."""
        clients = self.clients()
        for group in self.groups.values():
            # A snapshot that is being read for the group is nobody's any more.
            group.clients, group.waiting = set(), set()
        self.groups.clear()
        self.unplaced.clear()
        return clients

    def clients(self) -> list[Client]:
        """Every connected screen."""
        return [*self.unplaced, *(client for group in self.groups.values() for client in group.clients)]

    def group_of(self, client: Client) -> Group | None:
        """The client's group, None before the layout is read and after it left."""
        return next((group for group in self.groups.values() if client in group.clients), None)
