"""What the foot of a letter says of the listings it was made from: in, partly in, late, out of reach, or none that day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from digest.catalog import Catalog
from digest.catalog.papers.sighted import Sighted
from digest.ledger import Awaited
from digest.model import Batch, Edition, Issue, LedgerLine, ListingState, Looked, Newest
from digest.rendering.footing import late, looked_at
from digest.rendering.languages import language
from digest.run import Parts, Report, fetch, preview_issue, publish
from digest.run.issuing.looking import looked_at as lines_of
from digest.run.pulling.newest import NewestListings, newest_listings, together
from tests.announcing import Announced, listing, unreachable
from tests.builders import a_batch, a_paper, a_profile, a_subscription
from tests.rendering_builders import an_issue
from tests.run_parts import parts_with, published_with, shown

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DUE = datetime(2026, 11, 23, 5, tzinfo=UTC)


def issue_of(parts: Parts, now: datetime) -> Issue:
    """The one issue of a run at that time, as it is stored."""
    report = Report(now)
    fetch(parts, report)
    (issue,) = published_with(parts, report)
    return issue


def feet(issue: Issue, code: str = "en") -> tuple[str, ...]:
    return looked_at(issue, language(code))


def parts_of(catalog: Catalog, *sources: object, categories: tuple[str, ...] = ("cs.LG",)) -> Parts:
    catalog.subscribers.add(a_subscription(profile=a_profile("habits of foxes", categories=categories)), DUE - DAY)
    return replace(parts_with(catalog), sources=sources)  # type: ignore[arg-type]  # fakes


def test_a_complete_listing_is_told_with_its_number_and_day(catalog: Catalog) -> None:
    issue = issue_of(parts_of(catalog, Announced(feeds={"cs.LG": listing(1, 2, 3, on=MONDAY)})), DUE + 2 * HOUR)

    assert feet(issue) == ("cs.LG: 3 announced, 3 read, 3 shown; all 3 announced on 22 Nov are in",)


def test_what_could_not_be_read_of_a_listing_is_told(catalog: Catalog) -> None:
    issue = issue_of(parts_of(catalog, Announced(feeds={"cs.LG": listing(1, 2, on=MONDAY, announced=3)})), DUE + 2 * HOUR)

    assert feet(issue) == ("cs.LG: 2 announced, 2 read, 2 shown; 2 of 3 announced on 22 Nov are in",)


def test_a_listing_that_is_late_is_told_and_its_papers_come_in_the_next_letter(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)}, pages={"cs.LG": listing(1, on=MONDAY)})
    parts = parts_of(catalog, source)
    first = issue_of(parts, DUE + 2 * HOUR)
    late = Report(DUE + DAY + 2 * HOUR)
    fetch(parts, late)
    publish(parts, late)
    source.feeds["cs.LG"] = listing(2, on=date(2026, 11, 25))
    source.past["cs.LG"] = {TUESDAY: listing(3, on=TUESDAY), MONDAY: listing(1, on=MONDAY)}

    second = issue_of(parts, DUE + 2 * DAY + 2 * HOUR)

    assert [sorted(shown(issue)) for issue in (first, second)] == [["arxiv:2611.00001"], ["arxiv:2611.00002", "arxiv:2611.00003"]]
    assert feet(second) == ("cs.LG: 2 announced, 2 read, 2 shown; the one announced on 24 Nov is in",)


def test_a_letter_that_does_not_wait_says_what_had_not_come(catalog: Catalog) -> None:
    source = Announced(parts=("cs.AI", "cs.LG"), feeds={"cs.AI": listing(1, on=MONDAY), "cs.LG": listing(2, on=MONDAY)})
    parts = parts_of(catalog, source, categories=("cs.AI", "cs.LG"))
    issue_of(parts, DUE + 2 * HOUR)
    source.feeds = {"cs.AI": listing(3, on=TUESDAY, category="cs.AI"), "cs.LG": unreachable()}

    issue = issue_of(parts, DUE + DAY + 2 * HOUR)

    assert feet(issue) == (
        "cs.AI: 1 announced, 1 read, 1 shown; the one announced on 23 Nov is in",
        "cs.LG: the listing of 23 Nov could not be read; its papers go into a later letter",
    )
    assert feet(issue, "de")[1] == (
        "cs.LG: die Liste vom 23.\u00a0November ließ sich nicht lesen; ihre Arbeiten kommen in einem späteren Brief"
    )


def test_papers_of_several_categories_are_not_counted_twice(catalog: Catalog) -> None:
    feeds = {"cs.AI": listing(1, 2, on=MONDAY, category="cs.AI"), "cs.LG": listing(1, 2, 3, on=MONDAY)}
    issue = issue_of(parts_of(catalog, Announced(parts=("cs.AI", "cs.LG"), feeds=feeds), categories=()), DUE + 2 * HOUR)

    assert feet(issue) == ("arxiv: 3 announced, 3 read, 3 shown; all announced on 22 Nov are in",)
    assert feet(issue, "de") == ("arxiv: 3 angekündigt, 3 gelesen, 3 gezeigt; alle vom 22.\u00a0November sind da",)


def test_of_a_source_that_is_not_all_in_no_number_is_said_that_counts_papers_twice(catalog: Catalog) -> None:
    feeds = {"cs.AI": listing(1, 2, on=MONDAY, category="cs.AI"), "cs.LG": listing(1, 2, 3, on=MONDAY)}
    issue = issue_of(parts_of(catalog, Announced(parts=("cs.AI", "cs.LG"), feeds=feeds), categories=()), DUE + 2 * HOUR)
    (arxiv,) = issue.looked
    assert arxiv.newest is not None
    cut = replace(arxiv, newest=replace(arxiv.newest, fetched=4))

    assert feet(replace(issue, looked=(cut,))) == ("arxiv: 3 announced, 3 read, 3 shown; not all announced on 22 Nov are in",)
    assert feet(replace(issue, looked=(replace(cut, name="cs.LG"),)))[0].endswith("; 4 of 5 announced on 22 Nov are in")


def test_a_category_that_nobody_knows_is_not_said_to_be_late(catalog: Catalog) -> None:
    feeds = {"cs.LG": listing(1, on=MONDAY), "stat.LM": unreachable()}
    misspelt = Announced(parts=("cs.LG", "stat.LM"), feeds=feeds)

    everything = issue_of(parts_of(catalog, misspelt, categories=()), DUE + 2 * HOUR)

    assert feet(everything) == ("arxiv: 1 announced, 1 read, 1 shown; the one announced on 22 Nov is in",)


def test_of_an_evening_that_may_have_had_none_nothing_is_said_until_its_papers_come(catalog: Catalog) -> None:
    friday, monday = date(2026, 7, 3), date(2026, 7, 6)  # arXiv did not work on the Friday, the cut-off of Sunday's announcement
    source = Announced(feeds={"cs.LG": listing(1, 2, on=friday)})
    parts = parts_of(catalog, source)
    issue_of(parts, datetime(2026, 7, 3, 7, tzinfo=UTC))

    before = issue_of(parts, datetime(2026, 7, 6, 7, tzinfo=UTC))
    source.feeds["cs.LG"] = listing(3, on=monday)
    fetch(parts, Report(datetime(2026, 7, 6, 12, tzinfo=UTC)))
    after = preview_issue(parts, before.subscription, Report(datetime(2026, 7, 7, 3, tzinfo=UTC)))

    assert feet(before) == ("cs.LG: nothing new; all 2 announced on 2 Jul are in",)
    assert feet(before, "de") == ("cs.LG: nichts Neues; alle 2 vom 2.\u00a0Juli sind da",)
    assert feet(after) == ("cs.LG: 1 announced, 1 read, 1 shown; the one announced on 5 Jul is in",)


def test_a_listing_that_may_not_be_is_not_told_as_late(catalog: Catalog) -> None:
    parts = parts_of(catalog, Announced())
    owed = Awaited("arxiv cs.LG", DUE + 2 * DAY)

    sure = issue_of(replace(parts, wait=0 * HOUR, awaited=lambda _: (owed,)), DUE + 2 * HOUR)
    unsure = issue_of(replace(parts, wait=0 * HOUR, awaited=lambda _: (replace(owed, is_sure=False),)), DUE + DAY + 2 * HOUR)

    assert (sure.late, unsure.late) == (("arxiv cs.LG",), ())


class Broken:
    """A feed that never answers."""

    name = "journal"

    def fetch(self, cursor: str, now: datetime) -> Batch:
        raise unreachable("journal.example.org")


def test_a_source_that_is_out_of_reach_is_named_though_it_listed_nothing(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})

    issue = issue_of(parts_of(catalog, source, Broken(), categories=()), DUE + 2 * HOUR)

    assert feet(issue) == (
        "arxiv: 1 announced, 1 read, 1 shown; the one announced on 22 Nov is in",
        "journal: the listing of 23 Nov could not be read; its papers go into a later letter",
    )


def test_a_source_without_a_calendar_is_told_as_out_of_reach_on_that_day_alone(catalog: Catalog) -> None:
    failed = LedgerLine(source="journal", part="", day=MONDAY, state=ListingState.FAILED, first_tried=DUE, tried_at=DUE)
    catalog.ledger.write([failed, replace(failed, source="list", state=ListingState.FRESH)])
    parts = parts_of(catalog, SimpleNamespace(name="journal"), SimpleNamespace(name="list"))

    told = [newest_listings(parts, now) for now in (DUE, DUE + DAY)]

    assert [each.failed for each in told] == [("journal",), ()]
    assert "list" not in told[0].sources


def test_a_day_on_which_a_listing_could_not_be_read_is_not_told_like_a_quiet_one(catalog: Catalog) -> None:
    failed = LedgerLine(source="journal", part="", day=MONDAY, state=ListingState.FAILED, first_tried=DUE, tried_at=DUE)
    catalog.ledger.write([failed])
    report = Report(DUE + 2 * HOUR)

    publish(parts_of(catalog, SimpleNamespace(name="journal")), report)

    assert report.quiet == ["ana@example.org (main), 2026-11-23: nothing new was read, as journal could not be"]


@pytest.mark.parametrize(("day", "state"), [(28, ListingState.EMPTY), (27, ListingState.HOLIDAY)])
def test_why_there_is_no_listing_is_known_also_days_after_the_last(catalog: Catalog, day: int, state: ListingState) -> None:
    parts = parts_of(catalog, Announced(feeds={"cs.LG": listing(1, on=MONDAY)}))
    fetch(parts, Report(DUE))

    newest = newest_listings(parts, datetime(2026, 11, day, 12, tzinfo=UTC)).of_category("cs.LG")

    assert newest is not None
    assert newest.state is state


def test_a_category_is_not_said_to_have_no_papers_where_no_source_answered(catalog: Catalog) -> None:
    parts = parts_of(catalog, Broken())
    report = Report(DUE + 2 * HOUR)
    fetch(parts, report)
    (due,) = catalog.subscribers.all()

    issue = preview_issue(parts, due, report)

    assert feet(issue) == ("journal: the listing of 23 Nov could not be read; its papers go into a later letter",)


class Journal:
    """A feed of one paper about foxes, in no category of arXiv."""

    name = "journal"

    def fetch(self, cursor: str, now: datetime) -> Batch:
        return a_batch(a_paper("doi:10.1000/foxes", "Habits of foxes", categories=()), source=self.name)


def test_a_journal_is_named_beside_the_categories_where_something_of_it_is_shown(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})

    issue = issue_of(parts_of(catalog, source, Journal()), DUE + 2 * HOUR)

    assert feet(issue) == (
        "cs.LG: 1 announced, 1 read, 1 shown; the one announced on 22 Nov is in",
        "journal: 1 announced, 1 read, 1 shown",
    )


def test_a_category_is_not_said_to_have_no_papers_where_another_source_answered(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})

    issue = issue_of(parts_of(catalog, source, Broken(), categories=("cs.LG", "cell biology")), DUE + 2 * HOUR)

    assert feet(issue) == (
        "cs.LG: 1 announced, 1 read, 1 shown; the one announced on 22 Nov is in",
        "journal: the listing of 23 Nov could not be read; its papers go into a later letter",
    )


def test_a_category_that_no_source_asks_for_is_not_said_to_have_no_papers(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})

    issue = issue_of(parts_of(catalog, source, categories=("cs.LG", "hep-th")), DUE + 2 * HOUR)

    assert feet(issue) == ("cs.LG: 1 announced, 1 read, 1 shown; the one announced on 22 Nov is in",)


CLASSES, TRENDING = a_profile(categories=("cs.LG", "hep-th")), Edition(name="trending")
LISTS = Sighted(
    sources={"votes": frozenset("a"), "journal": frozenset("j"), "annals": frozenset("k"), "idle": frozenset("i"), "arxiv": frozenset("b")},
    categories={"cs.LG": frozenset("ab")},
    voted=frozenset({"votes"}),
)
NO_VOTES = Sighted(sources={"journal": frozenset("j"), "arxiv": frozenset("ab")}, categories=LISTS.categories)
ALL_IN, FAILED = NewestListings(), NewestListings(sources={"lab": Newest(ListingState.FAILED, MONDAY)})
EMPTY = NewestListings({"hep-th": Newest(ListingState.EMPTY, MONDAY)}, FAILED.sources)


@pytest.mark.parametrize(
    ("reader", "lists", "answered", "newest", "named"),
    [
        ({"profile": CLASSES}, NO_VOTES, ("arxiv",), ALL_IN, "cs.LG hep-th journal"),
        ({"profile": CLASSES}, NO_VOTES, ("arxiv",), FAILED, "cs.LG journal lab"),
        ({"profile": CLASSES}, NO_VOTES, (), ALL_IN, "cs.LG journal"),
        ({"profile": CLASSES}, NO_VOTES, ("arxiv",), EMPTY, "cs.LG hep-th journal"),
        ({"profile": CLASSES}, LISTS, ("arxiv",), ALL_IN, "cs.LG hep-th annals journal"),
        ({"edition": Edition(name="cs.LG")}, LISTS, ("arxiv",), ALL_IN, "cs.LG annals journal"),
        ({"edition": TRENDING}, LISTS, ("arxiv",), FAILED, "votes lab"),
        ({"edition": TRENDING}, NO_VOTES, ("journal",), FAILED, "journal arxiv lab"),
        ({"profile": a_profile()}, NO_VOTES, ("lab",), NewestListings(sources={"arxiv": FAILED.sources["lab"]}), "arxiv journal"),
    ],
)
def test_a_foot_names_what_its_reader_asked_for_and_what_else_is_shown_or_could_not_be_read(
    reader: dict[str, object], lists: Sighted, answered: tuple[str, ...], newest: NewestListings, named: str
) -> None:
    lines = lines_of(a_subscription(**reader), lists, answered, newest, read={"a", "j"}, shown={"a", "j", "k"})

    assert " ".join(line.name for line in lines) == named


@pytest.mark.parametrize(
    ("newest", "told"),
    [
        (Newest(ListingState.EMPTY, date(2026, 11, 20)), "no announcement on Fridays"),
        (Newest(ListingState.EMPTY, date(2026, 11, 21)), "no announcement on Saturdays"),
        (Newest(ListingState.EMPTY, date(2026, 7, 5)), "no announcement on 5 Jul"),
        (Newest(ListingState.EMPTY, date(2026, 7, 2)), "no announcement on 2 Jul"),
        (Newest(ListingState.HOLIDAY, date(2026, 11, 26)), "no announcement on 26 Nov, a holiday"),
        (Newest(ListingState.FRESH, date(2026, 11, 22), 0, 0), "none was announced on 22 Nov"),
        (Newest(ListingState.STALE, date(2026, 11, 22)), "the listing announced on 22 Nov had not come; its papers go into a later letter"),
        (Newest(ListingState.HOLIDAY, date(2025, 12, 25)), "no announcement on 25 Dec 2025, a holiday"),
    ],
)
def test_each_state_has_its_sentence(catalog: Catalog, newest: Newest, told: str) -> None:
    issue = issue_of(parts_of(catalog, Announced(feeds={"cs.LG": listing(1, on=MONDAY)})), DUE + 2 * HOUR)

    assert feet(replace(issue, looked=(Looked("cs.LG", 0, 0, 0, newest),))) == (f"cs.LG: {told}",)


def test_what_nobody_can_say_is_not_said(catalog: Catalog) -> None:
    issue = issue_of(parts_of(catalog, Announced(feeds={"cs.LG": listing(1, on=MONDAY)})), DUE + 2 * HOUR)

    assert feet(replace(issue, looked=(Looked("journal", 4, 4, 1),))) == ("journal: 4 announced, 4 read, 1 shown",)


def test_of_several_categories_the_worst_is_told_before_the_sum() -> None:
    fresh = Newest(ListingState.FRESH, date(2026, 11, 22), 3, 4)
    late = Newest(ListingState.STALE, date(2026, 11, 22), tries=2)

    assert together([fresh, late, fresh]) == late
    assert together([fresh, fresh]) == Newest(ListingState.FRESH, date(2026, 11, 22), 6, 8)
    assert together([Newest(ListingState.EMPTY, date(2026, 11, 22)), fresh]) == fresh
    assert together([]) is None


def test_the_listings_that_have_no_line_are_counted() -> None:
    read = tuple(Looked(f"cs.{letter}X", 9, 9, 0) for letter in "ABCDEFGHIJKLMN")
    late = tuple(Looked(f"math.{letter}X", 0, 0, 0, Newest(ListingState.STALE, date(2026, 11, 22))) for letter in "ABCDEFGHIJKLM")

    assert feet(a_foot(*read))[11:] == ("cs.LX: 9 announced, 9 read, 0 shown", "2 more were looked at")
    assert feet(a_foot(*read[:13]), "de")[-1] == "eine weitere wurde durchgesehen"
    assert feet(a_foot(*read[:13], *late[:12]))[-1] == "13 more were looked at"
    assert feet(a_foot(*read[:1], *late))[12:] == ("one more was looked at", "one more had not come or could not be read")


def test_no_listing_is_counted_where_each_has_its_line() -> None:
    assert len(feet(a_foot(*(Looked(f"cs.{letter}X", 9, 9, 0) for letter in "ABCDEFGHIJKL")))) == 12


@pytest.mark.parametrize(
    ("sources", "considered", "told"),
    [
        (("arxiv", ""), 0, ("Sources: arxiv",)),
        ((), 0, ()),
        ((), 2, ("Looked at: 2 new papers",)),
        (("arxiv", "list"), 1, ("Looked at: 1 new paper from arxiv, list",)),
    ],
)
def test_an_issue_that_counted_no_listing_names_its_sources(sources: tuple[str, ...], considered: int, told: tuple[str, ...]) -> None:
    assert feet(an_issue(sources=sources, considered=considered)) == told


@pytest.mark.parametrize("numbers", [(1, 0, 0), (0, 1, 0), (0, 0, 1)])
def test_one_number_that_is_not_zero_is_told_with_the_others(numbers: tuple[int, int, int]) -> None:
    (line,) = feet(a_foot(Looked("cs.LG", *numbers, Newest(ListingState.HOLIDAY, date(2026, 11, 26)))))

    assert line == "cs.LG: {} announced, {} read, {} shown; no announcement on 26 Nov, a holiday".format(*numbers)


def test_three_zeros_are_told_where_there_is_nothing_else_to_say() -> None:
    assert feet(a_foot(Looked("journal", 0, 0, 0))) == ("journal: 0 announced, 0 read, 0 shown",)


@pytest.mark.parametrize(
    ("state", "missing", "told"),
    [
        (ListingState.STALE, ("arxiv cs.LG", "arxiv cs.AI"), ["arxiv cs.AI"]),
        (ListingState.FAILED, ("arxiv cs.LG", ""), []),
        (ListingState.FRESH, ("arxiv cs.LG", "journal"), ["arxiv cs.LG and journal"]),
    ],
)
def test_what_had_not_come_is_told_once(state: ListingState, missing: tuple[str, ...], told: list[str]) -> None:
    issue = replace(a_foot(Looked("cs.LG", 1, 1, 0, Newest(state, date(2026, 11, 22), 1, 1))), late=missing)

    said = [line.partition(" had not come")[0].partition(" of ")[2] for line in late(issue, language("en"))]

    assert said == told


def a_foot(*looked: Looked) -> Issue:
    return an_issue(looked=looked)
