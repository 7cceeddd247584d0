"""Addresses of Motion JPEG over HTTP."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from gstnvr.rtsp.url import UrlError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOOKS_LIKE = "write http://host[:port]/path"


@dataclass(frozen=True, slots=True)
class HttpUrl:
    """``http://host[:port]/path``, or ``https``; never with a name or password in it."""

    scheme: str
    host: str
    port: int
    path: str
    """With the leading ``/`` and the query, if there is one."""

    @property
    def secure(self) -> bool:
        return self.scheme == "https"

    @property
    def location(self) -> str:
        """Host and port, for messages."""
        return f"{self._bracketed}:{self.port}"

    @property
    def authority(self) -> str:
        """Value of the field ``Host``."""
        return self._bracketed if self.port == _DEFAULT_PORTS[self.scheme] else self.location

    @property
    def service(self) -> str:
        """For messages."""
        return self.scheme.upper()

    @property
    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    @classmethod
    def parse(cls, text: str) -> "HttpUrl":
        """Take an address apart.

        Raises:
            UrlError: another scheme, no host, a bad port, or credentials in it.
        """
        if not (text.isascii() and text.isprintable()) or " " in text:
            raise UrlError("the address has something in it that is neither a letter, digit nor sign of ASCII")
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise UrlError(f"the address has a bad host or port; {_LOOKS_LIKE}") from None
        scheme = parts.scheme.lower()
        if scheme not in _DEFAULT_PORTS:
            raise UrlError("the address does not begin with http:// or https://")
        if not host:
            raise UrlError(f"the address names no host; {_LOOKS_LIKE}")
        if port == 0:
            raise UrlError(f"port 0 is none; {_LOOKS_LIKE}")
        if "@" in parts.netloc:
            raise UrlError("the address holds a user name or password; give them separately")
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        return cls(scheme, host, port or _DEFAULT_PORTS[scheme], path)
