"""The ways out, one module each, behind `message.Channel`. A channel without an address is absent: its messages are kept in the outbox screen."""

from hypervisor.notifications.channels.email import Email
from hypervisor.notifications.channels.gateway import Gateway
from hypervisor.notifications.channels.webhook import Webhook
from hypervisor.notifications.message import Channel
from hypervisor.settings import Settings


def given(settings: Settings, key: bytes) -> dict[str, Channel]:
    """Channel's name → the channel, for those that the settings give an address. Raises BadConfiguration for an address that cannot be one."""
    found: dict[str, Channel] = {}
    if settings.smtp_url is not None:
        found["email"] = Email(settings.smtp_url.get_secret_value(), settings.mail_from, settings.smtp_ca_file)
    if settings.sms_url is not None:
        gateway = Gateway(settings.sms_url.get_secret_value())
        found |= {"sms": gateway, "call": gateway}
    if settings.webhook_url is not None:
        found["webhook"] = Webhook(settings.webhook_url.get_secret_value(), key)
    return found
