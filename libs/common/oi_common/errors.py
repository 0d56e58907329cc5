"""What can go wrong, told apart by meaning: cannot ever work, cannot work now, not set up."""

from typing import Final

EXIT_MISCONFIGURED: Final = (
    78  # EX_CONFIG of sysexits.h: a restart would not help, a person must change a setting
)


class OiError(Exception):
    """Root of every error this project raises on purpose."""


class Unprocessable(OiError):
    """This input can never be processed; it goes to the dead-letter stream."""


class Unavailable(OiError):
    """Something outside is away; the same work will succeed later."""


class Misconfigured(OiError):
    """A setting is missing or wrong; nothing will work until a person changes it."""


class LeaseLost(OiError):
    """Another replica owns the partition now; what was decided here must not take effect."""
