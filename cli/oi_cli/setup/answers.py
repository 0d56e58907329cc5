"""Answers as they are written down: each check returns the value, or refuses it without showing it."""

from collections.abc import Callable, Mapping
from typing import Final

from oi_cli.segments import SEGMENTS
from oi_common.broker.totp import decoded
from oi_common.errors import Misconfigured

Check = Callable[[str], str]


def one_line(typed: str) -> str:
    value = typed.strip()
    if not value or not value.isprintable():
        raise Misconfigured("this is empty, or holds what cannot be printed")
    return value


def segment(typed: str) -> str:
    name = typed.strip().upper()
    if name not in SEGMENTS:
        raise Misconfigured(f"{name} is not supported; choose from {', '.join(SEGMENTS)}")
    return name


def names(typed: str) -> str:
    found = [name.strip().upper() for name in one_line(typed).split(",") if name.strip()]
    if not found:
        raise Misconfigured("this names nothing")
    return ",".join(dict.fromkeys(found))


def totp_secret(typed: str) -> str:
    value = "".join(one_line(typed).split()).upper()
    if value.isdigit():
        raise Misconfigured("this is a code, which lasts 30 seconds; the secret has letters and digits")
    try:
        decoded(value)
    except ValueError as e:
        raise Misconfigured(f"this {e}") from None
    return value


CHECKS: Final[Mapping[str, Check]] = {
    "FEED_SEGMENT": segment,
    "MCX_NAME": names,
    "INDICES": names,
    "ANGEL_API_KEY": one_line,
    "ANGEL_CLIENT_CODE": one_line,
    "ANGEL_PIN": one_line,
    "ANGEL_TOTP_SECRET": totp_secret,
}
