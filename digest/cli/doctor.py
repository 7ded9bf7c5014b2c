"""`digest doctor`: everything letters depend on, looked at; each finding a sentence, with what to do."""

from __future__ import annotations

import ipaddress
import shutil
import sys
import textwrap
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import why
from .frame import clock, json_option, now_option, print_json, refuse, say, settings
from .printable import printable

if TYPE_CHECKING:
    from ..doctor import Finding

_COLUMNS = 22


@click.command("doctor")
@click.option("--offline", is_flag=True, help="Look only at what is on this machine.")
@click.option("--sources", "tries_sources", is_flag=True, help="Ask every source as well; what it lists is not kept.")
@click.option("--resolver", metavar="HOST[:PORT]", default="", help="The DNS server to ask (default: this machine's).")
@click.option("--sends-from", metavar="ADDRESS", multiple=True, help="The IP address that receivers see letters come from; repeatable.")
@click.option(
    "--letter",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.eml",
    help="A letter as it arrived: say who signed it, and which parts.",
)
@now_option
@json_option
@click.pass_context
def doctor(
    ctx: click.Context,
    offline: bool,
    tries_sources: bool,
    resolver: str,
    sends_from: tuple[str, ...],
    letter: Path | None,
    now: datetime | None,
    as_json: bool,
) -> int:
    """Whether letters can leave and arrive: configuration, database, sources, themes, clock, mail server, inbox, base_url, DNS.

    Sends no mail and changes nothing. Exits with 1 if there is a problem; notes do not count.
    """
    from ..doctor import Options, examine
    from ..doctor.findings import several

    asking = "--sources" if tries_sources else "--resolver" if resolver else "--sends-from" if sends_from else ""
    if offline and asking:
        raise refuse(f"--offline asks nobody, which {asking} wants", "give one of them")
    options = Options(
        offline=offline,
        tries_sources=tries_sources,
        resolver=resolver,
        sends_from=tuple(_address(text) for text in sends_from),
        letter=_content(letter) if letter else None,
    )
    found: list[Finding] = []
    for finding in examine(settings(ctx), options, clock(now)):
        found.append(finding)
        if not as_json:
            click.echo(printable(_in_words(finding)))
            sys.stdout.flush()
    counts = Counter(str(finding.verdict) for finding in found)
    if as_json:
        print_json({"problems": counts["problem"], "notes": counts["note"], "findings": [_as_told(finding) for finding in found]})
    say(f"{several(counts['problem'], 'problem')}, {several(counts['note'], 'note')}, {counts['ok']} in order")
    return 1 if counts["problem"] else 0


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise refuse(f"--sends-from: {text!r} is no IP address", "the address your mail leaves from, such as 192.0.2.10") from error


def _content(path: Path) -> bytes:
    from ..doctor.letter import LARGEST

    try:
        with path.open("rb") as file:
            return file.read(LARGEST)
    except OSError as error:
        raise refuse(f"{path} cannot be read: {why(error)}", "save a letter as it arrived, and name that file") from error


def _in_words(finding: Finding) -> str:
    width = max(shutil.get_terminal_size((120, 24)).columns, 60)
    indent = " " * _COLUMNS
    start = f"{finding.verdict:<9}{finding.check:<{_COLUMNS - 10}} "
    lines = [_wrapped(f"{finding.subject}: {finding.sentence}", start, indent, width)]
    if finding.advice:
        lines.append(_wrapped(finding.advice, f"{indent}→ ", f"{indent}  ", width))
    if finding.publish:
        # Not wrapped: it is to be copied.
        record = finding.publish
        lines += [f"{indent}  Name:   {record.name}", f"{indent}  Type:   {record.kind}", f"{indent}  Value:  {record.value}"]
    return "\n".join(lines)


def _wrapped(text: str, first: str, rest: str, width: int) -> str:
    return textwrap.fill(text, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False)


def _as_told(finding: Finding) -> dict[str, object]:
    record = finding.publish
    return {
        "check": finding.check,
        "subject": finding.subject,
        "verdict": str(finding.verdict),
        "sentence": finding.sentence,
        "advice": finding.advice,
        "publish": {"name": record.name, "type": record.kind, "value": record.value} if record else None,
    }
