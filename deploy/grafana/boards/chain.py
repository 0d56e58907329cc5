"""Chain: open interest by strike at a moment, and how it came about."""

from typing import Final

from boards.kinds import UNKNOWN_CELL, bars, heat_map, numbers, table
from boards.parts import CALLS_AND_PUTS, RUPEES, Json, Panel, Sql, dashboard, override
from boards.sql import AT_MOMENT, CHAIN, EARLIER, MOMENT, clock, variables
from boards.words import buildups, leanings, verdicts

_STRIKE: Final = "CAST(strike AS CHAR) AS Strike"
_LEG: Final = (
    "{0}_oi AS '{1} OI', {0}_oi_change AS '{1} change', {0}_oi_day_change AS '{1} day change',"
    " {0}_volume AS '{1} volume', {0}_iv AS '{1} IV', {0}_delta AS '{1} delta', {0}_ltp AS '{1} LTP',"
    " {0}_buildup AS '{1} build-up'"
)


def _seen(table: str) -> str:
    return f"{table}.index_name = ${{index:sqlstring}} AND {table}.expiry = ${{expiry:sqlstring}} AND $__timeFilter({table}.time)"


# The strikes of the time range: one look into the index for each that the chain ever had, instead of reading all its days.
_STRIKES_SEEN: Final = (
    f"SELECT o.strike FROM (SELECT DISTINCT strike FROM option_snapshots WHERE {CHAIN}) o"
    f" WHERE (SELECT 1 FROM option_snapshots t WHERE t.strike = o.strike AND {_seen('t')} LIMIT 1)"
)


def board() -> Json:
    return dashboard("chain", "Chain", _panels(), variables())


def _panels() -> list[Panel]:
    return [
        _glance(),
        _open_interest(),
        _change(),
        _heat("ce", "CE", "calls"),
        _heat("pe", "PE", "puts"),
        _table(),
        _gex(),
    ]


def _glance() -> Panel:
    columns = (
        f"{clock('time')} AS 'Bucket', spot AS 'Spot', pcr_oi AS 'PCR', max_pain AS 'Max pain', straddle AS 'Straddle',"
        " atm_iv AS 'ATM IV', direction AS 'Direction', confidence AS 'Confidence', trade_signal AS 'Signal'"
    )
    return numbers(
        "At a glance",
        "The chain at the day's last snapshot before the end of the time range. Direction and signal are a reading of"
        " what changed, with no known rate of success.",
        "none",
        Sql(f"SELECT {columns} FROM chain_buckets WHERE {AT_MOMENT}"),
        width=24,
        overrides=(
            *(override(name, unit=RUPEES, decimals=2) for name in ("Spot", "Straddle")),
            *(override(name, unit="percent", decimals=1) for name in ("ATM IV", "Confidence")),
            override("PCR", decimals=2),
            *(override(name, mappings=leanings()) for name in ("Direction", "Signal")),
        ),
        colours=True,
    )


def _open_interest() -> Panel:
    return bars(
        "Open interest by strike",
        "Open interest of both sides, in units, at the last snapshot.",
        "short",
        Sql(
            f"SELECT {_STRIKE}, ce_oi AS 'CE OI', pe_oi AS 'PE OI' FROM option_snapshots"
            f" WHERE {AT_MOMENT} ORDER BY option_snapshots.strike"
        ),
        overrides=CALLS_AND_PUTS,
        height=10,
    )


def _change() -> Panel:
    changes = ", ".join(
        f"IF(${{timeframe:sqlstring}} = 'since_yesterday', present.{side}_oi_day_change, present.{side}_oi - past.{side}_oi)"
        f" AS '{side.upper()} change'"
        for side in ("ce", "pe")
    )
    return bars(
        "OI change by strike over $timeframe",
        "Change in units against the snapshot that stood when the timeframe began. Empty where the timeframe is longer"
        " than the day so far.",
        "short",
        Sql(
            f"SELECT CAST(present.strike AS CHAR) AS Strike, {changes} FROM option_snapshots present"
            " LEFT JOIN option_snapshots past ON past.index_name = present.index_name AND past.expiry = present.expiry"
            f" AND past.strike = present.strike AND past.time = {EARLIER}"
            " WHERE present.index_name = ${index:sqlstring} AND present.expiry = ${expiry:sqlstring}"
            f" AND present.time = {MOMENT} ORDER BY present.strike"
        ),
        overrides=CALLS_AND_PUTS,
        height=10,
    )


def _heat(side: str, letters: str, name: str) -> Panel:
    return heat_map(
        f"{letters} OI change by strike and time",
        f"What each strike's {name} gained (green) or lost (red) since the snapshot before, in percent of the open interest"
        " of them all; from 0.5 % on the colour stays the same. Blank where nothing was saved or known; follows the time"
        " range, not the variable Day.",
        "percent",
        Sql(
            # Each bucket with each strike, so that what is not there is not drawn. Grafana draws a cell up to its time.
            "SELECT UNIX_TIMESTAMP(b.time + INTERVAL 3 MINUTE) AS time, CAST(k.strike AS CHAR) AS metric,"
            f" COALESCE(100 * s.{side}_oi_change / NULLIF(b.{side}_oi, 0), {UNKNOWN_CELL}) AS value"
            f" FROM chain_buckets b CROSS JOIN ({_STRIKES_SEEN}) k"
            " LEFT JOIN option_snapshots s ON s.time = b.time AND s.index_name = b.index_name AND s.expiry = b.expiry"
            f" AND s.strike = k.strike WHERE {_seen('b')} ORDER BY b.time, k.strike",
            over_time=True,
        ),
        ends=0.5,
        height=14,
    )


def _table() -> Panel:
    legs = ", ".join(
        [_LEG.format("ce", "CE"), "strike AS 'Strike', verdict AS 'Verdict', verdict_score AS 'Score'"]
    )
    return table(
        "Chain with verdicts",
        "Every strike at the last snapshot; a change is against the snapshot before. An empty cell is unknown, not 0.",
        "short",
        Sql(
            f"SELECT {legs}, {_LEG.format('pe', 'PE')} FROM option_snapshots WHERE {AT_MOMENT}"
            " ORDER BY option_snapshots.strike"
        ),
        height=16,
        overrides=tuple(_cells()),
    )


def _cells() -> list[Json]:
    shown: dict[str, Json] = {
        "IV": {"unit": "percent"},
        "LTP": {"unit": RUPEES},
        "delta": {"unit": "none", "decimals": 2},
    }
    legs = [override(f"{side} {name}", **how) for side in ("CE", "PE") for name, how in shown.items()]
    bars_in_cells = [
        override(f"{side} OI", custom__cellOptions={"type": "gauge", "mode": "basic"})
        for side in ("CE", "PE")
    ]
    return [
        *legs,
        *bars_in_cells,
        *(override(f"{side} build-up", **buildups()) for side in ("CE", "PE")),
        *(
            override(f"{side} {name}", decimals=0)
            for side in ("CE", "PE")
            for name in ("change", "day change")
        ),
        override("Verdict", **verdicts()),
        override("Strike", unit="none", custom__align="center"),
        override("Score", unit="none", decimals=2),
    ]


def _gex() -> Panel:
    return bars(
        "Gamma exposure by strike",
        "Calls less puts, in crore rupees of index to trade for a move of 1 %. The sign takes dealers to be long of"
        " calls and short of puts.",
        "suffix: Cr",
        Sql(
            f"SELECT {_STRIKE}, gex AS 'GEX' FROM option_snapshots WHERE {AT_MOMENT} ORDER BY option_snapshots.strike"
        ),
        width=24,
    )
