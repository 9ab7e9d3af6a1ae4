"""The past: the map, the queue, the tones and the logbook as they were at any minute. Nothing can be done to it but leave a note."""

from dash import html

from hypervisor import bootstrap
from hypervisor.i18n import _
from hypervisor.queries.motivated import last
from hypervisor.queries.replay import may_annotate
from hypervisor.queries.territory import territory
from hypervisor.security.motivated import OPEN
from hypervisor.security.require import require
from layouts import ids, shell
from layouts.parts import motivated, replay
from layouts.parts.live_map import live_map


def layout(**_query: str) -> html.Div:
    """The page; `?t=` is the moment, `?de=` and `?a=` its period (ISO-8601). Filled and turned by assets/js/60-replay.js."""
    principal = require("screen:rejeu")
    where = territory(bootstrap.current(), principal)
    access = None
    if not principal.may("alarm:read") or not principal.may("observation:read"):
        h = bootstrap.current()
        access = last(h, require(OPEN))
        if access is None or not access.is_open(h.clock.now()):
            return shell.page(principal, "rejeu", _("Rejeu"), replay.closed(principal, access, h.clock.now()), bands=False, of=where)
    content = html.Div(
        [
            replay.banner(access),
            replay.transport(principal, may_annotate=may_annotate(principal)),
            replay.timeline(),
            html.Div([live_map(ids.REPLAY_MAP, where), html.Div(className="replay-mark", **{"aria-hidden": "true"})], className="panel replay-map"),
            replay.curves(may_explore=principal.may("screen:exploration")),
            replay.queue(),
            replay.log(),
            # Bookmarks and lessons are written afterwards: an access by motive shows none.
            *([] if access else [replay.notes(may_annotate=may_annotate(principal))]),
        ],
        id=ids.REPLAY,
        className="replay replay--access" if access else "replay",
        **{"data-testid": "rejeu-cadre", "data-etat": "chargement", **motivated.attributes(access)},
    )
    skips = (("rejeu-file", _("Aller aux événements")), (f"{ids.REPLAY_MAP}-cadre", _("Aller à la carte")), ("rejeu-journal", _("Aller au journal")))
    return shell.page(principal, "rejeu", _("Rejeu"), content, bands=False, skips=skips, of=where)
