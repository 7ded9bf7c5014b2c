"""Groupings of likes are made anew: they were kept with the papers and topics that they group, also after their reader was erased."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Let go of them."""
    op.execute("delete from vectors where model in ('groups-1', 'groups-1-young')")
