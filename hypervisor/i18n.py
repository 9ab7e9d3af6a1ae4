"""What people read, through gettext. The source language is French: a msgid is the French text, and a missing translation is correct French."""

import gettext
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LOCALES = ("fr", "en")
CATALOGUES = Path(__file__).parent / "locale"

current_locale: ContextVar[str] = ContextVar("locale", default="fr")


@cache
def _catalogue(locale: str) -> gettext.NullTranslations:
    return gettext.translation("vigie", str(CATALOGUES), languages=[locale], fallback=True)


def _(message: str, **values: object) -> str:
    """The text in the reader's language; `{name}` in it is filled from `values`."""
    text = _catalogue(current_locale.get()).gettext(message)
    return text.format(**values) if values else text


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """The singular or plural text for `count`, which fills `{count}`."""
    return _catalogue(current_locale.get()).ngettext(one, many, count).format(count=count, **values)


def N_(message: str) -> str:
    """Marks a text for translation where it is declared; it is translated where it is shown."""
    return message
