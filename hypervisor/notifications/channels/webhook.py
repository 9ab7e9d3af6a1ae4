"""Another system told by a signed POST: `X-Vigie-Signature: sha256=` HMAC of the body, `Idempotency-Key` the message's id. `recipient` names the subject."""

import hashlib
import hmac
import json
from urllib.parse import urlsplit

from hypervisor.errors import BadConfiguration
from hypervisor.notifications.channels import posting
from hypervisor.notifications.message import Message
from hypervisor.security.webhooks import secret_of

SOURCE = "notifications"


class Webhook:
    """See the module. key: the platform's, from which each tenant's secret derives."""

    def __init__(self, url: str, key: bytes) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise BadConfiguration("HYPERVISOR_WEBHOOK_URL is not an http or https address: correct it")
        self._url, self._key = url, key
        self._client = posting.client()

    def send(self, message: Message) -> None:
        """As Channel says."""
        said = {
            "id": str(message.ref), "tenant": message.tenant, "purpose": message.purpose, "to": message.recipient, "subject": message.subject, "text": message.body,
            "alarm_id": message.alarm_id, "event_id": message.event_id, "queued_at": message.queued_at.isoformat(),
        }  # fmt: skip
        content = json.dumps(said, ensure_ascii=False).encode()
        signature = hmac.new(secret_of(self._key, message.tenant, SOURCE).encode(), content, hashlib.sha256).hexdigest()
        posting.post(self._client, self._url, content, {"idempotency-key": str(message.ref), "x-vigie-signature": f"sha256={signature}"})
