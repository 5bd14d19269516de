"""Messages left when nobody was there

Revision: 0005, after: 0004
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "messages_left",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("ticket_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("conversation_id", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("queue", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(precision=53), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=True),
        sa.Column("contact_kind", sa.String(length=10), nullable=True),
        sa.Column("contact", sa.String(length=320), nullable=True),
        sa.Column("contact_source", sa.String(length=10), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=True),
        sa.Column("agent_name", sa.String(length=200), nullable=True),
        sa.Column("taken_at", sa.Float(precision=53), nullable=True),
        sa.Column("answered_at", sa.Float(precision=53), nullable=True),
        sa.Column("answered", sa.String(length=20), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages_left")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_messages_left_ticket_id")),
    )
    with op.batch_alter_table("messages_left", schema=None) as batch_op:
        batch_op.create_index("ix_messages_left_state_queue", ["state", "queue"], unique=False)
    _keep_what_was_left_before()


def _keep_what_was_left_before() -> None:
    """Open tickets of messages and calls back that no page showed until now."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT number, kind, text, created_at, customer_id, conversation_id, details FROM tickets "
            "WHERE kind IN ('message', 'callback') AND status = 'open' AND conversation_id IS NOT NULL "
            "ORDER BY number"
        )
    ).mappings()
    for row in list(rows):
        details = row["details"]
        details = json.loads(details) if isinstance(details, str) else (details or {})
        if "queue" not in details:
            # A call that the bot arranged: nobody was missing.
            continue
        contact = details.get("contact") or details.get("phone")
        channel = connection.execute(
            sa.text("SELECT channel FROM conversations WHERE id = :id"), {"id": row["conversation_id"]}
        ).scalar()
        connection.execute(
            sa.text(
                "INSERT INTO messages_left (ticket_id, kind, conversation_id, channel, queue, language, "
                "text, created_at, customer_id, contact_kind, contact, contact_source, state, note) VALUES "
                "(:ticket_id, :kind, :conversation_id, :channel, :queue, :language, :text, :created_at, "
                ":customer_id, :contact_kind, :contact, :contact_source, 'open', '')"
            ),
            {
                "ticket_id": f"T-{10000 + row['number']}",
                "kind": row["kind"],
                "conversation_id": row["conversation_id"],
                "channel": channel or "",
                "queue": details.get("queue") or "general",
                "language": details.get("language"),
                "text": row["text"],
                "created_at": row["created_at"],
                "customer_id": row["customer_id"],
                "contact_kind": None if not contact else "email" if "@" in contact else "phone",
                "contact": contact[:320] if contact else None,
                "contact_source": "given" if contact else None,
            },
        )


def downgrade() -> None:
    op.drop_table("messages_left")
