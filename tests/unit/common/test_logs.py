import json

import pytest
import structlog

from oi_common.logs import configure_logs, hide, redacted


@pytest.fixture(autouse=True)
def restored_logs():
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def logged(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_json_with_the_service_and_the_facts(capsys):
    configure_logs("bucketer", "json")

    structlog.get_logger().info("bucket.sealed", index="NIFTY", strikes=41)

    [line] = logged(capsys)
    assert line["event"] == "bucket.sealed"
    assert (line["service"], line["index"], line["strikes"], line["level"]) == (
        "bucketer",
        "NIFTY",
        41,
        "info",
    )


def test_fields_and_texts_that_hold_secrets_are_redacted(capsys):
    configure_logs("poller", "json")
    hide("7777-9999")

    structlog.get_logger().info(
        "login.done",
        pin="1234",
        headers={"Authorization": "Bearer abc"},
        url="redis://:hunter22@redis:6379/0",
        said="token eyJhbGciOiJIUzUxMiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl for 7777-9999",  # pragma: allowlist secret
        token="43521",
    )

    [line] = logged(capsys)
    assert line["pin"] == line["headers"]["Authorization"] == "[redacted]"
    assert line["url"] == "redis://[redacted]@redis:6379/0"
    assert line["said"] == "token [redacted] for [redacted]"
    assert line["token"] == "43521"  # an instrument, not a secret


def test_a_traceback_is_redacted_too(capsys):
    configure_logs("poller", "json")
    hide("hidden-in-error")

    error = ValueError("bad hidden-in-error")

    structlog.get_logger().error("login.failed", exc_info=error)

    assert "hidden-in-error" not in capsys.readouterr().err


def test_the_standard_librarys_logs_take_the_same_way(capsys):
    import logging  # noqa: PLC0415

    configure_logs("poller", "json")
    logging.getLogger("some.library").warning("with Bearer abcdefghijkl")

    [line] = logged(capsys)
    assert line["event"] == "with Bearer [redacted]"


def test_plain_text_is_left_alone():
    assert redacted("09:15:00 saved 41 strikes") == "09:15:00 saved 41 strikes"


def test_a_secret_that_holds_another_is_hidden_whole():
    for secret in ("8642", "1357-8642", "1357"):
        hide(secret)

    assert redacted("login of 1357-8642 with 8642") == "login of [redacted] with [redacted]"
