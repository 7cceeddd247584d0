"""One session that plays: which unit is due when, and what its packets look like on the wire."""

import secrets
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass

from gstnvr.rtsp.payloads import to_ticks
from gstnvr.rtsp.rtcp import bye, sender_report
from gstnvr.simulator.behaviour import Behaviour
from gstnvr.simulator.camera import Camera
from gstnvr.simulator.outlet import Outlet
from gstnvr.simulator.packets import Packet, PreparedClip, PreparedTrack, PreparedUnit
from gstnvr.simulator.timeline import MediaClock, Position, Timeline, timeline_for
from gstnvr.simulator.wire import packets_to_send, without_parameter_set_packets

PACKET_INTERVAL_NS = 120_000
"""A packet of 1,460 bytes every 120 µs is 100 Mbit/s."""

_SENDER_REPORT_INTERVAL_NS = 5_000_000_000
_TOO_LATE_NS = 1_000_000_000
_START_DELAY_NS = 20_000_000
_CNAME = b"camera"
_PATCH = struct.Struct(">HII")
_PATCH_OFFSET = 6


@dataclass(frozen=True, slots=True)
class StreamStart:
    """What RTP-Info says."""

    sequence: int
    rtp_time: int


class Playback:
    """The tracks of one session on one time line. All of it runs on the sending thread after ``begin``."""

    def __init__(self, camera: Camera) -> None:
        self.camera = camera
        self.clip: PreparedClip = camera.clip
        self.timeline = Timeline(0, self.clip.length)
        self.began = 0
        self.streams: list[Stream] = []

    def add(self, kind: str, outlet: Outlet) -> "Stream":
        stream = Stream(self, kind, outlet)
        self.streams.append(stream)
        return stream

    def begin(self) -> None:
        """Lay the clip out on the clock, so that the first unit is due soon."""
        self.began = time.monotonic_ns() + _START_DELAY_NS
        self.lay_out(self.began)

    def lay_out(self, start: int) -> None:
        """Play the camera's present clip from its first key frame that is due at ``start`` or later."""
        self.clip = self.camera.clip
        self.timeline = timeline_for(self.clip, start, time.time_ns() - time.monotonic_ns())
        first = self.timeline.first_at_or_after(self.clip.video, start, key=True)
        key_due = self.timeline.due(self.clip.video, first)
        for stream in self.streams:
            stream.start_at(key_due)

    def end(self, *, say_bye: bool) -> None:
        for stream in self.streams:
            stream.end(say_bye=say_bye)


