"""Six-digit codes from the account's secret (RFC 6238)."""

import base64
import binascii

import pyotp


class Totp(pyotp.TOTP):
    """Takes a secret of any length: the broker hands it out, and pyotp 2.12 would refuse a short one."""

    def byte_secret(self) -> bytes:
        return decoded(self.secret)


def decoded(secret: str) -> bytes:
    """Return the octets of a base32 secret, as people copy it. Raises ValueError, without showing it."""
    text = secret.replace(" ", "").upper().rstrip("=")
    try:
        octets = base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error:
        raise ValueError("is no base32 secret (letters A-Z and digits 2-7)") from None
    if not octets:
        raise ValueError("is no base32 secret (letters A-Z and digits 2-7)")
    return octets
