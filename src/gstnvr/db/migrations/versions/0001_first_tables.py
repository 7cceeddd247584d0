"""First tables: cameras, streams, volumes, segments, gaps, incidents."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PATH = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "cameras",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cameras"),
    )
    op.create_table(
        "streams",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_streams"),
        sa.UniqueConstraint("camera_id", "kind", name="uq_streams_camera_id_kind"),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name="fk_streams_camera_id_cameras"),
    )
    op.create_table(
        "volumes",
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("uuid", name="pk_volumes"),
    )
    _create_segments()
    _create_gaps()
    _create_incidents()


def _create_segments() -> None:
    op.create_table(
        "segments",
        sa.Column("id", BIG, nullable=False),
        sa.Column("stream_id", sa.Integer(), nullable=False),
        sa.Column("volume_uuid", sa.Text(), nullable=False),
        sa.Column("path", PATH, nullable=False),
        sa.Column("start", BIG, nullable=False),
        sa.Column("end", BIG, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("frames", BIG, nullable=False),
        sa.Column("video_codec", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("audio_codec", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_segments"),
        sa.UniqueConstraint("volume_uuid", "path", name="uq_segments_volume_uuid_path"),
        sa.CheckConstraint('"end" >= start', name=op.f("ck_segments_in_order")),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name="fk_segments_stream_id_streams"),
        sa.ForeignKeyConstraint(["volume_uuid"], ["volumes.uuid"], name="fk_segments_volume_uuid_volumes"),
    )
    op.create_index("ix_segments_stream_id_start", "segments", ["stream_id", "start"])
    op.create_index("ix_segments_stream_id_end", "segments", ["stream_id", "end"])
    _create_partial_index("ix_segments_open", "segments", "stream_id", "state = 'open'")


def _create_gaps() -> None:
    op.create_table(
        "gaps",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("stream_id", sa.Integer(), nullable=False),
        sa.Column("start", BIG, nullable=False),
        sa.Column("end", BIG, nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("incident_uid", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("uid", name="pk_gaps"),
        sa.CheckConstraint('"end" > start', name=op.f("ck_gaps_in_order")),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name="fk_gaps_stream_id_streams"),
    )
    op.create_index("ix_gaps_stream_id_start", "gaps", ["stream_id", "start"])
    _create_partial_index("ix_gaps_open", "gaps", "stream_id", '"end" IS NULL')


def _create_incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("camera_id", sa.Text(), nullable=True),
        sa.Column("stream_id", sa.Integer(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("started", BIG, nullable=False),
        sa.Column("detected", BIG, nullable=False),
        sa.Column("recovered", BIG, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("uid", name="pk_incidents"),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name="fk_incidents_camera_id_cameras"),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name="fk_incidents_stream_id_streams"),
    )
    op.create_index("ix_incidents_camera_id_started", "incidents", ["camera_id", "started"])
    op.create_index("ix_incidents_started", "incidents", ["started"])
    _create_partial_index("ix_incidents_open", "incidents", "started", "recovered IS NULL")


def _create_partial_index(name: str, table: str, column: str, condition: str) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))
