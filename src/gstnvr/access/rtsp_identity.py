"""Tokens shown over RTSP: clients prove by a digest that they know one, and never send it."""

from gstnvr.model.access import RTSP_REALM
from gstnvr.rtsp.digest import Credentials, identity_of


def rtsp_identity(user: str, token: str) -> str:
    """What proofs of a token are verified with.

    MD5, as most clients know nothing else. Nobody finds a token of 256 random bits by trying, whatever the hash.
    """
    return identity_of(Credentials(user, token), RTSP_REALM)
