"""`oi setup` against the simulated exchange: what it asks, tries, writes, and says when that fails."""

import stat
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from oi_cli.exits import Exit
from oi_cli.main import app
from oi_cli.setup import login
from oi_cli.setup.given import settings_of
from simulator.core.accounts import Account
from simulator.testing import FixedMarket, ManualClock, Serving, moment, running_exchange

ACCOUNT = Account()
PIN, SECRET, KEY = ACCOUNT.pin, ACCOUNT.totp_secret, "a-key-of-ours"
CREDENTIALS = {
    "ANGEL_API_KEY": ACCOUNT.api_key,
    "ANGEL_CLIENT_CODE": ACCOUNT.client,
    "ANGEL_PIN": PIN,
    "ANGEL_TOTP_SECRET": SECRET,
}
WRONG_SECRET = "A" * 32  # pragma: allowlist secret
NONE = dict.fromkeys((*CREDENTIALS, "FEED_SEGMENT", "INDICES", "MCX_NAME"))
TYPED = f"NFO\nNIFTY\n{ACCOUNT.api_key}\n{ACCOUNT.client}\n{PIN}\n{SECRET}\n"


@pytest.fixture(scope="module")
def clock():
    return ManualClock(moment(10))


@pytest.fixture(scope="module")
def exchange(clock):
    serving = Serving(master_filler=110_000)
    with running_exchange(FixedMarket(), clock, serving=serving) as server:
        yield server


@pytest.fixture
def addresses(exchange, clock):
    clock.advance(timedelta(minutes=1))  # so many logins as tests would be too many at once
    told = exchange.environment("127.0.0.1")
    return {name: told[name] for name in ("ANGEL_REST_URL", "ANGEL_MASTER_URL")}


@pytest.fixture
def away(free_port):
    address = f"http://127.0.0.1:{free_port}"
    return {"ANGEL_REST_URL": address, "ANGEL_MASTER_URL": address}


@pytest.fixture
def file(tmp_path):
    return tmp_path / ".env"


@pytest.fixture
def set_up(file):
    def run(*arguments, typed=None, **environment):
        return CliRunner().invoke(
            app, ["setup", "--env-file", str(file), *arguments], env={**NONE, **environment}, input=typed
        )

    return run


def logins(exchange):
    return exchange.exchange.tally.requests["loginByPassword"]


