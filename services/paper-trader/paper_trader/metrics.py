"""What the paper trader counts."""

from prometheus_client import Counter, Gauge

TICKS = Counter("oi_paper_ticks", "Ticks read", ["index"])
SKIPPED = Counter(
    "oi_paper_ticks_skipped", "Ticks of a held contract or the index that make no sense", ["index"]
)
FILLS = Counter("oi_paper_fills", "Paper fills", ["index", "action", "reason"])
DECISIONS = Counter("oi_paper_decisions", "Decisions, by what became of them", ["index", "outcome"])
OPEN = Gauge("oi_paper_positions_open", "Open paper positions", ["index"])
EQUITY = Gauge("oi_paper_equity_rupees", "Cash and what open positions would fetch", ["index"])
SCORED = Counter(
    "oi_score_outcomes", "Outcomes of decisions that are known, or known to be unknown", ["index"]
)
FOLLOWED = Gauge("oi_score_followed", "Outcomes of decisions that are still followed", ["index"])
