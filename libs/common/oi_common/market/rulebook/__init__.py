"""The market's rules by date: small tables with their sources, and what reads them.

`days` says which days trade, `hours` when, `phases` what happens around that; `expiries` when contracts end;
`contracts` their lots, strikes and ticks; `charges` what a trade costs. Sessions are in `oi_common.market.sessions`.
To change a rule, add a row to the table: it holds until the next row of its kind.
"""
