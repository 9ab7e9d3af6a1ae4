"""E-mail over TLS, against a real server with a certificate of our own: at once or by STARTTLS, and what happens when the server does not prove who it is."""

from pathlib import Path

import pytest

from hypervisor.errors import BadConfiguration
from hypervisor.launcher.addresses import DatabaseUrls
from hypervisor.notifications.channels.email import Email
from tests.ingest_world import rows, soon
from tests.integration.test_messages import all_sent, delivering, mail, queued, urls  # noqa: F401 - a fixture
from tests.receivers import certificate, mail_server

SENDER = "vigie@metropole.test"


def waiting(urls: DatabaseUrls) -> list[tuple]:  # noqa: F811
    """(state, what the last attempt said) of messages that were tried."""
    return rows(urls, "SELECT state, last_error FROM message WHERE attempts > 0")


@pytest.mark.parametrize("way", ["starttls", "tls"])
def test_a_message_goes_over_tls_to_a_server_whose_certificate_is_trusted(urls: DatabaseUrls, tmp_path: Path, way: str) -> None:  # noqa: F811
    trusted, presented = certificate(tmp_path)
    with mail_server(**{way: presented}) as server:
        address = f"smtps://127.0.0.1:{server.port}" if way == "tls" else f"smtp://127.0.0.1:{server.port}?starttls=required"
        queued(urls, mail())
        with delivering(urls, {"email": Email(address, SENDER, trusted)}):
            soon(lambda: all_sent(urls))
    assert [one["To"] for one in server.accepted] == ["astreinte@metropole.test"]


def test_the_account_is_told_only_once_the_line_is_enciphered(urls: DatabaseUrls, tmp_path: Path) -> None:  # noqa: F811
    trusted, presented = certificate(tmp_path)
    with mail_server(starttls=presented, account=("vigie", "p@ss")) as server:
        queued(urls, mail())
        with delivering(urls, {"email": Email(f"smtp://vigie:p%40ss@127.0.0.1:{server.port}", SENDER, trusted)}):
            soon(lambda: all_sent(urls))
    assert len(server.accepted) == 1


@pytest.mark.parametrize(("way", "fault"), [("starttls", "unknown"), ("tls", "unknown"), ("tls", "another name")])
def test_a_certificate_that_is_not_trusted_is_said_and_the_message_waits(
    urls: DatabaseUrls,  # noqa: F811
    tmp_path: Path,
    way: str,
    fault: str,
) -> None:
    own, presented = certificate(tmp_path / "server", "127.0.0.1" if fault == "unknown" else "ailleurs.test")
    trusted = certificate(tmp_path / "other")[0] if fault == "unknown" else own
    with mail_server(**{way: presented}) as server:
        queued(urls, mail())
        with delivering(urls, {"email": Email(f"{'smtps' if way == 'tls' else 'smtp'}://127.0.0.1:{server.port}", SENDER, trusted)}):
            soon(lambda: bool(waiting(urls) and waiting(urls)[0][1]))
        [(state, said)] = waiting(urls)
        assert state == "waiting", state
        assert "certificate is not trusted" in said and "HYPERVISOR_SMTP_CA_FILE" in said
        assert server.accepted == []
    # Its certificate put right, the same message arrives.
    authority, proved = certificate(tmp_path / "right")
    with mail_server(tls=proved) as right:
        rows(urls, "UPDATE message SET next_at = now() RETURNING 1")
        with delivering(urls, {"email": Email(f"smtps://127.0.0.1:{right.port}", SENDER, authority)}):
            soon(lambda: all_sent(urls))
        assert len(right.accepted) == 1


def test_a_server_without_starttls_gets_nothing_in_clear_when_it_is_required(urls: DatabaseUrls) -> None:  # noqa: F811
    with mail_server() as server:
        queued(urls, mail())
        with delivering(urls, {"email": Email(f"smtp://127.0.0.1:{server.port}?starttls=required", SENDER)}):
            soon(lambda: bool(waiting(urls) and waiting(urls)[0][1]))
        assert "no STARTTLS" in waiting(urls)[0][1]
        assert server.accepted == []


def test_a_file_of_authorities_that_is_none_stops_the_start(tmp_path: Path) -> None:
    wrong = tmp_path / "ca.pem"
    wrong.write_text("nothing")
    for path in (wrong, tmp_path / "absent.pem"):
        with pytest.raises(BadConfiguration, match="HYPERVISOR_SMTP_CA_FILE"):
            Email("smtps://127.0.0.1:465", SENDER, path)
