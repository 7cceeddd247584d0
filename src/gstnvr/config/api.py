"""Where the API listens, how it is encrypted, and how long logins last."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from gstnvr.config.basics import AbsolutePath, Integer, Number, Section, Switch
from gstnvr.config.listening import is_loopback, listening_address


def _network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError:
        raise ValueError(f"must be an address or a network like 192.0.2.7 or 192.0.2.0/24, not {text!r}") from None
    return text


class TlsSettings(Section):
    """Encryption of the REST interface and the pages."""

    enabled: Switch = Field(
        False,
        description="Answer over https:// only. Without a certificate of your own, one is made at the start.",
    )
    certificate_file: AbsolutePath | None = Field(
        None, description="PEM file with your certificate, followed by those of the authorities between."
    )
    key_file: AbsolutePath | None = Field(
        None, description="PEM file with its private key, without a password; readable by its owner only."
    )

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("has only one of certificate_file and key_file; give both, or none")
        if self.certificate_file is not None and not self.enabled:
            raise ValueError("has a certificate but is not enabled; set enabled: true")
        return self


class ApiSettings(Section):
    """The REST interface."""

    host: Annotated[str, AfterValidator(listening_address)] = Field(
        "127.0.0.1",
        description="Address to listen on. Others than 127.0.0.1 and ::1 take tls or trusted_proxies, so that no"
        " password travels unencrypted.",
    )
    port: Integer = Field(8080, ge=1, le=65_535, description="TCP port to listen on.")
    tls: TlsSettings = TlsSettings()
    trusted_proxies: list[Annotated[str, AfterValidator(_network)]] = Field(
        [],
        description="Addresses or networks of reverse proxies that encrypt for gstnvr: X-Forwarded-For, -Proto and"
        " -Host count from them only.",
    )
    thumbnail_cache_mb: Integer = Field(
        32,
        ge=0,
        le=1024,
        description="Memory for thumbnails of recordings that were made; each takes some kB.",
    )

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        return is_loopback(self.host)

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks of ``trusted_proxies``."""
        return tuple(ip_network(text) for text in self.trusted_proxies)

    @property
    def address(self) -> str:
        """Where programs on this machine find it: ``http://127.0.0.1:8080``."""
        host = {"localhost": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        scheme = "https" if self.tls.enabled else "http"
        return f"{scheme}://[{host}]:{self.port}" if ":" in host else f"{scheme}://{host}:{self.port}"

    @model_validator(mode="after")
    def _no_password_in_the_clear(self) -> Self:
        if not self.is_loopback and not self.tls.enabled and not self.trusted_proxies:
            raise ValueError(
                f"has host {self.host!r}, and nothing is encrypted; set tls: {{enabled: true}}, or name your"
                " reverse proxy in trusted_proxies, or keep to 127.0.0.1"
            )
        return self


class AccessSettings(Section):
    """Logins of users."""

    session_idle_h: Number = Field(72, ge=0.01, le=8760, description="A login that is not used so long is over.")
    session_days: Number = Field(
        30, ge=0.01, le=3650, description="After so long one must log in again, however much one was there."
    )
    login_attempts: Integer = Field(
        5,
        ge=1,
        le=1000,
        description="So many wrong passwords for one user from one address, one after the other …",
    )
    lockout_minutes: Number = Field(
        15,
        ge=0.01,
        le=1440,
        description="… are followed by so long without any login. Four times as many lock the address, ten"
        " times as many the user.",
    )
