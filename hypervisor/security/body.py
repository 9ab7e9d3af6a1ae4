"""How much a request may carry to the web process: people send forms, notes and clicks, never files."""

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from hypervisor.errors import TooLarge
from hypervisor.i18n import _

LARGEST = 1024 * 1024
"""Bytes. Chosen by us: a hundred times the longest note, and far under what a memory minds."""


def bounded(given: Headers, receive: Receive) -> Receive:
    """A `receive` that stops reading past the limit. Raises TooLarge: at once when the size is announced, else while the body comes."""
    announced = given.get("content-length", "0")
    if announced.isdigit() and int(announced) > LARGEST:
        raise _too_large()
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST:
            raise _too_large()
        return message

    return counted


def _too_large() -> TooLarge:
    return TooLarge(_("La demande dépasse {limit} Mo : rien n’a été enregistré. Envoyez moins à la fois.", limit=LARGEST // 2**20))
