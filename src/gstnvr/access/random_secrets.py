"""Secrets that programs keep: random bits, of which only a digest is stored.

A slow hash, as passwords need, would add nothing: nobody guesses so many bits.
"""

import hashlib
import hmac
import secrets

TOKEN_PREFIX = "gstnvr_"  # noqa: S105 - it marks tokens, for those who search texts for secrets
_BYTES = 32
_BYTES_OF_LINK = 16


def new_secret() -> str:
    """For a cookie."""
    return secrets.token_urlsafe(_BYTES)


def new_link_secret() -> str:
    """128 bits, so that the link fits into a line of a terminal."""
    return secrets.token_urlsafe(_BYTES_OF_LINK)


def new_token() -> str:
    """For a program."""
    return TOKEN_PREFIX + new_secret()


def digest_of(secret: str) -> str:
    """What is stored of it: SHA-256 in hexadecimal digits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def is_digest_of(secret: str, digest: str) -> bool:
    """Whether a secret is the one that this digest was made of; takes the same time for all."""
    return hmac.compare_digest(digest_of(secret), digest)
