"""From the door to the present. Read `pipeline.py` first.

`server.py` opens the door (`door.py`), which decodes (`decode.py`), coalesces and adds to the stream. In the worker, `keeper.py` keeps one tenant's
present: `loading.py` fills its memory (`directory.py`, `present.py`), `judge.py` judges by it (`pipeline.py`), `silences.py` listens to the clock,
`storing.py` commits (`decided.py` words what is decided, `sieve.py` sorts out what cannot be stored), `showing.py` writes the present to Redis,
`relaying.py` sends the facts.
"""

from hypervisor.settings import Settings


def serve(settings: Settings) -> None:
    """Opens the ingest door until SIGTERM or SIGINT."""
    # Imported here: the worker, which needs this package too, has no use for a web server.
    from hypervisor.ingest.server import serve as open_door

    open_door(settings)
