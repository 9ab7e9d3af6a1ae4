"""Documents as tagged PDF: a Jinja template of hypervisor/exports/html becomes HTML, and a bounded process makes a PDF/UA-1 of it.

The drawing is done by `hypervisor.exports.press` in a process of its own, with a time and a memory limit, one document at a time: a long one holds a thread, never
the event loop. Nothing is fetched: styles and fonts are our own files, everything else is refused.
"""

import hashlib
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hypervisor import fmt, i18n
from hypervisor.errors import InvalidRequest, Unavailable
from hypervisor.exports.press import Attachment, Manuscript
from hypervisor.i18n import N_, _

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 120.0
"""Measured at a load of 25 on two cores: twelve procedures 26 s, 1,000 lines of logbook 89 s. A quiet machine takes a small part of it."""
TOO_LONG = N_("Le document demande plus de {seconds} s de mise en page : rien n’a été produit. Réduisez la période ou les filtres.")
TOO_BUSY = N_("Un autre document est en cours de mise en page depuis {seconds} s : celui-ci n’a pas été commencé. Réessayez dans un instant.")
FAILED = N_("La mise en page du document a échoué : rien n’a été produit. Le journal du serveur en donne la cause.")

_turn = threading.Lock()
_pages = Environment(loader=FileSystemLoader(Path(__file__).parent / "html"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
_pages.globals.update(_=i18n._, ngettext=i18n.ngettext, fmt=fmt)


@dataclass(frozen=True, kw_only=True)
class Printed:
    """A document and the digest by which it is recognised."""

    body: bytes
    sha256: str


def html(template: str, title: str, **values: object) -> str:
    """The page of a template that extends `page.html`, in the reader's language."""
    return _pages.get_template(template).render(title=title, locale=i18n.current_locale.get(), **values)


def make(template: str, title: str, *, attachments: Sequence[Attachment] = (), timeout_s: float = TIMEOUT_S, **values: object) -> Printed:
    """The same as tagged PDF. Blocks its thread: call it from a plain function, not from the event loop.

    attachments: files carried inside the document. Raises InvalidRequest for a document that passes the time limit, Unavailable when none can be made now.
    """
    return press(Manuscript(html=html(template, title, **values), attachments=list(attachments)), timeout_s)


def press(manuscript: Manuscript, timeout_s: float = TIMEOUT_S) -> Printed:
    """A PDF of a whole HTML document, which names its language and title. Raises as `make` does."""
    if not _turn.acquire(timeout=timeout_s):
        raise Unavailable(_(TOO_BUSY, seconds=round(timeout_s)))
    try:
        command = [sys.executable, "-m", "hypervisor.exports.press"]
        ran = subprocess.run(command, input=msgspec.msgpack.encode(manuscript), stdout=subprocess.PIPE, timeout=timeout_s, cwd=ROOT, check=True)
    except subprocess.TimeoutExpired as error:
        raise InvalidRequest(_(TOO_LONG, seconds=round(timeout_s))) from error
    except subprocess.CalledProcessError as error:
        raise Unavailable(_(FAILED)) from error
    finally:
        _turn.release()
    return Printed(body=ran.stdout, sha256=hashlib.sha256(ran.stdout).hexdigest())
