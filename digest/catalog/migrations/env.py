"""How Alembic reaches the catalog: through the connection it is handed, inside the transaction that is open there."""

from __future__ import annotations

from alembic import context

given = context.config.attributes
context.configure(connection=given["connection"], target_metadata=given["metadata"], render_as_batch=True)
context.run_migrations()
