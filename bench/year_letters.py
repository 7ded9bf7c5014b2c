"""Whether what the letters of a year say is true: papers against what was announced, feet against what the catalog held at that moment."""

from __future__ import annotations

import json
import re
import sqlite3
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes

from digest.announcements import Expectation, between, latest_due, newest
from digest.catalog import CANDIDATE
from digest.delivery.folder import ImmediateTransport
from digest.delivery.verdicts import Reply
from digest.model import Letter, Listing
from year_arxiv import ArXiv

DAY = timedelta(days=1)
TOLD_BACK = timedelta(days=8)
"""How far back a letter tells of a listing that never came (digest/run/pulling/newest.py)."""
LOOKED = r"{}: (\d+) announced, (\d+) read, (\d+) shown"
SAID = {
    "all": r"all (?P<count>\d+) announced on {day} are in",
    "one": r"the one announced on {day} is in",
    "none": r"none was announced on {day}",
    "some": r"(?P<count>\d+) of (?P<of>\d+) announced on {day} are in",
    "stale": r"the listing announced on {day} had not come; its papers go into a later letter",
    "failed": r"the listing of {day} could not be read; its papers go into a later letter",
    "holiday": r"no announcement on {day}, a holiday",
    "off": r"no announcement on {day}",
    "weekend": r"no announcement on (Fridays|Saturdays)",
}
PATTERNS = {name: re.compile("; " + text.format(day=r"(?P<day>\d+ [A-Z][a-z]{2}( \d{4})?)")) for name, text in SAID.items()}
LATE = "had not come when this letter was made"


class Postbox(ImmediateTransport):
    """Takes every letter; keeps how often each came and what its text says, in one line."""

    def __init__(self) -> None:
        super().__init__()
        self.came: Counter[str] = Counter()
        self.texts: dict[str, str] = {}

    def send(self, letter: Letter) -> Reply:
        # Without the policy that reads every header: it takes as long as writing the letter.
        found = next(part for part in message_from_bytes(letter.content).walk() if part.get_content_type() == "text/plain")
        text = found.get_payload(decode=True)
        assert isinstance(text, bytes), "every letter has a text"
        self.came[letter.message_id] += 1
        self.texts[letter.message_id] = " ".join(text.decode().split())
        return Reply(250, "2.0.0 kept")


@dataclass(frozen=True)
class Made:
    """An issue as the database has it; `since` is the last sighting of the one before, None for a first one."""

    id: int
    category: str
    message_id: str
    made_at: datetime
    since: int | None
    cutoff: int
    considered: int
    titles: tuple[str, ...]
    in_category: int
    deliveries: tuple[str, ...]


