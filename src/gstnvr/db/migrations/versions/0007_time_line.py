"""An index of segments that holds all that a time line needs: their rows are scattered over the whole table."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.drop_index("ix_segments_stream_id_start", "segments")
    columns = ["stream_id", "start", "end", "state", "epoch", "size", "frames"]
    op.create_index("ix_segments_time_line", "segments", columns)
