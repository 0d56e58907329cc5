"""PCR, max pain and walls of recorded chains are the figures that others published for them."""

import csv
from datetime import datetime
from functools import cache

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from oi_common.market.pain import max_pain
from oi_common.market.ratios import pcr_by_oi
from oi_common.market.walls import walls
from support.chains import Quote, chain_of
from support.reference import reference_data

TABLE = "reference/pcr_maxpain_published.csv"
COLUMNS = ["collected_at", "nse_timestamp", "strike", "option_type", "oi_contracts", "chg_oi_contracts"]
MEASURES = {
    "pcr_oi": lambda chain: pcr_by_oi(chain).ratio,
    "max_pain": max_pain,
    "max_ce_oi_strike": lambda chain: walls(chain).resistance[0].strike,
    "max_pe_oi_strike": lambda chain: walls(chain).support[0].strike,
}


def published():
    with reference_data(TABLE).open() as file:
        rows = list(csv.DictReader(file))
    return [row for row in rows if row["metric"] in MEASURES and row["dataset"].endswith(".parquet")]


@cache
def recording(name, expiry):
    return pq.read_table(reference_data(name), columns=COLUMNS, filters=[("expiry", "==", expiry)])


def chain_at(rows, moment, *, before=False):
    """Return the newest chain stamped until a moment; or that `before` the day: the first one less its change."""
    stamps = [stamp for stamp in rows["nse_timestamp"].unique().to_pylist() if before or stamp <= moment]
    snapshot = rows.filter(pc.equal(rows["nse_timestamp"], min(stamps) if before else max(stamps)))
    newest = snapshot.filter(pc.equal(snapshot["collected_at"], pc.max(snapshot["collected_at"])))
    return chain_of(
        {
            (row["strike"], row["option_type"]): Quote(
                oi=row["oi_contracts"] - (row["chg_oi_contracts"] if before else 0.0)
            )
            for row in newest.to_pylist()
        }
    )


def moment_of(row):
    is_timed = row["time"].count(":") == 2
    return datetime.fromisoformat(f"{row['date']}T{row['time'] if is_timed else '23:59:59'}")


def test_the_published_figures_are_met_to_their_tolerances():
    met = []
    for row in published():
        rows = recording(row["dataset"], row["expiry"])
        chain = chain_at(rows, moment_of(row), before=row["time"] == "EOD")

        found = MEASURES[row["metric"]](chain)

        expected, tolerance = float(row["published_value"]), float(row["tolerance"])
        assert found == pytest.approx(expected, abs=tolerance, rel=0), row
        met.append(row["metric"])
    assert len(met) == 13


def test_a_chain_counted_in_lots_has_the_measures_of_the_same_chain_in_units():
    rows = recording("nse_oc_nifty_20250829_all_expiries.parquet", "2025-09-02")
    chain = chain_at(rows, datetime(2025, 8, 29, 11))  # noqa: DTZ001 wall time, as recorded
    chain.calls.oi[:], chain.puts.oi[:] = np.round(chain.calls.oi * 75), np.round(chain.puts.oi * 75)

    assert max_pain(chain) == 24_550
    assert pcr_by_oi(chain).ratio == pytest.approx(0.7486356202015539, abs=1e-12)
