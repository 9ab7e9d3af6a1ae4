"""The process that tries rules ends with the one that asked, however that one ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

ASKING = """
import os, time
from hypervisor.queries import rule_trial
if __name__ == "__main__":
    print(rule_trial._hands().submit(os.getpid).result(timeout=60), flush=True)
    time.sleep(60)
"""


def test_a_killed_web_process_leaves_no_helper_behind(tmp_path: Path) -> None:
    script = tmp_path / "asking.py"
    script.write_text(ASKING)
    asking = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert asking.stdout is not None
    helper = psutil.Process(int(asking.stdout.readline()))
    assert helper.nice() >= 10, "a trial is in nobody's way"
    asking.send_signal(signal.SIGKILL)
    asking.wait()
    end = time.monotonic() + 20  # It looks once a second; a busy machine may be late.
    while helper.is_running() and helper.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end, "the helper outlived the process that it worked for"
        time.sleep(0.1)
