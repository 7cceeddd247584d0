"""Whether rtspsrc may trust the certificate that a camera shows; we decide, and always.

By itself GIO asks only about certificates that no authority of this machine has signed, and never about that of a
session that it resumes. Both would let a pin pass by, so every connection is looked at again when TLS is set up
and nothing has been sent yet.
"""

import threading
from collections import defaultdict
from typing import cast

from gstnvr.gst.runtime import Gio, GLib, GObject
from gstnvr.model.trust import CertificateTrust, fingerprint_of, not_the_pinned_one

Address = tuple[str, int]
"""Host, in lower case, and port."""

_SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1"
_installed: list[int] = []
_guard = threading.Lock()
_judges: defaultdict[Address, list["Judge"]] = defaultdict(list)


class Judge:
    """Decides for one camera. Asked on threads of GStreamer."""

    def __init__(self, trust: CertificateTrust) -> None:
        self.refusal: str | None = None
        """Why the last certificate was not taken, to go on after "certificate refused: "."""
        self._trust = trust

    def accepts(self, identity: Gio.SocketConnectable | None, certificate: Gio.TlsCertificate) -> bool:
        """Whether the certificate is that of the host, and to be trusted."""
        self.refusal = _refusal(self._trust, identity, certificate)
        return self.refusal is None


class Vouching(Gio.TlsDatabase):
    """Has a judge asked about certificates where GIO would ask a list of authorities.

    GIO does not heed the answer when it resumes a session: whoever uses this has to look at ``refusal`` as well.
    """

    __gtype_name__ = "GstnvrVouching"

    def __init__(self, judge: Judge) -> None:
        super().__init__()
        self._judge = judge

    def do_verify_chain(
        self,
        chain: Gio.TlsCertificate,
        _purpose: str,
        identity: Gio.SocketConnectable | None,
        _interaction: Gio.TlsInteraction | None,
        _flags: object,
        _cancellable: Gio.Cancellable | None,
    ) -> Gio.TlsCertificateFlags:
        accepted = self._judge.accepts(identity, chain)
        return Gio.TlsCertificateFlags.NO_FLAGS if accepted else Gio.TlsCertificateFlags.GENERIC_ERROR


def is_available() -> bool:
    """Whether GIO can do TLS at all: it comes in a package of its own."""
    return bool(Gio.TlsBackend.get_default().supports_tls())


def appoint(address: Address, judge: Judge) -> None:
    """From now on connections to this address need its consent; where there are several judges, that of all."""
    with _guard:
        if not _installed:
            Gio.SocketClient()  # the signal is not known before
            _installed.append(GObject.add_emission_hook(Gio.SocketClient.__gtype__, "event", _look))
        _judges[address].append(judge)


def dismiss(address: Address, judge: Judge) -> None:
    """Take back one ``appoint``."""
    with _guard:
        _judges[address].remove(judge)


def _look(
    _client: Gio.SocketClient,
    event: Gio.SocketClientEvent,
    connectable: Gio.SocketConnectable,
    connection: Gio.IOStream | None,
) -> bool:
    if not isinstance(connection, Gio.TlsConnection):
        return True
    if event is Gio.SocketClientEvent.TLS_HANDSHAKING:
        connection.set_database(None)  # nobody is trusted, so that we are asked
    elif event is Gio.SocketClientEvent.TLS_HANDSHAKED and not _is_accepted(connectable, connection):
        cast(Gio.SocketConnection, connection.props.base_io_stream).get_socket().close()
    return True


def _is_accepted(connectable: Gio.SocketConnectable, connection: Gio.TlsConnection) -> bool:
    certificate = connection.get_peer_certificate()
    if certificate is None or not isinstance(connectable, Gio.NetworkAddress):
        return False
    with _guard:
        judges = tuple(_judges[connectable.get_hostname().lower(), connectable.get_port()])
    identity = cast(Gio.TlsClientConnection, connection).get_server_identity()
    return bool(judges) and all(judge.accepts(identity, certificate) for judge in judges)


def _refusal(
    trust: CertificateTrust, identity: Gio.SocketConnectable | None, certificate: Gio.TlsCertificate
) -> str | None:
    if trust.accept_any:
        return None
    seen = fingerprint_of(bytes(certificate.props.certificate))
    if trust.fingerprint is not None:
        return None if seen == trust.fingerprint else not_the_pinned_one(seen, trust.fingerprint)
    try:
        errors = _authorities(trust).verify_chain(
            certificate,
            _SERVER_AUTHENTICATION,
            identity,
            None,
            Gio.TlsDatabaseVerifyFlags.NONE,
            None,
        )
    except GLib.Error as error:
        return f"{error.message}; its sha256 is {seen}"
    found = [nick for nick in errors.value_nicks if nick != "no-flags"]
    return f"{', '.join(found)}; its sha256 is {seen}" if found else None


def _authorities(trust: CertificateTrust) -> Gio.TlsDatabase:
    if trust.ca_file is not None:
        return cast(Gio.TlsDatabase, Gio.TlsFileDatabase.new(trust.ca_file))
    return Gio.TlsBackend.get_default().get_default_database()
