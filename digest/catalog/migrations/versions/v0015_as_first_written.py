"""What a database lacks that was made while revisions were still being written.

0001, 0003 and 0004 got columns after they had run, and 0011 came before 0006 to 0010 did. Such a database said it was up to date, and
no letter was made from it: *no such column: issues.subject*.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0015"
down_revision = "0014"

_SKIPPED = {
    "0006": ("subscriptions", "group_name"),
    "0007": ("returns", "issue"),
    "0008": ("sender_days", "sender"),
    "0009": ("ledger", "source"),
    "0010": ("leases", "name"),
}
"""A column by which to tell whether a revision ever ran."""
_ALL_OF_IT = '{"collections": [], "since": null, "until": null}'


def upgrade() -> None:
    """Add it; a database that lacks nothing stays as it is."""
    for skipped, (table, column) in _SKIPPED.items():
        if not _has(table, column):
            context.script.get_revision(skipped).module.upgrade()
    # Subjects are made again from what an issue shows, and what is wanted of a library is all of it.
    _add("issues", sa.Column("subject", sa.Text(), nullable=False, server_default=""))
    _add("libraries", sa.Column("save_to", sa.Text()))
    _add("libraries", sa.Column("wanted", sa.JSON(none_as_null=True), nullable=False, server_default=_ALL_OF_IT))
    _add("library_names", sa.Column("asked_at", sa.DateTime(timezone=True)))
    _add("papers", sa.Column("fate", sa.String(16)))
    _add("picks", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    _add("picks", sa.Column("fate", sa.String(16)))
    op.execute("insert into marks (name, value) select 'papers', 0 where not exists (select 1 from marks where name = 'papers')")


def _add(table: str, column: sa.Column[object]) -> None:
    if not _has(table, column.name):
        op.add_column(table, column)


def _has(table: str, column: str) -> bool:
    inspector = sa.inspect(op.get_bind())
    return inspector.has_table(table) and column in {found["name"] for found in inspector.get_columns(table)}
