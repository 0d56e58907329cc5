"""Ctrl-C in the moments while `oi` loads."""

import os
import signal
import subprocess
import sys

import pytest

from support.processes import BIN

LOADS = "import os, signal; os.kill(os.getpid(), signal.SIGINT); os.write(1, b'goes on')"


@pytest.fixture
def interrupted(tmp_path):
    """Run `oi` with a Ctrl-C that comes in the middle of loading."""
    (tmp_path / "typer.py").write_text(LOADS)

    def run(**options):
        return subprocess.run(
            [sys.executable, BIN / "oi", "--help"],
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            **options,
        )

    return run


def test_it_ends_the_command_without_a_word(interrupted):
    done = interrupted()

    assert done.returncode == -signal.SIGINT
    assert (done.stdout, done.stderr) == ("", "")


def test_a_shell_that_has_it_ignored_keeps_that(interrupted):
    done = interrupted(preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))

    assert done.stdout.startswith("goes on")


def test_once_loaded_it_is_a_keyboard_interrupt_again():
    told = subprocess.run(
        [sys.executable, "-c", "import oi_cli.main, signal; print(signal.getsignal(signal.SIGINT).__name__)"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout == "default_int_handler\n"
