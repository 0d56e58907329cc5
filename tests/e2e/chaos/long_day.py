"""The long form, played by `make chaos SEED=7`: consumers struck, everyone struck, replicas coming and going."""

from datetime import time

from support.chaos import checks
from support.chaos.plan import Plan
from support.chaos.truth import the_polls_are_undisturbed

CONSUMERS = Plan(opens=time(12, 30), replicas={"poller": 1, "bucketer": 3, "ingest-ws": 1})
POLLING = Plan(
    speed="360",
    opens=time(12, 30),
    replicas={"poller": 1, "bucketer": 2, "ingest-ws": 1},
    spool_size="5kB",
)
SCALE = Plan(
    speed="240",
    opens=time(14, 15),
    indices=("NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY"),
    expiries=1,
    replicas={"poller": 2, "bucketer": 3, "ingest-ws": 2},
)


def test_struck_consumers_redis_and_database_leave_the_tables_of_an_undisturbed_day(disturbed, judge):
    outcome, schedule = disturbed("consumers", CONSUMERS)

    judge(
        *checks.always(outcome, CONSUMERS, schedule),
        the_polls_are_undisturbed(outcome, CONSUMERS),
    )


def test_struck_polling_is_said_and_repaired_with_the_true_values(disturbed, judge):
    outcome, schedule = disturbed("polling", POLLING)

    judge(*checks.always(outcome, POLLING, schedule))


def test_replicas_that_come_and_go_change_nothing(disturbed, judge):
    outcome, schedule = disturbed("scale", SCALE)

    judge(*checks.always(outcome, SCALE, schedule))
