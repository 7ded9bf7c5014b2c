"""`digest demo`: a whole run for three sample readers and the trending edition, into a folder to look at."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .frame import called, clock, dry_run_option, now_option, print_table, refuse, say, titled, writing

if TYPE_CHECKING:
    from ..config import Settings
    from ..model import Issue, Letter, SourceOptions, Subscription
    from ..run import Report

READERS = """
database = "demo.db"
[sender]
from = "digest@example.org"
name = "digest demo"
[delivery]
transport = "null"
[[subscribers]]
address = "ana@example.org"
topics = ["calibration and uncertainty of language models", "conformal prediction"]
keywords = ["calibration", "hallucination"]
categories = ["cs.LG", "cs.CL", "stat.ML"]
muted = ["survey"]
at = "00:00"
zone = "UTC"
[[subscribers]]
address = "bo@example.org"
topics = ["protein design and molecular dynamics with machine learning", "single-cell genomics"]
keywords = ["protein"]
categories = ["q-bio.BM", "q-bio.QM", "physics.chem-ph"]
at = "00:00"
zone = "UTC"
[[subscribers]]
address = "chi@example.org"
topics = ["robot manipulation with vision-language-action models", "visual SLAM and navigation"]
keywords = ["robot"]
categories = ["cs.RO", "cs.CV"]
at = "00:00"
zone = "UTC"
[[subscribers]]
address = "trending@example.org"
edition = "trending"
at = "00:00"
zone = "UTC"
"""
PATIENCE = 5.0
"""Seconds a service has to answer before the sample listing is used instead."""
ENOUGH = 10
"""Papers a live day needs to be worth showing; weekends have fewer."""
PROBES = (
    ("arxiv", "https://rss.arxiv.org/atom/cs.LG"),
    ("huggingface", "https://huggingface.co/api/daily_papers?limit=1"),
)
_OURS = re.compile(r"demo\.db(-wal|-shm)?|index\.html|(ana|bo|chi|trending|you)\.(eml|html|md|txt)")
"""What a demo writes, and so what the next one may replace."""
ANOTHER = "name another folder: digest demo --out DIR"
STEPS = 9
"""How often the bar goes on."""
SAMPLE_NOTE = "Samples: these papers, their authors and their results are invented, to show what an issue looks like."


@click.command("demo")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("digest-demo"), show_default=True, help="The folder.")
@click.option("--offline", is_flag=True, help="Use the sample listing, ask no service.")
@click.option("--topic", "topics", multiple=True, metavar="TEXT", help="What you read: adds an issue of your own.")
@click.option("--like", "liked", multiple=True, metavar="ID", help="A paper you like (arXiv id, or a sample's number): the same.")
@now_option
@dry_run_option
def demo(out: Path, offline: bool, topics: tuple[str, ...], liked: tuple[str, ...], now: datetime | None, dry_run: bool) -> int:
    """Today's papers for three sample readers and the trending edition, as mail, HTML, Markdown and text.

    Needs no configuration, no key and no server, and sends nothing.
    """
    from ..config import parse

    moment = clock(now)
    settings = parse(READERS, out / "config.toml")
    topics = tuple(topic for topic in topics if topic.strip())
    own = _visitor(topics, liked) if topics or liked else None
    if own is not None:
        settings = replace(settings, subscribers=(*settings.subscribers, own))
    if dry_run:
        _earlier(out)
        readers = ", ".join(_reader(s.subscriber.email) for s in settings.subscribers)
        say(f"would write the issues of {readers} into {out}; nothing was fetched or written")
        return 0
    _prepare(out)
    with _bar() as step:
        kinds = () if offline else _reachable(settings, step)
        shown = _live(settings, kinds, out, moment, step) if kinds else None
        sampled = shown is None
        if shown is None:
            shown = _run(replace(settings, sources=_sample_sources()), out, moment, step, notes=(SAMPLE_NOTE,))
    _write_index(out, shown.issues, moment, sampled=sampled)
    return _tell(out, shown, sampled=sampled, asked=not offline, reached=kinds)


@dataclass(frozen=True, slots=True)
class Shown:
    """The demo's results: its issues, what failed, and liked papers that could not be found."""

    issues: tuple[Issue, ...]
    report: Report
    unknown: tuple[str, ...]


