"""Who runs the private services, and the folder where that account can keep their data."""

import hashlib
import os
import pwd
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from hypervisor.errors import BadConfiguration
from hypervisor.launcher import secret_files

NAME = "vigie"
ELSEWHERE = Path("/var/lib/vigie")


@dataclass(frozen=True, kw_only=True)
class Account:
    """An unprivileged account of this machine: PostgreSQL refuses to be run by root."""

    uid: int
    gid: int

    @property
    def switch(self) -> dict[str, object]:
        """Arguments of subprocess that run a command as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True, kw_only=True)
class Home:
    """The folder of one private service; `notice` says so when it is not the folder asked for."""

    path: Path
    account: Account | None
    notice: str | None = None

    @property
    def switch(self) -> dict[str, object]:
        """Arguments of subprocess that run a command as this home's account; none when that is ourselves."""
        return self.account.switch if self.account else {}

    def folder(self, name: str) -> Path:
        """A folder inside, made at need, that belongs to the account alone.

        The home itself stays ours: run by root we write in it, and would follow a link that the account had put there.
        """
        path = self.path / name
        path.mkdir(exist_ok=True)
        self._give(path, 0o700)
        return path

    def show(self, name: str, text: str) -> Path:
        """Write a file that the account reads and cannot change."""
        path = self.path / name
        secret_files.write(path, text)
        if self.account:
            os.chown(path, 0, self.account.gid)
            path.chmod(0o640)
        return path

    def _give(self, path: Path, mode: int) -> None:
        path.chmod(mode)
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)


def home(directory: Path) -> Home:
    """Make the folder of a private service, where its account can reach it.

    Run by root, the services belong to the system account `vigie`, made at need. When it cannot reach the folder (root's own home is 0700), the
    data goes to /var/lib/vigie instead. The name there depends on the path and on a mark left in the folder, so that a folder erased and
    made again never finds the data, and the passwords, of the one before.
    """
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    account = _account()
    if account is None:
        directory.chmod(0o700)
        return Home(path=directory, account=None)
    directory.chmod(0o711)
    if _can_reach(directory, account):
        return Home(path=directory, account=account)
    there = ELSEWHERE / _name_of(directory.parent) / directory.name
    there.mkdir(parents=True, exist_ok=True)
    for folder in (ELSEWHERE, there.parent, there):
        folder.chmod(0o711)
    return Home(path=there, account=account, notice=f"{directory} cannot be reached by the account {NAME}: its data is kept in {there}")


def _name_of(data_dir: Path) -> str:
    mark = data_dir / "installation"
    if not mark.exists():
        mark.write_text(secrets.token_hex(8))
    return hashlib.sha256(f"{data_dir}\n{mark.read_text()}".encode()).hexdigest()[:16]


def _can_reach(directory: Path, account: Account) -> bool:
    ran = subprocess.run(["test", "-x", str(directory)], **account.switch)  # type: ignore[call-overload]
    return bool(ran.returncode == 0)


def _account() -> Account | None:
    if os.geteuid() != 0:
        return None
    try:
        found = pwd.getpwnam(NAME)
    except KeyError:
        found = _make_account()
    return Account(uid=found.pw_uid, gid=found.pw_gid)


def _make_account() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", str(ELSEWHERE), "--shell", "/usr/sbin/nologin", NAME]
    if shutil.which("useradd") is None:
        raise BadConfiguration(f"root cannot run PostgreSQL and useradd is missing: create the account {NAME}, or start Vigie as another user")
    made = subprocess.run(command, capture_output=True, text=True)
    try:
        # Two starts at once may both try; the second finds the account of the first.
        return pwd.getpwnam(NAME)
    except KeyError:
        raise BadConfiguration(f"the account {NAME} could not be created ({made.stderr.strip()}): create it, or start Vigie as another user") from None
