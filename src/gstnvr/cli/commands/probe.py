"""``gstnvr probe``: what a camera offers, or exactly why not."""

import asyncio
import re
from typing import Annotated

import typer
from pydantic import ValidationError

from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.output import AsJson, complain, print_json
from gstnvr.config.secrets import SecretError, resolve_password
from gstnvr.config.settings import SessionSettings, StreamSettings
from gstnvr.mjpeg.probe import probe_mjpeg
from gstnvr.model.choices import Transport
from gstnvr.model.faults import FaultReport
from gstnvr.rtsp import probe as rtsp

_NO_RTSP = "rtsp://unused"
_Url = Annotated[
    str,
    typer.Argument(
        help="rtsp:// or rtsps://host[:port]/path, or http:// of Motion JPEG; without user and password."
    ),
]
_User = Annotated[str | None, typer.Option("--user", help="Name to log in with.")]
_PasswordEnv = Annotated[
    str | None, typer.Option("--password-env", metavar="NAME", help="Environment variable with the password.")
]
_PasswordFile = Annotated[
    str | None, typer.Option("--password-file", metavar="FILE", help="File with the password.")
]
_Transport = Annotated[
    Transport, typer.Option("--transport", help="As in the configuration; http: ask within its tunnel.")
]
_Fingerprint = Annotated[
    str | None, typer.Option("--tls-fingerprint", metavar="SHA256", help="Of the only certificate to take.")
]
_CaFile = Annotated[
    str | None, typer.Option("--tls-ca-file", metavar="FILE", help="Authorities that may have signed it.")
]
_AcceptAny = Annotated[bool, typer.Option("--tls-accept-any", help="Take any certificate.")]
_Timeout = Annotated[float, typer.Option("--timeout", min=0.1, max=60, metavar="SECONDS", help="Longest wait.")]


def probe(
    url: _Url,
    *,
    user: _User = None,
    password_env: _PasswordEnv = None,
    password_file: _PasswordFile = None,
    transport: _Transport = Transport.TCP,
    fingerprint: _Fingerprint = None,
    ca_file: _CaFile = None,
    accept_any: _AcceptAny = False,
    timeout: _Timeout = SessionSettings().probe_timeout_s,
    as_json: AsJson = False,
) -> None:
    """Tell what a camera offers, or exactly why it does not."""
    over_http = url.lower().startswith(("http://", "https://"))
    stream = _stream(
        {
            "url": _NO_RTSP if over_http else url,
            "http_stream_url": url if over_http else None,
            "username": user,
            "password_env": password_env,
            "password_file": password_file,
            "transport": transport,
            "tls_fingerprint": fingerprint,
            "tls_ca_file": ca_file,
            "tls_accept_any": accept_any,
        }
    )
    try:
        password = resolve_password(stream)
    except SecretError as error:
        raise CommandError(str(error), ExitCode.ENVIRONMENT) from None
    try:
        result = asyncio.run(_ask(stream, password, timeout))
    except rtsp.ProbeError as error:
        if as_json:
            print_json({"url": url, "ok": False, "fault": _fault(error.report)})
        else:
            complain(f"{error.report.message} [{error.report.reason}]")
        raise typer.Exit(ExitCode.PROBLEMS) from None
    if as_json:
        print_json({"url": url, "ok": True, **_offer(result)})
    else:
        _show(url, result)


async def _ask(stream: StreamSettings, password: str | None, timeout: float) -> rtsp.ProbeResult:
    if stream.http_stream_url is not None:
        return await probe_mjpeg(stream.http_stream_url, stream.username, password, timeout, trust=stream.trust)
    tunnel = stream.transport is Transport.HTTP
    return await rtsp.probe(stream.url, stream.username, password, timeout, trust=stream.trust, tunnel=tunnel)


def _stream(given: dict[str, object]) -> StreamSettings:
    """The same checks as in the configuration file; a password in the URL would be in the process list."""
    try:
        return StreamSettings.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = _as_options(str(first["loc"][0])) if first["loc"] else ""
        reason = _as_options(first["msg"].removeprefix("Value error, "))
        raise CommandError(f"{where} {reason}".strip(), ExitCode.USAGE) from None


_OPTIONS = {
    "url": "URL",
    "http_stream_url": "URL",
    "username": "--user",
    "password_env": "--password-env",
    "password_file": "--password-file",
    "tls_fingerprint": "--tls-fingerprint",
    "tls_ca_file": "--tls-ca-file",
    "tls_accept_any": "--tls-accept-any",
}


def _as_options(text: str) -> str:
    """The same with options in place of settings."""
    return re.sub(r"\w+", lambda word: _OPTIONS.get(word[0], word[0]), text)


def _offer(result: rtsp.ProbeResult) -> dict[str, object]:
    return {
        "address": f"{result.address[0]}:{result.address[1]}",
        "server": result.server,
        "tls_fingerprint": result.fingerprint,
        "video": result.video,
        "audio": result.audio,
        "tracks": [
            {
                "kind": track.kind,
                "codec": track.codec,
                "clock_rate": track.clock_rate,
                "channels": track.channels,
            }
            for track in result.tracks
        ],
    }


def _fault(report: FaultReport) -> dict[str, str]:
    return {"fault": report.fault, "reason": report.reason, "message": report.message}


def _show(url: str, result: rtsp.ProbeResult) -> None:
    typer.echo(f"{url} can be recorded")
    typer.echo(f"  address  {result.address[0]} port {result.address[1]}")
    if result.server:
        typer.echo(f"  camera   {result.server}")
    if result.fingerprint:
        typer.echo(f"  tls_fingerprint  {result.fingerprint}")
    for track in result.tracks:
        channels = f", {track.channels} channels" if track.channels > 1 else ""
        typer.echo(f"  {track.kind:8} {track.codec or 'unnamed'}, {track.clock_rate} Hz{channels}")
    if result.audio is None and any(track.kind == "audio" for track in result.tracks):
        typer.echo("  its audio is of a kind that cannot be recorded")
