"""The supervisor (supervisord) of one data folder: its configuration, its start, its end, and what it left behind."""

import contextlib
import os
import shutil
import subprocess
import sys
import xmlrpc.client
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypervisor.errors import Unavailable
from hypervisor.launcher import private, processes, programs, secret_files
from hypervisor.settings import Settings

# Every process that we start carries this in its environment, so that what a killed supervisor leaves alive can be found.
MARK = "VIGIE_INSTALLATION"
START_S = 20.0

HEAD = """\
[supervisord]
nodaemon=true
identifier=vigie
{user}directory={directory}
logfile={logs}/supervisord.log
logfile_maxbytes=2MB
logfile_backups=2
pidfile={run}/supervisord.pid
childlogdir={logs}

[inet_http_server]
port=127.0.0.1:{port}
username=vigie
password={password}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[eventlistener:sentinel]
command={python} -m hypervisor.launcher.sentinel
directory={directory}
events=PROCESS_STATE,TICK_60
buffer_size=200
autorestart=true
stdout_logfile=NONE
stderr_logfile={logs}/sentinel.log
stderr_logfile_maxbytes=2MB
stderr_logfile_backups=2
"""

# The delay between tries grows by one second at each: a hundred is more than an hour, after which the sentinel tries again every minute.
PROGRAM = """
[program:{name}]
command={python} -m hypervisor.launcher.start {name}
directory={directory}
environment={environment}
priority={priority}
autostart={autostart}
autorestart=true
startsecs=3
startretries=100
stopsignal={stop_signal}
stopwaitsecs={stop_wait_s}
stopasgroup={as_group}
killasgroup=true
redirect_stderr=true
stdout_logfile={logs}/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""


class Supervisor:
    """supervisord of one installation."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._data = settings.data_dir.resolve()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def logs(self) -> Path:
        """The folder of every program's log."""
        return self._data / "logs"

    @property
    def run(self) -> Path:
        """The folder of locks and states."""
        return self._data / "run"

    def start(self, lock: int, *, detached: bool) -> None:
        """Start it with the private services alone. It keeps the lock; unless detached, it stops when this process ends."""
        tied = [] if detached or shutil.which("setpriv") is None else ["setpriv", "--pdeathsig", "TERM"]
        configuration = self.run / "supervisord.conf"
        secret_files.write(configuration, self._configuration())
        command = [*tied, sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)]
        with (self.logs / "supervisord.out").open("wb") as out:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, pass_fds=[lock], env={**os.environ, MARK: str(self._data)}
            )
        if not processes.until(lambda: self.has_ended() or self._answers(), START_S) or self.has_ended():
            raise Unavailable(f"the supervisor does not start: {(self.logs / 'supervisord.out').read_text(errors='replace').strip()[-500:]}")

    def start_programs(self) -> list[str]:
        """Start every program that the settings want; their names."""
        wanted = [name for name, program in programs.PROGRAMS.items() if program.when(self._settings)]
        for name in wanted:
            self._rpc().startProcess(name, False)
        return wanted

    def states(self) -> Mapping[str, str]:
        """program → RUNNING, STARTING, BACKOFF, FATAL …"""
        return {str(info["name"]): str(info["statename"]) for info in self._rpc().getAllProcessInfo()}

    def has_ended(self) -> bool:
        """Whether the supervisor that we started is gone."""
        return self._process is not None and self._process.poll() is not None

    def wait(self, seconds: float) -> None:
        """Let time pass; returns at once when the supervisor ends."""
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)

    def stop(self) -> None:
        """Stop it and all that it runs: programs first, then the services that they use. Then whatever is left."""
        pid = self.pid()
        if pid is not None:
            processes.end([pid], patience_s=75)
        if self._process is not None:
            self._process.wait()
        self.sweep()

    def pid(self) -> int | None:
        """The supervisor that runs for this folder, ours or one started before."""
        marked = processes.carrying(f"{MARK}={self._data}")
        return next((pid for pid in marked if "supervisor.supervisord" in processes.command_of(pid)), None)

    def sweep(self) -> int:
        """End every process of this installation that a killed supervisor left alive; how many there were."""
        left = processes.carrying(f"{MARK}={self._data}")
        # The supervisor first, or it would start again what is ended.
        left.sort(key=lambda pid: "supervisor.supervisord" not in processes.command_of(pid))
        services = {"postgres", "valkey-server", "redis-server"}
        processes.end([pid for pid in left if not services & {Path(word).name for word in processes.command_of(pid)[:1]}])
        # These two stop in their own way, and PostgreSQL's children hide their environment.
        private.of(self._settings).stop()
        return len(left)

    def end_of_log(self, name: str) -> str:
        """The last lines that a program wrote."""
        file = self.logs / f"{name}.log"
        lines = file.read_text(errors="replace").strip().splitlines() if file.exists() else []
        return "\n".join(lines[-8:])

    def _answers(self) -> bool:
        try:
            return bool(self._rpc().getState()["statename"] == "RUNNING")
        except (OSError, xmlrpc.client.Error):
            return False

    def _rpc(self) -> Any:
        # On loopback TCP with a password: the path of a socket in a deep folder would be too long for the kernel.
        address = f"http://vigie:{self._password()}@127.0.0.1:{private.supervisor_port(self._settings)}/RPC2"
        return xmlrpc.client.ServerProxy(address).supervisor

    def _password(self) -> str:
        return secret_files.made_once(self.run / "supervisor.password", ["supervisor"])["supervisor"]

    def _configuration(self) -> str:
        self.logs.mkdir(parents=True, exist_ok=True)
        common = {"directory": _escaped(Path.cwd()), "logs": _escaped(self.logs), "run": _escaped(self.run), "python": _escaped(sys.executable)}
        # Without this line supervisord, run by root, warns that it is.
        user = "user=root\n" if os.geteuid() == 0 else ""
        parts = [HEAD.format(**common, user=user, port=private.supervisor_port(self._settings), password=self._password())]
        for name, program in programs.ALL.items():
            if not program.when(self._settings):
                continue
            service = name in programs.SERVICES
            parts.append(
                PROGRAM.format(
                    **common,
                    name=name,
                    environment=",".join(f'{key}="{value}"' for key, value in program.environment.items()),
                    priority=10 if service else 100,
                    autostart=str(service).lower(),
                    stop_signal=program.stop_signal,
                    stop_wait_s=program.stop_wait_s,
                    # PostgreSQL ends its children itself; the signal would mean something else to them.
                    as_group=str(name != "postgres").lower(),
                )
            )
        return "".join(parts)


def _escaped(value: object) -> str:
    return str(value).replace("%", "%%")
