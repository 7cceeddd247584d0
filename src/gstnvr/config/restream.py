"""Streams for other programs, over RTSP."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from gstnvr.config.basics import Integer, Section, Switch
from gstnvr.config.listening import is_loopback, listening_address


class RestreamSettings(Section):
    """Streams for other programs, over RTSP: rtsp://USER:TOKEN@host:8554/CAMERA/main."""

    enabled: Switch = Field(False, description="Serve live streams over RTSP, to whoever has a token.")
    host: Annotated[str, AfterValidator(listening_address)] = Field(
        "127.0.0.1",
        description="Address to listen on. Others than 127.0.0.1 and ::1 take tls, or the word that video may"
        " leave this machine unencrypted.",
    )
    port: Integer = Field(8554, ge=1, le=65_535, description="TCP port to listen on.")
    tls: Switch = Field(
        False, description="rtsps:// instead of rtsp://, with the certificate of api.tls, which must be enabled."
    )
    unencrypted: Switch = Field(
        False,
        description="Whoever can listen in on the network may see and hear: for players that know no rtsps, such"
        " as VLC. Tokens are not sent even then.",
    )
    max_clients: Integer = Field(32, ge=1, le=256, description="So many may watch at once.")

    @model_validator(mode="after")
    def _nobody_listens_in(self) -> Self:
        if not is_loopback(self.host) and not self.tls and not self.unencrypted:
            raise ValueError(
                f"has host {self.host!r}, and nothing is encrypted; set tls: true, or unencrypted: true if whoever"
                " is on the network may see the video, or keep to 127.0.0.1"
            )
        if self.tls and self.unencrypted:
            raise ValueError("has both tls and unencrypted; keep one of them")
        return self
