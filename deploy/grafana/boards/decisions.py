"""Decisions and paper: what was decided, what it was worth, what it cost."""

from boards.kinds import bars, lines, numbers, points, table
from boards.parts import RUPEES, Json, Panel, Sql, coloured, dashboard, matching, override
from boards.sql import CHAIN, INDEX, RANGE, TIME, clock, utc_range, utc_time, variables
from boards.words import money

# What was paid in charges by each valuation: trades and valuations in one order, and the running sum of the charges.
_EQUITY = (
    "SELECT UNIX_TIMESTAMP(time) AS time, equity + paid AS 'Gross', equity AS 'Net' FROM"
    " (SELECT time, equity, SUM(charges) OVER (ORDER BY at, is_trade DESC ROWS UNBOUNDED PRECEDING) AS paid FROM"
    " (SELECT time, equity, valued_at AS at, 0 AS charges, 0 AS is_trade FROM paper_equity"
    f" WHERE {INDEX} AND {RANGE} UNION ALL"
    f" SELECT NULL, NULL, filled_at, charges, 1 FROM paper_trades WHERE {INDEX}) AS told) AS summed"
    " WHERE time IS NOT NULL ORDER BY summed.time"
)


def board() -> Json:
    return dashboard("decisions", "Decisions and paper", [*_drawn(), *_listed(), *_costs()], variables())


def _drawn() -> list[Panel]:
    return [_on_the_price(), _equity(), _reasons()]


def _on_the_price() -> Panel:
    decisions = (
        f"SELECT {TIME}, CONCAT_WS(' ', 'Decided', `loop`, decision, side) AS metric, spot AS value FROM ai_decisions"
        f" WHERE {INDEX} AND {RANGE} AND decision IN ('ENTER', 'EXIT') AND spot IS NOT NULL ORDER BY ai_decisions.time"
    )
    return lines(
        "Decisions on the price",
        "Spot, and at its level each decision to enter or to leave, by loop and side.",
        RUPEES,
        Sql(
            f"SELECT {TIME}, spot AS 'Spot' FROM chain_buckets WHERE {CHAIN} AND {RANGE} ORDER BY chain_buckets.time",
            over_time=True,
        ),
        Sql(decisions, over_time=True),
        width=24,
        height=10,
        overrides=(
            coloured("Spot", "text"),
            points("^Decided"),
            *(
                matching(pattern, color={"mode": "fixed", "fixedColor": colour})
                for pattern, colour in (("ENTER CE", "green"), ("ENTER PE", "red"), ("EXIT", "orange"))
            ),
        ),
    )


def _equity() -> Panel:
    return lines(
        "Equity, gross and net",
        "Cash and what open paper positions would fetch at the bid; gross is without charges and taxes. On paper only.",
        RUPEES,
        Sql(_EQUITY, over_time=True),
        empty="No paper trading in this time",
        overrides=(coloured("Gross", "blue"), coloured("Net", "green")),
    )


def _reasons() -> Panel:
    return bars(
        "Decisions by reason",
        "How often each machine reason decided, by decision.",
        "short",
        Sql(
            "SELECT because AS Reason, SUM(decision = 'ENTER') AS 'ENTER', SUM(decision = 'EXIT') AS 'EXIT',"
            " SUM(decision = 'HOLD') AS 'HOLD', SUM(decision = 'WAIT') AS 'WAIT' FROM ai_decisions"
            f" WHERE {INDEX} AND {RANGE} GROUP BY because ORDER BY COUNT(*) DESC LIMIT 20"
        ),
        empty="No decisions in this time",
        stacking="normal",
        overrides=(
            coloured("ENTER", "green"),
            coloured("EXIT", "orange"),
            coloured("HOLD", "blue"),
            coloured("WAIT", "text"),
        ),
    )


def _listed() -> list[Panel]:
    return [_scorecard(), _decisions(), _positions()]


