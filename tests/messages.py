"""The catalogues of languages: what is said in the code is collected, each language's file brought up to it, and compiled.

    uv run python -m tests.messages             after a message was added or changed, or a translation
    uv run python -m tests.messages fr          begins French

A translation goes with its message; one whose message comes back is found in git.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from copy import copy
from pathlib import Path
from string import Formatter

from jinja2 import Environment
from polib import POEntry, POFile, pofile

from digest.resources import languages_dir

ROOT = Path(__file__).parents[1]
PLACES = (
    *(ROOT / "digest" / room for room in ("config", "library", "rendering", "run", "web")),
    *(ROOT / "templates" / room for room in ("text", "themes", "web")),
)
_TEMPLATES = (".mjml", ".txt", ".md", ".html")
_WIDTH = 140
_MARKS = "message", "messages"
"""The marks of languages.py: a message with its context before it, a message and its form for many."""
_IN_CONTEXT = frozenset({"say_in", "pgettext"})
_FOR_MANY = frozenset({"say_many", "ngettext", "messages"})
_ADVISING = {"wrong": 0, "LibraryError": 1}
"""What is wrong, and what to do, each a message, from that place of what is given."""
_ENCODED = {"MIME-Version": "1.0", "Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "8bit"}
KEYWORDS = frozenset({"_", "say", *_MARKS, *_IN_CONTEXT, *_FOR_MANY, *_ADVISING})

Key = tuple[str, str, str]


def said(places: Iterable[Path] = PLACES) -> list[POEntry]:
    """Every message of the code and the templates, in the order of the alphabet, with the files it stands in."""
    found: dict[Key, list[str]] = {}
    for place in places:
        for path in sorted(place.rglob("*")):
            for key in _in_file(path):
                file = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
                found.setdefault(key, []).append(file)
    return [_entry(key, sorted(set(files))) for key, files in sorted(found.items())]


def _in_file(path: Path) -> Iterator[Key]:
    if path.suffix == ".py":
        tree = ast.parse(path.read_text("utf-8"))
        named = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func).rpartition(".")[2]
                given = [named.get(value.id) if isinstance(value, ast.Name) else value for value in node.args]
                yield from _messages(name, [value.value if isinstance(value, ast.Constant) else None for value in given])
    elif path.suffix in _TEMPLATES:
        environment = Environment(extensions=["jinja2.ext.i18n"])  # nothing is rendered
        for _, name, texts in environment.extract_translations(path.read_text("utf-8"), KEYWORDS):
            yield from _messages(name, [texts] if isinstance(texts, str) else list(texts))


def _messages(name: str, given: list[object]) -> Iterator[Key]:
    """The message, its form for many and its context that stand in such a call; nothing where what should be one is no plain text."""
    texts = [text if isinstance(text, str) else "" for text in given]
    if name in _ADVISING:
        yield from ((text, "", "") for text in texts[_ADVISING[name] :][:2] if text)
    elif name in _IN_CONTEXT or (name == "message" and len(texts) == 2):
        yield from [(texts[1], texts[0], "")] if len(texts) > 1 and all(texts[:2]) else []
    elif name in _FOR_MANY:
        yield from [(texts[0], "", texts[1])] if len(texts) > 1 and all(texts[:2]) else []
    elif name in KEYWORDS and texts and texts[0]:
        yield texts[0], "", ""


def _entry(key: Key, files: list[str]) -> POEntry:
    text, context, many = key
    flags = ["python-brace-format"] if _has_slots(text) or _has_slots(many) else []
    places = [(file, "") for file in files]
    forms = {0: "", 1: ""} if many else {}
    return POEntry(
        msgid=text, msgid_plural=many, msgstr="", msgstr_plural=forms, msgctxt=context or None, occurrences=places, flags=flags
    )


def _has_slots(text: str) -> bool:
    try:
        return any(name for _, name, _, _ in Formatter().parse(text))
    except ValueError:
        return False


def collected(path: Path) -> POFile:
    """A catalogue as it lies in a file."""
    return pofile(str(path), wrapwidth=_WIDTH, encoding="utf-8")


def brought_up(before: POFile, messages: Iterable[POEntry]) -> bytes:
    """A language's .po with exactly these messages, translated as they were."""
    known = {_key(entry): entry for entry in before if is_translated(entry)}
    now = POFile(wrapwidth=_WIDTH)
    now.header, now.metadata = before.header, before.metadata
    for message in map(copy, messages):
        old = known.get(_key(message))
        if old is not None:
            message.msgstr, message.msgstr_plural, message.tcomment = old.msgstr, old.msgstr_plural, old.tcomment
        elif message.msgid_plural:
            message.msgstr_plural = dict.fromkeys(range(_forms(before)), "")
        now.append(message)
    return f"{now}".rstrip("\n").encode() + b"\n"


def _forms(language: POFile) -> int:
    found = re.search(r"nplurals=(\d)", language.metadata["Plural-Forms"])
    return int(found[1]) if found else 2


def compiled(translations: POFile) -> bytes:
    """A language's .mo; what is not translated is not in it."""
    binary: bytes = translations.to_binary()
    return binary


def _key(entry: POEntry) -> Key:
    """What it is known by, and whether it has a form for many."""
    return entry.msgid, entry.msgctxt or "", entry.msgid_plural or ""


def is_translated(entry: POEntry) -> bool:
    """Whether each of its forms says something."""
    return all(entry.msgstr_plural.values()) if entry.msgid_plural else bool(entry.msgstr)


def begun(code: str) -> POFile:
    """A language with no translation yet. Its plural forms are those of English, for who translates to correct."""
    new = POFile(wrapwidth=_WIDTH)
    new.header = " Letters of digest."
    new.metadata = {"Language": code, "Plural-Forms": "nplurals=2; plural=(n != 1);", **_ENCODED}
    return new


def main(codes: list[str]) -> None:
    """Make all files again, and those of new languages."""
    messages = said()
    for code in codes:
        (languages_dir() / code).mkdir()
        (languages_dir() / code / "digest.po").write_bytes(brought_up(begun(code), messages))
    for path in sorted(languages_dir().glob("*/digest.po")):
        path.write_bytes(brought_up(collected(path), messages))
        translations = collected(path)
        path.with_suffix(".mo").write_bytes(compiled(translations))
        missing = [entry.msgid for entry in translations if not is_translated(entry)]
        sys.stdout.write(f"{path.parent.name}: {len(translations)} messages, {len(missing)} not translated yet\n")


if __name__ == "__main__":
    main(sys.argv[1:])
