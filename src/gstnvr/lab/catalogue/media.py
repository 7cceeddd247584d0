"""Cameras that send something odd."""

from gstnvr.lab.catalogue.callings import STALLED, network
from gstnvr.lab.entries import Expected, Family, FaultEntry, Group, Loss, Setting
from gstnvr.lab.injections.camera import Misbehave
from gstnvr.model.faults import Fault, Reason
from gstnvr.simulator.behaviour import Misbehaviour

_SOUND = Setting(source="pattern:180p25:h264:aac")
_VIDEO = Setting()
_UDP = Setting(camera={"main": {"transport": "udp"}})


def _borne(
    name: str,
    how: str,
    what: Misbehaviour,
    value: str = "",
    *,
    lasts_s: float = 0.0,
    loss: Loss = Loss.NOTHING,
    setting: Setting = _VIDEO,
    from_start: bool = False,
) -> FaultEntry:
    """Interrupts nothing."""
    return FaultEntry(
        name=name,
        group=Group.MEDIA,
        how=how,
        injection=Misbehave(((what, value),)),
        expected=Expected(loss=loss),
        lasts_s=lasts_s,
        from_start=from_start,
        setting=setting,
    )


ENTRIES = (
    FaultEntry(
        name="video-stalled",
        group=Group.MEDIA,
        how="no video for 5 s, audio goes on",
        injection=Misbehave(((Misbehaviour.VIDEO_SILENT, ""),)),
        expected=Expected(STALLED, noticed_s=2.3, back_s=2.0, loss=Loss.OUTAGE),
        lasts_s=5.0,
        families=frozenset({Family.SILENT_STALL, Family.CAMERA_BACK}),
        setting=_SOUND,
    ),
    _borne(
        "video-pause-1s",
        "no video for 1 s, audio goes on",
        Misbehaviour.VIDEO_SILENT,
        lasts_s=1.0,
        loss=Loss.KEY_FRAME,
        setting=_SOUND,
    ),
    _borne(
        "no-audio",
        "audio is announced and never comes, for 10 s from the start",
        Misbehaviour.NO_AUDIO,
        lasts_s=10.0,
        loss=Loss.SOUND,
        setting=_SOUND,
        from_start=True,
    ),
    _borne(
        "late-pictures",
        "pictures begin 3.1 s after the sound, as with a group of pictures of that length",
        Misbehaviour.VIDEO_SILENT,
        lasts_s=3.1,
        loss=Loss.SOUND,
        setting=_SOUND,
        from_start=True,
    ),
    FaultEntry(
        name="audio-stalled",
        group=Group.MEDIA,
        how="no audio for 14 s, video goes on",
        injection=Misbehave(((Misbehaviour.NO_AUDIO, ""),)),
        expected=Expected(network(Reason.AUDIO_STALLED), noticed_s=11.0, loss=Loss.SOUND),
        lasts_s=14.0,
        setting=_SOUND,
    ),
    _borne("jump-60", "RTP time jumps 60 s forward", Misbehaviour.JUMP, "60"),
    _borne("jump-3600", "RTP time jumps 1 h forward", Misbehaviour.JUMP, "3600"),
    _borne("jump-back-10", "RTP time jumps 10 s back", Misbehaviour.JUMP, "-10"),
    _borne("jump-60-audio", "RTP time jumps 60 s forward, with audio", Misbehaviour.JUMP, "60", setting=_SOUND),
    _borne(
        "resolution",
        "camera sends another resolution for 6 s",
        Misbehaviour.SWITCH,
        "pattern:90p25",
        lasts_s=6.0,
        loss=Loss.KEY_FRAME,
    ),
    _borne("ssrc", "another SSRC and sequence, as after a restart of the encoder", Misbehaviour.SSRC),
    _borne("ssrc-audio", "another SSRC and sequence, with audio", Misbehaviour.SSRC, setting=_SOUND),
    _borne(
        "no-marker",
        "no packet says that it ends a picture, from the start",
        Misbehaviour.NO_MARKER,
        loss=Loss.KEY_FRAME,
        from_start=True,
    ),
    _borne(
        "reordered",
        "UDP: 5 % of the packets sent after the one that follows, for 8 s",
        Misbehaviour.REORDER,
        "0.05",
        lasts_s=8.0,
        setting=_UDP,
    ),
    _borne(
        "duplicated",
        "UDP: 10 % of the packets sent twice, for 8 s",
        Misbehaviour.DUPLICATE,
        "0.1",
        lasts_s=8.0,
        setting=_UDP,
    ),
    _borne(
        "sets-in-stream",
        "SPS and PPS in the stream alone and not in the description, from the start",
        Misbehaviour.PARAMETER_SETS,
        "sent",
        lasts_s=8.0,
        loss=Loss.KEY_FRAME,
        from_start=True,
    ),
    _borne(
        "sets-in-description",
        "SPS and PPS in the description alone and not in the stream, from the start",
        Misbehaviour.PARAMETER_SETS,
        "described",
        lasts_s=8.0,
        loss=Loss.KEY_FRAME,
        from_start=True,
    ),
    FaultEntry(
        name="codec",
        group=Group.MEDIA,
        how="camera sends H.265 instead of H.264 from now on, unannounced",
        injection=Misbehave(((Misbehaviour.SWITCH, "pattern:180p25:h265"),)),
        expected=Expected(
            frozenset({(Fault.DECODER, Reason.CODEC_CHANGED)}), noticed_s=2.0, back_s=3.0, loss=Loss.OUTAGE
        ),
    ),
    _borne(
        "lossy-camera",
        "camera loses 5 % of its packets itself for 8 s, TCP",
        Misbehaviour.LOSS,
        "0.05",
        lasts_s=8.0,
        loss=Loss.CAMERAS_OWN,
    ),
    _borne("paced", "packets leave one by one for 6 s", Misbehaviour.PACED, lasts_s=6.0),
    _borne("burst", "whole frames leave at once for 6 s", Misbehaviour.BURST, lasts_s=6.0),
)
