"""The catalogues of languages: what is said in the code is collected, each language's file brought up to it, and compiled.

    uv run python -m tests.messages             after a message was added or changed, or a translation
    uv run python -m tests.messages fr          begins French

A translation that is no longer used stays at the end of its file, and comes back when its message does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_keywords
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from digest.resources import languages_dir

ROOT = Path(__file__).parents[1]
TEMPLATE = languages_dir() / "digest.pot"
PLACES = (
    *(ROOT / "digest" / room for room in ("config", "rendering", "run", "web")),
    *(ROOT / "templates" / room for room in ("text", "themes", "web")),
)
_METHODS = [("**.py", "python"), *((f"**.{ending}", "jinja2") for ending in ("mjml", "txt", "md", "html"))]
KEYWORDS = parse_keywords(
    [
        *("_", "say", "say_many:1,2", "say_in:1c,2", "pgettext:1c,2", "ngettext:1,2"),
        *("message:1,1t", "message:1c,2,2t", "messages:1,2"),  # the marks of languages.py
        "wrong",
    ]
)
_ADVICE = parse_keywords(["wrong:2"])


class Plain(Catalog):
    """A catalogue without dates, names and the version of babel in its header: made again it is the same."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:  # type: ignore[override]  # babel's has a setter
        """What gettext needs to know."""
        language = [("Language", str(self.locale_identifier))] if self.locale_identifier else []
        plurals = ("Plural-Forms", str(self.plural_forms))
        content = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Transfer-Encoding", "8bit")]
        return [*language, plurals, ("MIME-Version", "1.0"), *content]


def said(places: Iterable[Path] = PLACES) -> Catalog:
    """Every message of the code and the templates."""
    found = Catalog(charset="utf-8")
    options = {"**.mjml": {"silent": "false"}, "**.txt": {"silent": "false"}, "**.md": {"silent": "false"}, "**.html": {"silent": "false"}}
    for place in places:
        for keywords in (KEYWORDS, _ADVICE):
            for file, _, text, _, context in extract_from_dir(str(place), _METHODS, options, keywords):
                found.add(text, locations=[(os.path.relpath(place / file, ROOT), 0)], context=context)
    return found


def collected(path: Path) -> Catalog:
    """A catalogue as it lies in a file."""
    locale = None if path == TEMPLATE else Locale.parse(path.parent.name, sep="-")
    with path.open("rb") as file:
        return read_po(file, locale=locale, charset="utf-8")


def template(messages: Catalog) -> bytes:
    """The messages as a .pot: in the order of the alphabet, with the files they stand in."""
    out = BytesIO()
    write_po(out, messages, width=140, sort_output=True, omit_header=True, include_lineno=False)
    return out.getvalue()


def brought_up(before: Catalog, messages: Catalog) -> bytes:
    """A language's .po with exactly these messages; translations that were given up before are used again."""
    known = {_key(message): message for message in (*before.obsolete.values(), *before) if message.id and is_translated(message)}
    now = Plain(locale=before.locale, fuzzy=False, header_comment=before.header_comment)
    for message in messages:
        if message.id:
            old = known.pop(_key(message), None)
            comments = old.user_comments if old else ()
            now.add(message.id, old and old.string, message.locations, user_comments=comments, context=message.context)
    now.obsolete.update((key, known[key]) for key in sorted(known, key=str))
    out = BytesIO()
    write_po(out, now, width=140, sort_output=True, include_lineno=False)
    return out.getvalue()


def compiled(translations: Catalog) -> bytes:
    """A language's .mo; what is not translated is not in it."""
    complete = Plain(locale=translations.locale, fuzzy=False)
    for message in translations:
        if message.id and is_translated(message):
            complete[message.id] = message
    out = BytesIO()
    write_mo(out, complete)
    return out.getvalue()


def _key(message: Message) -> tuple[object, ...]:
    """What it is known by, and whether it has a form for many."""
    return message.id, message.context or ""


def is_translated(message: Message) -> bool:
    """Whether each of its forms says something."""
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def main(codes: list[str]) -> None:
    """Make all files again, and those of new languages."""
    messages = said()
    TEMPLATE.write_bytes(template(messages))
    for code in codes:
        (languages_dir() / code).mkdir()
        begun = Plain(locale=Locale.parse(code, sep="-"), header_comment="# Letters of digest.")
        (languages_dir() / code / "digest.po").write_bytes(brought_up(begun, messages))
    for path in sorted(languages_dir().glob("*/digest.po")):
        path.write_bytes(brought_up(collected(path), messages))
        translations = collected(path)
        path.with_suffix(".mo").write_bytes(compiled(translations))
        missing = [message.id for message in translations if message.id and not is_translated(message)]
        sys.stdout.write(f"{path.parent.name}: {len(translations)} messages, {len(missing)} not translated yet\n")


if __name__ == "__main__":
    main(sys.argv[1:])
