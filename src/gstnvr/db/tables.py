"""Tables of the index. All times are UTC nanoseconds."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_BIG = BigInteger().with_variant(Integer, "sqlite")
"""SQLite's integers have 64 bits anyway, and only one called INTEGER can be the row's own number."""

_PATH = Text().with_variant(Text(collation="C"), "postgresql")
"""Ordered by code point everywhere, which the walk through folders relies on."""


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class CameraRow(Table):
    __tablename__ = "cameras"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)


class StreamRow(Table):
    __tablename__ = "streams"
    __table_args__ = (UniqueConstraint("camera_id", "kind"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    camera_id: Mapped[str] = mapped_column(ForeignKey("cameras.id"))
    kind: Mapped[str] = mapped_column(Text)
    epoch: Mapped[int] = mapped_column(Integer, server_default="0")
    """So many times the wall clock was set back while it was recorded."""


class VolumeRow(Table):
    __tablename__ = "volumes"

    uuid: Mapped[str] = mapped_column(Text, primary_key=True)
    path: Mapped[str] = mapped_column(Text)


class SegmentRow(Table):
    __tablename__ = "segments"
    __table_args__ = (
        UniqueConstraint("volume_uuid", "path"),
        CheckConstraint('"end" >= start', name="in_order"),
        # All that a time line and the ledger need: the rows of one camera lie far from each other.
        Index("ix_segments_time_line", "stream_id", "start", "end", "state", "epoch", "size", "frames"),
        Index(None, "stream_id", "end"),
        Index(
            "ix_segments_open",
            "stream_id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_segments_deleting",
            "volume_uuid",
            sqlite_where=text("state = 'deleting'"),
            postgresql_where=text("state = 'deleting'"),
        ),
    )

    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    stream_id: Mapped[int] = mapped_column(ForeignKey("streams.id"))
    volume_uuid: Mapped[str] = mapped_column(ForeignKey("volumes.uuid"))
    path: Mapped[str] = mapped_column(_PATH)
    start: Mapped[int] = mapped_column(_BIG)
    end: Mapped[int] = mapped_column(_BIG)
    state: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(_BIG)
    frames: Mapped[int] = mapped_column(_BIG)
    video_codec: Mapped[str] = mapped_column(Text)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    audio_codec: Mapped[str | None] = mapped_column(Text)
    epoch: Mapped[int] = mapped_column(Integer, server_default="0")


class MirrorRow(Table):
    """The second file of a segment, under the same path on another volume; nothing is recorded by it alone."""

    __tablename__ = "mirrors"
    __table_args__ = (
        Index(None, "path"),
        Index(None, "volume_uuid", "state", "size"),
    )

    volume_uuid: Mapped[str] = mapped_column(ForeignKey("volumes.uuid"), primary_key=True)
    path: Mapped[str] = mapped_column(_PATH, primary_key=True)
    stream_id: Mapped[int] = mapped_column(ForeignKey("streams.id"))
    start: Mapped[int] = mapped_column(_BIG)
    end: Mapped[int] = mapped_column(_BIG)
    state: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(_BIG)
    frames: Mapped[int] = mapped_column(_BIG)


class StoredHourRow(Table):
    """Sums of the closed segments that begin within an hour; triggers of ``segments`` keep them right."""

    __tablename__ = "stored_hours"

    volume_uuid: Mapped[str] = mapped_column(Text, primary_key=True)
    stream_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    hour: Mapped[int] = mapped_column(Integer, primary_key=True)
    """Since 1970."""
    segments: Mapped[int] = mapped_column(Integer)
    size: Mapped[int] = mapped_column(_BIG)
    """Bytes."""
    length: Mapped[int] = mapped_column(_BIG)
    """Nanoseconds of video."""


class OutageRow(Table):
    """What recorders and supervisor tell; no more than an explanation."""

    __tablename__ = "outages"
    __table_args__ = (
        Index(None, "stream_id", "end"),
        Index(
            "ix_outages_open",
            "stream_id",
            sqlite_where=text('"end" IS NULL'),
            postgresql_where=text('"end" IS NULL'),
        ),
    )

    uid: Mapped[str] = mapped_column(Text, primary_key=True)
    stream_id: Mapped[int] = mapped_column(ForeignKey("streams.id"))
    epoch: Mapped[int] = mapped_column(Integer)
    start: Mapped[int] = mapped_column(_BIG)
    end: Mapped[int | None] = mapped_column(_BIG)
    cause: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    incident_uid: Mapped[str | None] = mapped_column(Text)
    """No foreign key: a recorder may tell of an outage before it tells of the incident behind it."""


class GapRow(Table):
    """Computed from segments and outages, in the transaction that changes them."""

    __tablename__ = "gaps"
    __table_args__ = (
        CheckConstraint('"end" > start', name="in_order"),
        Index(None, "stream_id", "start"),
        Index(
            "ix_gaps_open",
            "stream_id",
            sqlite_where=text('"end" IS NULL'),
            postgresql_where=text('"end" IS NULL'),
        ),
    )

    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    stream_id: Mapped[int] = mapped_column(ForeignKey("streams.id"))
    epoch: Mapped[int] = mapped_column(Integer)
    start: Mapped[int] = mapped_column(_BIG)
    end: Mapped[int | None] = mapped_column(_BIG)
    cause: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    incident_uid: Mapped[str | None] = mapped_column(Text)


class IncidentRow(Table):
    __tablename__ = "incidents"
    __table_args__ = (
        Index(None, "camera_id", "started"),
        Index(None, "started"),
        Index(
            "ix_incidents_open",
            "started",
            sqlite_where=text("recovered IS NULL"),
            postgresql_where=text("recovered IS NULL"),
        ),
    )

    uid: Mapped[str] = mapped_column(Text, primary_key=True)
    camera_id: Mapped[str | None] = mapped_column(ForeignKey("cameras.id"))
    stream_id: Mapped[int | None] = mapped_column(ForeignKey("streams.id"))
    fault: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    started: Mapped[int] = mapped_column(_BIG)
    detected: Mapped[int] = mapped_column(_BIG)
    recovered: Mapped[int | None] = mapped_column(_BIG)
    attempts: Mapped[int] = mapped_column(Integer)


class ProtectionRow(Table):
    """A span of a stream that nothing deletes while it is not released."""

    __tablename__ = "protections"
    __table_args__ = (CheckConstraint('"end" > start', name="in_order"), Index(None, "stream_id", "start"))

    uid: Mapped[str] = mapped_column(Text, primary_key=True)
    stream_id: Mapped[int] = mapped_column(ForeignKey("streams.id"))
    start: Mapped[int] = mapped_column(_BIG)
    end: Mapped[int] = mapped_column(_BIG)
    reason: Mapped[str] = mapped_column(Text)
    user: Mapped[str] = mapped_column(Text)
    created: Mapped[int] = mapped_column(_BIG)
    released: Mapped[int | None] = mapped_column(_BIG)
    released_by: Mapped[str | None] = mapped_column(Text)


class CopyRow(Table):
    """A segment's copy at another place, wanted, under way or made; it outlives the segment's row."""

    __tablename__ = "copies"
    __table_args__ = (
        UniqueConstraint("segment_id", "place"),
        Index(None, "place", "state", "next_attempt"),
        Index(
            "ix_copies_fetch",
            "place",
            sqlite_where=text("fetch_to IS NOT NULL"),
            postgresql_where=text("fetch_to IS NOT NULL"),
        ),
        Index(
            "ix_copies_without_segment",
            "place",
            sqlite_where=text("segment_id IS NULL"),
            postgresql_where=text("segment_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segments.id", ondelete="SET NULL"))
    place: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(_BIG)
    sha256: Mapped[str | None] = mapped_column(Text)
    progress: Mapped[str | None] = mapped_column(Text)
    """What an interrupted transfer needs in order to go on."""
    attempts: Mapped[int] = mapped_column(Integer)
    next_attempt: Mapped[int] = mapped_column(_BIG)
    error: Mapped[str | None] = mapped_column(Text)
    made: Mapped[int | None] = mapped_column(_BIG)
    fetch_to: Mapped[str | None] = mapped_column(Text)
    """Where to it is to be brought back; None: nobody asked for that."""


class AuditRow(Table):
    """Who did what; rows are only ever added."""

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "at"),)

    id: Mapped[int] = mapped_column(_BIG, primary_key=True)
    at: Mapped[int] = mapped_column(_BIG)
    user: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)


class UserRow(Table):
    """An account. The password is a hash, the secret of one-time codes sealed with a key that lies elsewhere."""

    __tablename__ = "users"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    role: Mapped[str] = mapped_column(Text)
    cameras: Mapped[str | None] = mapped_column(Text)
    """JSON list of ids; None: all."""
    password: Mapped[str] = mapped_column(Text)
    created: Mapped[int] = mapped_column(_BIG)
    enabled: Mapped[bool] = mapped_column(Boolean)
    totp: Mapped[str | None] = mapped_column(Text)
    totp_step: Mapped[int] = mapped_column(_BIG)
    recovery: Mapped[str | None] = mapped_column(Text)
    """JSON list of hashes of recovery codes, null for those that were used; None: there are none."""


class SessionRow(Table):
    """A browser that logged in; its secret is there as a digest."""

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "user"),)

    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("users.name", ondelete="CASCADE"))
    created: Mapped[int] = mapped_column(_BIG)
    seen: Mapped[int] = mapped_column(_BIG)
    address: Mapped[str] = mapped_column(Text)


class ApiTokenRow(Table):
    """Lets a program act for a user; the token itself is there as a digest."""

    __tablename__ = "api_tokens"
    __table_args__ = (Index(None, "user"),)

    uid: Mapped[str] = mapped_column(Text, primary_key=True)
    digest: Mapped[str] = mapped_column(Text)
    user: Mapped[str] = mapped_column(ForeignKey("users.name", ondelete="CASCADE"))
    label: Mapped[str] = mapped_column(Text)
    scope: Mapped[str] = mapped_column(Text)
    cameras: Mapped[str | None] = mapped_column(Text)
    created: Mapped[int] = mapped_column(_BIG)
    expires: Mapped[int] = mapped_column(_BIG)
    rtsp_identity: Mapped[str | None] = mapped_column(Text)


class LayoutRow(Table):
    """A saved arrangement of pictures."""

    __tablename__ = "layouts"
    __table_args__ = (Index(None, "owner"),)

    uid: Mapped[str] = mapped_column(Text, primary_key=True)
    owner: Mapped[str | None] = mapped_column(ForeignKey("users.name", ondelete="CASCADE"))
    """None: everybody's."""
    name: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
    tiles: Mapped[str] = mapped_column(Text)
    """JSON list of ids of cameras and null."""
    created: Mapped[int] = mapped_column(_BIG)


class DefaultLayoutRow(Table):
    """The layout that a user sees first."""

    __tablename__ = "default_layouts"
    __table_args__ = (Index(None, "layout"),)

    user: Mapped[str] = mapped_column(ForeignKey("users.name", ondelete="CASCADE"), primary_key=True)
    layout: Mapped[str] = mapped_column(ForeignKey("layouts.uid", ondelete="CASCADE"))
