"""E-mail by SMTP: `smtp://[user:password@]host[:port]` (STARTTLS when the server offers it, required with `?starttls=required`), or `smtps://` for TLS at once.

A certificate is always verified, name included: a server that does not prove who it is gets no message, which waits.
"""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from hypervisor.errors import BadConfiguration
from hypervisor.notifications.message import Doubtful, Message, NotDelivered, Refused

PORTS = {"smtp": 25, "smtps": 465}
COMMAND_S = 60
"""RFC 5321 4.5.3.2 asks for minutes before each command; an alarm's message rather asks again."""
LINES = SMTP.clone(cte_type="7bit")
"""Lines that end with CR LF (RFC 5321 2.3.8) and ASCII alone: a server that takes neither bare LF nor eight bits takes it."""
ANSWER_S = 600.0
"""After the final dot: RFC 5321 4.5.3.2.6, ten minutes. Leaving earlier is how mail comes twice."""


class Email:
    """See the module. sender: the address that messages come from; ca_file: PEM of the authorities trusted, those of the system when None.

    Raises BadConfiguration for an address that cannot be one, or a file of authorities that cannot be read.
    """

    def __init__(self, url: str, sender: str, ca_file: Path | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise BadConfiguration("HYPERVISOR_SMTP_URL is neither smtp://host:port nor smtps://host:port: correct it")
        self._scheme, self._host, self._port = parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._needs_tls = parse_qs(parts.query).get("starttls") == ["required"]
        self._sender = sender
        try:
            self._trusted = ssl.create_default_context(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise BadConfiguration(f"HYPERVISOR_SMTP_CA_FILE {ca_file} holds no certificate that can be read ({error}): correct it") from None

    def send(self, message: Message) -> None:
        """As Channel says."""
        content = self._composed(message).as_bytes()
        with self._session() as smtp:
            self._expect(smtp.mail(self._sender), (250,))
            self._expect(smtp.rcpt(message.recipient), (250, 251))
            assert smtp.sock is not None, "connected"
            smtp.sock.settimeout(ANSWER_S)
            try:
                answer = smtp.data(content)
            except smtplib.SMTPDataError as error:
                self._expect((error.smtp_code, error.smtp_error), (250,))
            except (OSError, smtplib.SMTPServerDisconnected) as error:
                raise Doubtful(f"no answer after the content: {type(error).__name__}") from error
            else:
                self._expect(answer, (250,))

    def _composed(self, message: Message) -> EmailMessage:
        mail = EmailMessage(policy=LINES)
        mail["From"], mail["To"] = self._sender, message.recipient
        mail["Subject"] = " ".join(message.subject.split())
        mail["Date"] = format_datetime(message.queued_at)
        mail["Message-ID"] = f"<{message.ref}@{self._sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.body)
        for file in message.attachments:
            kind, _slash, subtype = file.type.partition("/")
            # As bytes, text too: a seal must be verified after its journey.
            mail.add_attachment(
                file.body, maintype=kind, subtype=subtype or "octet-stream", filename=file.name, params={"charset": "utf-8"} if kind == "text" else None
            )
        return mail

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        try:
            smtp = self._connected()
        except ssl.SSLCertVerificationError as error:
            raise NotDelivered(f"the mail server's certificate is not trusted ({error.verify_message}): see HYPERVISOR_SMTP_CA_FILE") from error
        except ssl.SSLError as error:
            raise NotDelivered(f"the mail server does not speak TLS as asked ({error.reason}): see HYPERVISOR_SMTP_URL") from error
        except smtplib.SMTPNotSupportedError as error:
            raise NotDelivered("the mail server offers no STARTTLS, which HYPERVISOR_SMTP_URL requires: nothing was sent in clear") from error
        except smtplib.SMTPAuthenticationError as error:
            raise NotDelivered(f"the mail server refuses the account ({error.smtp_code})") from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotDelivered(f"the mail server cannot be reached: {type(error).__name__}") from error
        try:
            yield smtp
        except (OSError, smtplib.SMTPException) as error:
            raise NotDelivered(f"the mail server went away: {type(error).__name__}") from error
        finally:
            smtp.close()  # Not quit(): its answer may be slow, and our commit waits for nothing any more.

    def _connected(self) -> smtplib.SMTP:
        if self._scheme == "smtps":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=COMMAND_S, context=self._trusted)
        else:
            smtp = smtplib.SMTP(self._host, self._port, timeout=COMMAND_S)
        try:
            smtp.ehlo_or_helo_if_needed()
            if self._scheme == "smtp" and (self._needs_tls or smtp.has_extn("starttls")):
                smtp.starttls(context=self._trusted)
                smtp.ehlo()
            if self._user:
                smtp.login(self._user, self._password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    @staticmethod
    def _expect(answer: tuple[int, bytes | str], good: tuple[int, ...]) -> None:
        code = answer[0]
        if code in good:
            return
        if 500 <= code < 600:
            raise Refused(f"the mail server refuses it ({code})")
        raise NotDelivered(f"the mail server answers {code}")
