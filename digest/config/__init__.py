"""The configuration: a TOML file and a few words of the environment, as frozen settings. The only room that reads the environment.

    settings        what a configuration says
    keys            every key there is
    reading         the file → settings
    dkim            `[dkim]`
    subscriptions   `[[sources]]` and `[[subscribers]]`
    tables, lines   one table with its types checked, and the line of each key
    themes          themes that are named and not there
    values          single values: an address, an hour, a duration …
    machine         what this machine says: its time zone, where data belong
"""

from __future__ import annotations

from .machine import home, local_zone, models_folder, unknown_zone
from .reading import find, load, new_path, parse, read_signing_domain, read_sources
from .settings import (
    Dkim,
    Ranking,
    RenderingStyle,
    Settings,
    Smtp,
    as_password,
    key_in,
    pem_in,
)

__all__ = [
    "Dkim",
    "Ranking",
    "RenderingStyle",
    "Settings",
    "Smtp",
    "as_password",
    "find",
    "home",
    "key_in",
    "load",
    "local_zone",
    "models_folder",
    "new_path",
    "parse",
    "pem_in",
    "read_signing_domain",
    "read_sources",
    "unknown_zone",
]
