"""What `oi setup` takes for an answer, and what it makes of it."""

import pytest

from oi_cli.segments import SEGMENTS
from oi_cli.setup.answers import CHECKS
from oi_cli.setup.given import from_given, given_by, lines_to_write, settings_of
from oi_common.errors import Misconfigured

SECRET = "JBSWY3DPEHPK3PXP"  # pragma: allowlist secret
ACCOUNT = {
    "ANGEL_API_KEY": "thekey",  # pragma: allowlist secret
    "ANGEL_CLIENT_CODE": "A1",
    "ANGEL_PIN": "4321",
    "ANGEL_TOTP_SECRET": SECRET,
}


@pytest.mark.parametrize(
    ("typed", "said"),
    [("123456", "is a code"), ("not base 32!", "base32"), ("", "empty"), ("JBSW\x00Y3DP", "printed")],
)
def test_a_totp_secret_that_is_none_is_refused_without_being_shown(typed, said):
    with pytest.raises(Misconfigured, match=said) as refused:
        CHECKS["ANGEL_TOTP_SECRET"](typed)

    assert not typed or typed not in str(refused.value)


def test_a_totp_secret_is_written_without_the_spaces_it_is_shown_with():
    assert CHECKS["ANGEL_TOTP_SECRET"](" jbsw y3dp ehpk 3pxp ") == SECRET


def test_names_are_written_in_capitals_each_once():
    assert CHECKS["INDICES"](" nifty, BANKNIFTY,nifty,") == "NIFTY,BANKNIFTY"


def test_only_what_the_services_support_is_a_segment():
    assert CHECKS["FEED_SEGMENT"]("bfo") == "BFO"
    assert set(SEGMENTS) == {"NFO", "BFO", "MCX", "NSE"}
    with pytest.raises(Misconfigured, match="CDS is not supported; choose from NFO"):
        CHECKS["FEED_SEGMENT"]("cds")


def test_by_default_the_predecessors_indices_are_watched():
    values = from_given(given_by(ACCOUNT, {}))

    assert (values["FEED_SEGMENT"], values["INDICES"]) == ("NFO", "NIFTY,BANKNIFTY")


def test_the_environment_comes_before_the_file_and_the_file_before_the_defaults():
    values = from_given(
        given_by({"INDICES": "NIFTY"}, {**ACCOUNT, "INDICES": "SENSEX", "FEED_SEGMENT": "NSE"})
    )

    assert (values["FEED_SEGMENT"], values["INDICES"]) == ("NSE", "NIFTY")


def test_another_segment_is_offered_its_own_indices():
    given = given_by({}, {**ACCOUNT, "INDICES": "FINNIFTY"})

    assert given.usual("NFO") == "FINNIFTY"
    assert given.usual("BFO") == "SENSEX,BANKEX"
    assert given.usual("MCX") == "SILVERMIC"


def test_everything_that_is_missing_is_named():
    with pytest.raises(Misconfigured) as refused:
        from_given(given_by({"ANGEL_PIN": "4321"}, {}))

    assert str(refused.value).startswith(
        "ANGEL_API_KEY is not set; ANGEL_CLIENT_CODE is not set; ANGEL_TOTP_SECRET is not set"
    )


def test_what_is_wrong_is_named():
    with pytest.raises(Misconfigured, match=r"^ANGEL_TOTP_SECRET: this is no base32 secret"):
        from_given(given_by({**ACCOUNT, "ANGEL_TOTP_SECRET": "0189!"}, {}))
    with pytest.raises(Misconfigured, match=r"^INDICES: .*NIFTI"):
        settings_of({**ACCOUNT, "INDICES": "NIFTI"})


def test_a_secret_in_a_file_of_its_own_is_read_but_not_copied(tmp_path):
    pin = tmp_path / "pin"
    pin.write_text("4321\n")
    given = given_by({**ACCOUNT, "ANGEL_PIN": "", "ANGEL_PIN_FILE": str(pin)}, {})

    values = from_given(given)
    lines = lines_to_write(values, given)

    assert values["ANGEL_PIN"] == "4321"
    assert lines["ANGEL_PIN_FILE"] == str(pin)
    assert "ANGEL_PIN" not in lines
    assert lines_to_write({**values, "ANGEL_PIN": "9999"}, given)["ANGEL_PIN"] == "9999"


def test_a_secret_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Misconfigured, match=r"ANGEL_PIN_FILE: .*none cannot be read"):
        given_by({"ANGEL_PIN_FILE": str(tmp_path / "none")}, {})
