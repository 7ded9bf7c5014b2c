"""Compare the clock with another machine's, and check the time zone data on which "seven o'clock" depends."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from ..config.machine import is_zone
from ..errors import DigestError
from ..model import SourceOptions
from ..net import Net
from .findings import Finding, note, ok, problem

_NEAR = timedelta(minutes=2)
_FAR = timedelta(minutes=10)
_OLD_YEARS = 3
_HOSTS = {"arxiv": "https://arxiv.org", "huggingface": "https://huggingface.co"}
_RELEASE = re.compile(r"# version (\S+)")
_UPGRADE = "install your system's tzdata package anew, or pip install --upgrade tzdata"


def witness(sources: Iterable[SourceOptions]) -> tuple[str, bool] | None:
    """The server whose clock to compare with, and whether its address may be private: one that is asked for papers anyway.

    Not `base_url`, which is often this machine.
    """
    for source in sources:
        parts = urlsplit(source.url or _HOSTS.get(source.kind, ""))
        if not source.paused and parts.scheme in ("https", "http") and parts.netloc:
            return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/robots.txt", source.allow_private
    return None


def clock(net: Net, asked: tuple[str, bool] | None, now: datetime) -> Finding:
    """The clock, compared with that of the given server."""
    if asked is None:
        return note("clock", "time", "could not be compared: no source is a server")
    url, allow_private = asked
    try:
        answer = net.get(url, allow_private=allow_private, answers=range(400, 500))
    except DigestError as error:
        return note("clock", "time", f"could not be compared: {error}")
    return compared(urlsplit(url).hostname or url, answer.headers, now)


def compared(host: str, headers: Mapping[str, str], now: datetime) -> Finding:
    """How far the clock is from an answer's Date header (and Age, if a cache stored the answer)."""
    try:
        theirs = parsedate_to_datetime(headers.get("date", ""))
        theirs = theirs.astimezone(UTC) if theirs.tzinfo else theirs.replace(tzinfo=UTC)  # one without a zone is UTC's (RFC 9110 §5.6.7)
    except (ValueError, OverflowError):
        return note("clock", "time", f"could not be compared: {host} does not say what time it is")
    age = headers.get("age", "")
    ahead = now - theirs - timedelta(seconds=int(age) if age.isdecimal() and len(age) <= 9 else 0)
    off = abs(ahead)
    if off <= _NEAR:
        return ok("clock", "time", f"agrees with {host}'s")
    sentence = f"is {_told(off)} {'ahead of' if ahead > timedelta() else 'behind'} {host}'s"
    advice = "let the machine keep its time by the network: timedatectl set-ntp true"
    if off <= _FAR:
        return note("clock", "time", sentence, advice)
    return problem("clock", "time", f"{sentence}, so letters go out at the wrong time and signatures look forged", advice)


def zones(names: Iterable[str], releases: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    """Whether each of these time zones is known, and how old the zone data are; `releases` says which they come from ("2025b")."""
    unknown = sorted({name for name in names if not is_zone(name)})
    if unknown:
        yield problem("zones", ", ".join(unknown), "no such time zone is known on this machine", _UPGRADE)
    if not releases:
        yield note("zones", "zone data", "are there, but do not say of when")
        return
    source, release = next(iter(releases.items()))
    if release[:4].isdecimal() and now.year - int(release[:4]) >= _OLD_YEARS:
        yield note("zones", "zone data", f"are of release {release}, from {source}; countries have changed their clocks since", _UPGRADE)
    elif not unknown:
        yield ok("zones", "zone data", f"are of release {release}, from {source}")


def zone_releases() -> dict[str, str]:
    """The known releases of zone data, the one in use first: the system's, then the package's."""
    found: dict[str, str] = {}
    for folder in zoneinfo.TZPATH:
        try:
            with (Path(folder) / "tzdata.zi").open(encoding="ascii") as file:
                if release := _RELEASE.match(file.readline()):
                    found.setdefault("this system", release[1])
        except (OSError, UnicodeDecodeError):  # few systems lack it; then only the package can say
            continue
    try:
        number = version("tzdata")  # 2025.2 is the second release of 2025, "2025b"
    except PackageNotFoundError:
        return found
    year, _, serial = number.partition(".")
    letter = chr(ord("a") + int(serial) - 1) if serial.isdecimal() and 1 <= int(serial) <= 26 else ""
    return {**found, "the package tzdata": year + letter}


def _told(off: timedelta) -> str:
    minutes = off / timedelta(minutes=1)
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.0f} hours" if minutes < 2880 else f"{minutes / 1440:.0f} days"
