"""What is known before anything is asked: the environment, and behind it the file that is there already."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from oi_cli.segments import USUAL
from oi_cli.setup.answers import CHECKS
from oi_common.broker.settings import BrokerSettings
from oi_common.errors import Misconfigured
from oi_common.logs import hide

ACCOUNT: Final = ("ANGEL_API_KEY", "ANGEL_CLIENT_CODE", "ANGEL_PIN", "ANGEL_TOTP_SECRET")
SECRETS: Final = ("ANGEL_API_KEY", "ANGEL_PIN", "ANGEL_TOTP_SECRET")
_ADDRESSES: Final = ("ANGEL_REST_URL", "ANGEL_MASTER_URL")
_KNOWN: Final = ("FEED_SEGMENT", "MCX_NAME", "INDICES", *ACCOUNT, *_ADDRESSES)

Values = dict[str, str]


@dataclass(frozen=True, slots=True)
class Given:
    """Values by name; `files` are those that a NAME_FILE points to, which stay where they are."""

    values: Mapping[str, str]
    files: Mapping[str, str]

    @property
    def segment(self) -> str:
        return self.values.get("FEED_SEGMENT", "NFO").upper()

    def usual(self, segment: str) -> str:
        """Return what is watched in a segment when nothing else is said."""
        if segment == "MCX":
            return self.values.get("MCX_NAME", USUAL["MCX"][0])
        has_own = segment == self.segment and "INDICES" in self.values
        return self.values["INDICES"] if has_own else ",".join(USUAL[segment])


def given_by(environment: Mapping[str, str], file: Mapping[str, str]) -> Given:
    """Raises Misconfigured for a NAME_FILE that cannot be read."""
    values, files = {}, {}
    for name in _KNOWN:
        for source in (environment, file):
            if path := source.get(f"{name}_FILE"):
                values[name], files[name] = _content(f"{name}_FILE", path), path
            elif source.get(name):
                values[name] = source[name]
            if name in values:
                break
    for secret in SECRETS:
        hide(values.get(secret, ""))
    return Given(values, files)


def from_given(given: Given) -> Values:
    """Return the answers without asking. Raises Misconfigured that names everything that is missing."""
    missing = [name for name in ACCOUNT if not given.values.get(name)]
    if missing:
        raise Misconfigured("; ".join(f"{name} is not set" for name in missing) + " (see .env.example)")
    segment = _checked("FEED_SEGMENT", given.segment)
    watched = watched_by(segment)
    chosen = {**given.values, "FEED_SEGMENT": segment, watched: given.usual(segment)}
    return {**chosen, **{name: _checked(name, chosen[name]) for name in (watched, *ACCOUNT)}}


def _checked(name: str, value: str) -> str:
    try:
        return CHECKS[name](value)
    except Misconfigured as e:
        raise Misconfigured(f"{name}: {e}") from e


def watched_by(segment: str) -> str:
    """Return the name of the setting that says what is watched."""
    return "MCX_NAME" if segment == "MCX" else "INDICES"


def settings_of(values: Mapping[str, str]) -> BrokerSettings:
    """Return the settings that the services would make of it. Raises Misconfigured that names what is wrong."""
    try:
        return BrokerSettings.model_validate({name.lower(): value for name, value in values.items()})
    except ValidationError as e:
        # The library's own message would show what was typed.
        faults = e.errors(include_url=False, include_input=False, include_context=False)
        said = [
            f"{str(fault['loc'][0]).upper()}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in faults
        ]
        raise Misconfigured("; ".join(said)) from None


def lines_to_write(values: Mapping[str, str], given: Given) -> Values:
    """Return what the file is to say. A secret that is kept in a file of its own is only pointed to."""
    segment = values["FEED_SEGMENT"]
    written = {name: values[name] for name in ("FEED_SEGMENT", watched_by(segment))}
    for name in ACCOUNT:
        is_elsewhere = name in given.files and _bare(values[name]) == _bare(given.values[name])
        written |= {f"{name}_FILE": given.files[name]} if is_elsewhere else {name: values[name]}
    return written


def _bare(value: str) -> str:
    """Return a value whatever way it is spaced and spelled: a TOTP secret is tidied."""
    return "".join(value.split()).upper()


def _content(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as e:
        raise Misconfigured(f"{name}: {path} cannot be read ({e.strerror})") from e
