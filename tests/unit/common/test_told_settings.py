"""Settings that change results are told, all others are not, and what is told makes the same settings again."""

import pytest

from ai_minimal.settings import Settings as MinimalSettings
from ai_rich.settings import Settings as RichSettings
from bucketer.settings import Settings as BucketerSettings
from ingest_ws.settings import Settings as IngestSettings
from oi_common.told_settings import RESULTS, told_settings
from paper_trader.settings import Settings as PaperSettings
from poller.settings import Settings as PollerSettings

ALL = (IngestSettings, PollerSettings, BucketerSettings, MinimalSettings, RichSettings, PaperSettings)
# Addresses, secrets and what only this machine minds.
OTHERS = {
    "redis_url", "database_url", "clock", "instance", "log_format", "data_dir", "streams_kept_days", "health_host",
    "health_port", "angel_api_key", "angel_client_code", "angel_pin", "angel_totp_secret", "angel_rest_url",
    "angel_ws_url", "angel_master_url", "tick_buffer", "ticks_kept_minutes", "spool_size", "openrouter_api_key",
    "llm_base_url",
}  # fmt: skip
ACCOUNT = {
    "angel_api_key": "48215-very-secret",  # pragma: allowlist secret
    "angel_client_code": "A1",
    "angel_pin": "9731",
    "angel_totp_secret": "JBSWY3DPEHPK3PXP",  # pragma: allowlist secret
    "openrouter_api_key": "sk-or-very-secret",  # pragma: allowlist secret
    "redis_url": "redis://u:very-secret@h/0",  # pragma: allowlist secret
}


@pytest.mark.parametrize("settings", ALL, ids=lambda each: each.__module__)
def test_whoever_adds_a_setting_says_whether_a_recording_keeps_it(settings):
    fields = set(settings.model_fields)

    assert fields - RESULTS - OTHERS == set()


def test_nothing_is_kept_that_no_service_has():
    assert set().union(*(each.model_fields for each in ALL)) == RESULTS | OTHERS


@pytest.mark.parametrize("settings", ALL, ids=lambda each: each.__module__)
def test_no_secret_and_no_address_is_told(settings):
    told = told_settings(settings.model_validate(ACCOUNT))

    assert "secret" not in str(told)
    assert not {name.upper() for name in OTHERS} & told.keys()


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        (BucketerSettings, {"snapshot_rule": "change_or_new_bucket", "candle_grace": "PT12M", "indices": "NIFTY"}),
        (RichSettings, {"ai_rich_model": "one/model,another/model", "ai_rich_min_changed": "0.25"}),
        (PaperSettings, {"paper_capital": "250000.50", "paper_brokerage": "20"}),
        (PaperSettings, {}),
    ],
)  # fmt: skip
def test_what_is_told_makes_the_same_settings_again(settings, changed, monkeypatch):
    first = settings.model_validate(changed)
    told = told_settings(first)
    for name, text in told.items():
        monkeypatch.setenv(name, text)

    again = settings()

    assert told_settings(again) == told
    assert {name: getattr(again, name) for name in changed} == {
        name: getattr(first, name) for name in changed
    }
