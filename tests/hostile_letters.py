"""Letters as digest really makes them, of papers that are all attacks and extremes, and of days on which there is nothing to tell.

Papers are parsed or recorded, ranked, published, loaded again from the catalog and written: in each form, dressed in each theme and
language and for each kind of base_url. A letter's issue may also be made by hand, so that it holds each extreme for certain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cached_property
from pathlib import Path

from digest.catalog import Draft, open_catalog
from digest.delivery import Policy
from digest.delivery.folder import NullTransport
from digest.delivery.verp import Verp
from digest.model import Edition, Format, Issue, Letter, Looked, Paper, Period, Pick, Reason, Section, Subscription
from digest.rendering import Branding, Press
from digest.rendering.languages import Language, language
from digest.run import Parts, Report, compose, gather, letter_of
from digest.run.issuing.composing import today
from digest.run.parts import Sender
from digest.sources.feed import parse_feed

from .builders import NOON, a_batch, a_profile, a_subscription
from .dkim_checks import signers
from .hostile_papers import EXTREMES, TITLES, crowd, listing
from .languages import pseudo_language, rtl_language
from .letter_page import Page

BOUNCES = "digest+bounces@example.org"
READER = "li@bücher.example"
THEMES = ("paper", "compact")
LANGUAGES = ("en", "de", "en-XA", "ar-XX")
REACH = {
    "none": ("", "public"),
    "internal": ("https://digest.lab.example.org", "internal"),
    "public": ("https://digest.example.org", "public"),
}
LOGO = "https://example.org/logo.png"
PARSED, EDITION = 15, 80
"""How many papers a ranked letter of the parsed feed has, and one of an edition."""


@dataclass(frozen=True)
class Dress:
    """What a letter is set in, how its links can be made, and whether it brings its papers as a file."""

    theme: str = "paper"
    language: str = "en"
    reach: str = "public"
    is_attaching: bool = False


EVERY_DRESS = tuple(Dress(theme, code, reach) for theme in THEMES for code in LANGUAGES for reach in REACH)
PLAIN_DRESSES = tuple(Dress(reach=reach) for reach in REACH)
FEW_DRESSES = (Dress(reach="none"), Dress("compact", "ar-XX"), Dress("compact", "de", "internal", is_attaching=True))


@dataclass(frozen=True)
class Made:
    """A letter, its issue, and what it was set in."""

    kind: str
    """What the issue is about: "extremes", "crowd", "updates", "nothing", "parsed", "edition" or "quiet"."""
    issue: Issue
    dress: Dress
    letter: Letter
    again: Letter | None
    """The same issue, loaded by another process and written once more; None where that was not done."""
    signed: Letter
    """As `letter`, signed by an RSA and an Ed25519 key, with an envelope sender of its own."""
    secret: bytes
    """What its tokens are signed with."""

    def __str__(self) -> str:
        return f"{self.kind} {self.form} in {self.dress}"

    @property
    def reach(self) -> str:
        return self.dress.reach

    @property
    def form(self) -> Format:
        return self.issue.subscription.format

    @property
    def has_file(self) -> bool:
        return self.dress.is_attaching and bool(self.issue.picks)

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
        return self._part("html") if self.form is Format.HTML else ""

    @cached_property
    def file(self) -> str:
        """The file that it brings; "" where it brings none."""
        return next((part.get_content().decode() for part in self.message.iter_attachments()), "") if self.has_file else ""

    @cached_property
    def page(self) -> Page:
        return Page(self.html)

    @cached_property
    def token(self) -> str:
        """What stands for the reader in the letter's links."""
        return str(self.message["List-Unsubscribe"]).partition("unsubscribe%20")[2].partition("&")[0]

    def _part(self, kind: str) -> str:
        part = self.message.get_body(preferencelist=(kind,))
        assert part is not None
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        return payload.decode()


def letters(folder: Path) -> tuple[Made, ...]:
    """Every letter that the requirements are held against."""
    # What is written again is loaded from a catalog opened anew, and set by another press: nothing is remembered.
    one, other = presses(folder / "one"), presses(folder / "other")
    made: list[Made] = []
    for publish in (_parsed, _edition, _by_hand):
        database = str(folder / f"{publish.__name__}.db")
        with opened(database, one) as parts:
            issues = publish(parts)
        with opened(database, one) as first, opened(database, other) as second:
            made += [_made(kind, issue, dress, first, second) for kind, issue in issues for dress in _dresses(kind, issue)]
            plain = Dress(reach="none")
            made += [_made(kind, issue, plain, first, None, turned) for kind, issue in issues for turned in _turned(kind, issue)]
    return tuple(made)


