"""Text messages of the WebSocket for live pictures."""

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
