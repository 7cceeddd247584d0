"""Digest authentication, for the camera's side and for ours, and Basic where a camera knows nothing else."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

# Bounded everywhere, and no name begins within another: what is hostile must not take long to read.
_FIELD = re.compile(
    r'(?<![a-z0-9_-])([a-z0-9_-]{1,64})\s{0,8}=\s{0,8}(?:"((?:[^"\\]|\\.){0,2048})"|([^\s,]{1,2048}))',
    re.IGNORECASE,
)
_LONGEST_CHALLENGE = 4096
_MOST_CHALLENGES = 16
"""What goes beyond is no camera's, and is not answered."""


class Algorithm(StrEnum):
    MD5 = "MD5"
    SHA_256 = "SHA-256"


@dataclass(frozen=True, slots=True)
class Credentials:
    username: str
    password: str

    def __repr__(self) -> str:
        return f"Credentials({self.username!r})"


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a server asks to be answered."""

    realm: str
    nonce: str
    algorithm: Algorithm = Algorithm.MD5
    qop_auth: bool = False
    opaque: str | None = None
    stale: bool = False
    """The password was right, only the nonce is too old."""

    def encode(self) -> str:
        """Value of ``WWW-Authenticate``."""
        parts = [f'realm="{self.realm}"', f'nonce="{self.nonce}"', f"algorithm={self.algorithm}"]
        if self.qop_auth:
            parts.append('qop="auth"')
        if self.opaque is not None:
            parts.append(f'opaque="{self.opaque}"')
        if self.stale:
            parts.append("stale=true")
        return "Digest " + ", ".join(parts)


def new_challenge(realm: str, algorithm: Algorithm = Algorithm.MD5, *, qop_auth: bool = True) -> Challenge:
    """A challenge with a nonce that was never used."""
    return Challenge(realm, secrets.token_hex(16), algorithm, qop_auth)


def parse_challenges(values: Sequence[str]) -> list[Challenge]:
    """The digest challenges that we can answer, of all ``WWW-Authenticate`` fields of a response."""
    challenges = []
    for value in values[:_MOST_CHALLENGES]:
        if len(value) > _LONGEST_CHALLENGE:
            continue
        scheme, _, rest = value.strip().partition(" ")
        if scheme.lower() != "digest":
            continue
        parts = _fields(rest)
        algorithm = _algorithm(parts.get("algorithm", "MD5"))
        qop = [option.strip().lower() for option in parts.get("qop", "").split(",") if option.strip()]
        if algorithm is None or "nonce" not in parts or (qop and "auth" not in qop):
            continue
        challenges.append(
            Challenge(
                realm=parts.get("realm", ""),
                nonce=parts["nonce"],
                algorithm=algorithm,
                qop_auth=bool(qop),
                opaque=parts.get("opaque"),
                stale=parts.get("stale", "").lower() == "true",
            )
        )
    return challenges


def answer(credentials: Credentials, values: Sequence[str], method: str, url: str) -> str | None:
    """Value of ``Authorization`` for the strongest scheme offered; None if none of them is known to us.

    Args:
        values: all ``WWW-Authenticate`` fields of the response with status 401.
    """
    challenges = parse_challenges(values)
    if challenges:
        strongest = max(challenges, key=lambda challenge: challenge.algorithm is Algorithm.SHA_256)
        return answer_challenge(credentials, strongest, method, url)
    if any(value.strip().lower().startswith("basic") for value in values):
        token = base64.b64encode(f"{credentials.username}:{credentials.password}".encode()).decode()
        return f"Basic {token}"
    return None


def answer_challenge(credentials: Credentials, challenge: Challenge, method: str, url: str) -> str:
    """Value of ``Authorization`` that answers this challenge."""
    parts = [
        f"username={_quoted(credentials.username)}",
        f"realm={_quoted(challenge.realm)}",
        f"nonce={_quoted(challenge.nonce)}",
        f'uri="{url}"',
    ]
    if challenge.qop_auth:
        client_nonce, count = secrets.token_hex(8), "00000001"
        response = _response(credentials, challenge, method, url, f":{count}:{client_nonce}:auth")
        parts += ["qop=auth", f"nc={count}", f'cnonce="{client_nonce}"']
    else:
        response = _response(credentials, challenge, method, url, "")
    parts.append(f'response="{response}"')
    if challenge.algorithm is not Algorithm.MD5:
        parts.append(f"algorithm={challenge.algorithm}")
    if challenge.opaque is not None:
        parts.append(f"opaque={_quoted(challenge.opaque)}")
    return "Digest " + ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Proof:
    """What ``Authorization`` shows of a password: that whoever sends it knows it."""

    method: str
    username: str
    nonce: str
    uri: str
    response: str
    counted: str = ""
    """What of a quality of protection goes into the response."""


def read_proof(method: str, authorization: str | None) -> Proof | None:
    """The proof in the ``Authorization`` of a request; None: there is none, or another scheme's."""
    scheme, _, rest = (authorization or "").strip().partition(" ")
    if scheme.lower() != "digest":
        return None
    parts = _fields(rest)
    counted = ""
    if "qop" in parts:
        counted = f":{parts.get('nc', '')}:{parts.get('cnonce', '')}:{parts['qop']}"
    return Proof(
        method,
        username=parts.get("username", ""),
        nonce=parts.get("nonce", ""),
        uri=parts.get("uri", ""),
        response=parts.get("response", ""),
        counted=counted,
    )


def identity_of(credentials: Credentials, realm: str, algorithm: Algorithm = Algorithm.MD5) -> str:
    """What a server has to keep in order to verify proofs: as good as the password, within this realm."""
    return _HASHES[algorithm](f"{credentials.username}:{realm}:{credentials.password}")


def proves(proof: Proof, identity: str, algorithm: Algorithm = Algorithm.MD5) -> bool:
    """Whether a proof was made with the password of this identity."""
    digest = _HASHES[algorithm]
    expected = digest(f"{identity}:{proof.nonce}{proof.counted}:{digest(f'{proof.method}:{proof.uri}')}")
    return hmac.compare_digest(expected.encode(), proof.response.lower().encode())


def verify(credentials: Credentials, challenge: Challenge, method: str, authorization: str | None) -> bool:
    """Whether ``Authorization`` answers our challenge with the right name and password."""
    proof = read_proof(method, authorization)
    if proof is None or proof.nonce != challenge.nonce or proof.username != credentials.username:
        return False
    return proves(proof, identity_of(credentials, challenge.realm, challenge.algorithm), challenge.algorithm)


def _response(credentials: Credentials, challenge: Challenge, method: str, url: str, counted: str) -> str:
    digest = _HASHES[challenge.algorithm]
    identity = identity_of(credentials, challenge.realm, challenge.algorithm)
    return digest(f"{identity}:{challenge.nonce}{counted}:{digest(f'{method}:{url}')}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _sha_256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


_HASHES: dict[Algorithm, Callable[[str], str]] = {Algorithm.MD5: _md5, Algorithm.SHA_256: _sha_256}


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _algorithm(text: str) -> Algorithm | None:
    try:
        return Algorithm(text.upper())
    except ValueError:
        return None


def _fields(text: str) -> dict[str, str]:
    return {
        match[1].lower(): re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3]
        for match in _FIELD.finditer(text)
    }
