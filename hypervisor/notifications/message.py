"""A message: what is asked, what travels, and how an attempt may end."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _

EMAIL = re.compile(r"[^\s@<>,;:\"()\\]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
PHONE = re.compile(r"\+?[0-9]{3,15}")  # E.164: fifteen digits at most.
PATIENCE = {"email": timedelta(days=5), "sms": timedelta(hours=24), "call": timedelta(hours=2), "webhook": timedelta(days=5)}
"""channel → how long an undelivered message is tried. E-mail: RFC 5321 4.5.4.1 asks for four to five days. A call of yesterday is noise."""


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file joined to an e-mail; type is its media type. text: what it holds, in base64 when is_base64."""

    name: str
    type: str
    text: str
    is_base64: bool = False

    @classmethod
    def of(cls, name: str, media: str, body: bytes) -> "Attachment":
        """One that is not text."""
        return cls(name=name, type=media, text=b64encode(body).decode(), is_base64=True)

    @property
    def body(self) -> bytes:
        """What travels."""
        return b64decode(self.text) if self.is_base64 else self.text.encode()


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A message to queue. channel: a key of PATIENCE; purpose: one word, why; layer: who may read it in the outbox, None for everyone."""

    channel: str
    recipient: str
    body: str
    purpose: str
    recipient_name: str = ""
    subject: str = ""
    attachments: tuple[Attachment, ...] = ()
    layer: str | None = None
    alarm_id: int | None = None
    event_id: int | None = None
    by: str = "system"


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message on its way. ref stays the same at every attempt: the receiving side may drop a second copy by it."""

    tenant: int
    id: int
    ref: UUID
    channel: str
    recipient: str
    subject: str
    body: str
    attachments: tuple[Attachment, ...] = field(default=())
    purpose: str
    alarm_id: int | None
    event_id: int | None
    queued_at: datetime
    attempts: int


class NotDelivered(Exception):
    """This attempt left nothing behind: try again later."""


class Doubtful(Exception):
    """The content went out and no answer came: the server may hold it. Tried again, under the same id."""


class Refused(Exception):
    """The server will not take this message: trying again would not help."""


class Channel(Protocol):
    """A way out. `send` returns once the server has answered that the message is its own; otherwise raises NotDelivered, Doubtful or Refused."""

    def send(self, message: Message) -> None:
        """Delivers one message. Called from several threads at once."""
        ...


def address(channel: str, recipient: str) -> str:
    """The recipient as it travels: a number without its spaces and dots. Raises InvalidRequest when it is no address of this channel."""
    if channel not in PATIENCE:
        raise InvalidRequest(_("La voie {channel} n’existe pas : choisissez parmi {channels}.", channel=channel, channels=", ".join(PATIENCE)))
    if channel == "webhook":
        return recipient
    if channel == "email":
        if not EMAIL.fullmatch(recipient):
            raise InvalidRequest(_("L’adresse électronique n’est pas valide : corrigez-la."))
        return recipient
    number = re.sub(r"[\s.()-]", "", recipient)
    if not PHONE.fullmatch(number):
        raise InvalidRequest(_("Le numéro de téléphone n’est pas valide : des chiffres, et + devant l’indicatif du pays."))
    return number
