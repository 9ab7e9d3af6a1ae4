"""Vigie's domain, without screens. Read it in this order.

`domain/` holds the nouns of the trade and their laws. `layers/` declares what is supervised, `connectors/` where values come from.
`ingest/` accepts observations, `rules/` decides, `operations/` is what people do, `notifications/` who is told.
`store/` is PostgreSQL and `hot/` is Redis: nothing else touches them. `feed/` sends the present to screens, `queries/` shapes what a
screen asks, `api/` is the same over HTTP. `security/` guards every one of them. `bootstrap.py` builds it all, once.
"""

__version__ = "0.1.0"
