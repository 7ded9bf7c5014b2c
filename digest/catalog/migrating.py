"""Migrates a database to the schema of this version of digest."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from ..errors import CatalogError
from ..resources import migrations_dir
from .schema import metadata

HEAD = "0015"
"""The newest revision in `migrations/versions`, repeated here because importing Alembic to find it would cost every command 300 ms."""


def revision(connection: Connection) -> str | None:
    """The database's revision; None for a new database. Raises CatalogError if it belongs to another program."""
    tables = set(inspect(connection).get_table_names())
    if "alembic_version" in tables:
        found = connection.execute(text("select version_num from alembic_version")).scalar()
        if found is not None and "paper_keys" in tables:
            return str(found)
    elif not tables:
        return None
    hint = "name another file as `database`"
    raise CatalogError("database", "this database belongs to another program", hint=hint)


def migrate(connection: Connection) -> None:
    """Run the missing migrations inside the open transaction: all of them, or none.

    Raises CatalogError for a database made by a newer digest.
    """
    from alembic import command
    from alembic.config import Config

    found = revision(connection)
    if found is not None and found > HEAD:  # revisions are numbers of four digits
        hint = "upgrade digest, load the state that was saved before (`digest state load`), or name another file as `database`"
        raise CatalogError("database", f"made by a newer digest ({found}): this one does not open it", hint=hint)
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()).replace("%", "%%"))
    config.attributes.update(connection=connection, metadata=metadata)
    command.upgrade(config, "head")
