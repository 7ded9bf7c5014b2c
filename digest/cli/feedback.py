"""`digest feedback` and `digest saved`: what readers say of papers, as they could by a link in a letter."""

from __future__ import annotations

from datetime import datetime
from shlex import quote
from typing import TYPE_CHECKING

import click

from ..errors import NotFound
from ..model import Feedback, FeedbackKind, Paper, Subscription
from .finding import all_of, opened, preview_of, subscription_option, with_a_profile
from .frame import clock, dry_run_option, json_option, now_option, print_json, print_table, refuse, say, titled
from .numbers import NUMBER
from .wishes import meant

if TYPE_CHECKING:
    from ..catalog import Catalog

DONE = {
    FeedbackKind.MORE: "likes",
    FeedbackKind.LESS: "does not want",
    FeedbackKind.SEEN: "has seen",
    FeedbackKind.SAVE: "saved",
    FeedbackKind.FOLLOW: "follows the author of",
}


@click.group("feedback")
def feedback() -> None:
    """What readers say of papers: it acts on their next issue, and can be undone."""


@feedback.command("add", short_help="Say what ADDRESS thinks of PAPERS.")
@click.argument("address")
@click.argument("kind", type=click.Choice([str(kind) for kind in FeedbackKind]))
@click.argument("papers", nargs=-1, required=True)
@click.option("--author", metavar="NAME", callback=meant("text"), help="With follow: which of the paper's authors.")
@subscription_option
@now_option
@json_option
@dry_run_option
@click.pass_context
def add(
    ctx: click.Context,
    /,
    address: str,
    kind: str,
    papers: tuple[str, ...],
    author: str | None,
    subscription: str | None,
    now: datetime | None,
    as_json: bool,
    dry_run: bool,
) -> int:
    """Say that ADDRESS wants more or less like PAPERS, has seen them, saves them, or follows their author.

    A paper is named by its arXiv id, DOI or address. It teaches the interest that brought the paper. Saying it twice counts once.
    """
    meaning = FeedbackKind(kind)
    if author and meaning is not FeedbackKind.FOLLOW:
        to_type = f"digest feedback add {quote(address)} follow {quote(papers[0])} --author {quote(author)}"
        raise refuse("--author goes with follow alone", to_type)
    with opened(ctx, now, dry_run=dry_run) as catalog:
        reader = with_a_profile(catalog, address, subscription)
        found = [_known(catalog, name) for name in papers]
        authors = [_followed(paper, author) if meaning is FeedbackKind.FOLLOW else "" for paper in found]
        if dry_run:
            return _would(reader, meaning, list(zip(found, authors, strict=True)), as_json=as_json)
        given = [
            catalog.feedback.give(reader.id, paper.key, meaning, clock(now), author=name)
            for paper, name in zip(found, authors, strict=True)
        ]
        preview = preview_of(catalog, reader)
    if as_json:
        print_json([_as_json(one) for one, _ in given])
    for one, is_new in given:
        what = f"follows {one.author}, an author of {titled(one.paper)!r}" if one.author else f"{DONE[meaning]} {titled(one.paper)!r}"
        say(f"{reader.subscriber.email} {what}{'' if is_new else ', as was said before'}")
    numbers = " ".join(str(one.id) for one, _ in given)
    say(f"next: {preview}; digest feedback undo {numbers} takes {'it' if len(given) == 1 else 'them'} back")
    return 0


@feedback.command("list")
@click.argument("address")
@subscription_option
@click.option("--all", "undone", is_flag=True, help="Also what was taken back.")
@now_option
@json_option
@click.pass_context
def list_(ctx: click.Context, address: str, subscription: str | None, undone: bool, now: datetime | None, as_json: bool) -> int:
    """What ADDRESS said of papers, newest first."""
    with opened(ctx, now) as catalog:
        found = _said(catalog, all_of(catalog, address, subscription), undone=undone)
    if as_json:
        print_json([_as_json(one) for one in found])
    else:
        rows = [[one.id, f"{one.at:%a %d %b %Y}", one.kind, titled(one.paper), one.author or one.interest, _state(one)] for one in found]
        print_table(["number", "day", "said", "of", "for", ""], rows)
    if not found:
        say(f"nothing yet; next: digest feedback add {quote(address)} more 2604.21952")
    return 0


