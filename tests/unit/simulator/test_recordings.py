"""Recordings are read whatever their columns are called, and refused with file, column and row."""

import gzip
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulator.adapters.recordings import UnreadableRecording, read_recording
from simulator.core.recorded_market import RecordedMarket
from support.reference import reference_data

HEADER = (
    "collected_at,nse_timestamp,symbol,expiry,strike,option_type,oi_contracts,volume_contracts,ltp,bid,ask"
)
FIRST = (
    "2025-08-29 09:24:16,2025-08-29 09:22:45,NIFTY,2025-09-02,22600,CE,4.666666666666667,0,0.0,1911.9,2028.35"
)
SECOND = "2025-08-29 09:24:16,2025-08-29 09:22:45,NIFTY,2025-09-02,22600,PE,46706,31669,0.95,,1.0"


def written(folder, *lines, name="chain.csv"):
    path = folder / name
    path.write_text("\n".join((HEADER, *lines)) + "\n")
    return path


def test_a_csv_is_read_column_by_column(tmp_path):
    chain = read_recording(written(tmp_path, FIRST, SECOND))

    assert (chain.name, chain.counted_in, len(chain)) == ("NIFTY", "contracts", 2)
    assert chain.collected_at[0] == np.datetime64("2025-08-29T09:24:16")
    assert chain.stamped_at[0] == np.datetime64("2025-08-29T09:22:45")
    assert chain.is_call.tolist() == [True, False]
    assert chain.oi.tolist() == [4.666666666666667, 46_706.0]
    assert chain.ask.tolist() == [2_028.35, 1.0]
    assert np.isnan(chain.bid[1])
    assert np.isnan(chain.spot).all()


def test_a_compressed_csv_is_the_same(tmp_path):
    plain = written(tmp_path, FIRST, SECOND)
    packed = tmp_path / "chain.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))

    assert read_recording(packed).oi.tolist() == read_recording(plain).oi.tolist()


def test_wide_parquet_in_units_has_a_row_for_each_side(tmp_path):
    path = tmp_path / "wide.parquet"
    moment = np.datetime64("2026-01-29T09:20:00", "us")
    columns = {
        "ts": [moment, moment], "symbol": ["NIFTY", "BANKNIFTY"], "expiry": ["2026-02-03", "2026-02-24"],
        "strike": [25_000.0, 59_000.0], "CE_LTP": [310.0, 0.0], "CE_OI": [6_500.0, 0.0],
        "CE_Volume": [650.0, 0.0], "PE_LTP": [95.5, 0.0], "PE_OI": [1_300.0, 0.0], "PE_Volume": [65.0, 0.0],
        "spot": [25_240.0, 0.0],
    }  # fmt: skip
    pq.write_table(pa.table(columns), path)

    chain = read_recording(path, "NIFTY")

    assert chain.counted_in == "units"
    assert list(zip(chain.is_call.tolist(), chain.oi.tolist(), chain.ltp.tolist(), strict=True)) == [
        (True, 6_500.0, 310.0),
        (False, 1_300.0, 95.5),
    ]
    assert chain.spot.tolist() == [25_240.0, 25_240.0]
    assert chain.stamped_at.tolist() == chain.collected_at.tolist()


def test_several_underlyings_need_a_name(tmp_path):
    path = written(tmp_path, FIRST, SECOND.replace("NIFTY", "BANKNIFTY"))

    with pytest.raises(
        UnreadableRecording, match=r"chain\.csv: column symbol holds BANKNIFTY, NIFTY; one must be named"
    ):
        read_recording(path)
    with pytest.raises(UnreadableRecording, match="'SENSEX' is not among them"):
        read_recording(path, "SENSEX")


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (SECOND.replace("46706", "many"), r"column oi_contracts, row 2: must be a number, was 'many'"),
        (SECOND.replace("09:24:16", "9h24"), r"column collected_at, row 2: must be a date or a moment"),
        (SECOND.replace(",PE,", ",XX,"), r"column option_type, row 2: must be CE or PE, was 'XX'"),
        (SECOND.replace("2025-09-02", ""), r"column expiry, row 2: must not be empty"),
    ],
)
def test_a_wrong_value_is_refused_with_file_column_and_row(tmp_path, wrong, complaint):
    path = written(tmp_path, FIRST, wrong)

    with pytest.raises(UnreadableRecording, match=rf"chain\.csv: {complaint}"):
        read_recording(path)


def test_a_missing_column_is_named(tmp_path):
    path = tmp_path / "chain.csv"
    path.write_text(HEADER.replace("strike", "price") + "\n" + FIRST + "\n")

    with pytest.raises(UnreadableRecording, match=r"chain\.csv: column strike is missing"):
        read_recording(path)


def test_a_file_that_is_no_table_or_not_there_is_refused(tmp_path):
    (tmp_path / "bad.parquet").write_text("<html>404</html>")

    with pytest.raises(UnreadableRecording, match=r"bad\.parquet"):
        read_recording(tmp_path / "bad.parquet")
    with pytest.raises(UnreadableRecording, match=r"none\.csv"):
        read_recording(tmp_path / "none.csv")


def test_the_recorded_chain_of_29_august_is_served_to_the_unit():
    market = RecordedMarket(read_recording(reference_data("nse_oc_nifty_20250829_near_expiry.csv.gz")), 75)
    put = next(row for row in market.instruments() if (row.strike, row.option_type) == (22_600.0, "PE"))

    quote = market.quote(put.exchange, put.token, market.first_collected_at)

    assert market.day == date(2025, 8, 29)
    assert (quote.oi, quote.volume, quote.ltp) == (46_706 * 75, 31_669 * 75, 0.95)
    assert quote.close == pytest.approx(1.05)
    assert (quote.buy[0].price, quote.sell[0].price) == (0.95, 1.0)
    assert quote.fed_at.isoformat() == "2025-08-29T09:22:45+05:30"


def test_the_spot_of_29_august_lies_between_its_at_the_money_strikes():
    market = RecordedMarket(read_recording(reference_data("nse_oc_nifty_20250829_near_expiry.csv.gz")), 75)

    candles = market.candles("NSE", "99926000", market.first_collected_at.replace(hour=9, minute=15, second=0),
                             market.last_collected_at, timedelta(minutes=3))  # fmt: skip

    assert len(candles) > 100
    # the strikes about which calls and puts cost the same all day
    assert all(24_400 < candle.low <= candle.high < 24_600 for candle in candles)


def test_fractional_contracts_of_the_full_recording_are_whole_units():
    chain = read_recording(reference_data("nse_oc_nifty_20250829_all_expiries.parquet"))

    units = chain.units(chain.oi, 75)

    assert np.mean(chain.oi % 1 != 0) == pytest.approx(0.037, abs=0.002)
    assert np.abs(units - chain.oi * 75).max() < 1e-6


def test_a_holidays_recording_is_stale_as_recorded():
    market = RecordedMarket(
        read_recording(reference_data("nse_oc_nifty_20250827_market_holiday_stale.parquet")), 75
    )

    quote = market.quote("NSE", "99926000", market.last_collected_at)

    assert market.day == date(2025, 8, 27)
    assert quote.fed_at.isoformat() == "2025-08-26T15:30:00+05:30"
