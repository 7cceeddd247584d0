"""Codes of an authenticator app (TOTP, RFC 6238): six digits, thirty seconds."""

import hmac

import pyotp
import segno

from gstnvr.model.clock import NS_PER_S, UtcNs

_PERIOD_S = 30
_STEPS_ASIDE = 1
"""Clocks of telephones are wrong by up to so many steps."""


def new_totp_secret() -> str:
    """160 bits in Base32, as apps take it."""
    return pyotp.random_base32()


def enrolment_uri(secret: str, name: str) -> str:
    """What a QR code for an app holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="gstnvr")


def qr_code(uri: str) -> list[str]:
    """Rows of a QR code, ``1`` for dark; whoever draws it leaves a border of four around."""
    return ["".join(str(module) for module in row) for row in segno.make_qr(uri, error="m").matrix]


def step_of_code(secret: str, code: str, now: UtcNs, after: int) -> int | None:
    """Step of the code if it is right now; None if it is wrong or was taken before.

    Args:
        after: step of the last code that was taken.
    """
    current = now // NS_PER_S // _PERIOD_S
    totp = pyotp.TOTP(secret)
    digits = "".join(code.split())
    for step in range(current - _STEPS_ASIDE, current + _STEPS_ASIDE + 1):
        if step > after and hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode()):
            return step
    return None
