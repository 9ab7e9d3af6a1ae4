"""SMS and voice calls by an HTTP gateway: POST {"id", "to", "text", "kind": "sms" | "call"}, with the message's id as `Idempotency-Key`.

The gateway's account is in its address (`https://user:password@gateway/send`); a voice gateway reads `text` aloud and sends keys back to /hooks/on-call.
"""

import json
from urllib.parse import urlsplit

from hypervisor.errors import BadConfiguration
from hypervisor.notifications.channels import posting
from hypervisor.notifications.message import Message


class Gateway:
    """See the module."""

    def __init__(self, url: str) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise BadConfiguration("HYPERVISOR_SMS_URL is not an http or https address: correct it")
        self._url = url
        self._client = posting.client()

    def send(self, message: Message) -> None:
        """As Channel says."""
        body = {"id": str(message.ref), "to": message.recipient, "text": message.body, "kind": message.channel}
        posting.post(self._client, self._url, json.dumps(body, ensure_ascii=False).encode(), {"idempotency-key": str(message.ref)})
