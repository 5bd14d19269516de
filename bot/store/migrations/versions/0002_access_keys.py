"""Public ids of conversations, apart from the keys of their customers

Until here a conversation's id was both its name and what entitled to it. Each gets a random public id; the
old one becomes its customer's access key, for a while: staff and other systems have seen it. Calls keep their
ids, which open nothing any more.

Revision: 0002, after: 0001
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OLD_KEY_LIFE_S = 7 * 86400.0
"""For so long customers go on as before; after that they begin a new conversation. Whoever noted an id can
use it until then."""

# As they stood at this revision: later ones are migrated by their own.
_NAMED_IN = (
    ("conversations", "id"),
    ("events", "conversation_id"),
    ("handoffs", "conversation_id"),
    ("one_time_codes", "conversation_id"),
    ("tickets", "conversation_id"),
    ("waiting_customers", "conversation_id"),
    ("webhook_outbox", "conversation_id"),
)
_BATCH = 500


def upgrade() -> None:
    op.create_table(
        "access_keys",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.Float(precision=53), nullable=False),
        sa.Column("expires_at", sa.Float(precision=53), nullable=True),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_access_keys")),
    )
    with op.batch_alter_table("access_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_keys_conversation_id"), ["conversation_id"], unique=False)

    connection = op.get_bind()
    renamed = sa.table("renamed", sa.column("old"), sa.column("new"))
    op.create_table(
        "renamed",
        sa.Column("old", sa.String(length=200), primary_key=True),
        sa.Column("new", sa.String(length=200), nullable=False),
    )
    now = time.time()
    keys = sa.table(
        "access_keys", *(sa.column(n) for n in ("key_hash", "conversation_id", "created_at", "expires_at"))
    )
    old_ids = (
        connection.execute(sa.text("SELECT id FROM conversations WHERE channel <> 'voice'")).scalars().all()
    )
    for start in range(0, len(old_ids), _BATCH):
        new_ids = {old: f"c_{secrets.token_urlsafe(16)}" for old in old_ids[start : start + _BATCH]}
        connection.execute(sa.insert(renamed), [{"old": old, "new": new} for old, new in new_ids.items()])
        connection.execute(
            sa.insert(keys),
            [
                {
                    "key_hash": hashlib.sha256(b"firstline access key\0" + old.encode()).hexdigest(),
                    "conversation_id": new,
                    "created_at": now,
                    "expires_at": now + OLD_KEY_LIFE_S,
                }
                for old, new in new_ids.items()
            ],
        )
    _rename_outbox(connection)
    _rename_keys_of_tickets(connection)
    for table, column in _NAMED_IN:
        _rename(connection, table, column, prefix="")
    _rename(connection, "identity_guesses", "subject", prefix="conversation:")
    op.drop_table("renamed")


def _rename(connection: sa.Connection, table: str, column: str, *, prefix: str) -> None:
    connection.execute(
        sa.text(
            f"UPDATE {table} SET {column} = '{prefix}' || "
            f"(SELECT new FROM renamed WHERE '{prefix}' || old = {table}.{column}) "
            f"WHERE {column} IN (SELECT '{prefix}' || old FROM renamed)"
        )
    )


def _rename_outbox(connection: sa.Connection) -> None:
    """The ids inside what webhooks have yet to send, or may be asked to send again."""
    rows = connection.execute(
        sa.text(
            "SELECT webhook_outbox.id, body, old, new FROM webhook_outbox "
            "JOIN renamed ON old = webhook_outbox.conversation_id"
        )
    ).all()
    for row in rows:
        body = json.loads(row.body)
        body["data"]["conversation_id"] = row.new
        connection.execute(
            sa.text("UPDATE webhook_outbox SET body = :body WHERE id = :id"),
            {"id": row.id, "body": json.dumps(body, ensure_ascii=False, separators=(",", ":"))},
        )


def _rename_keys_of_tickets(connection: sa.Connection) -> None:
    """What makes a ticket that is handed in again no second one begins with the conversation's id."""
    connection.execute(
        sa.text(
            "UPDATE tickets SET key = (SELECT substr(replace(tickets.key, old, new), 1, 200) FROM renamed "
            "WHERE old = tickets.conversation_id) "
            "WHERE conversation_id IN (SELECT old FROM renamed)"
        )
    )


def downgrade() -> None:
    """The access keys are gone for good, since only their hashes are known: customers begin anew."""
    op.drop_table("access_keys")
