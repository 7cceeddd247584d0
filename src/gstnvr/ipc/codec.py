"""Messages as bytes: four bytes of length, big end first, then JSON.

Errors never quote a message: it may hold camera passwords.
"""

from typing import Any, Final, Generic, TypeVar

import msgspec
from pydantic import BaseModel

from gstnvr.ipc.messages import PROTOCOL_VERSION, Hello, RecorderMessage, SupervisorMessage

HEADER_BYTES = 4
MAX_MESSAGE_BYTES = 16 << 20

Sent = TypeVar("Sent")
Received = TypeVar("Received")


class ProtocolError(Exception):
    """The other side does not speak our language; the connection is of no more use."""


class WrongVersionError(ProtocolError):
    """The other side is a gstnvr that speaks another version of the language."""

    def __init__(self, hello: Hello) -> None:
        super().__init__(
            f"recorder process {hello.pid} (gstnvr {hello.version}) speaks version {hello.protocol}"
            f" of the protocol, not {PROTOCOL_VERSION}"
        )
        self.hello = hello
        """What it said of itself."""


class Codec(Generic[Sent, Received]):
    """Turns messages of one side into frames and reads those of the other."""

    def __init__(self, received: Any) -> None:
        """Make a codec.

        Args:
            received: the union of messages that ``decode`` understands.
        """
        self._encoder: Final = msgspec.json.Encoder(enc_hook=_to_plain)
        self._decoder: Final = msgspec.json.Decoder(received, dec_hook=_from_plain)

    def encode(self, message: Sent) -> bytes:
        """Length and message.

        Raises:
            ProtocolError: longer than ``MAX_MESSAGE_BYTES``.
        """
        body = self._encoder.encode(message)
        _check_length(len(body), type(message).__name__)
        return len(body).to_bytes(HEADER_BYTES, "big") + body

    def body_length(self, header: bytes) -> int:
        """How many bytes follow a header.

        Raises:
            ProtocolError: more than ``MAX_MESSAGE_BYTES``, or nothing.
        """
        length = int.from_bytes(header, "big")
        if length == 0:
            raise ProtocolError("an empty message came")
        _check_length(length, "message")
        return length

    def decode(self, body: bytes) -> Received:
        """Read a message without its header.

        Raises:
            ProtocolError: not a message of the other side.
        """
        try:
            message: Received = self._decoder.decode(body)
        except (msgspec.MsgspecError, ValueError) as error:
            place = str(error).partition(" - at ")[2]
            raise ProtocolError(
                f"a message of {len(body)} bytes cannot be read{place and ' at '}{place}"
            ) from None
        return message


def supervisor_codec() -> Codec[SupervisorMessage, RecorderMessage]:
    """For the supervisor's side."""
    return Codec(RecorderMessage)


def recorder_codec() -> Codec[RecorderMessage, SupervisorMessage]:
    """For the recorder's side."""
    return Codec(SupervisorMessage)


def check_version(hello: Hello) -> None:
    """The recorder speaks this version of the language.

    ``Hello``, ``Shutdown`` and the framing must stay readable by all versions, so that an old recorder can be told
    to make room.

    Raises:
        WrongVersionError: it does not.
    """
    if hello.protocol != PROTOCOL_VERSION:
        raise WrongVersionError(hello)


def _check_length(length: int, what: str) -> None:
    if length > MAX_MESSAGE_BYTES:
        raise ProtocolError(f"{what} of {length} bytes is longer than the allowed {MAX_MESSAGE_BYTES}")


def _to_plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise NotImplementedError(f"{type(value).__name__} cannot be sent")


def _from_plain(wanted: type[object], value: object) -> object:
    if issubclass(wanted, BaseModel):
        return wanted.model_validate(value)
    raise NotImplementedError(f"{wanted.__name__} cannot be received")