def test_what_is_typed_is_tried_and_written_for_its_owner_alone(set_up, file, addresses):
    result = set_up(typed=TYPED, **addresses)

    assert (result.exit_code, "the login works" in result.output) == (Exit.FINE, True)
    assert file.read_text().splitlines() == [
        "FEED_SEGMENT=NFO",
        "INDICES=NIFTY",
        *(f"{name}={value}" for name, value in CREDENTIALS.items()),
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_no_secret_is_ever_shown(set_up, file, addresses):
    result = set_up(typed=TYPED.replace(SECRET, f"123456\n{SECRET}"), **addresses)

    assert result.exit_code == Exit.FINE
    assert "this is a code" in result.output
    assert not any(secret in result.output + result.stderr for secret in (PIN, SECRET, "123456"))


def test_what_is_there_is_offered_and_other_lines_stay(set_up, file, addresses):
    before = "# mine\nREDIS_PASSWORD=abc\nINDICES=NIFTY\n"
    before += "".join(f"{name}={value}\n" for name, value in CREDENTIALS.items())
    file.write_text(before)

    result = set_up(typed="\n" * 6, **addresses)

    assert result.exit_code == Exit.FINE
    assert "[NIFTY]" in result.output
    assert file.read_text() == f"{before}FEED_SEGMENT=NFO\n"
    assert not any(secret in result.output for secret in (PIN, SECRET))


def test_a_first_file_is_made_from_the_example_beside_it(set_up, file, addresses):
    (file.parent / ".env.example").write_text("# Angel\n#ANGEL_PIN=\n#LOG_FORMAT=json\n")

    set_up("--non-interactive", INDICES="NIFTY", **CREDENTIALS, **addresses)

    assert file.read_text().startswith(f"# Angel\n#ANGEL_PIN=\nANGEL_PIN={PIN}\n#LOG_FORMAT=json\n")


def test_a_name_that_the_master_does_not_list_is_asked_for_again(set_up, file, addresses):
    result = set_up(typed=TYPED.replace("NIFTY", "FINNIFTY") + "NIFTY\n", **addresses)

    assert result.exit_code == Exit.FINE
    assert "FINNIFTY; the nearest names are NIFTY" in result.output
    assert "INDICES=NIFTY\n" in file.read_text()


def test_without_questions_a_name_that_is_not_listed_is_refused(set_up, file, addresses):
    result = set_up("--non-interactive", INDICES="FINNIFTY", **CREDENTIALS, **addresses)

    assert result.exit_code == Exit.MISCONFIGURED
    assert "the nearest names are NIFTY" in result.stderr
    assert not file.exists()


def test_without_questions_everything_that_is_missing_is_named(set_up, file):
    result = set_up("--non-interactive", ANGEL_PIN=PIN)

    assert result.exit_code == Exit.MISCONFIGURED
    assert all(f"{name} is not set" in result.stderr for name in CREDENTIALS if name != "ANGEL_PIN")
    assert "ANGEL_PIN is not set" not in result.stderr
    assert not file.exists()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"ANGEL_PIN": "9999"}, "ANGEL_PIN or ANGEL_TOTP_SECRET"),
        ({"ANGEL_TOTP_SECRET": WRONG_SECRET}, "ANGEL_PIN or ANGEL_TOTP_SECRET"),
        ({"ANGEL_CLIENT_CODE": "NOBODY"}, "ANGEL_CLIENT_CODE or ANGEL_PIN"),
        ({"ANGEL_API_KEY": KEY}, "ANGEL_API_KEY: the broker does not know this key"),
    ],
)
def test_a_refused_login_is_tried_once_and_says_what_to_look_at(
    set_up, file, exchange, addresses, wrong, named
):
    before = logins(exchange)

    result = set_up("--non-interactive", **{**CREDENTIALS, "INDICES": "NIFTY", **addresses, **wrong})

    assert result.exit_code == Exit.MISCONFIGURED
    assert named in result.stderr
    assert "nothing was written" in result.stderr
    assert not any(secret in result.stderr + result.output for secret in (WRONG_SECRET, "9999", KEY))
    assert logins(exchange) - before == 1
    assert not file.exists()


def test_while_the_broker_is_away_it_is_written_only_if_that_is_wanted(set_up, file, away):
    refused = set_up(typed=f"{TYPED}n\n", **away)
    assert refused.exit_code == Exit.AWAY
    assert "could not be tested" in refused.output
    assert "only our own list of names was asked" in refused.output
    assert not file.exists()

    written = set_up(typed=f"{TYPED}y\n", **away)
    assert written.exit_code == Exit.FINE
    assert f"ANGEL_PIN={PIN}" in file.read_text()


def test_without_questions_an_untested_file_needs_its_option(set_up, file, away):
    given = {**CREDENTIALS, "INDICES": "NIFTY", **away}

    assert set_up("--non-interactive", **given).exit_code == Exit.AWAY
    assert not file.exists()
    assert set_up("--non-interactive", "--write-untested", **given).exit_code == Exit.FINE
    assert file.exists()


def test_an_unknown_name_is_refused_without_a_master_too(set_up, file, away):
    result = set_up("--non-interactive", "--write-untested", INDICES="NIFTI", **CREDENTIALS, **away)

    assert result.exit_code == Exit.MISCONFIGURED
    assert "INDICES: NIFTI" in result.stderr
    assert "NIFTY" in result.stderr
    assert not file.exists()


def test_a_code_about_to_end_is_not_sent(exchange, addresses):
    times, slept = [30_000_000_028.5], []

    def sleep(seconds):
        slept.append(seconds)
        times.append(times[-1] + seconds)

    settings = login_settings(addresses)
    with pytest.raises(login.WrongCredentials):  # the exchange lives in another year
        login.try_login(settings, wall=lambda: times[-1], sleep=sleep)

    assert slept == [pytest.approx(1.5)]


def login_settings(addresses):
    return settings_of({**CREDENTIALS, **addresses})
