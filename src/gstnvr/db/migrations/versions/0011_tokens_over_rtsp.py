"""Tokens can be shown over RTSP, by a digest; those that were made before cannot."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("api_tokens", sa.Column("rtsp_identity", sa.Text(), nullable=True))
