"""Day: the chain's measures along time, one value for each 3-minute bucket."""

from boards.kinds import lines, table
from boards.parts import CALLS_AND_PUTS, RUPEES, Json, Panel, Sql, coloured, dashboard, on_the_right, override
from boards.sql import INDEX, clock, first_wall, of_chain, of_timeframe, variables
from boards.words import below_and_above_zero


def board() -> Json:
    return dashboard("day", "Day", [*_levels(), *_premiums(), *_interest(), _stored_days()], variables())


def _over_time(*columns: str) -> Sql:
    return Sql(of_chain(*columns), over_time=True)


def _levels() -> list[Panel]:
    return [
        lines(
            "Spot, max pain and walls",
            "Spot beside the strike of least payout and the strongest support and resistance by open interest.",
            RUPEES,
            _over_time(
                "spot AS 'Spot'",
                "max_pain AS 'Max pain'",
                f"{first_wall('support')} AS 'Support'",
                f"{first_wall('resistance')} AS 'Resistance'",
            ),
            height=10,
            overrides=(
                coloured("Spot", "text"),
                coloured("Max pain", "orange"),
                coloured("Support", "green"),
                coloured("Resistance", "red"),
                *(
                    override(level, custom__lineInterpolation="stepAfter")
                    for level in ("Max pain", "Support", "Resistance")
                ),
            ),
        ),
        lines(
            "Put-call ratios",
            "Puts by calls: of open interest, of volume, and of the change of open interest since the snapshot before (right,"
            " cut off at 5). None where calls are 0.",
            "none",
            _over_time(
                "pcr_oi AS 'PCR of OI'",
                "pcr_volume AS 'PCR of volume'",
                "pcr_oi_change AS 'PCR of OI change'",
            ),
            height=10,
            overrides=(
                override(
                    "PCR of OI change", custom__axisPlacement="right", custom__fillOpacity=0, min=-5, max=5
                ),
                coloured("PCR of OI change", "semi-dark-blue"),
            ),
        ),
    ]


def _premiums() -> list[Panel]:
    return [
        lines(
            "Straddle and implied move",
            "Premium of call and put at the money, and what it is in percent of spot (right).",
            RUPEES,
            _over_time("straddle AS 'Straddle'", "implied_move AS 'Implied move'"),
            overrides=(on_the_right("Implied move", "percent"),),
        ),
        lines(
            "ATM IV and skew",
            "Implied volatility at the money in percent a year, and the 25-delta put's less the call's in points (right).",
            "percent",
            _over_time("atm_iv AS 'ATM IV'", "skew_25d AS 'Skew'"),
            overrides=(on_the_right("Skew", "none"),),
        ),
        lines(
            "Gamma exposure against spot",
            "Net GEX in crore rupees for a move of 1 %, beside spot and the spot at which it would be 0 (right).",
            "suffix:Cr",
            _over_time("net_gex AS 'Net GEX'", "spot AS 'Spot'", "gex_flip AS 'Flip'"),
            overrides=(
                on_the_right("Spot", RUPEES),
                on_the_right("Flip", RUPEES),
                coloured("Net GEX", "green"),
                coloured("Spot", "text"),
                coloured("Flip", "orange"),
            ),
        ),
    ]


def _interest() -> list[Panel]:
    return [
        lines(
            "Open interest",
            "Open interest of all strikes by side, in units.",
            "short",
            _over_time("ce_oi AS 'CE OI'", "pe_oi AS 'PE OI'"),
            overrides=CALLS_AND_PUTS,
        ),
        lines(
            "OI change over $timeframe",
            "What each side gained within the timeframe, in units. A hole is a window that is not known whole.",
            "short",
            _over_time(
                f"{of_timeframe('ce_oi_change')} AS 'CE change'",
                f"{of_timeframe('pe_oi_change')} AS 'PE change'",
            ),
            overrides=CALLS_AND_PUTS,
        ),
        lines(
            "Direction",
            "Confidence of the chain's direction: above 0 bullish, below 0 bearish, 0 neither.",
            "percent",
            _over_time(
                "confidence * CASE WHEN direction LIKE '%BULLISH' THEN 1 WHEN direction LIKE '%BEARISH' THEN -1"
                " ELSE 0 END AS 'Confidence'"
            ),
            custom={"drawStyle": "bars", "fillOpacity": 60, "gradientMode": "scheme"},
            overrides=(override("Confidence", **below_and_above_zero()),),
        ),
    ]


def _stored_days() -> Panel:
    """Return the list by which one travels: a click sets both the time range and the day."""
    link = {
        "title": "Show this day",
        "url": "/d/${__dashboard.uid}?from=${__data.fields.From}&to=${__data.fields.To}"
        "&var-day=${__data.fields.Day}&var-index=${index}",
    }
    hidden = {"custom__hidden": True}
    return table(
        "Stored days",
        "The days that are kept of the index. A click on a day shows it.",
        "short",
        Sql(
            # Nothing but what the index holds: else every bucket of the year would be looked up.
            "SELECT DATE_FORMAT(day, '%Y-%m-%d') AS Day, opened AS 'First bucket', ended AS 'Last bucket', buckets AS Buckets,"
            " CAST(UNIX_TIMESTAMP(first) * 1000 AS CHAR) AS 'From',"
            " CAST(UNIX_TIMESTAMP(last + INTERVAL 3 MINUTE) * 1000 AS CHAR) AS 'To' FROM"
            f" (SELECT DATE(time) AS day, MIN(time) AS first, MAX(time) AS last, {clock('MIN(time)')} AS opened,"
            f" {clock('MAX(time)')} AS ended, COUNT(DISTINCT time) AS buckets"
            f" FROM chain_buckets WHERE {INDEX} GROUP BY DATE(time)) AS days ORDER BY day DESC LIMIT 400"
        ),
        overrides=(override("Day", links=[link]), override("From", **hidden), override("To", **hidden)),
    )
