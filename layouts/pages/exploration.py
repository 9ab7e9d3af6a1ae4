"""Exploration: series, tables, maps, completeness and correlations of history. The page holds the questions; assets/js/61-exploration*.js ask the API and draws."""

import json

from dash import html

from hypervisor import bootstrap
from hypervisor.bootstrap import Hypervisor
from hypervisor.domain.layer import Question
from hypervisor.domain.operator import Principal
from hypervisor.i18n import _
from hypervisor.security.require import require
from layouts import ids, shell
from layouts.parts import exploration as parts


def layout(**_query: str) -> html.Div:
    """The page; its whole question is in the address (`onglet`, `s`, `couche`, `grandeur`, `mesure`, `par`, `de`, `a` …), so that a link is a view."""
    principal = require("screen:exploration")
    require("observation:read")
    h = bootstrap.current()
    content = html.Div(
        [parts.tabs(), parts.question(may_save=principal.may("exploration:save")), parts.answer(_questions(h, principal))],
        id=ids.EXPLORATION,
        className="exploration",
        **{"data-testid": "exploration", "data-moi": principal.name, "data-couches": json.dumps(_layers(h, principal), ensure_ascii=False)},
    )
    return shell.page(principal, "exploration", _("Exploration"), content, bands=False, skips=(("exploration-reponse", _("Aller au résultat")),), theme="jour")


def _questions(h: Hypervisor, principal: Principal) -> list[Question]:
    """The ready questions of the perimeter's layers, in the layers' order."""
    return [
        question
        for layer in sorted(h.layers.values(), key=lambda layer: layer.order)
        if principal.may("observation:read", layer.key)
        for question in layer.questions
    ]


def _layers(h: Hypervisor, principal: Principal) -> list[dict[str, object]]:
    """What may be asked of: layers of the perimeter with their kinds and properties; the words of those whose values are words, which have no mean."""
    seen = (layer for layer in sorted(h.layers.values(), key=lambda layer: layer.order) if principal.may("observation:read", layer.key))
    return [
        {
            "key": layer.key, "label": _(layer.label),
            "kinds": [{"key": kind.key, "label": _(kind.plural), "properties": list(kind.properties)} for kind in layer.kinds],
            "properties": [
                {"key": prop.key, "label": _(prop.label), "unit": prop.unit, "words": {code: _(prop.word_labels.get(word, word)) for word, code in prop.words.items()}}
                for prop in layer.properties
            ],
        }
        for layer in seen
    ]  # fmt: skip
