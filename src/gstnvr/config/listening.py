"""Addresses to listen on."""

from ipaddress import ip_address


def listening_address(host: str) -> str:
    """The same, if it is one.

    Raises:
        ValueError: it is none.
    """
    if host != "localhost":
        try:
            ip_address(host)
        except ValueError:
            raise ValueError(f"must be an address such as 127.0.0.1, or 0.0.0.0 for all, not {host!r}") from None
    return host


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect."""
    return host == "localhost" or ip_address(host).is_loopback