@feedback.command("undo", short_help="Take back what was said, by its number.")
@click.argument("numbers", nargs=-1, required=True, type=NUMBER)
@now_option
@dry_run_option
@click.pass_context
def undo(ctx: click.Context, numbers: tuple[int, ...], now: datetime | None, dry_run: bool) -> int:
    """Take back what was said, by the NUMBERS that `feedback list` shows."""
    with opened(ctx, now, dry_run=dry_run) as catalog:
        for number in sorted(set(numbers), reverse=True):  # the last word first: what it took back may be meant as well
            one = catalog.feedback.by_id(number) if dry_run else catalog.feedback.undo(number, clock(now))
            say(f"{'would take back' if dry_run else 'taken back'}: {one.kind} of {titled(one.paper)!r}")
    return 0


@click.command("saved")
@click.argument("address")
@subscription_option
@click.option("--bib", is_flag=True, help="As BibTeX.")
@now_option
@json_option
@click.pass_context
def saved(ctx: click.Context, address: str, subscription: str | None, bib: bool, now: datetime | None, as_json: bool) -> int:
    """The papers ADDRESS saved, the last one first."""
    from ..rendering import bibtex

    if bib and as_json:
        raise refuse("--bib and --json are two forms", "give one of them")
    with opened(ctx, now) as catalog:
        said = _said(catalog, all_of(catalog, address, subscription))
    found = [one for one in said if one.kind is FeedbackKind.SAVE]
    if bib:
        click.echo(bibtex(one.paper for one in found).encode(), nl=False)  # a file, which is read as UTF-8
    elif as_json:
        print_json([_as_json(one) for one in found])
    else:
        print_table(["day", "paper", "key"], [[f"{one.at:%a %d %b %Y}", titled(one.paper), one.paper.key] for one in found])
    if not found:
        say(f"nothing saved yet; next: digest feedback add {quote(address)} save 2604.21952")
    return 0


def _would(reader: Subscription, kind: FeedbackKind, papers: list[tuple[Paper, str]], *, as_json: bool) -> int:
    if as_json:
        print_json([{"kind": str(kind), "key": paper.key, "title": paper.title, "author": author} for paper, author in papers])
    for paper, _ in papers:
        say(f"would write down: {reader.subscriber.email} {DONE[kind]} {titled(paper)!r}")
    return 0


def _said(catalog: Catalog, subscriptions: tuple[Subscription, ...], *, undone: bool = False) -> list[Feedback]:
    given = catalog.feedback.of((s.id for s in subscriptions), undone=undone)
    return sorted((one for said in given.values() for one in said), key=lambda one: (one.at, one.id), reverse=True)


def _known(catalog: Catalog, name: str) -> Paper:
    """The paper with that name. Raises NotFound."""
    found = catalog.papers.named(name)
    if found is None:
        raise NotFound(name, "not seen yet: no source has listed it", hint="`digest search WORDS` finds papers by their titles")
    return found


def _followed(paper: Paper, author: str | None) -> str:
    """The name of the author to follow, who may be named without accents. Raises UsageError."""
    from ..ranking.people.names import name_parts

    names = list(dict.fromkeys(one.name for one in paper.authors))  # two of them may have one name, and a name is what is followed
    wanted = [name for name in names if author is None or name.casefold() == author.casefold()]
    wanted = wanted or [name for name in names if author and name_parts(name) == name_parts(author)]
    if len(wanted) == 1:
        return wanted[0]
    shown = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
    if not names:
        raise refuse(f"{paper.key} names no author", "follow somebody by name: digest subscribers edit ADDRESS --author NAME")
    raise refuse(f"which author of {titled(paper)!r}?" if author is None else f"{paper.key} is not by {author!r}", f"add --author: {shown}")


def _state(one: Feedback) -> str:
    if one.undone_at is not None:
        return f"taken back {one.undone_at:%d %b}"
    return "in their Zotero" if one.filed_at is not None else ""


def _as_json(one: Feedback) -> dict[str, object]:
    return {
        "id": one.id,
        "kind": str(one.kind),
        "key": one.paper.key,
        "title": one.paper.title,
        "interest": one.interest,
        "author": one.author,
        "origin": one.origin,
        "at": one.at.isoformat(),
        "undone_at": one.undone_at.isoformat() if one.undone_at else None,
        "filed_at": one.filed_at.isoformat() if one.filed_at else None,
    }
