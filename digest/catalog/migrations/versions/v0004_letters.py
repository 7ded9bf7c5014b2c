"""What a letter tells beside its picks, what models wrote of papers, themes that worked, and servers that refuse our senders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Give issues what they looked at and passed over, none to those there are, and make room for the rest."""
    op.add_column("issues", sa.Column("looked", sa.JSON(none_as_null=True), nullable=False, server_default="[]"))
    op.add_column("issues", sa.Column("others", sa.LargeBinary()))
    op.add_column("papers", sa.Column("fate", sa.String(16)))
    op.add_column("picks", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("picks", sa.Column("fate", sa.String(16)))
    op.execute("insert into marks (name, value) values ('papers', 0)")
    op.create_table(
        "summaries",
        sa.Column("paper", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("of", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["paper"], ["papers.id"], name="fk_summaries_paper_papers"),
        sa.PrimaryKeyConstraint("paper", "origin", "of", name="pk_summaries"),
    )
    op.create_index("ix_summaries_made_at", "summaries", ["made_at"])
    op.create_table(
        "good_themes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("files", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_good_themes"),
    )
    op.create_table(
        "plain_senders",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_plain_senders"),
    )
