"""`digest sources list | add | remove | pause | resume | try NAME`, and what `digest status` tells a stranger of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from digest.catalog import Catalog, open_catalog
from digest.errors import SourceRefused, SourceUnreachable
from digest.model import Batch, LedgerLine, ListingState, Way
from digest.run import Report, fetch, problems, standings
from digest.run.pulling.standing import Standing
from tests.announcing import Announced, listing, unreachable
from tests.command_line import NOWHERE, SENDER, Run, digest_command
from tests.http_faults import HttpFaults, page
from tests.run_parts import parts_with

FEED = (
    b"<rss version='2.0'><channel><title>J</title><item><title>On Foxes</title><link>https://example.org/foxes</link>"
    b"<description>We study foxes.</description><pubDate>Mon, 23 Nov 2026 05:00:00 GMT</pubDate></item></channel></rss>"
)
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
DUE = datetime(2026, 11, 23, 5, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def server() -> Iterator[HttpFaults]:
    with HttpFaults({"/journal.xml": page(FEED)}) as running:
        yield running


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    (tmp_path / "config.toml").write_text(SENDER + NOWHERE)
    return digest_command(tmp_path, capsys)


@pytest.mark.parametrize("verb", ["try", "add"])
def test_an_address_is_asked_through_the_proxy_that_the_configuration_names(run: Run, tmp_path: Path, verb: str) -> None:
    with HttpFaults({"http://journal.example.org/feed": page(FEED)}) as proxy:
        (tmp_path / "config.toml").write_text(f'proxy = "{proxy.url("")}"\n{SENDER}{NOWHERE}')
        done = run("sources", verb, "http://journal.example.org/feed")

    assert (done.status, proxy.connections) == (0, 1)
    assert "1 papers, 0 entries dropped" in done.err


@pytest.mark.parametrize("where", [("http://127.0.0.1:9/feed",), ("--kind", "huggingface")])
def test_categories_of_a_source_that_has_none_to_choose_from_are_refused(run: Run, where: tuple[str, ...]) -> None:
    done = run("sources", "add", *where, "--category", "cs.LG", "--untested")

    assert done.status == 2
    assert "has no categories to choose from" in done.err


def test_a_mirror_that_is_named_is_asked_for_its_categories(run: Run, tmp_path: Path) -> None:
    run("sources", "add", "http://127.0.0.1:9/biorxiv", "--kind", "biorxiv", "--category", "cell biology", "--untested")

    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        found = catalog.own_sources.merged(())[0]
    assert (found.url, found.categories) == ("http://127.0.0.1:9/biorxiv", ("cell biology",))


def added(run: Run, server: HttpFaults, *more: str) -> None:
    done = run("sources", "add", server.url("/journal.xml"), "--name", "journal", "--allow-private", *more)
    assert done.status == 0, done.err


# --- the verbs --------------------------------------------------------------------------------------------------------


def test_a_source_is_tried_added_listed_and_asked(run: Run, server: HttpFaults) -> None:
    added(run, server)

    listed, fetched = run("sources", "list", "--json").json, run("fetch", "--json").json

    assert [(row["name"], row["from"], row["state"]) for row in listed] == [
        ("none", "the configuration", "paused"),
        ("journal", "digest sources add", "not asked"),
    ]
    assert fetched["sources"] == [{"name": "journal", "state": "fresh", "new": 1}]


def test_a_rehearsal_adds_nothing(run: Run, server: HttpFaults) -> None:
    added(run, server, "--dry-run")

    assert [row["name"] for row in run("sources", "list", "--json").json] == ["none"]


def test_a_listing_that_does_not_answer_is_not_added(run: Run, server: HttpFaults) -> None:
    done = run("sources", "add", server.url("/nothing"), "--allow-private")

    assert done.status == 1
    assert [row["name"] for row in run("sources", "list", "--json").json] == ["none"]


def test_two_sources_have_two_names(run: Run, server: HttpFaults) -> None:
    added(run, server)

    again = run("sources", "add", server.url("/journal.xml"), "--name", "journal", "--allow-private")

    assert (again.status, "give this one another name" in again.err) == (2, True)


def test_a_paused_source_is_not_asked_until_it_is_resumed(run: Run, server: HttpFaults) -> None:
    added(run, server)

    paused, without = run("sources", "pause", "journal"), run("fetch", "--json").json
    resumed, again = run("sources", "resume", "journal"), run("fetch", "--json").json

    assert (paused.status, resumed.status) == (0, 0)
    assert (without["sources"], [line["name"] for line in again["sources"]]) == ([], ["journal"])


def test_what_the_configuration_pauses_no_command_resumes(run: Run) -> None:
    done = run("sources", "resume", "none")

    assert (done.status, "take paused = true out" in done.err) == (2, True)


def test_a_source_that_was_added_can_be_removed_and_no_other(run: Run, server: HttpFaults) -> None:
    added(run, server)

    gone, kept, unknown = (run("sources", "remove", name) for name in ("journal", "none", "nobody"))

    assert [done.status for done in (gone, kept, unknown)] == [0, 2, 1]
    assert [row["name"] for row in run("sources", "list", "--json").json] == ["none"]


def test_the_same_name_in_the_file_and_in_the_database_is_an_error_that_says_what_to_do(
    run: Run, server: HttpFaults, tmp_path: Path
) -> None:
    added(run, server)
    (tmp_path / "config.toml").write_text(SENDER + NOWHERE.replace('"none"', '"journal"'))

    done = run("status")

    assert (done.status, "digest sources remove journal" in done.err) == (2, True)


def test_arxiv_is_added_by_its_categories(run: Run) -> None:
    done = run("sources", "add", "--category", "cs.RO", "--category", "math.PR")

    (_, row) = run("sources", "list", "--json").json
    assert (done.status, row["name"], row["asks"]) == (0, "arxiv", "cs.RO, math.PR")


def test_a_source_is_tried_by_its_name_beside_a_folder_of_that_name(
    run: Run, server: HttpFaults, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "journal").mkdir()
    added(run, server)

    done = run("sources", "try", "journal", "--json")

    assert [paper["title"] for paper in done.json["papers"]] == ["On Foxes"]


def test_the_name_that_is_in_both_is_removed_as_the_error_says(run: Run, server: HttpFaults, tmp_path: Path) -> None:
    added(run, server)
    (tmp_path / "config.toml").write_text(SENDER + NOWHERE.replace('"none"', '"journal"'))

    rehearsed, done = run("sources", "remove", "journal", "--dry-run"), run("sources", "remove", "journal")

    assert (rehearsed.err, done.status, done.err) == ("would remove journal\n", 0, "journal is no source any more\n")
    assert [(row["name"], row["from"]) for row in run("sources", "list", "--json").json] == [("journal", "the configuration")]


def test_biorxiv_is_added_by_categories_as_it_calls_them_and_arxiv_by_its_own(run: Run) -> None:
    done = run("sources", "add", "--kind", "biorxiv", "--category", "cell biology")
    refused = run("sources", "add", "--kind", "arxiv", "--category", "cell biology")

    (_, row) = run("sources", "list", "--json").json
    assert (done.status, row["kind"], row["asks"]) == (0, "biorxiv", "cell biology")
    assert (refused.status, "write it as arXiv does: cs.LG" in refused.err) == (2, True)


def test_the_lines_to_paste_allow_what_was_allowed_for_the_try(run: Run, server: HttpFaults) -> None:
    tried = run("sources", "try", server.url("/journal.xml"), "--allow-private")

    assert tried.err.endswith(f'url = "{server.url("/journal.xml")}"\nallow_private = true\n')


def test_of_a_source_that_is_asked_already_nobody_is_told_how_to_follow_it(run: Run, server: HttpFaults) -> None:
    added(run, server)

    assert run("sources", "try", "journal").err == "1 papers, 0 entries dropped, format rss20\n"


def test_a_source_of_a_configuration_that_cannot_be_used_is_not_taken_for_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f'{SENDER}{NOWHERE}[[sources]]\nname = "journal"\nkind = "feed"\n')

    done = run("sources", "try", "journal")

    assert (done.status, "the feed 'journal' has no url" in done.err) == (2, True)


def test_every_status_names_what_is_paused_and_a_command_to_copy(run: Run, tmp_path: Path) -> None:
    feeds = '<opml version="2.0"><body><outline text="my journal" xmlUrl="https://journal.example.org/feed"/></body></opml>'
    (tmp_path / "feeds.opml").write_text(feeds)
    run("sources", "import", str(tmp_path / "feeds.opml"))
    run("sources", "pause", "my journal")

    assert "`digest sources resume 'my journal'` asks it again" in run("status").out
    assert "| my journal | paused |" in run("status", "--markdown").out


# --- what is wrong, and what to do ------------------------------------------------------------------------------------


def standing_of(catalog: Catalog, source: object, now: datetime) -> tuple[Standing, ...]:
    return standings(replace(parts_with(catalog), sources=(source,)), now)  # type: ignore[arg-type]  # fakes


def pulled(catalog: Catalog, source: object, now: datetime) -> Report:
    report = Report(now)
    fetch(replace(parts_with(catalog), sources=(source,)), report)  # type: ignore[arg-type]  # fakes
    return report


def test_a_listing_that_is_in_is_told_with_its_numbers(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, 2, on=MONDAY)})
    pulled(catalog, source, DUE)

    (standing,) = standing_of(catalog, source, DUE + HOUR)

    assert standing == Standing("arxiv cs.LG", "fresh", "2 of 2 announced on 22 Nov, 2 new", source="arxiv")


def test_a_stale_listing_says_since_when_how_often_and_when_next(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    pulled(catalog, source, DUE + DAY)
    pulled(catalog, source, DUE + DAY + HOUR / 4)

    (standing,) = standing_of(catalog, source, DUE + DAY + HOUR / 3)

    assert standing.sentence == "stale: what was announced on 23 Nov was due at 05:00 UTC; tried 2 times, next 05:25 UTC"
    assert standing.todo == "nothing yet: it is asked again at every run, and its page is read if it stays so"


WAIT = "nothing yet: it is asked again at every run, and its page is read if it stays so"
CARRIED = "see https://status.arxiv.org; nothing is lost: what comes late goes into the next issue"


@pytest.mark.parametrize(
    ("changes", "hours", "sentence", "todo"),
    [
        (
            {"state": ListingState.FRESH, "way": Way.PAGE, "fetched": 2, "new": 1, "is_cut": True},
            1,
            "2 announced on 22 Nov, from its page, 1 new; arXiv cut the listing",
            "name narrower categories: the feed holds no more than 2,000 papers",
        ),
        ({"tries": 1}, 5, "stale: what was announced on 22 Nov was due at 05:00 UTC; tried once, next at the next run", WAIT),
        ({"tries": 1}, 6, "stale: what was announced on 22 Nov was due at 05:00 UTC; tried once, next at the next run", CARRIED),
        (
            {"state": ListingState.FAILED, "tries": 2, "message": "no"},
            5,
            "failing since 05:00 UTC, tried 2 times, next at the next run: no",
            f"`digest doctor --sources` asks it now; {WAIT}",
        ),
        (
            {"state": ListingState.FAILED, "tries": 2, "message": "no"},
            6,
            "failing since 05:00 UTC, tried 2 times, next at the next run: no",
            f"`digest doctor --sources` asks it now; {CARRIED}",
        ),
        ({"state": ListingState.EMPTY}, 1, "no announcement on 22 Nov", ""),
    ],
)
def test_each_state_of_a_listing_has_its_sentence_and_what_to_do(
    catalog: Catalog, changes: dict[str, object], hours: int, sentence: str, todo: str
) -> None:
    line = LedgerLine(source="arxiv", part="cs.LG", day=MONDAY, state=ListingState.STALE, first_tried=DUE, tried_at=DUE)
    catalog.ledger.write([replace(line, **changes)])  # type: ignore[arg-type]

    (standing,) = standing_of(catalog, Announced(), DUE + hours * HOUR)

    assert (standing.sentence, standing.todo) == (sentence, todo)


def test_of_days_that_were_missed_five_are_named(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=date(2026, 11, 13))})
    pulled(catalog, source, DUE - 10 * DAY)

    five, six = (standing_of(catalog, source, DUE + n * DAY)[0] for n in (0, 1))

    assert five.sentence.endswith("not read yet of what was announced: 15 Nov, 16 Nov, 17 Nov, 18 Nov, 19 Nov")
    assert six.sentence.endswith("not read yet of what was announced: 15 Nov, 16 Nov, 17 Nov, 18 Nov, 19 Nov …")


def test_each_category_stands_by_itself_and_only_what_is_wrong_is_a_problem(catalog: Catalog) -> None:
    source = Announced(parts=("cs.AI", "cs.LG"), feeds={"cs.AI": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)

    found = standing_of(catalog, source, DUE)

    assert ([one.state for one in found], list(problems(found))) == (["fresh", "failed"], ["arxiv cs.LG"])


def test_a_day_that_is_missing_behind_a_listing_that_is_in_is_read_at_the_next_run(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    wednesday = listing(3, on=date(2026, 11, 25))
    source.feeds["cs.LG"], source.pages["cs.LG"] = wednesday, wednesday
    pulled(catalog, source, DUE + 2 * DAY)

    (standing,) = standing_of(catalog, source, DUE + 2 * DAY)

    assert standing.sentence.endswith("announced on 24 Nov, from its page, 1 new; not read yet of what was announced: 23 Nov")
    assert (standing.state, standing.todo) == ("gaps", "nothing: they are read at the next run")


def test_of_a_source_that_never_answered_it_is_told_whether_it_was_asked(catalog: Catalog) -> None:
    before = standing_of(catalog, Broken(), DUE)
    pulled(catalog, Broken(), DUE)
    after = standing_of(catalog, Broken(), DUE)

    assert [(one.state, one.sentence) for one in (*before, *after)] == [
        ("not asked", "never asked yet"),
        ("failed", "failing since 05:00 UTC, tried once: does not answer"),
    ]


def test_a_source_that_nobody_asked_for_two_days_is_late(catalog: Catalog) -> None:
    source = Mended()
    pulled(catalog, source, DUE)

    told = [standing_of(catalog, source, DUE + 2 * DAY + n * HOUR)[0] for n in (0, 1)]

    assert [(one.state, one.sentence) for one in told] == [
        ("unchanged", "answered Mon 23 Nov 05:00 UTC, 0 new"),
        ("late", "answered Mon 23 Nov 05:00 UTC, 0 new"),
    ]


def test_on_a_day_off_it_is_said_why_before_what_came_last(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=date(2026, 11, 26))})
    pulled(catalog, source, DUE + 3 * DAY)

    thanksgiving, saturday = (standing_of(catalog, source, DUE + n * DAY + HOUR)[0] for n in (4, 5))

    assert thanksgiving.sentence == "no announcement on 26 Nov, a holiday; 1 of 1 announced on 25 Nov, 1 new"
    assert saturday.sentence == "no announcement on Fridays; 1 of 1 announced on 25 Nov, 1 new"
    assert (thanksgiving.state, saturday.state, thanksgiving.todo) == ("holiday", "empty", "")


def test_a_machine_that_slept_says_what_is_missing(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)

    (standing,) = standing_of(catalog, source, DUE + 3 * DAY)

    assert standing.sentence == (
        "not asked yet for what was announced on 25 Nov, due since 05:00 UTC; not read yet of what was announced: 23 Nov, 24 Nov"
    )
    assert standing.todo.startswith("run `digest run`")


class Broken:
    """A feed that never answers, or asks each time to be left alone for so long."""

    asked = 0

    def __init__(self, name: str = "journal", *, rests: timedelta | None = None) -> None:
        self.name, self.rests = name, rests

    def fetch(self, cursor: str, now: datetime) -> Batch:
        self.asked += 1
        raise unreachable("journal.example.org") if self.rests is None else SourceUnreachable("x", "is busy", rests=self.rests)


class Mended(Broken):
    """One that answers, and lists nothing."""

    def fetch(self, cursor: str, now: datetime) -> Batch:
        return Batch(source=self.name, unchanged=True)


def test_a_category_that_fails_and_misses_days_is_shown_as_failing(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = unreachable()
    pulled(catalog, source, DUE + 2 * DAY)

    (standing,) = standing_of(catalog, source, DUE + 2 * DAY)

    assert standing.state == "failed"
    assert standing.sentence.endswith("does not answer; not read yet of what was announced: 23 Nov")


def test_a_source_that_keeps_failing_is_told_five_times_then_asked_less_and_less(catalog: Catalog) -> None:
    source = Broken()

    reports = [pulled(catalog, source, DUE + n * HOUR) for n in range(12)]

    told = [report.failures[0].message if report.failures else "" for report in reports]
    assert told[:6] == [
        *["does not answer"] * 4,
        "does not answer (5 times in a row: it is asked less often now, and told no more)",
        "",
    ]
    assert set(told[6:]) == {""}
    assert [line.state for report in reports for line in report.sources] == ["failed"] * 12
    assert [(state.name, state.state, state.message) for state in catalog.sources.states()] == [("journal", "failed", "does not answer")]
    assert source.asked == 8  # at once five times, then after one hour, two, four
    (standing,) = standing_of(catalog, source, DUE + 12 * HOUR)
    assert standing.sentence == "failing since 05:00 UTC, tried 8 times, next Tue 24 Nov 00:00 UTC: does not answer"
    assert standing.todo == "`digest doctor --sources` asks it now; `digest sources pause journal` stops asking it"


@pytest.mark.parametrize("others", [[], ["other"]], ids=["it is alone", "nothing else answers either"])
def test_a_source_that_asks_to_be_left_alone_is_not_asked_by_later_runs(catalog: Catalog, others: list[str]) -> None:
    source = Broken(rests=timedelta(hours=3))

    reports = [Report(DUE + n * HOUR) for n in range(5)]
    for report in reports:
        fetch(replace(parts_with(catalog), sources=(*map(Broken, others), source)), report)

    assert source.asked == 2  # at once, and after three hours
    assert [any(failure.subject == source.name for failure in report.failures) for report in reports] == [True, False, False, True, False]


@pytest.mark.parametrize(("other_answers", "asked"), [(False, 12), (True, 8)], ids=["the network is gone", "the other answers"])
def test_a_source_is_asked_less_only_where_another_one_answers(catalog: Catalog, other_answers: bool, asked: int) -> None:
    source, other = Broken(), Broken("other")
    if other_answers:
        other.fetch = lambda cursor, now: Batch(source="other")  # type: ignore[method-assign]  # it answers

    for n in range(12):
        fetch(replace(parts_with(catalog), sources=(other, source)), Report(DUE + n * HOUR))

    assert source.asked == asked


def test_fetch_says_that_a_source_failed_however_often_it_was_told(run: Run, server: HttpFaults) -> None:
    added(run, server)
    server.pages["/journal.xml"] = page(b"gone", "404 Not Found")

    done = [run("fetch") for _ in range(7)]

    assert [one.status for one in done] == [1] * 7
    assert "answers 404 Not Found (5 times in a row: it is asked less often now, and told no more)\n" in done[4].err
    assert "failed: journal: answers 404 Not Found\n" in done[6].err


@pytest.mark.parametrize(("failures", "said"), [(1, "1 failure"), (5, "5 failures")])
def test_a_source_that_answers_again_says_so_once(failures: int, said: str, catalog: Catalog) -> None:
    for n in range(failures):
        pulled(catalog, Broken(), DUE + n * HOUR)

    first, second = (pulled(catalog, Mended(), DUE + n * HOUR) for n in (6, 7))

    assert first.notes == [f"journal: answers again, after {said} since 2026-11-23 05:00 UTC"]
    assert second.notes == []


class Votes:
    """A list of votes whose past days can be had, but for those that are refused; one paper on each day."""

    name = "votes"

    def __init__(self, silent: tuple[int, ...] = (), refused: tuple[int, ...] = ()) -> None:
        self.asked: list[int] = []
        self._silent, self._refused = silent, refused

    def fetch(self, cursor: str, now: datetime) -> Batch:
        if now.day in self._silent:
            raise unreachable("votes.example.org")
        return replace(listing(now.day, on=now.date()), source=self.name)

    def fetch_day(self, day: date, now: datetime) -> Batch:
        self.asked.append(day.day)
        if day.day in self._refused:
            raise SourceRefused("votes", "has no such list")
        return replace(listing(day.day, on=day), source=self.name)


@pytest.mark.parametrize(
    ("silent", "days", "asked"),
    [
        ((), (9, 12), [9, 10, 11]),
        ((), (9, 10), []),
        ((), (9, 12, 12), [9, 10, 11]),
        ((), (9, 10, 13), [10, 11, 12]),
        ((), (13, 17), [13, 16]),
        ((12,), (9, 12, 13), [9, 10, 11, 11, 12]),
        ((), (3, 18), [4, 5, 6, 9, 10, 11, 12, 13, 16, 17]),
        ((), (2, 18), []),
    ],
    ids=["missed", "yesterday", "asked today", "since the last", "weekend", "no answer", "fifteen days", "more than that"],
)
def test_the_days_that_a_list_was_not_asked_are_asked_for_when_it_is(
    catalog: Catalog, silent: tuple[int, ...], days: tuple[int, ...], asked: list[int]
) -> None:
    source = Votes(silent)

    for day in days:
        pulled(catalog, source, datetime(2026, 11, day, 12, tzinfo=UTC))

    assert source.asked == asked


def test_of_days_that_are_made_up_for_one_that_is_refused_brings_nothing_and_is_told(catalog: Catalog) -> None:
    source = Votes(refused=(10,))
    pulled(catalog, source, datetime(2026, 11, 9, 12, tzinfo=UTC))

    report = pulled(catalog, source, datetime(2026, 11, 12, 12, tzinfo=UTC))

    assert report.notes == ["votes: was not asked since 9 Nov, so its lists of the days between were read: 1 new paper"]
    told = "its list of 10 Nov, which was missed, cannot be read: has no such list"
    assert [failure.message for failure in report.failures] == [told]
    assert [line.day.day for line in catalog.ledger.lines("votes", "", date(2026, 11, 1))] == [9, 11, 12]


def test_the_same_trouble_of_several_parts_is_told_once(catalog: Catalog) -> None:
    source = Announced(parts=("cs.AI", "cs.LG"))
    pulled(catalog, source, DUE)

    found = problems(standing_of(catalog, source, DUE + HOUR / 20))

    assert list(found) == ["arxiv cs.AI, arxiv cs.LG"]
    assert found["arxiv cs.AI, arxiv cs.LG"][0] == "failing since 05:00 UTC, tried once, next 05:10 UTC: does not answer"


def test_status_shows_what_is_wrong_before_all_else(run: Run, server: HttpFaults) -> None:
    added(run, server)
    server.pages["/journal.xml"] = page(b"gone", "404 Not Found")
    run("fetch")

    lines = [line for line in run("status").out.splitlines() if line.strip()]

    assert [word for word in ("wrong", "what", "what to do") if word not in lines[0]] == []
    assert "journal" in lines[2]
    assert "digest sources pause" in " ".join(lines[2:5])