def _prepare(out: Path) -> None:
    """Make the folder, and remove an earlier demo's files."""
    with writing(out, ANOTHER):
        out.mkdir(parents=True, exist_ok=True)
        for path in _earlier(out):
            path.unlink()


def _earlier(out: Path) -> Sequence[Path]:
    """The files of an earlier demo there. Raises UsageError for a folder that holds anything else: nothing in it is touched."""
    with writing(out, ANOTHER):
        before = sorted(out.iterdir()) if out.exists() else []
        foreign = [path.name for path in before if not _OURS.fullmatch(path.name) or not path.is_file()]
        if foreign or (before and not (out / "demo.db").is_file()):
            raise refuse(f"{out} holds something else: {[*foreign, before[0].name][0]}", ANOTHER)
    return before


def _visitor(topics: tuple[str, ...], liked: tuple[str, ...]) -> Subscription:
    from ..model import UNNAMED, Cadence, Interest, Profile, Subscriber, Subscription
    from ..naming import parse_name

    keys = []
    for text in liked:
        key = f"sample:{text.removeprefix('sample:')}" if text.removeprefix("sample:").isdigit() else parse_name(text)
        if key is None:
            raise refuse(f"--like {text!r} is not a paper's name", "give an arXiv id such as 2302.09664, or a sample's number such as 0007")
        keys.append(key)
    from datetime import time

    return Subscription(
        subscriber=Subscriber(email="you@example.org", zone="UTC"),
        name=UNNAMED,
        profile=Profile(interests=(Interest(topics=topics, liked=tuple(keys)),)),
        cadence=Cadence(at=time(0)),
        configured=True,
    )


def _reachable(settings: Settings, step: Callable[[str], None]) -> tuple[str, ...]:
    """Which of arXiv and Hugging Face answer within PATIENCE, tried at the same time."""
    from concurrent.futures import ThreadPoolExecutor

    from ..errors import SourceError
    from ..wiring import polite_net

    step("asking arXiv and Hugging Face")

    def answers(url: str) -> bool:
        with polite_net(settings, timeout=PATIENCE, tries=1) as net:
            try:
                net.get(url)
            except SourceError:
                return False
        return True

    with ThreadPoolExecutor(2) as pool:
        return tuple(kind for (kind, _), ok in zip(PROBES, pool.map(answers, (url for _, url in PROBES)), strict=True) if ok)


def _live(settings: Settings, kinds: Sequence[str], out: Path, now: datetime, step: Callable[[str], None]) -> Shown | None:
    """The demo on today's real listings; None if they hold too little to show."""
    from ..model import SourceOptions

    sources = tuple(SourceOptions(name=kind, kind=kind) for kind in kinds)
    shown = _run(replace(settings, sources=sources), out, now, step)
    if sum(line.new for line in shown.report.sources) >= ENOUGH:
        return shown
    _prepare(out)
    return None


def _run(settings: Settings, out: Path, now: datetime, step: Callable[[str], None], notes: tuple[str, ...] = ()) -> Shown:
    from ..delivery.folder import FolderTransport
    from ..run import render_issue
    from ..run import run as run_all
    from ..wiring import build

    with build(settings, now) as wired:
        parts = replace(wired, connect=lambda: FolderTransport(out, _file_name), notes=notes)
        report = run_all(parts, lambda: now, tell=step)
        latest = parts.catalog.issues.latest(len(settings.subscribers))
        issues = tuple(sorted(latest, key=lambda issue: issue.subscription.id))
        for issue in issues:
            step(f"rendering for {_reader(issue.subscription.subscriber.email)}")
            rendering = render_issue(parts, issue)
            for ending, text in (("html", rendering.html), ("txt", rendering.text), ("md", rendering.markdown)):
                (out / f"{_reader(issue.subscription.subscriber.email)}.{ending}").write_text(text, encoding="utf-8")
        liked = {key for s in settings.subscribers if s.profile for key in s.profile.liked}
        unknown = tuple(sorted(liked - parts.catalog.papers.find(liked).keys()))
    return Shown(issues, report, unknown)