def _dresses(kind: str, issue: Issue) -> tuple[Dress, ...]:
    if (kind, issue.subscription.format) == ("extremes", Format.HTML):
        return (*EVERY_DRESS, FEW_DRESSES[-1])
    return PLAIN_DRESSES if kind in ("parsed", "edition") else FEW_DRESSES


def _turned(kind: str, issue: Issue) -> Iterable[int]:
    """Which papers are to come first, so that each title is once the subject of a letter."""
    is_turned = issue.subscription.format is Format.TEXT and kind in ("extremes", "parsed")
    return range(len(issue.picks)) if is_turned else ()


def _made(kind: str, issue: Issue, dress: Dress, first: Parts, second: Parts | None, turned: int | None = None) -> Made:
    again = second is not None and (kind != "extremes" or dress in (*PLAIN_DRESSES, *FEW_DRESSES))
    return Made(
        kind,
        replace(_identified(issue), picks=_beginning_with(issue.picks, turned)),
        dress,
        _letter(first, issue, dress, turned),
        _letter(second, issue, dress, turned) if second is not None and again else None,
        _letter(_signing(first), issue, dress, turned),
        first.secrets[0],
    )


def _signing(parts: Parts) -> Parts:
    sender = replace(parts.sender, bounce_address=BOUNCES, verp=Verp.TRIED)
    return replace(parts, sender=sender, signers=signers())


def _letter(parts: Parts, issue: Issue, dress: Dress, turned: int | None) -> Letter:
    """The stored issue as a letter, in other clothes than it was published for."""
    base_url, whose = REACH[dress.reach]
    stored = _identified(parts.catalog.issues.load(issue.id))
    subscription = stored.subscription
    subscription = replace(subscription, theme=dress.theme, subscriber=replace(subscription.subscriber, language=dress.language))
    # The subject that is kept speaks of the issue's own first paper, in the language it was published in.
    subject = stored.subject if turned is None and dress.language == "en" else ""
    issue = replace(stored, subscription=subscription, picks=_beginning_with(stored.picks, turned), subject=subject)
    return letter_of(replace(parts, base_url=base_url, base_url_reach=whose, attach_bibtex=dress.is_attaching), issue)


def _identified(issue: Issue) -> Issue:
    """No letter goes out of a day without papers, so its issue has no Message-ID; its words must stand in a preview all the same."""
    return issue if issue.message_id else replace(issue, message_id=f"<nothing.{issue.id}@example.org>")


def _beginning_with(picks: tuple[Pick, ...], turned: int | None) -> tuple[Pick, ...]:
    if turned is None:
        return picks
    top = replace(picks[turned], section=Section.PICKS, score=999.0, reasons=(Reason("topics", 999.0, "topic 'x'"),))
    return (top, *picks[:turned], *picks[turned + 1 :])


# --- issues -----------------------------------------------------------------------------------------------------------

Issues = list[tuple[str, Issue]]


def _parsed(parts: Parts) -> Issues:
    """Of a parsed feed, ranked: for who has no floor, and for whom nothing is good enough."""
    parts.catalog.papers.record(parse_feed(listing(3 * PARSED), "lab", NOON), NOON)
    wanted = "calibration of language models", "<b>{{x}}</b>"
    everything = a_profile(*wanted, limit=PARSED, floor=-1000.0, categories=("None", "lab"))
    readers = [_reader(parts, "parsed", form, profile=everything) for form in Format]
    readers += [_reader(parts, "quiet", form, profile=a_profile(*wanted, floor=1000.0)) for form in Format]
    return [(issue.subscription.name.split()[1], issue) for issue in _composed(parts, readers)]


def _edition(parts: Parts) -> Issues:
    parts.catalog.papers.record(parse_feed(listing(EDITION), "lab", NOON), NOON)
    readers = [_reader(parts, "edition", form, edition=Edition(name="trending", limit=EDITION)) for form in Format]
    return [("edition", issue) for issue in _composed(parts, readers)]


def _composed(parts: Parts, readers: list[Subscription]) -> tuple[Issue, ...]:
    due = [(reader, today(reader, NOON)) for reader in readers]
    return parts.catalog.issues.publish(compose(parts, due, gather(parts, due, Report(NOON))), NOON)