class Stream:
    """One track of a session."""

    def __init__(self, playback: Playback, kind: str, outlet: Outlet) -> None:
        self.kind = kind
        self.ssrc = secrets.randbits(32)
        self._playback = playback
        self._camera = playback.camera
        self._outlet = outlet
        self._is_video = kind == "video"
        self._sequence = secrets.randbits(15)
        self._rtp_base = secrets.randbits(32)
        self._track: PreparedTrack | None = self._track_of(playback.clip)
        self._default_channel = 0 if self._is_video else 2
        self._channel = self._default_channel if outlet.channel is None else outlet.channel
        self._position = Position(0, 0)
        self._timeline_ticks = 0
        self._due = 0
        self._unit_due = 0
        self._unit = bytearray()
        self._waiting: list[tuple[int, int]] = []
        self._waiting_sent = 0
        self._needs_key = False
        self._ended = False
        self._restarts = playback.camera.restarts
        self._clock = MediaClock()
        self._report_due = 0
        self._packets_sent = 0
        self._payload_bytes_sent = 0

    @property
    def due(self) -> int:
        """Monotonic nanoseconds of the next step."""
        return self._due

    @property
    def start(self) -> StreamStart:
        """Sequence number and timestamp of the next packet."""
        ticks = 0 if self._track is None else self._track.units[self._position.index].ticks
        return StreamStart(self._sequence & 0xFFFF, self._rtp_time(ticks))

    def start_at(self, moment: int) -> None:
        """Continue with the first unit that is due then."""
        self._track = self._track_of(self._playback.clip)
        self._waiting, self._waiting_sent = [], 0
        if self._track is None:
            return
        self._position = self._playback.timeline.first_at_or_after(self._track, moment)
        self._needs_key = self._is_video
        self._arrange()

    def end(self, *, say_bye: bool) -> None:
        if say_bye:
            self._outlet.send_control(bye(self.ssrc))
        self._ended = True

    def step(self, now: int) -> int | None:
        """Do what is due; returns when the next step is due, None if there is none any more."""
        if self._ended:
            return None
        if self._waiting_sent < len(self._waiting):
            return self._send_next_packet()
        if self._is_video and self._playback.clip is not self._camera.clip:
            self._playback.lay_out(now)
            return self._due
        if self._track is None:
            return now + _TOO_LATE_NS
        if self._due > now:
            return self._due
        self._begin_unit(self._track, now)
        return self._due

    def _begin_unit(self, track: PreparedTrack, now: int) -> None:
        unit = track.units[self._position.index]
        unit_due = self._due
        rtp_time = self._rtp_time(unit.ticks)
        self._advance(track)
        behaviour = self._camera.behaviour
        wanted = behaviour.sends_video if self._is_video else behaviour.sends_audio
        if not wanted or now - unit_due > _TOO_LATE_NS:
            self._needs_key = True
            return
        if self._needs_key and not unit.key:
            return
        self._needs_key = False
        if self._restarts != self._camera.restarts:
            self._restart()
        self._report(unit_due, rtp_time)
        numbered = self._numbered(track, unit, behaviour)
        self._unit = self._on_the_wire(track, unit, numbered, rtp_time)
        self._packets_sent += len(numbered)
        self._payload_bytes_sent += unit.payload_bytes
        if self._is_video:
            self._camera.video_units_sent += 1
        packets = packets_to_send(self._unit, numbered, behaviour)
        self._camera.note_packets(numbered, packets)
        if behaviour.paced and len(packets) > 1:
            self._unit_due = unit_due
            self._waiting, self._waiting_sent = list(packets), 0
            self._send_next_packet()
        else:
            self._outlet.send_packets(self._unit, packets)

    def _restart(self) -> None:
        self._restarts = self._camera.restarts
        self.ssrc, self._sequence = secrets.randbits(32), secrets.randbits(15)
        self._report_due = self._packets_sent = self._payload_bytes_sent = 0

    def _send_next_packet(self) -> int:
        number = self._waiting_sent
        self._outlet.send_packets(self._unit, self._waiting[number : number + 1])
        self._waiting_sent = number + 1
        if self._waiting_sent < len(self._waiting):
            self._due = self._unit_due + self._waiting_sent * PACKET_INTERVAL_NS
        else:
            self._arrange()
        return self._due

    @staticmethod
    def _numbered(track: PreparedTrack, unit: PreparedUnit, behaviour: Behaviour) -> Sequence[Packet]:
        if behaviour.sends_parameter_sets:
            return unit.packets
        data = memoryview(track.data)[unit.start : unit.end]
        return without_parameter_set_packets(data, unit.packets, track.codec)

    def _on_the_wire(
        self, track: PreparedTrack, unit: PreparedUnit, packets: Sequence[Packet], rtp_time: int
    ) -> bytearray:
        data = bytearray(memoryview(track.data)[unit.start : unit.end])
        sequence, ssrc, patch = self._sequence, self.ssrc, _PATCH.pack_into
        for start, _ in packets:
            patch(data, start + _PATCH_OFFSET, sequence & 0xFFFF, rtp_time, ssrc)
            sequence += 1
        self._sequence = sequence & 0xFFFF
        if self._channel != self._default_channel:
            for start, _ in packets:
                data[start + 1] = self._channel
        return data

    def _report(self, unit_due: int, rtp_time: int) -> None:
        if unit_due < self._report_due:
            return
        self._report_due = unit_due + _SENDER_REPORT_INTERVAL_NS
        utc_ns = time.time_ns() - time.monotonic_ns() + unit_due
        self._outlet.send_control(
            sender_report(self.ssrc, utc_ns, rtp_time, self._packets_sent, self._payload_bytes_sent, cname=_CNAME)
        )

    def _advance(self, track: PreparedTrack) -> None:
        index = self._position.index + 1
        if index < len(track.units):
            self._position = Position(self._position.round, index)
        else:
            self._position = Position(self._position.round + 1, 0)
        self._arrange()

    def _arrange(self) -> None:
        assert self._track is not None
        timeline, position = self._playback.timeline, self._position
        self._due = timeline.due(self._track, position)
        round_start = timeline.origin + position.round * timeline.length - self._playback.began
        self._timeline_ticks = to_ticks(round_start, self._track.clock_rate)

    def _rtp_time(self, ticks: int) -> int:
        jump = 0 if self._track is None else to_ticks(self._camera.jump_ns, self._track.clock_rate)
        passed = self._clock.reading(self._timeline_ticks + ticks, self._camera.behaviour.clock)
        return (self._rtp_base + passed + jump) & 0xFFFFFFFF

    def _track_of(self, clip: PreparedClip) -> PreparedTrack | None:
        return clip.video if self._is_video else clip.audio