def _scorecard() -> Panel:
    return table(
        "Scorecard",
        "What following each engine's entries would have brought at executable prices, charges taken off. The baselines"
        " always_wait and coin_flip are what a model has to beat.",
        "short",
        Sql(
            "SELECT engine AS Engine, horizon AS Horizon, COUNT(*) AS Scored, SUM(hit) AS Hits, 100 * AVG(hit) AS 'Hit rate',"
            " SUM(gross) AS Gross, SUM(charges) AS Charges, SUM(net) AS Net, AVG(net) AS 'Net each'"
            f" FROM decision_outcomes WHERE {INDEX} AND {RANGE} AND net IS NOT NULL"
            " GROUP BY engine, horizon ORDER BY engine, FIELD(horizon, '3', '6', '15', '30', 'path')"
        ),
        empty="Nothing scored in this time",
        overrides=(
            override("Hit rate", unit="percent", decimals=1),
            override("Charges", unit=RUPEES, decimals=2),
            *(override(name, **money()) for name in ("Gross", "Net", "Net each")),
        ),
    )


def _decisions() -> Panel:
    return table(
        "Decisions",
        "The newest 200 of the time range with what was decided and why. Rejected says why no model's answer was used.",
        "none",
        Sql(
            f"SELECT {clock('time')} AS 'At', `loop` AS 'Loop', engine AS Engine, decision AS Decision, side AS Side,"
            " strike AS Strike, entry AS Entry, stop_loss AS Stop, target AS Target, confidence AS Confidence,"
            " because AS Because, rejected_because AS Rejected, reason AS Reason FROM ai_decisions"
            f" WHERE {INDEX} AND {RANGE} ORDER BY ai_decisions.time DESC LIMIT 200"
        ),
        height=12,
        empty="No decisions in this time",
        overrides=(
            override("Confidence", unit="percent"),
            *(override(name, unit=RUPEES) for name in ("Entry", "Stop", "Target")),
        ),
    )


def _positions() -> Panel:
    return table(
        "Paper positions",
        "Positions entered in the time range, open ones first, at the last price known.",
        "none",
        Sql(
            f"SELECT {clock('time')} AS 'Entered', state AS State, side AS Side, strike AS Strike, quantity AS Quantity,"
            " `loop` AS 'Loop', engine AS Engine, entry_price AS 'Entry', stop AS Stop, target AS Target,"
            " last_ltp AS 'Last', exit_price AS 'Exit', exit_reason AS 'Why', charges AS Charges, pnl_gross AS Gross,"
            f" pnl_net AS Net FROM paper_positions WHERE {INDEX} AND {RANGE}"
            " ORDER BY state = 'open' DESC, paper_positions.time DESC LIMIT 200"
        ),
        empty="No positions in this time",
        overrides=(
            *(override(name, unit=RUPEES) for name in ("Entry", "Stop", "Target", "Last", "Exit", "Charges")),
            *(override(name, **money()) for name in ("Gross", "Net")),
        ),
    )


def _costs() -> list[Panel]:
    calls = f"FROM ai_calls WHERE {INDEX} AND {utc_range('called_at')}"
    return [
        numbers(
            "Cost of the models",
            "What all requests of the time range cost as counted against the budget, and how many there were.",
            RUPEES,
            Sql(
                "SELECT COALESCE(SUM(cost_inr), 0) AS Cost, COUNT(*) AS Requests, SUM(outcome = 'ok') AS Answered,"
                f" SUM(tokens_in) AS 'Tokens in', SUM(tokens_out) AS 'Tokens out' {calls}"
            ),
            width=8,
            height=8,
            overrides=tuple(
                override(name, unit="locale") for name in ("Requests", "Answered", "Tokens in", "Tokens out")
            ),
        ),
        table(
            "Cost by day and model",
            "Rupees, requests and tokens of each day, loop and model.",
            "locale",
            Sql(
                "SELECT DATE_FORMAT(billed_on, '%Y-%m-%d') AS Day, `loop` AS 'Loop', model AS Model, COUNT(*) AS Requests,"
                f" SUM(cost_inr) AS Cost, SUM(tokens_in) AS 'Tokens in', SUM(tokens_out) AS 'Tokens out' {calls}"
                " GROUP BY billed_on, `loop`, model ORDER BY billed_on DESC, `loop`, model"
            ),
            width=8,
            empty="No model was asked",
            overrides=(override("Cost", unit=RUPEES),),
        ),
        lines(
            "Answer time of the models",
            "Real time of each request, answered or not, by loop.",
            "ms",
            Sql(
                f"SELECT {utc_time('called_at')}, `loop` AS metric, latency_ms AS value {calls} ORDER BY called_at",
                over_time=True,
            ),
            width=8,
            empty="No model was asked",
        ),
    ]
