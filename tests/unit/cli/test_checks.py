"""Each check finds what is broken, and nothing else."""

import pytest

from oi_cli.quality.checks import faults
from oi_cli.quality.ledger import Ledger, Place


def broken(ledger):
    return {fault.check for fault in faults(ledger)}


def test_a_whole_ledger_has_no_fault(ledgers):
    quiet = ledgers.header("09:21", changed=0, reason=None)
    ledger = ledgers.ledger(ledgers.header("09:15"), ledgers.header("09:18"), quiet)

    assert faults(ledger) == ()


def test_a_changed_bucket_without_snapshot_is_found(ledgers):
    ledger = ledgers.ledger(ledgers.header(reason=None))

    assert broken(ledger) == {"changed but not saved"}


def test_a_saved_bucket_without_change_is_found(ledgers):
    ledger = ledgers.ledger(ledgers.header(changed=0))

    assert broken(ledger) == {"saved but not changed"}


def test_the_other_snapshot_rule_may_save_without_change(ledgers):
    ledger = ledgers.ledger(ledgers.header(changed=0, reason="new_bucket"))

    assert faults(ledger) == ()


def test_rows_from_two_polls_in_one_bucket_are_found(ledgers):
    ledger = ledgers.ledger(ledgers.header(), saved=ledgers.saved(feed_times=2))

    assert broken(ledger) == {"snapshots per bucket"}


def test_duplicate_keys_are_found(ledgers):
    ledger = ledgers.ledger(ledgers.header(), duplicates={ledgers.nifty: 2})

    assert broken(ledger) == {"duplicates"}


def test_a_reason_without_rows_is_found(ledgers):
    headers = (ledgers.header(changed=0, reason="baseline"),)

    assert broken(Ledger(day=ledgers.day, headers=headers, candles=ledgers.ledger(*headers).candles)) == {
        "headers"
    }


def test_rows_without_a_header_are_found(ledgers):
    stray = {Place(ledgers.nifty, ledgers.at("10:00")): ledgers.saved()}
    quiet = ledgers.header(changed=0, reason=None)
    ledger = Ledger(day=ledgers.day, headers=(quiet,), saved=stray, candles=ledgers.ledger(quiet).candles)

    assert broken(ledger) == {"headers"}


def test_changes_that_were_not_written_down_are_found(ledgers):
    ledger = ledgers.ledger(ledgers.header(), changes={})

    assert broken(ledger) == {"changes"}


@pytest.mark.parametrize("reason", ["oi_changed", None])
def test_a_sealed_bucket_whose_merged_candle_is_not_there_is_found(ledgers, reason):
    header = ledgers.header(reason=reason, changed=3 if reason else 0)
    ledger = ledgers.ledger(header, candles=frozenset())

    assert broken(ledger) == {"candles"}


def test_sealed_rows_that_lack_the_candle_are_found(ledgers):
    ledger = ledgers.ledger(ledgers.header(), saved=ledgers.saved(rows_without_candle=41))

    assert broken(ledger) == {"candles"}


def test_a_candle_declared_missing_is_no_fault(ledgers):
    header = ledgers.header(candle_status="missing")
    ledger = ledgers.ledger(header, saved=ledgers.saved(rows_without_candle=41), candles=frozenset())

    assert faults(ledger) == ()


def test_a_sealed_bucket_must_say_what_became_of_its_candle(ledgers):
    ledger = ledgers.ledger(ledgers.header(candle_status=None))

    assert broken(ledger) == {"candles"}


def test_a_fault_names_chain_time_and_value(ledgers):
    [fault] = faults(ledgers.ledger(ledgers.header("10:03", reason=None, changed=2)))

    assert fault.said == "NIFTY 24 Nov 10:03: 2 polls changed OI, nothing is saved"
