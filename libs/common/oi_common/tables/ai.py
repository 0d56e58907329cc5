"""What the AI loops asked, decided and were worth."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from oi_common.tables.base import Moment, Price, Ratio, metadata

Cost = Numeric(14, 6)  # rupees; one call of a small model costs some hundredths of a paisa

# Written by: ai-minimal and ai-rich, each its own loop's rows. One row for every request to a model, answered or not.
ai_calls = Table(
    "ai_calls",
    metadata,
    Column("call_id", String(32), nullable=False),
    Column("called_at", Moment, nullable=False, comment="by the service's clock, UTC"),
    Column("loop", String(10), nullable=False, comment="minimal or rich"),
    Column("index_name", String(20), nullable=False),
    Column("event_id", String(250), nullable=False, comment="of the decision it was made for"),
    Column("model", String(100), nullable=False),
    Column("attempt", Integer, nullable=False, comment="which request for the decision, from 1"),
    Column("prompt_hash", String(64), nullable=False, comment="SHA-256 of the messages"),
    Column("outcome", String(20), nullable=False, comment="ok, or what was wrong"),
    Column("status", Integer, comment="of HTTP; NULL when no answer came"),
    Column("tokens_in", Integer),
    Column("tokens_out", Integer),
    Column("cost_inr", Cost, nullable=False, comment="as counted against the budget"),
    Column(
        "cost_from", String(10), nullable=False, comment="reported, priced, reserved (worst case) or none"
    ),
    Column("billed_on", Date, nullable=False, comment="the budget's day: IST, by real time"),
    Column("latency_ms", Float, nullable=False, comment="real time"),
    PrimaryKeyConstraint("call_id"),
    Index(None, "index_name", "called_at"),
    Index(None, "called_at"),
    Index(None, "billed_on"),
)


# Written by: ai-minimal and ai-rich, each its own loop's rows. One row for every decision.
ai_decisions = Table(
    "ai_decisions",
    metadata,
    Column("event_id", String(250), nullable=False),
    Column("time", Moment, nullable=False, comment="of event_time, IST"),
    Column("event_time", Moment, nullable=False, comment="of the situation decided upon, UTC"),
    Column("decided_at", Moment, nullable=False, comment="by the service's clock, UTC"),
    Column("loop", String(10), nullable=False, comment="minimal or rich"),
    Column("engine", String(10), nullable=False, comment="llm or rules"),
    Column("model", String(100), comment="NULL when the rules decided"),
    Column("index_name", String(20), nullable=False),
    Column("expiry", Date),
    Column("decision", String(10), nullable=False, comment="ENTER, HOLD, EXIT or WAIT"),
    Column("side", String(2), comment="CE or PE"),
    Column("strike", Integer),
    Column("entry", Price),
    Column("stop_loss", Price),
    Column("target", Price),
    Column("confidence", Ratio, comment="0 to 100"),
    Column("because", String(40), nullable=False, comment="machine reason; advised for a model's decision"),
    Column("reason", Text, nullable=False),
    Column("evidence", JSON, nullable=False, comment="ids of the facts it rests on"),
    Column("rejected_because", String(40), comment="why no model's answer was used; NULL when one was"),
    Column("proposed", JSON(none_as_null=True), comment="what the model said, taken or not"),
    Column(
        "baselines", JSON, nullable=False, comment="what rules, always_wait and coin_flip say of the same"
    ),
    Column("fingerprint", String(64), nullable=False),
    Column("spot", Price),
    Column("lot_size", Integer),
    Column("days_to_expiry", Integer),
    Column("latency_ms", Float, comment="of all calls made for it, real time"),
    Column("tokens_in", Integer),
    Column("tokens_out", Integer),
    Column("cost_inr", Cost),
    PrimaryKeyConstraint("event_id"),
    Index(None, "index_name", "time"),
    Index(None, "time"),
)


# Written by: paper-trader. What following a decision would have brought: at each horizon, and along its own path.
decision_outcomes = Table(
    "decision_outcomes",
    metadata,
    Column("event_id", String(250), nullable=False, comment="of the decision"),
    Column(
        "engine", String(20), nullable=False, comment="who is scored: llm, rules, always_wait or coin_flip"
    ),
    Column(
        "horizon", String(4), nullable=False, comment="minutes (3, 6, 15, 30), or path: to stop or target"
    ),
    Column("time", Moment, nullable=False, comment="of the decision, IST"),
    Column("loop", String(10), nullable=False, comment="minimal or rich"),
    Column("index_name", String(20), nullable=False),
    Column("expiry", Date),
    Column("days_to_expiry", Integer),
    Column("decision", String(10), nullable=False, comment="ENTER, HOLD, EXIT or WAIT"),
    Column("side", String(2), comment="CE or PE"),
    Column("strike", Integer),
    Column("confidence", Ratio, comment="0 to 100"),
    Column("quantity", Integer, comment="units"),
    Column("entry_price", Price, comment="executable: the ask then; NULL when there was none"),
    Column("exit_price", Price, comment="executable: the bid then; NULL when there was none"),
    Column("exit_reason", String(20), comment="horizon, stop, target, close or unknown"),
    Column("gross", Price, comment="rupees"),
    Column("charges", Price, comment="rupees, both legs"),
    Column("net", Price, comment="rupees"),
    Column("hit", Boolean, comment="net is above 0; NULL when it cannot be told"),
    Column("scored_at", Moment, nullable=False, comment="by the service's clock, UTC"),
    PrimaryKeyConstraint("event_id", "engine", "horizon"),
    Index(None, "index_name", "time"),
    Index(None, "time"),
)
