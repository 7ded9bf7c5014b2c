"""Import and export of people: parse a list (`opening`, `rows`, `listmonk`, `records`), decide what it means here (`mapping`, `deciding`),
store it (`bringing`), and write everything back (`exporting`).
"""

from __future__ import annotations

from .bringing import Brought, bring_in
from .exporting import as_csv, as_json_lines
from .mapping import Plan, parse_map, parse_target
from .opening import Kind

__all__ = ["Brought", "Kind", "Plan", "as_csv", "as_json_lines", "bring_in", "parse_map", "parse_target"]
