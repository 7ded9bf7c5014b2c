"""Issues: one for each subscription and period, no paper twice, read again as they were made."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from digest.catalog import Catalog, Standing
from digest.errors import NotFound
from digest.model import DeliveryStatus, Edition, Facts, Pick, Reason, Section
from tests.fates import settled, waiting

from .builders import NOON, a_batch, a_paper, a_subscription
from .catalog_rooms import LEASE, a_draft, papers_in, published
from .forge import Forge, Orders

TRENDING = Edition(name="trending")


def count(catalog: Catalog, table: str) -> int:
    with catalog.reading() as connection:
        return int(connection.execute(text(f"select count(*) from {table}")).scalar_one())


def keys(issue_picks: tuple[Pick, ...]) -> list[str]:
    return [pick.paper.key for pick in issue_picks]


def test_an_issue_is_read_again_as_it_was_made(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription(), NOON)
    one, two = papers_in(catalog, 1, 2)
    reasons = (Reason("topics", 41.25, "topic 'foxes'"), Reason("authors", 30.0, "you follow Ana Silva"))
    picks = (Pick(paper=two, score=71.25, reasons=reasons, interest="animals"), Pick(paper=one, section=Section.FOLLOWED, score=-3.5))
    draft = a_draft(ana, picks=picks, considered=64, sources=("arxiv", "huggingface"), notes=("Papers are samples.",))
    draft = replace(draft, issue=replace(draft.issue, subject="Foxes at night, and 1 more"))

    (issue,) = catalog.issues.publish([draft], NOON)

    assert issue == replace(draft.issue, id=issue.id)
    assert catalog.issues.load(issue.id) == issue
    assert catalog.outbox.counts()[DeliveryStatus.QUEUED] == 1


def test_its_papers_are_shown_with_what_is_known_of_them_now(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")

    catalog.papers.add([a_paper("arxiv:2611.00001", facts=Facts(comment="12 pages"))], NOON)

    assert [pick.paper.facts.comment for pick in catalog.issues.load(issue.id).picks] == ["12 pages", None]


def test_an_unknown_issue_is_not_found(catalog: Catalog) -> None:
    with pytest.raises(NotFound):
        catalog.issues.load(7)


def test_a_period_is_published_once(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription(), NOON)
    one, two = papers_in(catalog, 1, 2)

    first = catalog.issues.publish([a_draft(ana, one), a_draft(ana, two)], NOON)
    second = catalog.issues.publish([a_draft(ana, two)], NOON)

    assert [keys(issue.picks) for issue in first] == [["arxiv:2611.00001"]]
    assert second == ()


def test_two_processes_that_publish_a_period_at_once_make_one_issue(catalog: Catalog, forge: Forge, tmp_path: Path) -> None:
    ana = catalog.subscribers.add(a_subscription(), NOON)
    papers_in(catalog, 1, 2)
    code = (
        "import os, sys\n"
        "from digest.catalog import open_catalog\n"
        "from tests.catalog_rooms import NOON, a_draft\n"
        "with open_catalog(sys.argv[1]) as catalog:\n"
        "    draft = a_draft(catalog.subscribers.by_id(int(sys.argv[2])), *catalog.papers.pools([None], NOON)[0])\n"
        "    def say(word): os.write(1, f'{word}\\n'.encode())\n"
        "    say('ready'); sys.stdin.read()\n"
        "    say(len(catalog.issues.publish([draft], NOON)))\n"
    )
    waits, go = os.pipe()
    reads, writes = os.pipe()
    arguments = (str(tmp_path / "digest.db"), str(ana.id))
    processes = [forge.start(tmp_path, *arguments, orders=Orders(code=code), stdin=waits, stdout=writes) for _ in range(2)]
    os.close(waits)
    os.close(writes)
    with open(reads, encoding="utf-8") as lines:
        ready = [lines.readline() for _ in processes]
        os.close(go)
        said = sorted(lines)

    assert [process.ended().status for process in processes] == [0, 0]
    assert (ready, said) == (["ready\n"] * 2, ["0\n", "1\n"])
    assert [count(catalog, table) for table in ("issues", "deliveries", "picks", "seen")] == [1, 1, 2, 2]


def test_an_issue_without_picks_takes_its_period_and_sends_no_letter(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription(), NOON)

    (issue,) = catalog.issues.publish([a_draft(ana, cutoff=3)], NOON)

    assert catalog.issues.load(issue.id).picks == ()
    assert waiting(catalog.outbox) == 0
    assert catalog.issues.standing([ana.id])[ana.id] == Standing(cutoff=3)


def test_an_issue_that_is_held_back_shows_nothing_sends_no_letter_and_takes_no_paper(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription(), NOON)
    one, two = papers_in(catalog, 1, 2)

    (held,) = catalog.issues.publish([a_draft(ana, one, others=(two,), held=True, subject="Foxes")], NOON)

    assert (held.picks, held.others, held.subject, held.has_letter) == ((), (), "", False)
    assert catalog.issues.standing([ana.id])[ana.id] == Standing(cutoff=0)


def test_a_reader_sees_a_paper_once_whatever_the_number_of_their_subscriptions(catalog: Catalog) -> None:
    one, two, three = papers_in(catalog, 1, 2, 3)
    mine = catalog.subscribers.add(a_subscription(name="mine"), NOON)
    work = catalog.subscribers.add(a_subscription(name="work"), NOON)
    bo = catalog.subscribers.add(a_subscription("bo@example.org"), NOON)

    today = catalog.issues.publish([a_draft(mine, one, two), a_draft(work, two, three), a_draft(bo, two)], NOON)
    tomorrow = catalog.issues.publish([a_draft(mine, three, day="2026-11-24")], NOON)

    assert [keys(issue.picks) for issue in today] == [
        ["arxiv:2611.00001", "arxiv:2611.00002"],
        ["arxiv:2611.00003"],
        ["arxiv:2611.00002"],
    ]
    assert [keys(issue.picks) for issue in tomorrow] == [[]]
    assert waiting(catalog.outbox) == 3


def test_a_paper_that_was_merged_after_it_was_picked_is_still_not_shown_twice(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription(), NOON)
    one, other = a_paper("arxiv:2611.00001"), a_paper("doi:10.1000/fox")
    catalog.papers.record(a_batch(one, other), NOON)
    (issue,) = catalog.issues.publish([a_draft(ana, one, other)], NOON)
    bo = catalog.subscribers.add(a_subscription("bo@example.org"), NOON)

    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", ids=("doi:10.1000/fox",))), NOON)
    (late,) = catalog.issues.publish([a_draft(bo, one, other)], NOON)

    assert keys(catalog.issues.load(issue.id).picks) == ["arxiv:2611.00001"]
    assert keys(late.picks) == ["arxiv:2611.00001"]
    assert catalog.issues.standing([ana.id])[ana.id].seen == {"arxiv:2611.00001"}


def test_a_merged_paper_is_still_the_interests_that_brought_it(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription(), NOON)
    one, other = a_paper("arxiv:2611.00001"), a_paper("doi:10.1000/fox")
    catalog.papers.record(a_batch(one, other), NOON)
    both = (Pick(paper=other, interest="animals"), Pick(paper=one, interest="dens"))
    (issue,) = catalog.issues.publish([a_draft(ana, picks=both)], NOON)

    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", ids=("doi:10.1000/fox",))), NOON)

    assert [(pick.paper.key, pick.interest) for pick in catalog.issues.load(issue.id).picks] == [("arxiv:2611.00001", "animals")]


def test_an_edition_shows_its_whole_list_and_does_not_count_as_seen(catalog: Catalog) -> None:
    papers = papers_in(catalog, 1, 2)
    mine = catalog.subscribers.add(a_subscription(name="mine"), NOON)
    trends = catalog.subscribers.add(a_subscription(name="trends", edition=TRENDING), NOON)
    catalog.issues.publish([a_draft(mine, *papers)], NOON)

    (today,) = catalog.issues.publish([a_draft(trends, *papers)], NOON)
    (tomorrow,) = catalog.issues.publish([a_draft(trends, *papers, day="2026-11-24")], NOON)

    assert [len(issue.picks) for issue in (today, tomorrow)] == [2, 2]
    assert count(catalog, "seen") == 2


def test_an_edition_is_kept_once_for_all_its_readers(catalog: Catalog) -> None:
    papers = papers_in(catalog, 1, 2)
    readers = [catalog.subscribers.add(a_subscription(f"reader{n}@example.org", edition=TRENDING), NOON) for n in range(5)]
    other = catalog.subscribers.add(a_subscription("bo@example.org", edition=Edition(name="trending", limit=1)), NOON)

    issues = catalog.issues.publish([*(a_draft(r, *papers) for r in readers), a_draft(other, papers[0])], NOON)

    assert count(catalog, "picks") == 3
    assert [len(catalog.issues.load(issue.id).picks) for issue in issues] == [2, 2, 2, 2, 2, 1]
    assert catalog.issues.latest(10) == tuple(reversed(issues))


def test_an_edition_stays_whole_where_who_is_erased_had_it_twice(catalog: Catalog) -> None:
    hot = Edition(name="trending", limit=2)
    ana, twice, bo = (
        catalog.subscribers.add(a_subscription(f"{email}@example.org", name, edition=hot), NOON)
        for email, name in (("ana", "main"), ("ana", "work"), ("bo", "main"))
    )
    papers = papers_in(catalog, 1, 2, 3)
    *_, issue = catalog.issues.publish([a_draft(reader, *papers[:2], others=papers[2:]) for reader in (twice, ana, bo)], NOON)

    catalog.rights.forget("ana@example.org", NOON)

    found = catalog.issues.load(issue.id)
    assert ([pick.paper for pick in found.picks], [paper.key for paper in found.others]) == ([*papers[:2]], [papers[2].key])


def test_nothing_is_published_for_who_left_or_was_removed_meanwhile(catalog: Catalog) -> None:
    papers = papers_in(catalog, 1)
    ana, bo = (catalog.subscribers.add(a_subscription(email), NOON) for email in ("ana@example.org", "bo@example.org"))
    catalog.subscribers.leave(ana.id, NOON)
    catalog.subscribers.remove("bo@example.org", None, NOON)

    assert catalog.issues.publish([a_draft(ana, *papers), a_draft(bo, *papers)], NOON) == ()


def test_nothing_is_published_for_who_began_a_pause_meanwhile(catalog: Catalog) -> None:
    papers = papers_in(catalog, 1)
    ana = catalog.subscribers.add(a_subscription(), NOON)
    catalog.subscribers.rest(ana.id, NOON + timedelta(days=14))

    assert catalog.issues.publish([a_draft(ana, *papers)], NOON) == ()
    assert len(catalog.issues.publish([a_draft(ana, *papers)], NOON + timedelta(days=14))) == 1


def test_a_pick_the_catalog_does_not_know_is_refused_and_nothing_is_stored(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription(), NOON)

    with pytest.raises(NotFound, match="a pick that the catalog does not know"):
        catalog.issues.publish([a_draft(ana, a_paper())], NOON)

    assert catalog.issues.latest(1) == ()


def test_standing_tells_the_cutoff_and_what_was_seen(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")
    ana = issue.subscription.id

    catalog.issues.publish([a_draft(issue.subscription, *papers_in(catalog, 3), day="2026-11-24", cutoff=9)], NOON)

    standing = catalog.issues.standing([ana, 999])
    assert standing[ana].cutoff == 9
    assert standing[ana].seen == {"arxiv:2611.00001", "arxiv:2611.00002", "arxiv:2611.00003"}
    assert standing[999] == Standing()


@pytest.mark.parametrize("status", [DeliveryStatus.REFUSED, DeliveryStatus.GIVEN_UP, DeliveryStatus.CANCELLED])
def test_a_letter_that_never_arrives_frees_its_papers_for_the_next_issue(catalog: Catalog, status: DeliveryStatus) -> None:
    (issue,) = published(catalog, "ana@example.org")
    (delivery,) = catalog.outbox.claim(NOON, "worker", 10, LEASE)

    settled(catalog.outbox, delivery.id, status, NOON)

    freed = catalog.issues.standing([issue.subscription.id])[issue.subscription.id]
    assert (freed.seen, [p.key for p in freed.freed]) == (frozenset(), ["arxiv:2611.00001", "arxiv:2611.00002"])
    (next_issue,) = catalog.issues.publish([a_draft(issue.subscription, freed.freed[1], day="2026-11-24")], NOON)
    after = catalog.issues.standing([issue.subscription.id])[issue.subscription.id]
    assert (after.seen, [p.key for p in after.freed]) == ({next_issue.picks[0].paper.key}, ["arxiv:2611.00001"])


@pytest.mark.parametrize("status", [DeliveryStatus.SENT, DeliveryStatus.UNKNOWN, DeliveryStatus.DEFERRED])
def test_a_letter_that_arrived_or_may_yet_frees_nothing(catalog: Catalog, status: DeliveryStatus) -> None:
    (issue,) = published(catalog, "ana@example.org")
    (delivery,) = catalog.outbox.claim(NOON, "worker", 10, LEASE)

    settled(catalog.outbox, delivery.id, status, NOON, due=NOON + LEASE)

    standing = catalog.issues.standing([issue.subscription.id])[issue.subscription.id]
    assert (len(standing.seen), standing.freed) == (2, ())


def test_papers_of_a_letter_lost_long_ago_are_not_freed_any_more(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")
    (delivery,) = catalog.outbox.claim(NOON, "worker", 10, LEASE)
    settled(catalog.outbox, delivery.id, DeliveryStatus.REFUSED, NOON)
    catalog.issues.publish([a_draft(issue.subscription, *papers_in(catalog, 3), day="2026-11-24")], NOON + timedelta(days=1))

    catalog.papers.record(a_batch(a_paper("arxiv:2612.00001", "Winter foxes")), NOON + timedelta(days=15))

    assert catalog.issues.standing([issue.subscription.id])[issue.subscription.id].freed == ()


def test_papers_of_a_lost_letter_are_free_for_the_next_issue_however_late_that_is(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")
    ana, back = issue.subscription, NOON + timedelta(days=28)
    (delivery,) = catalog.outbox.claim(NOON, "worker", 10, LEASE)
    settled(catalog.outbox, delivery.id, DeliveryStatus.REFUSED, NOON)
    catalog.issues.publish([a_draft(ana, day="2026-12-20", held=True)], back - timedelta(days=1))

    catalog.papers.record(a_batch(a_paper("arxiv:2612.00001", "Winter foxes")), back)

    assert [paper.key for paper in catalog.issues.standing([ana.id])[ana.id].freed] == ["arxiv:2611.00001", "arxiv:2611.00002"]


def test_a_letter_that_waited_for_weeks_frees_its_papers_when_it_ends(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")
    ana, back = issue.subscription, NOON + timedelta(days=28)
    catalog.subscribers.rest(ana.id, back)
    catalog.issues.publish([a_draft(ana, day="2026-12-21")], back)
    (delivery,) = catalog.outbox.claim(back, "worker", 10, LEASE)

    settled(catalog.outbox, delivery.id, DeliveryStatus.GIVEN_UP, back)

    assert [paper.key for paper in catalog.issues.standing([ana.id])[ana.id].freed] == ["arxiv:2611.00001", "arxiv:2611.00002"]


def test_a_refused_edition_frees_nothing(catalog: Catalog) -> None:
    trends = catalog.subscribers.add(a_subscription(edition=TRENDING), NOON)
    catalog.issues.publish([a_draft(trends, *papers_in(catalog, 1))], NOON)
    (delivery,) = catalog.outbox.claim(NOON, "worker", 10, LEASE)

    settled(catalog.outbox, delivery.id, DeliveryStatus.REFUSED, NOON)

    assert catalog.issues.standing([trends.id])[trends.id].freed == ()


def test_the_latest_issues_of_one_subscription_or_of_all(catalog: Catalog) -> None:
    ana, bo = published(catalog, "ana@example.org", "bo@example.org")
    (later,) = catalog.issues.publish([a_draft(ana.subscription, *papers_in(catalog, 3), day="2026-11-24")], NOON)

    assert catalog.issues.latest(2) == (later, bo)
    assert catalog.issues.latest(10, ana.subscription.id) == (later, ana)


def test_the_issue_in_which_a_reader_was_shown_a_paper(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")
    reader = issue.subscription.subscriber.id

    assert catalog.issues.of_paper(reader, "arxiv:2611.00002") == issue
    assert catalog.issues.of_paper(reader, "arxiv:2611.00099") is None
    assert catalog.issues.of_paper(reader + 1, "arxiv:2611.00002") is None


def test_what_a_reader_was_ever_shown_is_told_of_any_paper(catalog: Catalog) -> None:
    first, second = papers_in(catalog, 1, 2)
    (issue,) = published(catalog, "ana@example.org", papers=(first,))
    ana = issue.subscription.subscriber.id

    assert catalog.issues.seen([ana, ana + 1], [first.key, second.key]) == {ana: {first.key}}


def test_what_is_known_of_each_reader_of_an_edition_names_the_papers_they_were_shown(catalog: Catalog) -> None:
    shown = papers_in(catalog, 1)
    readers = [
        catalog.subscribers.add(a_subscription(name, "trending", edition=Edition(name="trending")), NOON)
        for name in ("ana@example.org", "bo@example.org")
    ]
    catalog.issues.publish([a_draft(reader, *shown) for reader in readers], NOON)

    told = [catalog.rights.about(reader.subscriber.email)["issues"][0]["picks"] for reader in readers]

    assert [[pick["key"] for pick in picks] for picks in told] == [["arxiv:2611.00001"], ["arxiv:2611.00001"]]
