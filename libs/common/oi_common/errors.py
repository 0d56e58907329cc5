"""What can go wrong, told apart by meaning: cannot ever work, cannot work now, not set up."""

from typing import Final

EXIT_MISCONFIGURED: Final = (
    78  # EX_CONFIG of sysexits.h: a restart would not help, a person must change a setting
)
EXIT_FUSE_BLOWN: Final = 65  # EX_DATAERR: a restart says the same again, until a person has reset the fuse


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


class FuseBlown(OiError):
    """Too much of a stream cannot be processed; nothing more of it is taken until a person has looked."""

    def __init__(self, stream: str, said: str) -> None:
        super().__init__(said)
        self.stream = stream
