"""/api/v1/layers: what is supervised, as its folder declares it."""

import math
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from hypervisor import layers as shelf
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.layer import Kind, Layer, Property
from hypervisor.errors import NotFound
from hypervisor.i18n import _
from hypervisor.security import reach
from hypervisor.security.require import require

FOLDERS = Path(shelf.__file__).parent


def router(h: Hypervisor) -> APIRouter:
    """Routes of layers."""
    routes = APIRouter(prefix="/api/v1/layers", tags=["layers"])

    @routes.get("")
    def listed() -> dict[str, Any]:
        """Declared layers in the order of lists."""
        who = require("asset:read")
        return {"items": [_layer(layer) for layer in h.layers.values() if who.may("asset:read", layer.key)], "next": None}

    @routes.get("/{key}")
    def one(key: str) -> dict[str, Any]:
        """One layer."""
        return _layer(_known(key))

    @routes.get("/{key}/icon.svg")
    def icon(key: str) -> Response:
        """The layer's icon."""
        file = FOLDERS / _known(key).key / "icon.svg"
        if not file.is_file():
            raise NotFound(_("La couche {key} n’a pas d’icône.", key=key))
        return FileResponse(file, media_type="image/svg+xml", headers={"cache-control": "private, max-age=86400"})

    def _known(key: str) -> Layer:
        who = require("asset:read")
        if key not in h.layers or not who.may("asset:read", key):
            raise reach.unseen(who, "asset:read", f"layer:{key[:80]}", _("La couche {key} n’existe pas, ou n’est pas dans votre périmètre.", key=key))
        return h.layers[key]

    return routes


def _layer(layer: Layer) -> dict[str, Any]:
    return {
        "key": layer.key, "label": _(layer.label), "order": layer.order, "icon": f"/api/v1/layers/{layer.key}/icon.svg",
        "kinds": [_kind(kind) for kind in layer.kinds], "properties": [_property(prop) for prop in layer.properties],
        "rules": [{"key": rule.key, "kind": rule.kind, "property": rule.property, "title": _(rule.title), "priority": rule.priority.word} for rule in layer.rules],
    }  # fmt: skip


def _kind(kind: Kind) -> dict[str, Any]:
    return {"key": kind.key, "label": _(kind.label), "plural": _(kind.plural), "ngsi_type": kind.ngsi_type, "shape": kind.shape, "properties": kind.properties}


def _property(prop: Property) -> dict[str, Any]:
    return {
        "key": prop.key, "label": _(prop.label), "unit": prop.unit, "attribute": prop.attribute, "period_s": prop.period.total_seconds(),
        "low": prop.low if math.isfinite(prop.low) else None, "high": prop.high if math.isfinite(prop.high) else None, "words": prop.words,
    }  # fmt: skip
