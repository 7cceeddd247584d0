"""Whether rtspsrc may trust the certificate that a camera shows; we decide, and always."""

from typing import cast

from gstnvr.gst.runtime import Gio, GLib, GObject
from gstnvr.model.trust import CertificateTrust, fingerprint_of, not_the_pinned_one

_SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1"
_installed: list[int] = []


def is_available() -> bool:
    """Whether GIO can do TLS at all: it comes in a package of its own."""
    return bool(Gio.TlsBackend.get_default().supports_tls())


def install() -> None:
    """Have rtspsrc ask for every certificate; more calls do nothing.

    By itself it asks only about those that no authority of this machine has signed, so that a pin would not hold
    against one that an authority has.
    """
    if not _installed:
        Gio.SocketClient()  # the signal is not known before
        _installed.append(GObject.add_emission_hook(Gio.SocketClient.__gtype__, "event", _trust_nobody))


def refusal(trust: CertificateTrust, connection: Gio.TlsConnection, certificate: Gio.TlsCertificate) -> str | None:
    """Why the certificate is not taken, to go on after "its certificate is refused: "; None if it is taken."""
    if trust.accept_any:
        return None
    seen = fingerprint_of(bytes(certificate.props.certificate))
    if trust.fingerprint is not None:
        return None if seen == trust.fingerprint else not_the_pinned_one(seen, trust.fingerprint)
    try:
        errors = _authorities(trust).verify_chain(
            certificate,
            _SERVER_AUTHENTICATION,
            cast(Gio.TlsClientConnection, connection).get_server_identity(),
            None,
            Gio.TlsDatabaseVerifyFlags.NONE,
            None,
        )
    except GLib.Error as error:
        return f"{error.message}; its sha256 is {seen}"
    if errors == Gio.TlsCertificateFlags.NO_FLAGS:
        return None
    return f"{', '.join(errors.value_nicks)}; its sha256 is {seen}"


def _authorities(trust: CertificateTrust) -> Gio.TlsDatabase:
    if trust.ca_file is not None:
        return cast(Gio.TlsDatabase, Gio.TlsFileDatabase.new(trust.ca_file))
    return Gio.TlsBackend.get_default().get_default_database()


def _trust_nobody(
    _client: Gio.SocketClient,
    event: Gio.SocketClientEvent,
    _connectable: Gio.SocketConnectable,
    connection: Gio.IOStream | None,
) -> bool:
    if event is Gio.SocketClientEvent.TLS_HANDSHAKING and isinstance(connection, Gio.TlsConnection):
        connection.set_database(None)
    return True
