"""A real MQTT broker for a test: Debian's mosquitto, on a port and in a folder of its own, keeping its sessions on disk."""

import shutil
import signal
import subprocess
from pathlib import Path
from uuid import uuid4

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from hypervisor.launcher import processes

WHERE = ("/usr/sbin", "/usr/bin", "/usr/local/sbin")
CONFIGURATION = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 1
max_queued_messages 0
{more}
"""


class Mosquitto:
    """One broker. `stop` and `start` again keep what it holds; `kill` is SIGKILL."""

    def __init__(self, folder: Path, more: str = "") -> None:
        self.port = processes.free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self._folder, self._more = folder, more
        self._process: subprocess.Popen[bytes] | None = None
        found = shutil.which("mosquitto") or next((f"{place}/mosquitto" for place in WHERE if Path(place, "mosquitto").exists()), None)
        if found is None:
            pytest.skip("no mosquitto on this machine: `make test` installs it on Debian")
        self._command = found

    def start(self) -> None:
        """Returns once it listens."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / "mosquitto.conf"
        # Run by root it would become another account, which cannot write here.
        file.write_text(CONFIGURATION.format(port=self.port, folder=self._folder, more=self._more) + "user root\n")
        with (self._folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen([self._command, "-c", str(file)], stdout=log, stderr=log)
        assert processes.until(self._listens, 20), (self._folder / "mosquitto.log").read_text()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ends it."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=20)
            self._process = None

    def _listens(self) -> bool:
        probe = paho.Client(CallbackAPIVersion.VERSION2)
        try:
            return probe.connect("127.0.0.1", self.port) == 0
        except OSError:
            return False
        finally:
            probe.disconnect()


def publisher(port: int) -> paho.Client:
    """A client that publishes, connected, and that waits for the broker when it is away."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"publisher-{uuid4().hex}", clean_session=False, protocol=MQTTProtocolVersion.MQTTv311)
    client.reconnect_delay_set(1, 1)
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert processes.until(client.is_connected, 20)
    return client
