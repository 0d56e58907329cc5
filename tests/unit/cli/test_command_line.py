"""The command line: options, errors and exit codes."""

import gzip
from datetime import date, datetime, time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from oi_cli.demo.checked import (
    checked_day,
    checked_end,
    checked_lot,
    checked_scenario,
    checked_segment,
    checked_speed,
    indices_of,
)
from oi_cli.demo.plan import Plan
from oi_cli.demo.ports import free_ports
from oi_cli.exits import Exit, Failed, code_of
from oi_cli.main import app
from oi_common.errors import Misconfigured, Unavailable
from oi_common.market.buckets import IST

RECORDING = Path("x.csv")


def run(*arguments, **environment):
    return CliRunner().invoke(app, list(arguments), env=environment)


def test_help_names_every_command_and_the_exit_codes():
    said = run("--help").output

    assert all(name in said for name in ("demo", "table", "verify", "backfill", "migrate"))
    assert "Exit codes" in run("demo", "--help").output


@pytest.mark.parametrize(
    ("error", "code"),
    [(Misconfigured("x"), Exit.MISCONFIGURED), (Unavailable("x"), Exit.AWAY), (Failed("x"), Exit.BROKEN)],
)
def test_an_error_has_the_exit_code_of_its_meaning(error, code):
    assert code_of(error) == code


def test_verify_of_a_database_that_is_not_there_says_what_to_do_and_makes_no_file(tmp_path):
    file = tmp_path / "none.db"

    result = run("verify", DATABASE_URL=f"sqlite:///{file}")

    assert result.exit_code == Exit.AWAY
    assert "oi migrate" in result.stderr
    assert not file.exists()


def test_verify_of_an_empty_ledger_is_no_success(sqlite_url):
    result = run("verify", DATABASE_URL=sqlite_url)

    assert result.exit_code == Exit.AWAY
    assert "nothing to verify" in result.stderr


def test_table_says_when_there_is_nothing_yet(sqlite_url):
    result = run("table", "--once", "--plain", DATABASE_URL=sqlite_url)

    assert result.exit_code == Exit.AWAY
    assert "no snapshot of NIFTY yet" in result.stderr


def test_a_database_url_of_no_database_is_a_wrong_setting():
    result = run("verify", DATABASE_URL="oracle-of-delphi")

    assert result.exit_code == Exit.MISCONFIGURED
    assert "DATABASE_URL" in result.stderr


def test_a_closed_day_is_refused_with_the_trading_day_before():
    result = run("demo", "--day", "2026-11-21")

    assert result.exit_code == Exit.USAGE
    assert "2026-11-20" in result.stderr


@pytest.mark.parametrize("option", ["--date", "--day"])
def test_a_day_may_be_named_by_either_option(option):
    result = run("demo", option, "2026-11-08")

    assert result.exit_code == Exit.USAGE
    assert "closed on 2026-11-08" in result.stderr


@pytest.mark.parametrize(
    ("day", "segment"),
    [
        (date(2026, 2, 1), "NFO"),  # the Budget's Sunday
        (date(2024, 3, 2), "NFO"),  # half sessions on a Saturday
        (date(2024, 5, 18), "BFO"),
        (date(2026, 11, 24), "MCX"),  # the evening of an equity holiday
    ],
)
def test_special_days_can_be_played(day, segment):
    assert checked_day(datetime.combine(day, time(), IST), None, segment) == day


def test_a_segments_usual_underlyings_are_watched():
    assert indices_of(None, None, "BFO") == ("SENSEX", "BANKEX")
    assert indices_of(None, None, "MCX") == ("SILVERMIC",)


def test_what_the_simulated_exchange_does_not_trade_is_refused():
    with pytest.raises(typer.BadParameter, match="no SENSEX for MCX; choose from CRUDEOILM, SILVERMIC"):
        indices_of("SENSEX", None, "MCX")
    with pytest.raises(typer.BadParameter, match="one commodity"):
        indices_of("CRUDEOILM,SILVERMIC", None, "MCX")
    with pytest.raises(typer.BadParameter, match="names nothing"):
        indices_of(",", None)


def test_shares_with_options_can_be_watched_by_name():
    assert indices_of("reliance, NIFTY", None) == ("RELIANCE", "NIFTY")
    assert indices_of("RELIANCE", None, "NSE") == ("RELIANCE",)
    with pytest.raises(typer.BadParameter, match="no RELIANCE for BFO"):
        indices_of("RELIANCE", None, "BFO")


