"""The last hours of a trading day with something of every kind of fault: what `make test` plays of the chaos."""

from datetime import time

from support.chaos import checks
from support.chaos.plan import Plan

PLAN = Plan(
    speed="240",
    expiries=1,
    opens=time(13, 30),
    replicas={"poller": 1, "bucketer": 2, "ingest-ws": 1},
    spool_size="5kB",
)


def test_a_short_day_of_chaos_leaves_the_tables_that_its_polls_say(disturbed, judge):
    outcome, schedule = disturbed("mixed", PLAN)

    # On a busy machine the short day may end before the last of its faults; the long form wants them all.
    judge(*checks.always(outcome, PLAN, schedule, struck=0.75))