def _sample_sources() -> tuple[SourceOptions, ...]:
    from ..model import SourceOptions
    from ..resources import sample_listing

    return (SourceOptions(name="sample", kind="sample", url=str(sample_listing())),)


def _write_index(out: Path, issues: Sequence[Issue], now: datetime, *, sampled: bool) -> None:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from ..resources import templates_dir

    environment = Environment(loader=FileSystemLoader(templates_dir() / "demo"), autoescape=True, undefined=StrictUndefined)
    rows = [{"reader": _reader(i.subscription.subscriber.email), "wants": _wants(i), "titles": _titles(i)} for i in issues]
    page = environment.get_template("index.html").render(rows=rows, now=now, sampled=sampled)
    (out / "index.html").write_text(page, encoding="utf-8")


def _tell(out: Path, shown: Shown, *, sampled: bool, asked: bool, reached: Sequence[str]) -> int:
    """The table, where the papers came from, and what to type next."""
    rows = [[_reader(i.subscription.subscriber.email), _wants(i), _chosen(i), _first(i)] for i in shown.issues]
    print_table(["issue", "for", "papers", "first"], rows)
    if sampled and not asked:
        say("papers: the sample listing (invented papers), as you asked with --offline")
    elif sampled and reached:
        say("papers: the sample listing (invented papers), because today's live listings hold too few")
    elif sampled:
        say("papers: the sample listing (invented papers), because neither arXiv nor Hugging Face could be reached")
    else:
        say(f"papers: live from {' and '.join(line.name for line in shown.report.sources)}")
    for key in shown.unknown:
        unknown = "not among the samples, so it counts for nothing; 0001 is one" if sampled else "nothing is known about this paper"
        say(f"--like {key}: {unknown}")
    for failure in shown.report.failures:
        say(f"failed: {failure.subject}: {failure.message}" + (f"\n  → {failure.hint}" if failure.hint else ""))
    digest = called(sys.argv[0], os.environ)
    say(f"\nlook at    {out / 'index.html'}\nyour own   {digest} demo --topic \"what you read\"\nby mail    {digest} init")
    return 0 if any(issue.picks for issue in shown.issues) and not shown.report.failures else 1


def _chosen(issue: Issue) -> int:
    """How many papers the letter's own first sentence counts."""
    return sum(not pick.section.is_beside for pick in issue.picks)


def _first(issue: Issue) -> str:
    return next(iter(_titles(issue)), "–")


def _titles(issue: Issue) -> list[str]:
    """The first titles, their formulas as the letter has them."""
    return [titled(pick.paper) for pick in issue.picks[:3]]


def _file_name(letter: Letter) -> str:
    return f"{_reader(letter.to)}.eml"


def _reader(email: str) -> str:
    return email.partition("@")[0]


def _wants(issue: Issue) -> str:
    profile = issue.subscription.profile
    if profile is None:
        return "everybody: what is talked about"
    likes = len(profile.liked)
    return "; ".join(profile.topics) or f"papers like {'the one' if likes == 1 else f'the {likes}'} you named"


@contextmanager
def _bar() -> Iterator[Callable[[str], None]]:
    """A progress bar on stderr while the demo works; nothing without a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<34}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("starting", total=STEPS)
        yield lambda what: progress.update(task, description=what, advance=1)
