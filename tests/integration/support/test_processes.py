"""Processes of tests are waited for with a deadline, keep what they wrote, and never outlive their test."""

import os
import sys
from pathlib import Path

import pytest

from support.processes import Process, accepts_connections, running_process

SAYS_AND_STAYS = "import time; print('ready', flush=True); time.sleep(60)"
IGNORES_SIGTERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SAYS_AND_STAYS


def python(code):
    return [sys.executable, "-c", code]


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_process_is_ready_when_it_says_so_and_gone_after_its_block(tmp_path):
    log = tmp_path / "log"

    with running_process(
        python(SAYS_AND_STAYS), log=log, is_ready=lambda: "ready" in log.read_text(), within=10
    ) as p:
        assert p.is_running
        assert p.output == "ready\n"

    assert not is_alive(p.pid)


def test_one_that_ends_before_it_is_ready_fails_with_its_output(tmp_path):
    starting = running_process(
        python("raise SystemExit('no such day')"), log=tmp_path / "log", is_ready=lambda: False
    )

    with pytest.raises(RuntimeError, match="no such day"), starting:
        pass


def test_one_that_is_never_ready_fails_at_the_deadline_and_is_ended(tmp_path):
    said = f"import os; print(os.getpid(), flush=True); {SAYS_AND_STAYS}"
    log = tmp_path / "log"
    starting = running_process(python(said), log=log, is_ready=lambda: False, within=1)

    with pytest.raises(TimeoutError, match="ready"), starting:
        pass

    assert not is_alive(int(log.read_text().split()[0]))


def test_one_that_ignores_sigterm_is_killed(tmp_path):
    process = Process(python(IGNORES_SIGTERM), tmp_path / "log")
    process.wait_until(lambda: "ready" in process.output, within=10)

    assert process.stop(within=0.2) == -9


def test_a_command_of_this_project_is_found_beside_python(running_process, free_port):
    serve = ["-m", "http.server", str(free_port), "--bind", "127.0.0.1"]

    process = running_process(
        "python", *serve, is_ready=lambda: accepts_connections(free_port), environment={"OWN": "1"}
    )

    assert process.command[0] == str(Path(sys.executable).with_name("python"))
