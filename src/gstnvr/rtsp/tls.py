"""TLS to a camera: whether its certificate is the right one, and what to say if it is not."""

import asyncio
import functools
import os
import socket
import ssl
from typing import Protocol

from gstnvr.model.faults import Reason
from gstnvr.model.trust import CertificateTrust, fingerprint_of, not_the_pinned_one
from gstnvr.rtsp.dial import CameraConnectionError, Target, dial, error_text

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_ANY_CERTIFICATE = CertificateTrust(accept_any=True)


class SecureTarget(Target, Protocol):
    """Where to connect to, and whether in secret."""

    @property
    def secure(self) -> bool: ...


async def open_streams(target: SecureTarget, trust: CertificateTrust, deadline: float, limit: int) -> Streams:
    """Connect, with TLS if the address asks for it; the streams are the caller's to close.

    Args:
        deadline: on the clock of the running event loop.
        limit: bytes that ``StreamReader.readuntil`` takes at most.

    Raises:
        CameraConnectionError: no connection, no TLS, or a certificate that is not trusted.
    """
    sock = await dial(target, deadline)
    try:
        if not target.secure:
            return await asyncio.open_connection(sock=sock, limit=limit)
        return await _secure(sock, target, trust, deadline, limit)
    except BaseException:
        sock.close()
        raise


def peer_fingerprint(writer: asyncio.StreamWriter) -> str | None:
    """Of the certificate that the other side has shown; None without TLS."""
    connection: ssl.SSLObject | None = writer.get_extra_info("ssl_object")
    certificate = None if connection is None else connection.getpeercert(binary_form=True)
    return None if certificate is None else fingerprint_of(certificate)


async def _secure(
    sock: socket.socket, target: Target, trust: CertificateTrust, deadline: float, limit: int
) -> Streams:
    try:
        streams = await _shake_hands(sock, target, trust, deadline, limit)
    except ssl.SSLCertVerificationError as error:
        raise await _untrusted(target, trust, error, deadline) from None
    except ssl.SSLError as error:
        raise _no_tls(target, error) from None
    except TimeoutError:
        raise CameraConnectionError(
            Reason.NO_ANSWER,
            f"Camera at {target.location} took the connection but did not answer to TLS in time: "
            "check the port, and restart it if this lasts.",
        ) from None
    except OSError as error:
        raise CameraConnectionError(
            Reason.CONNECTION_LOST,
            f"Connection to the camera at {target.location} was lost while TLS began ({error_text(error)}): "
            "check the port; the camera may also be starting.",
        ) from None
    seen = peer_fingerprint(streams[1])
    if trust.fingerprint is not None and seen != trust.fingerprint:
        streams[1].transport.abort()
        raise _not_pinned(target, seen or "none", trust.fingerprint)
    return streams


async def _shake_hands(
    sock: socket.socket, target: Target, trust: CertificateTrust, deadline: float, limit: int
) -> Streams:
    async with asyncio.timeout_at(deadline):
        try:
            context = await asyncio.to_thread(_context_for, trust)
        except OSError as error:
            raise CameraConnectionError(
                Reason.CERTIFICATE, f"tls_ca_file {trust.ca_file} is not usable: {error_text(error)}."
            ) from None
        return await asyncio.open_connection(sock=sock, limit=limit, ssl=context, server_hostname=target.host)


def _context_for(trust: CertificateTrust) -> ssl.SSLContext:
    changed = os.stat(trust.ca_file).st_mtime_ns if trust.ca_file is not None else 0  # noqa: PTH116
    return _context(trust, changed)


@functools.lru_cache(maxsize=64)
def _context(trust: CertificateTrust, _changed: int) -> ssl.SSLContext:
    """Reading the authorities takes long, and many cameras may come back at once."""
    if trust.fingerprint is None and not trust.accept_any:
        return ssl.create_default_context(cafile=trust.ca_file)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def _untrusted(
    target: Target, trust: CertificateTrust, error: ssl.SSLCertVerificationError, deadline: float
) -> CameraConnectionError:
    seen = await _fingerprint_shown(target, deadline)
    shown = f"; its sha256 is {seen}" if seen is not None else ""
    signed = f"no authority of {trust.ca_file} vouches for it" if trust.ca_file else "no authority vouches for it"
    return CameraConnectionError(
        Reason.CERTIFICATE,
        f"Camera at {target.location}: its certificate is not trusted, {signed} ({error.verify_message}{shown}): "
        "if it is the camera's own, put its sha256 into tls_fingerprint.",
    )


async def _fingerprint_shown(target: Target, deadline: float) -> str | None:
    """On another connection, as the one that was refused told nothing."""
    sock: socket.socket | None = None
    try:
        sock = await dial(target, deadline)
        _, writer = await _shake_hands(sock, target, _ANY_CERTIFICATE, deadline, limit=1)
    except (CameraConnectionError, OSError):
        if sock is not None:
            sock.close()
        return None
    seen = peer_fingerprint(writer)
    writer.transport.abort()
    return seen


def _not_pinned(target: Target, got: str, expected: str) -> CameraConnectionError:
    return CameraConnectionError(
        Reason.CERTIFICATE,
        f"Camera at {target.location} shows a wrong certificate, {not_the_pinned_one(got, expected)}: "
        "if the camera was replaced or reset, put the new one into tls_fingerprint.",
    )


def _no_tls(target: Target, error: ssl.SSLError) -> CameraConnectionError:
    why = (error.reason or str(error)).replace("_", " ").lower()
    return CameraConnectionError(
        Reason.NO_TLS,
        f"What listens at {target.location} does not speak TLS as we do ({why}): check the port, "
        "or do without encryption if the camera has none.",
    )
