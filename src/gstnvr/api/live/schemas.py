"""Text messages of the WebSocket for live pictures, and where other programs watch."""

from typing import Literal

from pydantic import BaseModel, Field

from gstnvr.model.live import ShownAudio, ShownFormat, ShownVideo, Skipped, Waiting, WaitReason


class FormatMessage(BaseModel):
    """From here on pictures are like this; an initialisation segment follows if there is a ``mime``."""

    type: Literal["format"] = "format"
    mime: str | None = Field(description="For MediaSource.addSourceBuffer; null: browsers cannot play it.")
    video: ShownVideo
    audio: ShownAudio | None = Field(description="Null: none is sent.")
    audio_left_out: str | None = Field(description="Codec of sound that browsers do not take.")
    epoch_ms: int = Field(description="UTC of time 0 of the media, in milliseconds.")


class WaitingMessage(BaseModel):
    """There are no pictures now; a format follows once there are."""

    type: Literal["waiting"] = "waiting"
    reason: WaitReason


class SkippedMessage(BaseModel):
    """The viewer was too slow; what follows begins with a key frame."""

    type: Literal["skipped"] = "skipped"


class Restream(BaseModel):
    """Where other programs watch a stream over RTSP, with the name of a user and one of his tokens."""

    url: str | None = Field(description="Without user and token; null: it is switched off, restream.enabled.")
    only_this_machine: bool = Field(description="Programs on other machines cannot connect; restream.host.")
    encrypted: bool
    watching: int = Field(description="Programs that are sent the stream now.")
    problem: str | None = Field(description="Why nobody can connect, although it is switched on.")


LiveMessage = FormatMessage | WaitingMessage | SkippedMessage


def message_of(told: ShownFormat | Waiting | Skipped) -> LiveMessage:
    """As it is sent."""
    match told:
        case ShownFormat():
            return FormatMessage(
                mime=told.mime,
                video=told.video,
                audio=told.audio,
                audio_left_out=told.audio_left_out,
                epoch_ms=told.epoch_ms,
            )
        case Waiting(reason):
            return WaitingMessage(reason=reason)
        case Skipped():
            return SkippedMessage()
