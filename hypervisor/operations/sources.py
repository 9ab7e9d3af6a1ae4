"""Sources of observations: what each speaks, and the MQTT topics where it is heard. A source is a token of scope ingest, and ends with it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hypervisor.connectors import all_connectors
from hypervisor.domain.operator import Principal
from hypervisor.errors import InvalidRequest, NotFound
from hypervisor.i18n import _
from hypervisor.ingest import topics as filters
from hypervisor.security import audit, webhooks
from hypervisor.security.require import require
from hypervisor.store import UnitOfWork, sources, tokens

SCOPES = ("ingest", "connect")


def declare(uow: UnitOfWork, name: str, connector: str, topics: Sequence[str], template: dict[str, Any] | None, by: Principal, at: datetime) -> dict[str, Any]:
    """Declares a source, or declares it anew. Raises InvalidRequest when its token, connector, topics or template do not fit."""
    require("token:write", principal=by)
    write(uow, name, connector, topics, template, at)
    audit.done(uow, by, "operator:source:declare", at, about=name, connector=connector, topics=list(topics))
    return next(one for one in sources.listed(uow) if one["name"] == name)


def write(uow: UnitOfWork, name: str, connector: str, topics: Sequence[str], template: dict[str, Any] | None, at: datetime) -> None:
    """The same by whoever holds this machine: the command line."""
    known = all_connectors()
    if connector not in known:
        raise InvalidRequest(_("Le connecteur {name} n’existe pas : employez l’un de {known}.", name=connector, known=", ".join(known)))
    known[connector].of_source(template)
    found = tokens.live_by_name(uow, name, at)
    if found is None or found.scope not in SCOPES:
        raise InvalidRequest(_("Aucun jeton d’ingestion ne porte le nom {name} : faites-en un d’abord, la source se ferme avec lui.", name=name))
    sources.save(uow, name, connector, [filters.check(one) for one in topics], template, at)


def webhook(key: bytes, tenant: int, name: str, connector: str) -> dict[str, str]:
    """Where a source posts, its secret, and how its connector's senders prove that they know it. The caller has been let in."""
    found = all_connectors()[connector]
    return {
        "path": f"/hooks/{connector}/{tenant}.{name}",
        "secret": webhooks.secret_of(key, tenant, name),
        "signature": f"{found.signature_header}: {found.signature_prefix}<HMAC-SHA256>",
        "otherwise": f"x-vigie-secret{f', or the field {found.key_field}' if found.key_field else ''}",
    }


def withdraw(uow: UnitOfWork, name: str, by: Principal, at: datetime) -> None:
    """Ends a source; its token stays. Raises NotFound."""
    require("token:write", principal=by)
    if not sources.remove(uow, name):
        raise NotFound(_("Aucune source ne porte le nom {name}.", name=name))
    audit.done(uow, by, "operator:source:withdraw", at, about=name)
