"""Guess what is wrong with a line that is not TOML: tomllib says where it stopped reading, not why."""

from __future__ import annotations

import re

_USUAL = 'texts stand in quotes, lists in brackets: topics = ["one", "two"]'
_CURLY = re.compile("[\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb]")  # “ ” „ ‘ ’ « »
_ASSIGNED = re.compile(r"\s*([\w-]+)\s*=\s*(.*?)\s*(?:#.*)?")
_BARE = re.compile(r"[\w:@./+-][\w:@./+ -]*")
_SECRET = re.compile("proxy|pass|secret|token|key|://[^/]*@", re.IGNORECASE)


def repair(line: str, message: str) -> str:
    """What to do about this line, on which tomllib failed with `message`."""
    if "overwrite" in message or "twice" in message:
        return "it stands in the file a second time: take one of the two out"
    if _CURLY.search(line):
        return 'the quotes are curly: write straight ones, as in host = "smtp.example.org"'
    found = _ASSIGNED.fullmatch(line)
    if found is None:
        is_like_one = "=" in line or line.lstrip().startswith(("[", '"', "'"))
        return _USUAL if is_like_one else "a setting is written as name = value, a table as [name]"
    name, value = found.groups()
    if value.lower() in ("true", "false", "yes", "no", "on", "off"):
        return f"write it in small letters, without quotes: {name} = {'true' if value.lower() in ('true', 'yes', 'on') else 'false'}"
    # Of a line with a "#" nobody knows where its text ends; a proxy's address may hold a password, and what is told may be mailed.
    is_told = not _SECRET.search(line) and "#" not in line
    if value.startswith(('"', "'")) and line.count(value[0]) % 2:
        text = value[1:].rstrip(value[0]) if is_told else "…"
        return f"a quotation mark is missing: {name} = {value[0]}{text}{value[0]}"
    if _BARE.fullmatch(value):
        return f'write it in quotes: {name} = "{"…" if _SECRET.search(line) else value}"'
    return _USUAL
