"""Real processes: none outlives the one that started it."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import psutil
import pytest

from oi_cli.demo.child import Child, Program
from support.processes import eventually

STARTS_A_CHILD = """
import os, sys, time
from pathlib import Path
from oi_cli.demo.child import Child, Program
child = Child(Program("sleeper", ("sleep", "600"), dict(os.environ), Path(sys.argv[1])))
print(child.pid, flush=True)
time.sleep(600)
"""


def sleeper(tmp_path, *command):
    return Program("sleeper", command or ("sleep", "600"), dict(os.environ), tmp_path / "sleeper.log")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the parent-death signal")
def test_a_child_dies_with_a_parent_that_is_killed(tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTS_A_CHILD, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True
    )
    child = int(parent.stdout.readline())
    try:
        parent.send_signal(signal.SIGKILL)
        parent.wait()

        eventually(lambda: not is_alive(child), within=5, what="the child has ended")
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def test_a_child_is_asked_and_killed_and_says_how_it_ended(tmp_path):
    asked, killed = Child(sleeper(tmp_path)), Child(sleeper(tmp_path))
    assert asked.exit_code is None

    asked.terminate()
    killed.kill()

    eventually(lambda: asked.exit_code is not None, within=5, what="the asked child has ended")
    assert (asked.exit_code, killed.exit_code) == (-signal.SIGTERM, -signal.SIGKILL)


def test_what_a_child_says_goes_to_its_log(tmp_path):
    child = Child(sleeper(tmp_path, sys.executable, "-c", "print('first'); print('last words')"))

    eventually(lambda: child.exit_code == 0, within=10, what="the child has ended")

    assert child.program.last_lines() == ["first", "last words"]


def is_alive(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
