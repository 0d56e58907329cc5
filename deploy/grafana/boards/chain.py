"""Chain: open interest by strike at a moment, and how it came about."""

from typing import Final

from boards.kinds import UNKNOWN_CELL, bars, heat_map, numbers, table
from boards.parts import CALLS_AND_PUTS, RUPEES, Json, Panel, Sql, coloured, dashboard, override
from boards.sql import AT_MOMENT, EARLIER, MOMENT, clock, variables
from boards.words import buildups, leanings, verdicts

_STRIKE: Final = "CAST(strike AS CHAR) AS Strike"
# What a leg's column is called after its side, and how it is shown. Puts have them in the opposite order.
_LEG: Final[dict[str, tuple[str, Json]]] = {
    "OI": ("oi", {"custom__cellOptions": {"type": "gauge", "mode": "basic"}, "custom__width": 115}),
    "change": ("oi_change", {"decimals": 0, "custom__width": 95}),
    "day": ("oi_day_change", {"decimals": 0, "custom__width": 75}),
    "volume": ("volume", {"custom__width": 95}),
    "IV": ("iv", {"unit": "percent", "decimals": 1, "custom__width": 65}),
    "delta": ("delta", {"unit": "none", "decimals": 2, "custom__width": 80}),
    "LTP": ("ltp", {"unit": RUPEES, "decimals": 2, "custom__width": 85}),
    "build-up": ("buildup", {**buildups(), "custom__width": 125}),
}


def _seen(table: str) -> str:
    return f"{table}.index_name = ${{index:sqlstring}} AND {table}.expiry = ${{expiry:sqlstring}} AND $__timeFilter({table}.time)"


# The strikes of the time range, from bucket to bucket: a scan of the range would read every other chain's rows, too.
_STRIKES_SEEN: Final = (
    "SELECT DISTINCT o.strike FROM chain_buckets c STRAIGHT_JOIN option_snapshots o"
    f" ON o.time = c.time AND o.index_name = c.index_name AND o.expiry = c.expiry WHERE {_seen('c')}"
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
        " atm_iv AS 'ATM IV', REPLACE(direction, '_', ' ') AS 'Direction', confidence AS 'Confidence', trade_signal AS 'Signal'"
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
        " of them all; from 0.3 % on the colour stays the same. Blank where nothing was saved or known; follows the time"
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
        ends=0.3,
        height=14,
    )


def _table() -> Panel:
    middle = ["strike AS Strike", "verdict AS Verdict", "verdict_score AS Score"]
    columns = ", ".join([*_leg("CE", list(_LEG)), *middle, *_leg("PE", list(reversed(_LEG)))])
    return table(
        "Chain with verdicts",
        "Every strike at the last snapshot; a change is against the snapshot before, the day's against yesterday's last. A dash is unknown, not 0.",
        "short",
        Sql(f"SELECT {columns} FROM option_snapshots WHERE {AT_MOMENT} ORDER BY option_snapshots.strike"),
        height=16,
        overrides=tuple(_cells()),
    )


def _leg(side: str, names: list[str]) -> list[str]:
    return [f"{side.lower()}_{_LEG[name][0]} AS '{side} {name}'" for name in names]


def _cells() -> list[Json]:
    return [
        *(override(f"{side} {name}", **how) for side in ("CE", "PE") for name, (_, how) in _LEG.items()),
        coloured("CE OI", "red"),
        coloured("PE OI", "green"),
        override("Verdict", **verdicts(), custom__width=135),
        override("Strike", unit="none", custom__align="center", custom__width=75),
        override("Score", unit="none", decimals=2, custom__width=65),
    ]


def _gex() -> Panel:
    return bars(
        "Gamma exposure by strike",
        "Calls less puts, in crore rupees of index to trade for a move of 1 %. The sign takes dealers to be long of"
        " calls and short of puts.",
        "suffix:Cr",
        Sql(
            f"SELECT {_STRIKE}, gex AS 'GEX' FROM option_snapshots WHERE {AT_MOMENT} ORDER BY option_snapshots.strike"
        ),
        width=24,
    )
