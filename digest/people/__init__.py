"""Import and export of people.

A list is parsed (`opening`, `rows`, `listmonk`, `records`), it is decided what it means here (`mapping`, `deciding`), and the people are
stored (`bringing`); `exporting` writes everything back.
"""

from __future__ import annotations

from .bringing import Brought, bring_in
from .exporting import as_csv, as_json_lines
from .mapping import Plan, parse_map, parse_target
from .opening import Kind

__all__ = ["Brought", "Kind", "Plan", "as_csv", "as_json_lines", "bring_in", "parse_map", "parse_target"]
