"""Feed lists exported by other programs (OPML 1 and 2): the name and address of each feed."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from ..errors import SourceChanged, SourceRefused, SourceTooLarge
from ..net.sanitise import line, link
from .encoding import to_utf8

MOST = 2_000
MAX_BYTES = 4 << 20
_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A feed that somebody reads; its name is "" if the list gives none."""

    name: str
    url: str


@dataclass(slots=True)
class _Reading:
    subject: str
    root: str = ""
    depth: int = 0
    found: dict[str, Subscribed] = field(default_factory=dict)
    unusable: list[str] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.root = self.root or name.lower()
        self.depth += 1
        if self.depth > _DEPTH:
            raise SourceTooLarge(self.subject, "is nested too deeply", hint="no list of feeds looks like this")
        given = {key.lower(): value for key, value in attributes.items()}
        url = link(given.get("xmlurl", ""))
        if name.lower() != "outline" or "xmlurl" not in given:
            return
        if url is None:
            self.unusable.append(line(given["xmlurl"], 200))
            return
        title = line(given.get("title") or given.get("text"), 100)
        self.found.setdefault(url, Subscribed(title, url))
        if len(self.found) > MOST:
            raise SourceTooLarge(self.subject, f"has more than {MOST:,} feeds", hint="import it in parts")

    def end(self, name: str) -> None:
        self.depth -= 1

    def document_type(self, *_: object) -> None:
        raise SourceRefused(self.subject, "declares a document type, which no list of feeds needs", hint="take the DOCTYPE out of it")


@dataclass(frozen=True, slots=True)
class Listed:
    """The feeds of a list in order, each address once, and the entries whose address cannot be fetched."""

    feeds: tuple[Subscribed, ...]
    unusable: tuple[str, ...] = ()


def parse_opml(data: bytes, subject: str) -> Listed:
    """The feeds in a list, without its folders. Raises SourceError if it is not such a list."""
    if len(data) > MAX_BYTES:
        raise SourceTooLarge(subject, f"has more than {MAX_BYTES:,} bytes", hint="no list of feeds is this long")
    reading = _Reading(subject)
    parser = expat.ParserCreate()
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.StartDoctypeDeclHandler = reading.document_type
    try:
        parser.Parse(to_utf8(data, subject), True)
    except expat.ExpatError as error:
        hint = "export it again from the program it came from"
        raise SourceChanged(subject, f"not a list of feeds (OPML): {expat.ErrorString(error.code)}", hint=hint) from error
    if reading.root != "opml":
        raise SourceChanged(subject, f"not a list of feeds: its root is {line(reading.root, 60)!r}", hint="name an OPML file")
    return Listed(tuple(reading.found.values()), tuple(dict.fromkeys(reading.unusable)))
