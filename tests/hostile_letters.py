"""Letters as digest really makes them, of a listing in which every title, name and abstract is an attack.

The listing is parsed, recorded, ranked, published, loaded again from the catalog and written, in each form and for each kind of base_url.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from digest.catalog import open_catalog
from digest.delivery import Policy
from digest.delivery.folder import NullTransport
from digest.delivery.verp import Verp
from digest.model import Edition, Format, Issue, Letter
from digest.rendering import Branding, Press
from digest.run import Parts, Report, compose, gather, letter_of
from digest.run.composing import today
from digest.run.parts import Sender
from digest.sources.feed import parse_feed

from .builders import NOON, a_profile, a_subscription
from .dkim_checks import signers

BOUNCES = "digest+bounces@example.org"
READER = "li@bücher.example"
REACH = {
    "none": ("", "public"),
    "internal": ("https://digest.lab.example.org", "internal"),
    "public": ("https://digest.example.org", "public"),
}
TITLES = (
    "Calibration of language models",
    "=?utf-8?q?=0D=0ABcc:_v@evil.test?=",
    "Line end&#13;&#10;Bcc: v@evil.test&#13;&#10;&#13;&#10;body",
    "</mj-text><mj-raw><b>x</b>",
    "{{ 7*7 }} {% for x in y %}{% endfor %} {# gone? #}",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "<!--[if mso]><form><![endif]--> ]]> <style>*{display:none}",
    "\u202eevil\u202c \u2066RTL\u2069 \u200bzero\u200f width",
    "Z" + "\u0300\u0301\u0302\u0303" * 20 + "algo",
    "None",
    "Pneumono" * 50,
    "T" * 50_000,
    "{" * 400,
    "$a<b$ & $c>d$ &amp; &lt;",
    "عنوان عن التعلم العميق",
    "深度学习" * 100,
    ".",
    "-- ",
    "# [a](javascript:alert(1)) *b*",
)
LINKS = (
    "javascript:alert(1)", "data:text/html,x", "http://127.0.0.1:8025/x", "https://localhost/x", "https://10.1/x", "https://u:p@evil.test/",
    'https://example.org/a"><b>{{x}}', "https://例え.example.org/ü?q=ß", "//evil.test/x",
)  # fmt: skip
ABSTRACTS = ("", "None", "We calibrate language models. " * 60, "<p>Mark-up</p> <script>x</script>", "x" * 9000, ".\n..\n.", "深" * 3000)


def listing(papers: int) -> bytes:
    """An Atom feed of that many entries."""
    entries = "".join(_entry(number) for number in range(papers))
    feed = f"<feed xmlns='http://www.w3.org/2005/Atom'><id>x</id><title>&lt;script&gt;{{{{x}}}}</title>{entries}</feed>"
    return feed.encode()


def _entry(number: int) -> str:
    title = TITLES[number % len(TITLES)]
    title = escape(title).replace("&amp;#", "&#") if number < len(TITLES) else f"{escape(title[:120])} {number}"
    names = (TITLES[(number + i) % len(TITLES)][:500] for i in range((0, 1, 4, 40)[number % 4]))
    people = "".join(f"<author><name>{escape(name)}</name></author>" for name in names)
    day = ("2026-11-22", "1900-01-01", "2099-01-01")[number % 3]
    own = "" if number < len(ABSTRACTS) else "".join(f" own{number}x{word}" for word in range(60))  # else two would be one paper told twice
    abstract = escape(ABSTRACTS[number % len(ABSTRACTS)]) + own
    return (
        f"<entry><id>tag:{number}</id><title>{title}</title><link href={quoteattr(LINKS[number % len(LINKS)])}/>"
        f"<link href='https://example.org/{number}'/><published>{day}T00:00:00Z</published>"
        f"<category term={quoteattr(title[:200])}/><summary type='html'>{abstract}</summary>{people}</entry>"
    )


class Page(HTMLParser):
    """A letter's HTML as a mail program reads it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.title, self.style, self.text = "", "", ""
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br", "img", "link"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["style"]:
            self.style += data
        elif self.open[-1:] == ["title"]:
            self.title += data
        else:
            self.text += data

    def every(self, *names: str) -> list[dict[str, str | None]]:
        """The attributes of every such tag, in the letter's order."""
        return [attributes for tag, attributes in self.tags if tag in names]

    @property
    def links(self) -> list[str]:
        return [attributes["href"] or "" for attributes in self.every("a")]


