"""Makes thumbnails out of segment files, with a few decoders that stay ready."""

import os
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from gstnvr.analysis.messages import Answer, Made, NotMade, Obstacle, Order, Place
from gstnvr.container.facts import MalformedError
from gstnvr.container.key_frames import KeyFrame, key_frame_at
from gstnvr.container.sample_format import SampleFormat
from gstnvr.media.key_pictures import EncodedVideo, KeyPictures, MakeKeyPictures
from gstnvr.media.stills import NoPictureError
from gstnvr.media.units import VideoCodec
from gstnvr.volume.files import locate

MOST_DECODERS = 4
"""So many kinds of video, and widths of pictures, stay ready; each takes some megabytes."""

_Kind = tuple[SampleFormat, int]


class Thumbnailer:
    """Answers orders, one after the other."""

    def __init__(self, make_decoder: MakeKeyPictures) -> None:
        self._make_decoder = make_decoder
        self._decoders: OrderedDict[_Kind, KeyPictures] = OrderedDict()

    def answer(self, order: Order) -> Answer:
        """The picture, or why there is none."""
        try:
            frame = _key_frame(order.places, order.at_ns)
            jpeg = self._decode(frame, order.width)
        except OSError as error:
            message = f"{error.filename or order.places[0].path}: {error.strerror or error}"
            return NotMade(Obstacle.UNREADABLE, message)
        except (MalformedError, NoPictureError) as error:
            return NotMade(Obstacle.NO_PICTURE, f"{order.places[0].path}: {error}")
        return Made(frame.time_ns, frame.next_ns, jpeg)

    def _decode(self, frame: KeyFrame, width: int) -> bytes:
        kind = (frame.format, width)
        decoder = self._decoders.pop(kind, None) or self._make_decoder(_encoded(frame.format), width)
        try:
            jpeg = decoder.picture(frame.data)
        except NoPictureError:
            decoder.close()
            raise
        self._decoders[kind] = decoder
        while len(self._decoders) > MOST_DECODERS:
            self._decoders.popitem(last=False)[1].close()
        return jpeg

    def close(self) -> None:
        """Let go of all decoders."""
        while self._decoders:
            self._decoders.popitem()[1].close()


def _encoded(form: SampleFormat) -> EncodedVideo:
    return EncodedVideo(VideoCodec(form.codec), form.config, form.width, form.height)


def _key_frame(places: Sequence[Place], at_ns: int) -> KeyFrame:
    for place in places[:-1]:
        try:
            return _key_frame_in(place, at_ns)
        except (OSError, MalformedError):
            continue
    return _key_frame_in(places[-1], at_ns)


def _key_frame_in(place: Place, at_ns: int) -> KeyFrame:
    folder = Path(place.folder)
    file = locate(folder, place.path).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise MalformedError("leads out of its volume")
    fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        return key_frame_at(fd, at_ns)
    finally:
        os.close(fd)
