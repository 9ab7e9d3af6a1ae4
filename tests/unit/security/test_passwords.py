"""How passwords are kept and which are refused."""

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from types import SimpleNamespace

import pytest

from hypervisor.errors import InvalidRequest, TooManyAttempts
from hypervisor.security import passwords


def test_a_hash_is_argon2id_and_knows_its_password() -> None:
    kept = passwords.make_hash("une phrase à moi")
    assert kept.startswith("$argon2id$")
    assert passwords.is_right(kept, "une phrase à moi")
    assert not passwords.is_right(kept, "une phrase à toi")
    assert not passwords.needs_new_hash(kept)


def test_nobody_s_password_is_never_right() -> None:
    assert not passwords.is_right(None, "nobody has this password")


def test_a_hash_that_cannot_be_read_is_never_right() -> None:
    assert not passwords.is_right("not a hash", "x")


@pytest.mark.parametrize("password", ["court", "onze signes", "je-suis-Operateur-1"])
def test_a_short_password_or_one_that_holds_the_name_is_refused(password: str) -> None:
    with pytest.raises(InvalidRequest):
        passwords.check_strength(password, "operateur")


def test_a_phrase_is_accepted() -> None:
    passwords.check_strength("quatre tramways bleus", "operateur")


def test_a_crowd_that_signs_in_does_not_take_every_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()
    monkeypatch.setattr(passwords, "_hasher", SimpleNamespace(verify=lambda _hash, _password: free.wait(60)))
    with ThreadPoolExecutor(40) as pool:
        asked = [pool.submit(passwords.is_right, "hash", "x") for _ in range(40)]
        # Twelve are in line behind a hash that does not end; all the others are sent away meanwhile.
        sent_away = list(islice(as_completed(asked, timeout=30), 28))
        free.set()
    assert {type(future.exception()) for future in sent_away} == {TooManyAttempts}
    assert sent_away[0].exception().facts == {"retry_after_s": passwords.BUSY_S}
    assert [future.result() for future in asked if future not in sent_away] == [True] * 12
    assert passwords.is_right("hash", "x")
