"""When a process that died is started again."""

from oi_cli.demo.restarts import RestartPolicy

POLICY = RestartPolicy()
KILLED = -9


def test_five_deaths_in_half_a_minute_are_too_many():
    died_at = [0.0, 5.0, 10.0, 15.0]

    assert not POLICY.gives_up(died_at, 15.0, KILLED)
    assert POLICY.gives_up([*died_at, 29.0], 29.0, KILLED)


def test_old_deaths_are_forgotten():
    died_at = [0.0, 100.0, 200.0, 300.0, 400.0, 500.0]

    assert not POLICY.gives_up(died_at, 500.0, KILLED)
    assert POLICY.pause(died_at, 500.0) == POLICY.pauses[0]


def test_pauses_grow_and_have_a_ceiling():
    died_at = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]

    pauses = [POLICY.pause(died_at[: n + 1], 5.0) for n in range(6)]

    assert pauses == sorted(pauses)
    assert pauses[-1] == max(POLICY.pauses)


def test_a_wrong_setting_is_not_tried_again():
    assert POLICY.gives_up([0.0], 0.0, 78)
