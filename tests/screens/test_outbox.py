"""The outbox of the administration page says what became of each message, and offers another try of those at rest alone."""

from layouts.parts import outbox
from tests.screens.harness import to_html

MESSAGE = {
    "id": 7, "channel": "sms", "recipient_name": "M. Petit", "recipient": "+33612345678", "purpose": "escalation", "subject": "", "body": "Alarme", "queued_at": "2026-02-11T17:04:38Z",
    "state": "waiting", "attempts": 3, "doubts": 1, "next_at": "2026-02-11T17:05:38Z",
}  # fmt: skip


def test_a_waiting_message_says_its_tries_and_its_possible_copy_and_is_not_sent_again_by_hand() -> None:
    shown = to_html(outbox.panel([MESSAGE]))
    assert "3 essais, prochain à 18:05:38" in shown.replace("\u00a0", " ")
    assert "1 copie possible, même identifiant" in shown
    assert "Renvoyer" not in shown


def test_a_message_at_rest_may_be_sent_again() -> None:
    for state in ("kept", "refused", "given_up"):
        assert 'data-post="/api/v1/messages/7/send-again"' in to_html(outbox.panel([MESSAGE | {"state": state}]))


def test_a_reader_without_the_content_sees_neither_number_nor_text() -> None:
    blind = {key: value for key, value in MESSAGE.items() if key not in ("recipient", "body", "subject")}
    assert "612345678" not in to_html(outbox.panel([blind]))
