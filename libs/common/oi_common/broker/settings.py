"""What every service that talks to the broker needs to know."""

from typing import Annotated

from pydantic import Field, SecretStr, field_validator

from oi_common.broker.totp import decoded
from oi_common.settings import PollSeconds, ServiceSettings


class BrokerSettings(ServiceSettings):
    """The account, the addresses and what is tracked. Secrets have no default: missing ones refuse to start."""

    angel_api_key: SecretStr
    angel_client_code: str
    angel_pin: SecretStr
    angel_totp_secret: SecretStr
    angel_rest_url: str = "https://apiconnect.angelone.in"
    angel_ws_url: str = "wss://smartapisocket.angelone.in/smart-stream"
    angel_master_url: str = "https://margincalculator.angelone.in/OpenAPI_File/files/OpenAPIScripMaster.json"
    strikes_around: Annotated[int, Field(ge=1, le=200)] = 20
    expiries: Annotated[int, Field(ge=1, le=10)] = 2
    poll_seconds: PollSeconds = 20

    @property
    def has_chains(self) -> bool:
        """FEED_SEGMENT=NSE is the indices and shares alone."""
        return self.feed_segment != "NSE"

    @property
    def chains(self) -> int:
        """How many chains of each underlying are tracked."""
        return self.expiries if self.has_chains else 0

    @field_validator("angel_totp_secret")
    @classmethod
    def _is_a_totp_secret(cls, secret: SecretStr) -> SecretStr:
        decoded(secret.get_secret_value())
        return secret
