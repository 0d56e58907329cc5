"""What the live page needs to know beside what every service knows."""

from ipaddress import ip_address
from typing import Annotated, Final

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from oi_common.settings import ServiceSettings

LEAST_TOKEN: Final = 16  # characters


class Settings(ServiceSettings):
    """Where the page is served, and the token without which it is served to this machine only."""

    dashboard_host: str = "127.0.0.1"
    dashboard_port: Annotated[int, Field(ge=0, le=65535)] = 8600
    dashboard_token: Annotated[SecretStr | None, Field(validate_default=True)] = None

    @field_validator("dashboard_token")
    @classmethod
    def _is_there_where_others_may_come(
        cls, token: SecretStr | None, others: ValidationInfo
    ) -> SecretStr | None:
        host = others.data.get("dashboard_host", "")
        if token is None:
            if not is_loopback(host):
                raise ValueError(
                    f"is needed, because DASHBOARD_HOST is {host}: others may reach the page "
                    f"(or DASHBOARD_TOKEN_FILE; at least {LEAST_TOKEN} characters)"
                )
        elif len(token.get_secret_value()) < LEAST_TOKEN:
            raise ValueError(f"is too short: it takes at least {LEAST_TOKEN} characters")
        return token


def is_loopback(host: str) -> bool:
    """Say whether only programs of this machine can reach an address."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
