"""The document that is sent to officials: their dashboard of a plan's domain, territory and period, with the words that the services wrote for it."""

from dataclasses import dataclass

from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.operator import Principal
from hypervisor.exports import indicators
from hypervisor.exports.pdf import Printed
from hypervisor.queries import officials_page, said
from hypervisor.queries.officials import Choice
from hypervisor.security.context import current_principal

NAME, SPOKEN = "system:reports", "Vigie"
READ = frozenset({"indicator:read"})


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document, its text, and the figures in one sentence."""

    highlight: str
    sentence: str
    printed: Printed


def make(h: Hypervisor, tenant: int, domain: str, commune: int, period: str, highlight: str | None = None) -> Document:
    """The document, read as the platform itself: the plan's author was asked for the right to what it covers.

    highlight None: the facts that services published for that period. Blocks while it is laid out; raises as `officials_page.opened` and `pdf.make` do.
    """
    who = Principal(tenant=tenant, account_id=None, name=NAME, display_name=SPOKEN, role=None, permissions=READ)
    token = current_principal.set(who)
    try:
        found = officials_page.opened(h, Choice(territory=commune, period=period, domain=domain))
    finally:
        current_principal.reset(token)
    text = highlight if highlight is not None else " ".join(_sentence(fact.text) for fact in found.page.highlights if fact.day >= found.page.period.since)
    return Document(highlight=text, sentence=said.sentence(found.page.figures), printed=indicators.as_pdf(found, text))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
