"""The demonstration territory's sensors: a process of its own that uses the public ingest door and nothing else.

Read `loop.py` first. `world.py` says who reports when; `fleets/` what each kind measures at an instant, as a function of time alone, so that a restart
continues the same story; `incidents.py` what can go wrong and `director.py` when it does; `requests.py` how the command line asks for one at once.
"""

from hypervisor.demo.simulator.loop import TOKEN, run

__all__ = ["TOKEN", "run"]
