"""What the paper trader counts."""

from prometheus_client import Counter, Gauge

TICKS = Counter("oi_paper_trader_ticks", "Ticks read", ["index_name"])
SKIPPED = Counter(
    "oi_paper_trader_ticks_skipped",
    "Ticks of a held contract or the index that make no sense",
    ["index_name"],
)
FILLS = Counter("oi_paper_trader_fills", "Paper fills", ["index_name", "action", "reason"])
DECISIONS = Counter(
    "oi_paper_trader_decisions", "Decisions, by what became of them", ["index_name", "outcome"]
)
OPEN = Gauge("oi_paper_trader_positions_open", "Open paper positions", ["index_name"])
EQUITY = Gauge("oi_paper_trader_equity_rupees", "Cash and what open positions would fetch", ["index_name"])
SCORED = Counter(
    "oi_paper_trader_score_outcomes",
    "Outcomes of decisions that are known, or known to be unknown",
    ["index_name"],
)
FOLLOWED = Gauge(
    "oi_paper_trader_score_followed", "Outcomes of decisions that are still followed", ["index_name"]
)
