"""Runs migrations on the connection that ``gstnvr.db.engine`` hands over."""

from alembic import context
from sqlalchemy import Connection

from gstnvr.db.tables import Table


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Table.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"])
