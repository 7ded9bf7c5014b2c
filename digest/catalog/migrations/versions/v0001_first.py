"""The first schema: papers and where they were seen, readers and what they get, issues and their letters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    _papers()
    _sightings()
    _readers()
    _issues()
    _contents()
    _letters()
    _own()


def _papers() -> None:
    op.create_table(
        "papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("abstract", sa.Text(), nullable=False),
        sa.Column("authors", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("pdf_url", sa.Text(), nullable=True),
        sa.Column("published", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("categories", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("facts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("provenance", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("listed_seq", sa.Integer(), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["merged_into"], ["papers.id"], name="fk_papers_merged_into_papers"),
        sa.PrimaryKeyConstraint("id", name="pk_papers"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_papers_listed_at", "papers", ["listed_at"], unique=False)
    op.create_index("ix_papers_listed_seq", "papers", ["listed_seq"], unique=False)
    op.create_index("ix_papers_merged_into", "papers", ["merged_into"], unique=False)
    op.create_index("ix_papers_published", "papers", ["published"], unique=False)
    op.create_table(
        "paper_keys",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("paper", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["paper"], ["papers.id"], name="fk_paper_keys_paper_papers"),
        sa.PrimaryKeyConstraint("key", name="pk_paper_keys"),
    )
    op.create_index("ix_paper_keys_paper", "paper_keys", ["paper"], unique=False)
    op.create_table(
        "paper_titles",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("paper", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["paper"], ["papers.id"], name="fk_paper_titles_paper_papers"),
        sa.PrimaryKeyConstraint("fingerprint", "paper", name="pk_paper_titles"),
    )
    op.create_index("ix_paper_titles_paper", "paper_titles", ["paper"], unique=False)


def _sightings() -> None:
    op.create_table(
        "sightings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("paper", sa.Integer(), nullable=False),
        sa.Column("listed_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("voted", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["paper"], ["papers.id"], name="fk_sightings_paper_papers"),
        sa.PrimaryKeyConstraint("id", name="pk_sightings"),
        sa.UniqueConstraint("source", "paper", "listed_on", "kind", name="uq_sightings_source_paper_listed_on_kind"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sightings_paper", "sightings", ["paper"], unique=False)
    op.create_index("ix_sightings_recorded_at", "sightings", ["recorded_at"], unique=False)
    op.create_table(
        "sources",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_sources"),
    )


def _readers() -> None:
    op.create_table(
        "subscribers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_folded", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscribers"),
        sa.UniqueConstraint("email_folded", name="uq_subscribers_email_folded"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reader_name", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("profile", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("edition", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("cadence", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("configured", sa.Boolean(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["subscriber"], ["subscribers.id"], name="fk_subscriptions_subscriber_subscribers"),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sa.UniqueConstraint("subscriber", "name", name="uq_subscriptions_subscriber_name"),
        sqlite_autoincrement=True,
    )


def _issues() -> None:
    op.create_table(
        "issues",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscription", sa.Integer(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("period_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("considered", sa.Integer(), nullable=False),
        sa.Column("sources", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("notes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("cutoff", sa.Integer(), nullable=False),
        sa.Column("picks_of", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["picks_of"], ["issues.id"], name="fk_issues_picks_of_issues"),
        sa.ForeignKeyConstraint(["subscription"], ["subscriptions.id"], name="fk_issues_subscription_subscriptions"),
        sa.PrimaryKeyConstraint("id", name="pk_issues"),
        sa.UniqueConstraint("subscription", "period", name="uq_issues_subscription_period"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_issues_made_at", "issues", ["made_at"], unique=False)


def _contents() -> None:
    op.create_table(
        "picks",
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("paper", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=16), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reasons", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["issue"], ["issues.id"], name="fk_picks_issue_issues"),
        sa.ForeignKeyConstraint(["paper"], ["papers.id"], name="fk_picks_paper_papers"),
        sa.PrimaryKeyConstraint("issue", "position", name="pk_picks"),
    )
    op.create_index("ix_picks_paper", "picks", ["paper"], unique=False)
    op.create_table(
        "seen",
        sa.Column("subscriber", sa.Integer(), nullable=False),
        sa.Column("paper", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=32), nullable=False),
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["issue"], ["issues.id"], name="fk_seen_issue_issues"),
        sa.ForeignKeyConstraint(["paper"], ["papers.id"], name="fk_seen_paper_papers"),
        sa.ForeignKeyConstraint(["subscriber"], ["subscribers.id"], name="fk_seen_subscriber_subscribers"),
        sa.PrimaryKeyConstraint("subscriber", "paper", "section", name="pk_seen"),
    )
    op.create_index("ix_seen_issue", "seen", ["issue"], unique=False)
    op.create_index("ix_seen_paper", "seen", ["paper"], unique=False)


def _letters() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("was_unknown", sa.Boolean(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["issue"], ["issues.id"], name="fk_deliveries_issue_issues"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("issue", name="uq_deliveries_issue"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_status_due", "deliveries", ["status", "due"], unique=False)


def _own() -> None:
    op.create_table(
        "secrets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_secrets"),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_marks"),
    )
    op.execute("insert into marks (name, value) values ('synced', 0)")