class Judge:
    """Compares a database and its letters with what arXiv announced."""

    def __init__(self, store: sqlite3.Connection, arxiv: ArXiv, post: Postbox, begun: datetime) -> None:
        self._arxiv, self._post, self._store = arxiv, post, store
        self._first = latest_due(arxiv.calendar, begun).listed_on
        query = "select p.key, s.listed_on, s.kind, s.id, s.recorded_at from sightings s join papers p on p.id = s.paper order by s.id"
        self.sighted: dict[str, list[tuple[date, str, int]]] = defaultdict(list)
        self._recorded: list[tuple[int, datetime]] = []
        for key, day, kind, number, recorded in store.execute(query).fetchall():
            self.sighted[key].append((date.fromisoformat(day), kind, number))
            self._recorded.append((number, datetime.fromisoformat(recorded).replace(tzinfo=UTC)))
        self._recorded_at = dict(self._recorded)
        self._of_another_day = 0
        """Feet that say rightly that a listing is missing, and name a later one: nobody could say of which the papers are that came."""
        self._entered = self._entries()
        new = {key: [number for _, kind, number in lines if kind == Listing.NEW] for key, lines in self.sighted.items()}
        self._listed_new = {key: min(numbers) for key, numbers in new.items() if numbers}
        """The sighting by which each paper came as new, which it does in the listing of its first category."""
        self._numbers: dict[str, list[int]] = defaultdict(list)
        """The sightings by which papers were first known in a category, in their order."""
        self._lines: dict[str, list[tuple[int, str]]] = defaultdict(list)
        """All sightings of those papers but as replacements."""
        for (key, name), number in self._entered.items():
            self._numbers[name].append(number)
            self._lines[name].extend((one, key) for _, kind, one in self.sighted[key] if kind != Listing.REPLACE)
        for ordered in (*self._numbers.values(), *self._lines.values()):
            ordered.sort()  # type: ignore[attr-defined]  # lists of both kinds

    # --- papers ---

    def papers(self, until: datetime) -> tuple[dict[str, int], list[str]]:
        """What became of all that was announced since the first day asked for, and the names of papers under another day than theirs."""
        last = latest_due(self._arxiv.calendar, until).listed_on
        promised = {key: day for key, day in self._arxiv.announced.items() if self._first <= day <= last}
        new = {key: [day for day, kind, _ in self.sighted.get(key, ()) if kind != Listing.REPLACE] for key in promised}
        (known,) = self._store.execute("select count(*) from papers where merged_into is null and listed_seq is not null").fetchone()
        days = {key: [d for d, kind, _ in self.sighted.get(key, ()) if kind == Listing.NEW] for key in promised}
        moved = {key: min(new[key]) for key in promised if new[key] and promised[key] not in days[key]}
        other = [f"{key} was announced for {promised[key]}, and stands under {day}" for key, day in moved.items()]
        later = {key: one for key, one in self._arxiv.later.items() if key in promised and one[1] <= last}
        replaced = [(key, day) for key in promised for day, paper in self._arxiv.versions[key] if paper.version > 1 and day <= last]
        came = {key for key, day in replaced if any(kind == Listing.REPLACE for _, kind, _ in self.sighted[key])}
        return {
            "announced": len(promised),
            "unrecorded": sum(not found for found in new.values()),
            "recorded_twice": sum(len(found) > 1 for found in days.values()) + max(0, known - len(self.sighted)),
            "under_another_day": len(other),
            "cross_listed_later": len(later),
            "cross_lists_missed": sum((key, one[0]) not in self._entered for key, one in later.items()),
            "replaced": len({key for key, _ in replaced}),
            "replacements_missed": len({key for key, _ in replaced} - came),
        }, other

    def _entries(self) -> dict[tuple[str, str], int]:
        """The sighting by which the catalog first knew a paper in a category."""
        found: dict[tuple[str, str], int] = {}
        for key, lines in self.sighted.items():
            listed = [(day, kind, number) for day, kind, number in lines if kind != Listing.REPLACE]
            category, on = self._arxiv.later.get(key, ("", date.max))
            _, first = self._arxiv.versions[key][0]
            for name in first.categories if listed else ():
                found[key, name] = listed[0][2]
            late = [number for day, kind, number in listed if kind == Listing.CROSS or day >= on]
            if category and late:
                found[key, category] = late[0]
        return found

    # --- letters ---

    def issues(self) -> Iterator[Made]:
        """All issues, subscription by subscription."""
        query = (
            "select i.id, i.subscription, s.edition, i.message_id, i.made_at, i.cutoff, i.considered, coalesce(i.picks_of, i.id), "
            "(select group_concat(status) from deliveries d where d.issue = i.id) "
            "from issues i join subscriptions s on s.id = i.subscription order by i.subscription, i.id"
        )
        before = (0, 0)
        for id_, subscription, edition, message_id, made_at, cutoff, considered, of, statuses in self._store.execute(query).fetchall():
            category = json.loads(edition)["name"]
            shown = "select p.title, p.key from picks k join papers p on p.id = k.paper where k.issue = ?"
            picks = self._store.execute(shown, (of,)).fetchall()
            inside = sum(self._entered.get((key, category), cutoff + 1) <= cutoff for _, key in picks)
            made = datetime.fromisoformat(made_at).replace(tzinfo=UTC)
            since = self._oldest(before[1], made) if before[0] == subscription else None
            sent = tuple(statuses.split(",")) if statuses else ()
            yield Made(id_, category, message_id, made, since, cutoff, considered, tuple(t for t, _ in picks), inside, sent)
            before = subscription, cutoff

    def _oldest(self, cutoff: int, made_at: datetime) -> int:
        """The last sighting before those that a letter covers: that cutoff, or where it is older the last one older than a month."""
        old = bisect_left(self._recorded, made_at - CANDIDATE, key=lambda one: one[1])
        return max(cutoff, self._recorded[old - 1][0] if old else 0)

    def letters(self, is_judged: Callable[[datetime], bool]) -> tuple[Counter[str], list[str]]:
        """How many letters there are and what is wrong with them, with a sentence for each that is."""
        names = ("letters", "not_sent_once", "feet", "feet_late", "feet_of_another_day", "feet_false", "looked_at_twice_or_never")
        figures, wrong = Counter(dict.fromkeys(names, 0)), list[str]()
        known = set()
        for made in self.issues():
            known.add(made.message_id)
            figures["letters"] += self._post.came[made.message_id]
            is_once = made.deliveries == ("sent",) and self._post.came[made.message_id] == 1
            is_none = not made.deliveries and not self._post.came[made.message_id]
            if not (is_once if made.titles else is_none):
                figures["not_sent_once"] += 1
                wrong.append(f"issue {made.id}: {made.deliveries}, {self._post.came[made.message_id]} letters, {len(made.titles)} papers")
            new = self._new_for(made)
            if new is not None and new != made.considered:
                figures["looked_at_twice_or_never"] += 1
                wrong.append(f"issue {made.id}, {made.made_at}: {made.considered} papers of {made.category} looked at, {new} came")
            if made.message_id in self._post.texts and is_judged(made.made_at):
                figures["feet"] += 1
                text = self._post.texts[made.message_id]
                figures["feet_late"] += LATE in text or any(PATTERNS[name].search(text) is not None for name in ("stale", "failed"))
                why = [*self._false_counts(made, text), *self._false_newest(made, text)]
                figures["feet_false"] += bool(why)
                wrong.extend(f"issue {made.id}, {made.made_at}, {made.category}: {one}" for one in why)
        figures["not_sent_once"] += len(self._post.came.keys() - known)
        figures["feet_of_another_day"] = self._of_another_day
        return figures, wrong

    def _new_for(self, made: Made) -> int | None:
        """How many papers of its category the catalog came to know since the issue before."""
        if made.since is None:
            return None
        numbers = self._numbers[made.category]
        return bisect_right(numbers, made.cutoff) - bisect_right(numbers, made.since)

    def _false_counts(self, made: Made, text: str) -> Iterator[str]:
        found = re.search(LOOKED.format(re.escape(made.category)), text)
        if found is None:
            yield "no word of what was looked at"
            return
        announced, read, shown = map(int, found.groups())
        if made.since is not None:
            lines = self._lines[made.category]
            some = lines[bisect_left(lines, (made.since + 1, "")) : bisect_left(lines, (made.cutoff + 1, ""))]
            listed = {key for _, key in some if self._entered[key, made.category] <= made.cutoff}
            if announced != len(listed):
                yield f"{announced} announced, and the catalog had {len(listed)}"
        if read != made.considered or shown != made.in_category or read > announced:
            yield f"{read} read and {shown} shown of {announced}, and {made.considered} were looked at, {made.in_category} shown"
        missing = [title for title in made.titles if title not in text]
        if missing:
            yield f"counted as shown and not there: {missing}"

    # --- the newest listing ---

    def _false_newest(self, made: Made, text: str) -> Iterator[str]:
        calendar, now = self._arxiv.calendar, made.made_at
        evening = newest(calendar, now)
        some = between(calendar, max(self._first, now.date() - TOLD_BACK) - DAY, now.date() + 2 * DAY)
        due = [a.listed_on for a in some if a.due <= now and a.expectation is Expectation.PAPERS]
        missing = [day for day in due if self._is_in(made, day) is False]
        clause, day, found = self._said(made, text)
        if clause in ("stale", "failed"):
            is_in = day is None or self._is_in(made, day)
            if is_in and day is not None and any(one < day for one in missing):
                self._of_another_day += 1
            elif is_in:
                yield f"says that the listing of {day} had not come, and it had"
            return
        if missing:
            yield f"says {clause!r} ({day}), and the listings of {missing} had not come"
        if LATE in text:
            yield f"says that a listing had not come, and {clause!r}"
        if clause in ("all", "one", "none", "some") and found is not None:
            count = {"one": 1, "none": 0}.get(clause) if clause in ("one", "none") else int(found["of" if clause == "some" else "count"])
            announced = sum(kind != Listing.REPLACE for _, kind in self._arxiv.entries.get((made.category, day), ())) if day else -1
            # Of an evening that may have no announcement nothing is said until its papers come.
            is_open = evening.expectation is Expectation.UNSURE and not self._is_in(made, evening.listed_on)
            if (day != evening.listed_on and not (is_open and day == due[-1])) or count != announced:
                yield f"says {count} of {day}, and {announced} were announced, the newest for {evening.listed_on}"
        elif clause == "" or (evening.expectation.may_come and evening.listed_on in self._arxiv.days):
            yield f"says {clause!r}, and the newest listing is of {evening.listed_on}"

    def _is_in(self, made: Made, day: date) -> bool | None:
        """Whether the catalog had the new papers of that listing; None where it holds none by which to tell.

        So it is where they were noted by a clock that was ahead: set right, digest rightly asks once more for what is yet to come by it.
        """
        new = [paper.key for paper, kind in self._arxiv.entries.get((made.category, day), ()) if kind is Listing.NEW]
        sighted = [self._listed_new.get(key, made.cutoff + 1) for key in new]
        if not new or any(number <= made.cutoff and self._recorded_at[number] > made.made_at for number in sighted):
            return None
        return all(number <= made.cutoff for number in sighted)

    def _said(self, made: Made, text: str) -> tuple[str, date | None, re.Match[str] | None]:
        begin = re.search(LOOKED.format(re.escape(made.category)), text)
        rest = text[begin.end() :] if begin is not None else ""
        for name, pattern in PATTERNS.items():
            found = pattern.match(rest)
            if found is not None:
                named = found.groupdict().get("day")
                return name, self._listed(named, made.made_at) if named else None, found
        return "", None, None

    def _listed(self, named: str, now: datetime) -> date:
        """The day under which is listed what was announced on the evening of "22 Nov"."""
        text = named if named.count(" ") == 2 else f"{named} {now.year}"
        return datetime.strptime(text, "%d %b %Y").replace(tzinfo=UTC).date() + DAY
