"""Addresses of camera streams."""

from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

DEFAULT_PORT = 554
DEFAULT_SECURE_PORT = 322
_DEFAULT_PORTS = {"rtsp": DEFAULT_PORT, "rtsps": DEFAULT_SECURE_PORT}


class UrlError(ValueError):
    """Not the address of an RTSP stream; the message is one line and holds no password."""


@dataclass(frozen=True, slots=True)
class RtspUrl:
    """``rtsp://host[:port]/path`` or ``rtsps://``; never with a name or password in its text."""

    host: str
    port: int
    path: str
    """With the leading ``/`` and the query, if there is one; may be empty."""
    username: str | None = None
    password: str | None = None
    secure: bool = False
    """TLS from the first byte on."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"

    @property
    def scheme(self) -> str:
        return "rtsps" if self.secure else "rtsp"

    @property
    def request_url(self) -> str:
        """What a request names: just as rtspsrc writes it, so that a camera answers both of us alike."""
        port = "" if self.port == DEFAULT_PORT else f":{self.port}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"rtsp://{host}{port}{self.path}"

    def __repr__(self) -> str:
        return f"RtspUrl({str(self)!r})"

    @property
    def location(self) -> str:
        """Host and port, for messages."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def service(self) -> str:
        """For messages."""
        return self.scheme.upper()

    @classmethod
    def parse(cls, text: str, *, allow_credentials: bool = False) -> "RtspUrl":
        """Take an address apart.

        Args:
            allow_credentials: accept ``rtsp://name:password@host/``, percent-encoded.

        Raises:
            UrlError: another scheme, no host, a bad port, or credentials that are not allowed here.
        """
        if any(character.isspace() or not character.isprintable() for character in text):
            raise UrlError("the address has a blank or a control character in it")
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise UrlError("the address has a bad host or port; write rtsp://host[:port]/path") from None
        scheme = parts.scheme.lower()
        if scheme not in _DEFAULT_PORTS:
            raise UrlError("the address does not begin with rtsp:// or rtsps://")
        secure, port_used = scheme == "rtsps", port or _DEFAULT_PORTS[scheme]
        if not host:
            raise UrlError("the address names no host; write rtsp://host[:port]/path")
        if port == 0:
            raise UrlError("port 0 is none; write rtsp://host[:port]/path")
        if parts.username is None:
            return cls(host, port_used, _path(parts), secure=secure)
        if not allow_credentials:
            raise UrlError("the address holds a user name or password; give them separately")
        password = None if parts.password is None else unquote(parts.password)
        return cls(host, port_used, _path(parts), unquote(parts.username), password, secure)


def _path(parts: SplitResult) -> str:
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