def _by_hand(parts: Parts) -> Issues:
    """All extremes with 250 others, one of them with as many, updates of shown papers, and an announced day without papers."""
    others = crowd(250)
    parts.catalog.papers.record(a_batch(*EXTREMES, *others), NOON)
    made: Issues = []
    for form in Format:
        made.append(("extremes", _issue(_reader(parts, "extremes", form), _sections(EXTREMES), others)))
        made.append(("crowd", _issue(_reader(parts, "crowd", form), _sections(EXTREMES[:1]), others)))
        made.append(("updates", _issue(_reader(parts, "updates", form), _updates(EXTREMES), ())))
        made.append(("nothing", _issue(_reader(parts, "nothing", form), (), ())))
    stored = parts.catalog.issues.publish([Draft(issue=issue, cutoff=parts.catalog.papers.cutoff()) for _, issue in made], NOON)
    return [(kind, issue) for (kind, _), issue in zip(made, stored, strict=True)]


def _issue(reader: Subscription, picks: tuple[Pick, ...], others: tuple[Paper, ...]) -> Issue:
    considered = len(picks) + len(others)
    return Issue(
        subscription=reader,
        period=Period(NOON - timedelta(days=1), NOON, "2026-11-23"),
        picks=picks,
        made_at=NOON,
        considered=considered,
        sources=("arxiv", "<b>{{x}}</b>"),
        notes=("These papers are samples.", "*<b>{{ 7*7 }}</b>* \x00\r\n\r\n.\r\n") if picks else (),
        looked=tuple(Looked(name, considered, considered, len(picks)) for name in ("cs.LG", "{{x}}", "</td>", "\x00")),
        others=others,
    )


def _sections(papers: tuple[Paper, ...]) -> tuple[Pick, ...]:
    """Each paper in one of the sections there are, for reasons that are attacks too."""
    return tuple(
        Pick(
            paper=paper,
            section=tuple(Section)[number % len(Section)] if number % 2 else Section.PICKS,
            score=90.0 - number,
            reasons=(Reason("topics", 60.0, f"topic {TITLES[number]!r}"), Reason("authors", 30.0 - number, "you follow <b>{{x}}\x00\r\n")),
            interest=("", "<b>{{x}}</b>")[number % 2],
        )
        for number, paper in enumerate(papers)
    )


def _updates(papers: tuple[Paper, ...]) -> tuple[Pick, ...]:
    """One chosen paper, and what became of others."""
    notes = ("version 3; you saw version 1", "withdrawn", "accepted: <b>{{x}}</b>\r\n", "accepted: NeurIPS; version 3; you saw version 1")
    chosen = Pick(paper=papers[0], score=9.0, reasons=(Reason("topics", 9.0, "topic 'x'"),))
    news = [Reason("updated", 0.0, notes[number % 4]) for number in range(9)]
    changed = zip(papers[5:14], news, strict=True)
    return (chosen, *(Pick(paper=paper, section=Section.UPDATED, reasons=(reason,)) for paper, reason in changed))


def _reader(parts: Parts, kind: str, form: Format, **what: object) -> Subscription:
    """A reader for each form: one person is not shown a paper twice."""
    return parts.catalog.subscribers.add(a_subscription(f"{kind}.{form}.{READER}", f"a {kind} <b>{form}</b>", format=form, **what), NOON)


# --- parts ------------------------------------------------------------------------------------------------------------

Find = Callable[[str, str], Press]


def languages(folder: Path) -> dict[str, Language]:
    """The built-in languages, and two that nobody speaks, made in that folder."""
    return {"en": language("en"), "de": language("de"), "en-XA": pseudo_language(folder), "ar-XX": rtl_language(folder)}


def presses(folder: Path) -> Find:
    """Gives a press for each theme and language, compiled when it is first asked for; compact ones show an operator's logo."""
    spoken = languages(folder)
    made: dict[tuple[str, str], Press] = {}

    def press(theme: str, code: str) -> Press:
        if (theme, code) not in made:
            branding = Branding(name="Lab <b>x</b>", postal_address="1 Den Lane", logo=LOGO if theme == "compact" else "")
            made[theme, code] = Press(theme, branding=branding, language=spoken[code])
        return made[theme, code]

    return press


@contextmanager
def opened(database: str, press: Find) -> Iterator[Parts]:
    """The parts over the catalog at that place."""
    with open_catalog(database) as catalog:
        yield Parts(
            catalog=catalog,
            sources=(),
            press=press,
            connect=NullTransport,
            policy=Policy(),
            sender=Sender(address="digest@example.org", name='Lab "digest", =?utf-8?q?x?= Ü'),
            secrets=catalog.secrets(),
            worker="test",
        )
