"""Tries a camera for the API, as ``gstnvr probe`` does."""

from collections.abc import Callable

from pydantic import ValidationError

from gstnvr.api.operation.ports import CameraOffer, CannotProbeError, OfferedMedium, ProbeWish
from gstnvr.config.sealing import passwords_of
from gstnvr.config.secrets import SecretError
from gstnvr.config.settings import Settings, StreamSettings
from gstnvr.logs.redaction import register_secret
from gstnvr.mjpeg.probe import probe_mjpeg
from gstnvr.model.choices import Transport
from gstnvr.model.faults import FaultReport
from gstnvr.rtsp import probe as rtsp

_NO_RTSP = "rtsp://unused"


class CameraProbe:
    """Asks on connections of its own, which are closed at once."""

    def __init__(self, settings: Callable[[], Settings]) -> None:
        self._settings = settings

    async def __call__(self, wish: ProbeWish) -> CameraOffer | FaultReport:
        """What the camera offers, or exactly why it does not.

        Raises:
            CannotProbeError: the wish is wrong, or the password of the camera cannot be had.
        """
        stream, password = _stream(wish), self._password(wish)
        register_secret(password)
        timeout_s = self._settings().session.probe_timeout_s
        try:
            if stream.http_stream_url is not None:
                found = await probe_mjpeg(
                    stream.http_stream_url, stream.username, password, timeout_s, trust=stream.trust
                )
            else:
                tunnel = stream.transport is Transport.HTTP
                found = await rtsp.probe(
                    stream.url, stream.username, password, timeout_s, trust=stream.trust, tunnel=tunnel
                )
        except rtsp.ProbeError as error:
            return error.report
        return _offer(found)

    def _password(self, wish: ProbeWish) -> str | None:
        if wish.password_of is None:
            return wish.password
        camera = next((one for one in self._settings().cameras if one.id == wish.password_of), None)
        if camera is None:
            raise CannotProbeError(f"password_of: there is no camera {wish.password_of!r} in the settings")
        stream = camera.streams.get(wish.stream)
        if stream is None:
            message = f"password_of: camera {camera.id} has no {wish.stream} stream in the settings; save it first"
            raise CannotProbeError(message)
        if _host(stream.url) != _host(wish.url):
            message = f"password_of: the password of camera {camera.id} goes to the address of that camera only"
            raise CannotProbeError(message)
        try:
            return passwords_of(self._settings())(stream)
        except SecretError as error:
            raise CannotProbeError(f"password_of: {error}") from None


def _stream(wish: ProbeWish) -> StreamSettings:
    """The same checks as in the configuration file."""
    over_http = wish.url.lower().startswith(("http://", "https://"))
    given = {
        "url": _NO_RTSP if over_http else wish.url,
        "http_stream_url": wish.url if over_http else None,
        "username": wish.username,
        "transport": wish.transport,
        "tls_fingerprint": wish.tls_fingerprint,
        "tls_accept_any": wish.tls_accept_any,
    }
    try:
        return StreamSettings.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = str(first["loc"][0]) if first["loc"] else ""
        key = "url" if key == "http_stream_url" else key
        raise CannotProbeError(f"{key} {first['msg'].removeprefix('Value error, ')}".strip()) from None


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].lower()


def _offer(found: rtsp.ProbeResult) -> CameraOffer:
    return CameraOffer(
        address=f"{found.address[0]}:{found.address[1]}",
        server=found.server,
        fingerprint=found.fingerprint,
        video=found.video,
        audio=found.audio,
        media=[OfferedMedium(one.kind, one.codec, one.clock_rate, one.channels) for one in found.tracks],
    )