@dataclass(frozen=True)
class Made:
    """A letter, its issue, and how its links could be made."""

    issue: Issue
    reach: str
    letter: Letter
    again: Letter
    """The same issue, loaded by another process and written once more."""
    signed: Letter
    """As `letter`, signed by an RSA and an Ed25519 key, with an envelope sender of its own."""
    secret: bytes
    """What its tokens are signed with."""

    @cached_property
    def message(self) -> EmailMessage:
        message = message_from_bytes(self.letter.content, policy=default)
        assert isinstance(message, EmailMessage)
        return message

    @cached_property
    def head(self) -> list[str]:
        return self.letter.content.partition(b"\r\n\r\n")[0].decode().split("\r\n")

    @cached_property
    def fields(self) -> list[str]:
        """The names of the header fields, read without any mail library."""
        return [line.partition(":")[0] for line in self.head if not line.startswith((" ", "\t"))]

    @cached_property
    def text(self) -> str:
        return self._part("plain")

    @cached_property
    def html(self) -> str:
        """The HTML as it is sent; "" for a letter without."""
        return self._part("html") if self.issue.subscription.format is Format.HTML else ""

    @cached_property
    def page(self) -> Page:
        return Page(self.html)

    def _part(self, kind: str) -> str:
        part = self.message.get_body(preferencelist=(kind,))
        assert part is not None
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        return payload.decode()


def letters(folder: Path) -> tuple[Made, ...]:
    """Of 15 papers by profile and 80 by edition: each form of letter, with each kind of base_url; and once with each paper first."""
    # Each time from a catalog opened anew, with another press: nothing of what is written is remembered.
    one, other = _press(), _press()
    made: list[Made] = []
    for papers in (15, 80):
        database = str(folder / f"{papers}.db")
        with _parts(database, one) as parts:
            issues = _published(parts, papers)
        with _parts(database, one) as first, _parts(database, other) as second:
            made += [
                Made(
                    issue,
                    reach,
                    _letter(first, issue, reach, turned),
                    _letter(second, issue, reach, turned),
                    _letter(_signing(first), issue, reach, turned),
                    first.secrets[0],
                )
                for issue in issues
                for reach in REACH
                for turned in (range(papers) if (issue.subscription.format, reach, papers) == (Format.TEXT, "none", 15) else (0,))
            ]
    return tuple(made)


def _signing(parts: Parts) -> Parts:
    sender = replace(parts.sender, bounce_address=BOUNCES, verp=Verp.TRIED)
    return replace(parts, sender=sender, signers=signers())


def _letter(parts: Parts, issue: Issue, reach: str, turned: int) -> Letter:
    """The stored issue as a letter, beginning with another of its papers: the first one's title is the subject."""
    base_url, whose = REACH[reach]
    stored = parts.catalog.issues.load(issue.id)
    subject = "" if turned else stored.subject  # the one kept with the issue speaks of its own first paper
    issue = replace(stored, picks=stored.picks[turned:] + stored.picks[:turned], subject=subject)
    return letter_of(replace(parts, base_url=base_url, base_url_reach=whose), issue)


def _published(parts: Parts, papers: int) -> tuple[Issue, ...]:
    catalog = parts.catalog
    catalog.papers.record(parse_feed(listing(papers), "lab", NOON), NOON)
    profile = a_profile("calibration of language models", "<b>{{x}}</b>", limit=papers, floor=-1000.0)
    what = {"edition": Edition(name="trending", limit=papers)} if papers > 15 else {"profile": profile}
    # A reader for each form: one person is not shown a paper twice.
    readers = [catalog.subscribers.add(a_subscription(f"{form}.{READER}", f"a {form}", format=form, **what), NOON) for form in Format]
    due = [(reader, today(reader, NOON)) for reader in readers]
    return catalog.issues.publish(compose(parts, due, gather(parts, due, Report(NOON))), NOON)


def _press() -> Press:
    return Press(branding=Branding(name="Lab <b>digest</b>", postal_address="1 Den Lane"))


@contextmanager
def _parts(database: str, press: Press) -> Iterator[Parts]:
    with open_catalog(database) as catalog:
        yield Parts(
            catalog=catalog,
            sources=(),
            press=lambda theme, language: press,
            connect=NullTransport,
            policy=Policy(),
            sender=Sender(address="digest@example.org", name='Lab "digest", =?utf-8?q?x?= Ü'),
            secrets=catalog.secrets(),
            worker="test",
        )
