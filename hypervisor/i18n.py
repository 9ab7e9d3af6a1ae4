"""What people read, through gettext. The source language is French: a msgid is the French text, and a missing translation is correct French."""

import gettext
import io
import json
import re
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = ("fr", "en")
CATALOGUES = Path(__file__).parent / "locale"
SCRIPTS = "assets/"
SHOWN_BY_SCRIPTS = (SCRIPTS, "hypervisor/layers/", "hypervisor/queries/headlines.py")
"""Files whose texts reach the reader through a script: the scripts themselves, and what layers and headlines declare, which the feed sends."""

BEFORE = re.compile(r" ([:;?!%»])(?=$|[\s.,])")
"""A plain space before a sign that French keeps with its word; not before the « ? » of an address."""

current_locale: ContextVar[str] = ContextVar("locale", default="fr")


@cache
def catalogue(locale: str) -> Catalog | None:
    """The translations of a locale, None when it has none (French is the source). The .po itself is read: nothing is compiled, nothing can be out of date."""
    file = CATALOGUES / locale / "LC_MESSAGES" / "vigie.po"
    return read_po(io.BytesIO(file.read_bytes()), locale=locale) if file.exists() else None


@cache
def _catalogue(locale: str) -> gettext.NullTranslations:
    read = catalogue(locale)
    if read is None:
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def script_words(locale: str, shown_by: tuple[str, ...] = SHOWN_BY_SCRIPTS) -> str:
    """The same catalogue for scripts, as JSON: French text → translation, or [singular, plural]; `{}` for French. shown_by: files whose texts are wanted."""
    read = catalogue(locale)
    shown = [m for m in read or () if m.id and any(file.startswith(shown_by) for file, _line in m.locations)]
    return json.dumps({(m.id if isinstance(m.id, str) else m.id[0]): m.string for m in shown}, ensure_ascii=False)


def _(message: str, **values: object) -> str:
    """The text in the reader's language; `{name}` in it is filled from `values`."""
    text = typeset(_catalogue(current_locale.get()).gettext(message))
    return text.format(**values) if values else text


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """The singular or plural text for `count`, which fills `{count}`. In French the plural begins at two: « 0 envoi », « 1,5 heure »."""
    read = catalogue(current_locale.get())
    text = (one if abs(count) < 2 else many) if read is None else _catalogue(current_locale.get()).ngettext(one, many, count)
    return typeset(text).format(count=count, **values)


def typeset(text: str) -> str:
    """French typography in one place: authors type plain spaces, readers get no-break ones before : ; ? ! % and inside « ». Other languages stay as they are."""
    if current_locale.get() != "fr":
        return text
    return BEFORE.sub("\u00a0\\1", text).replace("« ", "«\u00a0")


def N_(message: str) -> str:  # noqa: N802 - gettext's own name
    """Marks a text for translation where it is declared; it is translated where it is shown."""
    return message
