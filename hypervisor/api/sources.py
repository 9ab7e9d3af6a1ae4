"""/api/v1/sources: what each source of observations speaks, and the MQTT topics where it is heard."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from hypervisor.bootstrap import Hypervisor
from hypervisor.errors import NotFound
from hypervisor.i18n import _
from hypervisor.operations import sources as operations
from hypervisor.security.principals import machine_now
from hypervisor.security.require import require
from hypervisor.store import sources as rows

MOST_TOPICS = 100


class Declaration(BaseModel):
    """What a source speaks."""

    model_config = ConfigDict(extra="forbid")

    connector: str = Field(max_length=40, description="Folder of hypervisor/connectors/: chirpstack, the_things_stack, ngsi_ld, json_paths …")
    topics: list[str] = Field(default_factory=list, max_length=MOST_TOPICS, description="MQTT topic filters; none for a source that posts")
    template: dict[str, Any] | None = Field(None, description="Where values are, for json_paths")


def router(h: Hypervisor) -> APIRouter:
    """Routes of sources."""
    routes = APIRouter(prefix="/api/v1/sources", tags=["sources"])

    @routes.get("")
    def listed() -> dict[str, Any]:
        """Every source, open while its token lives."""
        with h.database.unit_of_work(require("token:write").tenant) as uow:
            return {"items": rows.listed(uow), "next": None}

    @routes.put("/{name}")
    def declare(name: str, said: Declaration) -> dict[str, Any]:
        """Declares the source of the ingest token of that name; heard from within a few seconds."""
        who = require("token:write")
        with h.database.unit_of_work(who.tenant) as uow:
            return operations.declare(uow, name, said.connector, said.topics, said.template, who, machine_now())

    @routes.delete("/{name}", status_code=204)
    def withdraw(name: str) -> Response:
        """Ends a source; its token stays."""
        who = require("token:write")
        with h.database.unit_of_work(who.tenant) as uow:
            operations.withdraw(uow, name, who, machine_now())
        return Response(status_code=204)

    @routes.get("/{name}/webhook")
    def webhook(name: str) -> dict[str, str]:
        """Where that source may post without a token, and the secret that signs its bodies or, where it cannot sign, is given itself."""
        who = require("token:write")
        with h.database.unit_of_work(who.tenant) as uow:
            found = next((one for one in rows.listed(uow) if one["name"] == name), None)
        if found is None:
            raise NotFound(_("Aucune source ne porte le nom {name}.", name=name))
        return operations.webhook(h.key, who.tenant, name, found["connector"])

    return routes
