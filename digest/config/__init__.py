"""The configuration: a TOML file and a few words of the environment, as frozen settings. The only room that reads the environment.

    settings        what a configuration says
    keys            every key there is
    reading         the file → settings
    subscriptions   `[[sources]]` and `[[subscribers]]`
    tables, lines   one table with its types checked, and the line of each key
    values          single values: an address, an hour, a duration …
    machine         what this machine says: its time zone
"""

from __future__ import annotations

from .machine import local_zone
from .reading import find, load, new_path, parse, read_sources
from .settings import Delivery, Inbox, RenderingStyle, Sender, Settings, Smtp, as_password

__all__ = [
    "Delivery",
    "Inbox",
    "RenderingStyle",
    "Sender",
    "Settings",
    "Smtp",
    "as_password",
    "find",
    "load",
    "local_zone",
    "new_path",
    "parse",
    "read_sources",
]
