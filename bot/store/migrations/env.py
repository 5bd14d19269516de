"""Alembic's environment: runs on the connection that `bot.store.migrate` hands over."""

from __future__ import annotations

from alembic import context

import bot.store.tables  # noqa: F401  registers every table
from bot.store.database import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