def test_a_scenario_is_one_of_those_there_are():
    assert checked_scenario(None, None) == "calm"
    assert checked_scenario("Wall-Break", None) == "wall_break"
    with pytest.raises(typer.BadParameter, match="there is no crash; choose from calm, trend_up"):
        checked_scenario("crash", None)


def test_a_recording_is_played_as_it_is():
    assert checked_scenario("calm", RECORDING) == "calm"
    with pytest.raises(typer.BadParameter, match="as it is"):
        checked_scenario("gap_up", RECORDING)


def test_a_segment_that_there_is_none_of_is_refused_with_those_there_are():
    assert checked_segment("bfo", None) == "BFO"
    with pytest.raises(typer.BadParameter, match="NFO"):
        checked_segment("CDS", None)
    with pytest.raises(typer.BadParameter, match="recording"):
        checked_segment("BFO", RECORDING)


def test_an_unknown_index_is_refused_with_those_there_are():
    result = run("demo", "--indices", "NIFTI")

    assert result.exit_code == Exit.USAGE
    assert "BANKNIFTY" in result.stderr


@pytest.mark.parametrize("speed", ["fast", "0", "-1", "100000"])
def test_an_impossible_speed_is_refused(speed):
    with pytest.raises(typer.BadParameter):
        checked_speed(speed, None)


def test_a_recording_is_played_as_fast_as_it_can():
    assert checked_speed(None, RECORDING) == "max"
    assert checked_speed(None, None) == "60"
    assert checked_speed("5", RECORDING) == "5"


def test_a_recording_needs_its_lot_and_brings_its_day():
    assert checked_day(None, RECORDING) is None
    with pytest.raises(typer.BadParameter, match="lot"):
        checked_lot(None, RECORDING)
    with pytest.raises(typer.BadParameter, match="own day"):
        checked_day(datetime(2026, 11, 18, tzinfo=IST), RECORDING)


def test_the_end_must_be_after_the_open():
    plan = Plan(indices=("NIFTY",), speed="60", seed=1, day=date(2026, 11, 18))

    assert checked_end(None, plan) is None
    assert checked_end(time(9, 45), plan) == time(9, 44, 59)
    with pytest.raises(typer.BadParameter, match="not opened"):
        checked_end(time(9, 0), plan)


def test_the_index_of_a_recording_is_the_one_it_holds(tmp_path):
    file = tmp_path / "chain.csv.gz"
    file.write_bytes(gzip.compress(b"symbol,strike\nBANKNIFTY,1\nBANKNIFTY,2\n"))

    assert indices_of(None, file) == ("BANKNIFTY",)
    assert indices_of(None, None) == ("NIFTY", "BANKNIFTY")


def test_a_recording_may_name_its_index_in_any_way_the_exchange_reads(tmp_path):
    file = tmp_path / "chain.csv"
    file.write_text("Underlying,strike\nNIFTY,1\n")

    assert indices_of(None, file) == ("NIFTY",)


def test_of_a_recording_of_several_indices_one_is_chosen(tmp_path):
    file = tmp_path / "chain.csv"
    file.write_text("symbol,strike\nNIFTY,1\nBANKNIFTY,2\n")

    with pytest.raises(Misconfigured, match="holds BANKNIFTY, NIFTY; choose one with --indices"):
        indices_of(None, file)
    with pytest.raises(typer.BadParameter, match="one index"):
        indices_of("NIFTY,BANKNIFTY", file)
    assert indices_of("NIFTY", file) == ("NIFTY",)


def test_a_file_that_is_no_recording_is_named(tmp_path):
    file = tmp_path / "page.csv"
    file.write_text("<html>not found</html>\n")

    with pytest.raises(Misconfigured, match=r"page\.csv"):
        indices_of(None, file)


def test_keep_wants_an_empty_folder(tmp_path):
    (tmp_path / "there").write_text("x")

    result = run("demo", "--plain", "--keep", str(tmp_path))

    assert result.exit_code == Exit.MISCONFIGURED
    assert "--keep" in result.stderr


def test_ports_are_different_ones():
    assert len(set(free_ports(7))) == 7
