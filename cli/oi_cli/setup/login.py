"""One login at the broker, to see whether the credentials are right."""

import time
from collections.abc import Callable, Mapping
from typing import Final

from oi_common.broker.errors import WrongCredentials
from oi_common.broker.settings import BrokerSettings
from oi_common.broker.totp import Totp

_STEP: Final = 30  # seconds of one TOTP code
_TOO_LATE: Final = 3  # a code so near its end may be over when it arrives

# The broker answers a wrong or empty PIN like a wrong code (SmartAPI forum, post 18722).
_ONE_OF_TWO: Final = (
    "ANGEL_PIN or ANGEL_TOTP_SECRET: the broker takes the PIN or the code made from the secret for wrong (it does not "
    "say which); check both, and this machine's clock"
)
_WHO: Final = "ANGEL_CLIENT_CODE or ANGEL_PIN: the broker knows no such client with this PIN"
_POINTS_AT: Final[Mapping[str, str]] = {
    "AG8004": "ANGEL_API_KEY: the broker does not know this key",
    "AB1050": _ONE_OF_TWO,
    **dict.fromkeys(("AB1000", "AB1001", "AB1002", "AB1007", "AB1032"), _WHO),
}
_SOMETHING: Final = (
    "ANGEL_API_KEY, ANGEL_CLIENT_CODE, ANGEL_PIN or ANGEL_TOTP_SECRET: the broker refuses them"
)


def try_login(
    settings: BrokerSettings,
    *,
    wall: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Log in once, and keep nothing of it; no logout, for that would end the session of services that run.

    Raises WrongCredentials that names the settings to look at, Unavailable when the broker cannot be asked.
    """
    from oi_common.broker.smart_connect import SmartConnect  # noqa: PLC0415 - slow to import

    left = _STEP - wall() % _STEP
    if left < _TOO_LATE:
        sleep(left)
    client = SmartConnect(settings.angel_api_key.get_secret_value(), settings.angel_rest_url)
    try:
        code = Totp(settings.angel_totp_secret.get_secret_value()).at(int(wall()))
        client.log_in(settings.angel_client_code, settings.angel_pin.get_secret_value(), code)
    except WrongCredentials as e:
        said = _POINTS_AT.get(e.code or "", _SOMETHING)
        raise WrongCredentials(f"{said} ({e}); nothing was written", status=e.status, code=e.code) from e
    finally:
        client.close()
