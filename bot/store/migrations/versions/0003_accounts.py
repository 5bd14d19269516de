"""Accounts: disabled agents, one-time links, known browsers, and what a session's owner is shown of it

Revision: 0003, after: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Plainly, and not in a batch: that would make the table anew, to which sessions refer.
    op.add_column("agents", sa.Column("helping", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("agents", sa.Column("disabled_at", sa.Float(precision=53), nullable=True))
    op.add_column("agents", sa.Column("last_sign_in_at", sa.Float(precision=53), nullable=True))
    op.add_column("agent_sessions", sa.Column("created_at", sa.Float(precision=53), nullable=True))
    for name, length in (("address", 64), ("client", 200)):
        op.add_column(
            "agent_sessions", sa.Column(name, sa.String(length=length), server_default="", nullable=False)
        )
    op.create_table(
        "agent_browsers",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_agent_browsers_agent_id_agents")),
        sa.PrimaryKeyConstraint("token_hash", "agent_id", name=op.f("pk_agent_browsers")),
    )
    with op.batch_alter_table("agent_browsers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agent_browsers_agent_id"), ["agent_id"], unique=False)
    op.create_table(
        "agent_links",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_agent_links_agent_id_agents")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_agent_links")),
        sa.UniqueConstraint("agent_id", name=op.f("uq_agent_links_agent_id")),
    )
    # Failures are counted in memory, or in Redis: a flood of them must not write to the database.
    with op.batch_alter_table("sign_in_failures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_failures_at"))
        batch_op.drop_index(batch_op.f("ix_sign_in_failures_address"))
    op.drop_table("sign_in_failures")


def downgrade() -> None:
    op.create_table(
        "sign_in_failures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    with op.batch_alter_table("sign_in_failures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_failures_address"), ["address"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_failures_at"), ["at"], unique=False)
    op.drop_table("agent_links")
    with op.batch_alter_table("agent_browsers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agent_browsers_agent_id"))
    op.drop_table("agent_browsers")
    with op.batch_alter_table("agent_sessions", schema=None) as batch_op:
        batch_op.drop_column("client")
        batch_op.drop_column("address")
        batch_op.drop_column("created_at")
    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.drop_column("last_sign_in_at")
        batch_op.drop_column("disabled_at")
        batch_op.drop_column("helping")
