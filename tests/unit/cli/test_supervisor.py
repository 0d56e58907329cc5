"""The supervisor starts again what dies, counts it, gives up in time and leaves nothing."""

import pytest

from oi_cli.demo.child import Program
from oi_cli.demo.supervisor import Supervisor
from oi_cli.exits import Failed


class FakeChild:
    """A process that does what the test says; `stubborn` ones only end when killed."""

    pids = 100

    def __init__(self, program, *, stubborn=False):
        FakeChild.pids += 1
        self.program, self.pid, self.stubborn = program, FakeChild.pids, stubborn
        self.exit_code = None
        self.was_killed = False

    def terminate(self):
        if not self.stubborn:
            self.exit_code = 0

    def kill(self):
        self.was_killed = self.exit_code is None
        self.exit_code = -9 if self.was_killed else self.exit_code


class Stage:
    def __init__(self, tmp_path, **child):
        self.now = 0.0
        self.started = []
        self.child = child
        self.program = Program("poller", ("poller",), {}, tmp_path / "poller.log")
        self.supervisor = Supervisor(start=self.start, monotonic=lambda: self.now, sleep=self.sleep)

    def start(self, program):
        self.started.append(FakeChild(program, **self.child))
        return self.started[-1]

    def sleep(self, seconds):
        self.now += seconds

    def keep_crashing(self):
        for _ in range(10):
            self.crash(1)
            self.supervisor.look()
            self.now += 3
            self.supervisor.look()

    def fail_inside(self):
        with self.supervisor as supervisor:
            supervisor.start(self.program)
            raise ZeroDivisionError

    def crash(self, code=-9):
        self.started[-1].exit_code = code


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


def test_a_killed_process_is_started_again_after_a_pause(stage):
    stage.supervisor.start(stage.program)
    stage.crash()

    [ended] = stage.supervisor.look()
    stage.now += 1
    [again] = stage.supervisor.look()

    assert "killed by signal 9" in ended
    assert "runs again" in again
    [condition] = stage.supervisor.conditions()
    assert (condition.restarts, condition.pid) == (1, stage.started[-1].pid)


def test_restarts_are_remembered_of_a_process_that_was_stopped_since(stage):
    stage.supervisor.start(stage.program)
    stage.crash()
    stage.supervisor.look()
    stage.now += 1
    stage.supervisor.look()

    stage.supervisor.stop(("poller",))

    assert stage.supervisor.restarts == {"poller": 1}


def test_a_process_that_is_down_has_no_pid(stage):
    stage.supervisor.start(stage.program)
    stage.crash(1)
    stage.supervisor.look()

    [condition] = stage.supervisor.conditions()

    assert condition.pid is None


def test_a_process_that_keeps_dying_ends_the_demo_with_its_last_words(stage):
    stage.program.log.write_text("no such table: polls\n")
    stage.supervisor.start(stage.program)

    with pytest.raises(Failed, match="died 5 times") as failure:
        stage.keep_crashing()

    assert "no such table: polls" in str(failure.value)


def test_a_misconfigured_process_ends_the_demo_at_once(stage):
    stage.supervisor.start(stage.program)
    stage.crash(78)

    with pytest.raises(Failed, match="exit code 78"):
        stage.supervisor.look()


def test_stopping_asks_first(stage):
    stage.supervisor.start(stage.program)

    stage.supervisor.stop(["poller"])

    assert stage.started[0].exit_code == 0
    assert stage.supervisor.look() == []


def test_who_does_not_end_when_asked_is_killed(tmp_path):
    stage = Stage(tmp_path, stubborn=True)
    stage.supervisor.start(stage.program)

    stage.supervisor.stop(["poller"])

    assert stage.started[0].was_killed


def test_leaving_stops_everything_even_after_an_error(stage):
    with pytest.raises(ZeroDivisionError):
        stage.fail_inside()

    assert stage.started[0].exit_code == 0
