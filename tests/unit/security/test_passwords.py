"""How passwords are kept and which are refused."""

import pytest

from hypervisor.errors import InvalidRequest
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
