"""The simulator's process: ten times a second, what is due goes to the door, and what was asked or befalls begins."""

import logging
import random
import signal
import threading
import time
from collections.abc import Callable

import typer

from hypervisor import clock
from hypervisor.demo.simulator import incidents, inventory, requests
from hypervisor.demo.simulator.director import Director
from hypervisor.demo.simulator.door import BATCH, Door
from hypervisor.demo.simulator.moment import Moment
from hypervisor.demo.simulator.world import Entity, World
from hypervisor.errors import InvalidRequest, Unavailable
from hypervisor.settings import Settings

logger = logging.getLogger(__name__)

TICK_S = 0.1
FLUSH_S = 0.5
RELOAD_S = 5.0
DRAIN_S = 10.0
TOKEN = "simulator.token"  # noqa: S105 — the name of a file.


def run(settings: Settings, scenario: str | None = None, asset: str | None = None) -> None:
    """Plays the territory until a signal ends it; or, with a scenario, starts that one at once and returns.

    asset: URN of the asset that the scenario strikes (for silence, the key of a layer); none lets chance choose.
    Raises InvalidRequest for an unknown scenario or asset, Unavailable when nothing can be sent.
    """
    if scenario is None:
        stop = threading.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: stop.set())
        Simulator(settings).play(stop)
    else:
        typer.echo(trigger(settings, scenario, asset))


def trigger(settings: Settings, scenario: str, asset: str | None = None) -> str:
    """Starts a scenario in the running simulator, or sends it when none runs. Returns the sentence that says what was struck."""
    if scenario not in incidents.SCENARIOS:
        raise InvalidRequest(f"no scenario is called {scenario!r}: choose among {', '.join(incidents.SCENARIOS)}")
    with requests.alone(settings) as is_alone:
        answer = _send_once(settings, scenario, asset) if is_alone else requests.ask(settings, scenario, asset)
    if answer is None:
        raise Unavailable("the simulator runs but does not answer: nothing was done. Look at its log, then try again")
    if "error" in answer:
        raise InvalidRequest(str(answer["error"]))
    return f"{scenario}: {incidents.SCENARIOS[scenario].sentence}. Asset: {answer['asset']}"


def _send_once(settings: Settings, scenario: str, asset: str | None) -> dict[str, object]:
    simulator = Simulator(settings)
    simulator.load()
    try:
        answer = simulator.begin(scenario, asset)
        _, urgent = simulator.world.tick(simulator.now(), TICK_S)
        simulator.door.send(urgent)
        if not simulator.door.drain(DRAIN_S):
            raise Unavailable(f"the ingest door did not take the scenario within {DRAIN_S:.0f} s: start the platform, then try again")
        return answer
    finally:
        simulator.door.close()


class Simulator:
    """The world, its clock, the door, and who decides of incidents."""

    world: World

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clock = clock.from_setting(settings.clock)
        self._dice = random.Random()
        self._director = Director(self._dice)
        self._written_at = 0.0
        self._unsent: list[Entity] = []
        self.door = Door(settings, settings.data_dir / TOKEN)

    def load(self) -> None:
        """Reads the inventory. Raises Unavailable when the territory was never loaded."""
        file = inventory.path(self._settings)
        try:
            self._written_at = file.stat().st_mtime
            self.world = World(inventory.read(self._settings))
        except FileNotFoundError:
            raise Unavailable(f"{file} does not exist: load the demonstration territory first") from None

    def now(self) -> Moment:
        """The platform's instant, at the territory's place."""
        return self.world.moment(self._clock.epoch_ms())

    def begin(self, scenario: str, asset: str | None) -> dict[str, object]:
        """Starts an incident that somebody asks for; the answer to give."""
        try:
            incident = incidents.start(self.world, scenario, self.now().epoch_s, self._dice, asset, is_asked=True)
        except InvalidRequest as error:
            return {"error": error.sentence}
        if incident is None:
            return {"error": f"{scenario}: the territory has nothing free that it could strike"}
        self.world.begin(incident)
        logger.info("incident asked: %s on %s", scenario, incident.asset)
        return {"asset": incident.asset}

    def play(self, stop: threading.Event) -> None:
        """Plays until the event is set. Waits for the lock, the inventory and the token first."""
        with requests.alone(self._settings) as is_alone:
            if not is_alone:
                raise Unavailable("another simulator plays this data folder: nothing was started")
            files = (inventory.path(self._settings), self._settings.data_dir / TOKEN)
            if not _wait(lambda: all(file.exists() for file in files), stop):
                self.door.close()
                return
            self.load()
            requests.forget(self._settings)
            logger.info("simulator plays %d assets", sum(lane.size for lane in self.world.lanes.values()))
            self._loop(stop)
        self.door.close()

    def _loop(self, stop: threading.Event) -> None:
        last = flushed = reloaded = time.monotonic()
        while not stop.wait(max(0.0, TICK_S - (time.monotonic() - last))):
            machine = time.monotonic()
            elapsed_s, last = machine - last, machine
            if machine - reloaded >= RELOAD_S:
                reloaded = machine
                self._reload_if_written()
            self.tick(elapsed_s)
            if machine - flushed >= FLUSH_S or len(self._unsent) >= BATCH:
                flushed = machine
                self.door.send(self._unsent)
                self._unsent = []

    def tick(self, elapsed_s: float) -> None:
        """One step: requests, chance, then reports."""
        for path, body in requests.pending(self._settings):
            requests.answer(path, self.begin(str(body.get("scenario")), body.get("asset")))
        now = self.now()
        if incident := self._director.next(self.world, now, elapsed_s):
            self.world.begin(incident)
            logger.info("incident: %s on %s for %d s", incident.scenario, incident.asset, incident.ends_s - incident.started_s)
        ordinary, urgent = self.world.tick(now, elapsed_s)
        self._unsent += ordinary
        if urgent:
            # What these assets said within the last half second would arrive after, and be older.
            said = {entity["id"] for entity in urgent}
            self._unsent = [entity for entity in self._unsent if entity["id"] not in said]
            self.door.send(urgent, first=True)

    def _reload_if_written(self) -> None:
        file = inventory.path(self._settings)
        if file.exists() and file.stat().st_mtime != self._written_at:
            self.load()
            logger.info("inventory read again")


def _wait(is_ready: Callable[[], bool], stop: threading.Event) -> bool:
    """Waits for a condition, asked each half second; False when told to stop first."""
    while not is_ready():
        if stop.wait(0.5):
            return False
    return True
