"""What the demo's summary says of the AI loops, read back from real tables."""

from dataclasses import replace
from datetime import date, timedelta

from oi_cli.demo.advised import read_advised
from oi_cli.reading import connect_reader, reading
from oi_common.advice import MINIMAL, RICH, Desk
from oi_common.advice.decided import decision_row
from oi_common.database import Database
from oi_common.llm.calls import Call, call_row
from oi_common.tables import ai_calls, ai_decisions
from oi_common.upserts import upsert
from simulator.testing import ManualClock
from support.situations import AT, rising


def decided(after, *, index="NIFTY", engine="rules", policy=MINIMAL):
    it = rising(at=AT + timedelta(seconds=after), index_name=index)
    made = Desk(policy, None, ManualClock(it.at)).by_rules(it, "unchanged")
    return replace(made, event=made.event.model_copy(update={"engine": engine}))


def call(for_decision, number):
    return Call(
        call_id=f"{number}", loop="minimal", index_name="NIFTY", event_id=for_decision.event.event_id, model="m", attempt=1,
        called_at=AT, messages=(), prompt_hash="", response="", outcome="ok", said="", status=200, tokens_in=10,
        tokens_out=10, cost=500_000, cost_from="priced", billed_on=date(2026, 7, 1), latency_ms=1.0,
    )  # fmt: skip


def test_requests_stand_against_the_seconds_of_all_indices(any_database_url):
    # given: NIFTY over 100 seconds, BANKNIFTY over 20, another day, and a deep loop that asked nobody
    asked = decided(60, engine="llm")
    rows = [decided(0), asked, decided(100), decided(0, index="BANKNIFTY"), decided(20, index="BANKNIFTY")]
    rows += [decided(86_400 * 5), decided(0, policy=RICH)]
    database = Database(any_database_url)
    database.run_blocking(
        lambda connection: upsert(connection, ai_decisions, [decision_row(row) for row in rows])
    )
    calls = [call_row(call(asked, 1)), call_row(call(asked, 2)), call_row(call(rows[5], 3))]
    database.run_blocking(lambda connection: upsert(connection, ai_calls, calls))
    database.close()

    engine = connect_reader(any_database_url)
    with reading(engine) as connection:
        minimal, rich = read_advised(connection, AT.date())
        of_another_day = read_advised(connection, date(2020, 1, 1))
    engine.dispose()

    assert minimal.said == (
        "minimal: 5 decisions told (1 by a model, 4 by rules); 2 requests to models in 120 market seconds "
        "(375 a day for an index, where one each second makes 22,500), ₹1.00"
    )
    assert rich.said == (
        "rich: 1 decisions told (0 by a model, 1 by rules); 0 requests to models in 0 market seconds, ₹0.00"
    )
    assert of_another_day == ()
