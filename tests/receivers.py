"""Real servers that messages reach, each with a record of what it accepted: SMTP by aiosmtpd, an HTTP gateway by the standard library.

`on_step` is called with each step that the server sees, in its order (connected, sender, recipient, content, accepted): a test kills the sender there.
`delay_s` makes it slow to answer the content; `refusal` is what it answers instead of accepting.
"""

import asyncio
import email
import json
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.policy import default as policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from hypervisor.launcher.processes import free_port


def _nothing(_step: str) -> None: ...


class MailServer:
    """An SMTP server. accepted: the e-mails it answered for, parsed, oldest first; contents: their bytes."""

    def __init__(
        self, port: int | None = None, account: tuple[str, str] | None = None, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self.port = port or free_port()
        self.accepted: list[email.message.EmailMessage] = []
        self.contents: list[bytes] = []
        self.on_step: Callable[[str], None] = _nothing
        self.delay_s, self.refusal = 0.0, ""
        options: dict = {} if account is None else {"authenticator": self._authenticate, "auth_required": True, "auth_require_tls": starttls is not None}
        if starttls is not None:
            options |= {"tls_context": starttls, "require_starttls": True}
        if tls is not None:
            options |= {"ssl_context": tls}
        self._account = account
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)

    def start(self) -> "MailServer":
        self._controller.start()
        return self

    def stop(self) -> None:
        self._controller.stop()

    def _authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: LoginPassword) -> AuthResult:
        return AuthResult(success=(given.login.decode(), given.password.decode()) == self._account)

    async def handle_EHLO(self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]) -> list[str]:
        session.host_name = hostname
        self.on_step("connected")
        return responses

    async def handle_MAIL(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:
        self.on_step("sender")
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:
        self.on_step("recipient")
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.on_step("content")
        await asyncio.sleep(self.delay_s)
        self.contents.append(envelope.original_content or b"")
        self.accepted.append(email.message_from_bytes(envelope.original_content, policy=policy))
        self.on_step("accepted")
        return "250 OK"


class SmsGateway:
    """An HTTP gateway. accepted: the requests it answered for, [(headers, body)], oldest first; `status` is what it answers."""

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self.accepted: list[tuple[dict[str, str], dict[str, object]]] = []
        self.on_step: Callable[[str], None] = _nothing
        self.delay_s, self.status = 0.0, 202
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                gateway.on_step("connected")
                content = self.rfile.read(int(self.headers["content-length"]))
                gateway.on_step("content")
                time.sleep(gateway.delay_s)
                if gateway.status < 300:
                    gateway.accepted.append(({k.lower(): v for k, v in self.headers.items()} | {"body": content.decode()}, json.loads(content)))
                gateway.on_step("accepted")
                self.send_response(gateway.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_args: object) -> None: ...  # a sender that was killed

        self._server = Server(("127.0.0.1", self.port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/send"

    def start(self) -> "SmsGateway":
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def certificate(folder: Path, name: str = "127.0.0.1") -> tuple[Path, ssl.SSLContext]:
    """A certificate made and signed by ourselves for that address or host: (the PEM that trusts it, what a server presents)."""
    folder.mkdir(parents=True, exist_ok=True)
    pem, key = folder / "cert.pem", folder / "key.pem"
    kind = "IP" if name[0].isdigit() else "DNS"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
         "-addext", f"subjectAltName={kind}:{name}", "-keyout", key, "-out", pem],
        check=True, capture_output=True,
    )  # fmt: skip
    presented = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    presented.load_cert_chain(pem, key)
    return pem, presented


@contextmanager
def mail_server(**options: object) -> Iterator[MailServer]:
    server = MailServer(**options).start()  # type: ignore[arg-type]
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def sms_gateway(**options: object) -> Iterator[SmsGateway]:
    server = SmsGateway(**options).start()  # type: ignore[arg-type]
    try:
        yield server
    finally:
        server.stop()
