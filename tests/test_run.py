"""What stands in an issue and why: readers at different places, thin profiles, several letters of one person, words for nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.catalog import Catalog
from digest.errors import NotFound
from digest.model import Author, DeliveryStatus, Edition, Facts, FeedbackKind, Interest, Listing, Profile, Section
from digest.run import Report, explain, first_letter, learn_liked, preview_issue, publish, render_issue
from digest.run.issuing.publishing import BLOCK
from tests.builders import NOON, a_batch, a_paper, a_profile, a_subscription
from tests.catalog_rooms import paused
from tests.fates import settled, waiting
from tests.ranking_papers import a_crowd
from tests.run_parts import parts_with, published, published_with, shown

DAY = timedelta(days=1)
OLD = a_paper("arxiv:2611.00001", "Calibration of language models", facts=Facts(votes=3))
NEW = a_paper("arxiv:2611.00002", "Conformal calibration of models", facts=Facts(votes=9))


def test_each_reader_gets_what_is_new_since_their_own_last_issue(catalog: Catalog) -> None:
    parts = parts_with(catalog)
    catalog.subscribers.add(a_subscription("ana@example.org"), NOON)
    catalog.papers.record(a_batch(OLD), NOON)
    published(parts)
    catalog.subscribers.add(a_subscription("bo@example.org"), NOON)
    catalog.papers.record(a_batch(NEW), NOON + DAY)

    issues = published(parts, NOON + DAY)

    assert {issue.subscription.subscriber.email: sorted(shown(issue)) for issue in issues} == {
        "ana@example.org": [NEW.key],
        "bo@example.org": [OLD.key, NEW.key],
    }
    assert [issue.considered for issue in issues] == [1, 2]


def test_one_paper_freed_by_a_refused_letter_is_shown_again_to_that_reader_alone(catalog: Catalog) -> None:
    parts = parts_with(catalog)
    for name in ("ana", "bo"):
        catalog.subscribers.add(a_subscription(f"{name}@example.org"), NOON)
    catalog.papers.record(a_batch(OLD), NOON)
    published(parts)
    (letter, _) = catalog.outbox.claim(NOON, "elsewhere:1:a", 2, DAY)
    settled(catalog.outbox, letter.id, DeliveryStatus.REFUSED, NOON, "550 no")
    catalog.papers.record(a_batch(NEW), NOON + DAY)

    issues = published(parts, NOON + DAY)

    assert [sorted(shown(issue)) for issue in issues] == [[OLD.key, NEW.key], [NEW.key]]


def test_a_second_letter_of_one_person_fills_its_places_with_other_papers(catalog: Catalog) -> None:
    for name in ("one", "two"):
        catalog.subscribers.add(a_subscription(name=name, profile=a_profile("calibration of language models", limit=1)), NOON)
    catalog.papers.record(a_batch(OLD, NEW), NOON)

    issues = published(parts_with(catalog))

    assert [len(issue.picks) for issue in issues] == [1, 1]
    assert {key for issue in issues for key in shown(issue)} == {OLD.key, NEW.key}


def test_what_one_letter_of_a_person_showed_takes_no_place_in_the_first_of_another(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(name="one"), NOON)
    catalog.papers.record(a_batch(OLD), NOON)
    published(parts_with(catalog))
    later = NOON + DAY / 24
    catalog.papers.record(a_batch(NEW), later)
    other = catalog.subscribers.add(a_subscription(name="two", profile=a_profile("calibration of language models", limit=1)), later)

    issue = preview_issue(parts_with(catalog), other, Report(later))

    assert shown(issue) == [NEW.key]


def test_a_paper_stands_in_that_letter_of_one_person_where_it_scores_most(catalog: Catalog) -> None:
    for name, topic in (("foxes", "foxes in the snow"), ("calibration", "calibration of language models")):
        catalog.subscribers.add(a_subscription(name=name, profile=a_profile(topic, limit=3)), NOON)
    fox = a_paper("arxiv:2611.00003", "Foxes in the snow")
    catalog.papers.record(a_batch(OLD, fox, *a_crowd(1)), NOON)

    issues = {issue.subscription.name: [pick.paper.key for pick in issue.picks] for issue in published(parts_with(catalog))}

    assert [keys[0] for keys in issues.values()] == [fox.key, OLD.key]
    assert OLD.key not in issues["foxes"]


def test_letters_of_one_person_divide_their_papers_however_many_subscribed_between_them(catalog: Catalog) -> None:
    names = ["ana@example.org", *(f"reader{n}@example.org" for n in range(BLOCK)), "ana@example.org"]
    for number, email in enumerate(names):
        topic = "calibration of language models" if number > BLOCK else "foxes in the snow"
        catalog.subscribers.add(a_subscription(email, f"list{number}", profile=a_profile(topic, limit=3)), NOON)
    catalog.papers.record(a_batch(OLD, a_paper("arxiv:2611.00003", "Foxes in the snow"), *a_crowd(1)), NOON)

    (calibration,) = (issue for issue in published(parts_with(catalog)) if issue.subscription.name == f"list{BLOCK + 1}")

    assert OLD.key in shown(calibration)


def test_a_paper_by_a_followed_author_stands_in_the_letter_that_follows_them(catalog: Catalog) -> None:
    profiles = {"models": a_profile("calibration of language models"), "people": Profile(authors=("Wei Mao",))}
    for name, profile in profiles.items():
        catalog.subscribers.add(a_subscription(name=name, profile=profile), NOON)
    hers = replace(OLD, authors=(Author("Wei Mao"),))
    catalog.papers.record(a_batch(hers, NEW), NOON)

    _, people = published(parts_with(catalog))

    assert [(pick.paper.key, str(pick.section)) for pick in people.picks if pick.section == "followed"] == [(hers.key, "followed")]


def test_who_comes_back_after_half_a_year_ranks_the_last_month(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(), NOON - 190 * DAY)
    parts = parts_with(catalog)
    catalog.papers.record(a_batch(a_paper("arxiv:2605.00001", "The first of them")), NOON - 190 * DAY)
    published(parts, NOON - 190 * DAY)
    catalog.papers.record(a_batch(OLD), NOON - 31 * DAY)
    catalog.papers.record(a_batch(NEW), NOON - 29 * DAY)

    assert shown(preview_issue(parts, reader, Report(NOON))) == [NEW.key]


@pytest.mark.parametrize("profile", [a_profile("Spracherkennung"), Profile(keywords=("foxes",))])
def test_a_letter_in_which_nothing_stands_out_says_so(catalog: Catalog, profile: Profile) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=profile), NOON)
    catalog.papers.record(a_batch(*a_crowd(20)), NOON)

    issue = preview_issue(parts_with(catalog), reader, Report(NOON))

    assert issue.notes[-1] == "None of the papers chosen here stands out by what you asked for; a floor of 10 keeps such ones out."


WORDS = "None of the papers chosen here says enough words of any of your topics to be surely about it; they came nearest."


@pytest.mark.parametrize(
    ("title", "notes"),
    [("Anomalous growth of foxes", (WORDS,)), ("The anomalous Hall effect, quantum and fractional", ()), ("Anomalous growth of mRNA", ())],
)
def test_a_letter_whose_papers_share_only_a_word_with_a_topic_says_so(catalog: Catalog, title: str, notes: tuple[str, ...]) -> None:
    profile = a_profile("fractional quantum anomalous Hall effect", keywords=("mRNA",))
    reader = catalog.subscribers.add(a_subscription(profile=profile), NOON)
    catalog.papers.record(a_batch(*a_crowd(60), a_paper("arxiv:2611.00007", title, abstract="Nothing more.")), NOON)

    issue = preview_issue(parts_with(catalog), reader, Report(NOON))

    assert issue.notes[2:] == notes


def test_a_letter_does_not_say_so_where_somebody_followed_wrote_on_the_topic(catalog: Catalog) -> None:
    profile = a_profile("anomalous Hall effect", authors=("Wei Mao",))
    reader = catalog.subscribers.add(a_subscription(profile=profile), NOON)
    hers = a_paper("arxiv:2611.00008", "The anomalous Hall effect", authors=(Author("Wei Mao"),))
    near = a_paper("arxiv:2611.00007", "Anomalous growth of foxes", abstract="Nothing more.")
    catalog.papers.record(a_batch(*a_crowd(60), near, hers), NOON)

    issue = preview_issue(parts_with(catalog), reader, Report(NOON))

    assert {near.key: False, hers.key: True}.items() <= {pick.paper.key: pick.section is Section.FOLLOWED for pick in issue.picks}.items()
    assert WORDS not in issue.notes


def test_a_letter_with_a_paper_of_its_readers_own_category_does_not_say_so(catalog: Catalog) -> None:
    profile = a_profile("moiré superconductivity", categories=("cond-mat.supr-con",))
    reader = catalog.subscribers.add(a_subscription(profile=profile), NOON)
    hers = a_paper("arxiv:2611.00007", "Superconductivity near 80 K", categories=("cond-mat.supr-con",))
    catalog.papers.record(a_batch(*a_crowd(60), hers), NOON)

    issue = preview_issue(parts_with(catalog), reader, Report(NOON))

    assert hers.key in shown(issue)
    assert issue.notes[2:] == ()


def test_a_letter_with_a_paper_of_somebody_followed_says_that_nothing_else_stands_out(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=Profile(authors=("Wei Mao",), keywords=("foxes",))), NOON)
    catalog.papers.record(a_batch(*a_crowd(20), replace(OLD, authors=(Author("Wei Mao"),))), NOON)

    issue = preview_issue(parts_with(catalog), reader, Report(NOON))

    assert issue.notes[-1].startswith("Besides what people you follow wrote, nothing here stands out")


def test_who_follows_people_and_nothing_else_gets_their_papers_and_no_others(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=Profile(authors=("Wei Mao",))), NOON)
    catalog.papers.record(a_batch(*a_crowd(20), replace(OLD, authors=(Author("Wei Mao"),))), NOON)

    issue = preview_issue(parts_with(catalog), reader, Report(NOON))

    assert [pick.paper.key for pick in issue.picks if not pick.section.is_beside] == [OLD.key]
    assert not any("stands out" in note for note in issue.notes)


def test_who_follows_people_who_wrote_nothing_is_told_that_and_no_title_as_the_closest(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(profile=Profile(authors=("Wei Mao",))), NOON)
    catalog.papers.record(a_batch(*a_crowd(20)), NOON)
    report = Report(NOON)

    (issue,) = published_with(parts_with(catalog), report)

    assert (issue.picks, issue.others) == ((), ())
    assert report.quiet == ["ana@example.org (main), 2026-11-23: none of 20 new papers is by anybody they follow"]


def test_who_wrote_nothing_down_and_follows_by_one_button_still_gets_papers(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=Profile()), NOON)
    catalog.papers.record(a_batch(replace(OLD, authors=(Author("Wei Mao"),))), NOON)
    published(parts_with(catalog))
    catalog.feedback.give(reader.id, OLD.key, FeedbackKind.FOLLOW, NOON, author="Wei Mao", origin="mail")
    catalog.papers.record(a_batch(*a_crowd(3)), NOON + DAY)

    (issue,) = published_with(parts_with(catalog), Report(NOON + DAY))

    assert len([pick for pick in issue.picks if not pick.section.is_beside]) == 3


def test_a_letter_does_not_say_that_a_floor_keeps_out_what_is_above_it(catalog: Catalog) -> None:
    loud = Profile(keywords=("foxes",), weights=(("popularity", 2.0),), floor=10.0)
    reader = catalog.subscribers.add(a_subscription(profile=loud), NOON)
    catalog.papers.record(a_batch(*a_crowd(20), replace(NEW, facts=Facts(votes=900), abstract="")), NOON)

    issue = preview_issue(parts_with(catalog), reader, Report(NOON))

    assert NEW.key in shown(issue)
    assert not any("stands out" in note for note in issue.notes)


@pytest.mark.parametrize("weights", [(), (("keywords", 0.05),)])
def test_a_letter_with_one_paper_of_what_was_asked_for_does_not_say_that(catalog: Catalog, weights: tuple[tuple[str, float], ...]) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=Profile(keywords=("foxes",), weights=weights)), NOON)
    catalog.papers.record(a_batch(*a_crowd(20), a_paper("arxiv:2611.00003", "Foxes in the snow")), NOON)

    assert len(preview_issue(parts_with(catalog), reader, Report(NOON)).notes) == 2


def test_a_thin_profile_gets_its_categories_without_what_it_mutes_and_is_told(catalog: Catalog) -> None:
    thin = Profile(categories=("cs.LG",), muted=("conformal",))
    reader = catalog.subscribers.add(a_subscription(profile=thin), NOON)
    elsewhere = a_paper("arxiv:2611.00003", "Robots that tidy up", categories=("cs.RO",))
    catalog.papers.record(a_batch(OLD, NEW, elsewhere), NOON)
    parts = parts_with(catalog)

    issue = preview_issue(parts, reader, Report(NOON))

    assert shown(issue) == [OLD.key]
    assert issue.notes == (
        "This is your first letter. What we understood: category cs.LG; papers that say 'conformal' are not shown.",
        "If that is not right, write to digest@example.org.",
        "Your profile has no topic, keyword, author or liked paper yet, so this is what is new in cs.LG, not a choice made for you.",
    )
    assert explain(parts, reader, OLD.key, Report(NOON)).verdict == (
        "nothing is ranked for this reader: the profile has no topic, keyword, author or liked paper"
    )


def test_a_thin_profile_gets_the_categories_of_an_archive_and_those_that_it_spells_otherwise(catalog: Catalog) -> None:
    cells = a_paper("doi:10.1101/1", "Of cells", categories=("cell biology",))
    bears = a_paper("arxiv:2611.00004", "Of bears", categories=("math.CO",))
    catalog.papers.record(a_batch(OLD, cells, bears), NOON)
    parts = parts_with(catalog)

    found = [
        shown(preview_issue(parts, catalog.subscribers.add(a_subscription(f"{name}@example.org", profile=profile), NOON), Report(NOON)))
        for name, profile in (("ana", Profile(categories=("cs",))), ("bo", Profile(categories=("Cell Biology",))))
    ]

    assert found == [[OLD.key], [cells.key]]


def test_what_is_to_be_said_of_all_letters_stands_in_each(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(), NOON)
    catalog.papers.record(a_batch(OLD), NOON)

    issue = preview_issue(replace(parts_with(catalog), notes=("All of this is invented.",)), reader, Report(NOON))

    assert "All of this is invented." in issue.notes


def test_who_has_a_letter_cannot_make_the_message_id_of_another_readers(catalog: Catalog) -> None:
    for name in ("ana", "bo"):
        catalog.subscribers.add(a_subscription(f"{name}@example.org"), NOON)
    catalog.papers.record(a_batch(OLD), NOON)

    one, other = (issue.message_id.strip("<>").partition("@")[0].split(".") for issue in published(parts_with(catalog)))

    assert one[0] == other[0]
    assert one[2] != other[2]


def test_an_edition_shares_its_picks_and_shows_what_a_profile_showed(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(), NOON)
    for name in ("ana", "bo"):
        catalog.subscribers.add(a_subscription(f"{name}@example.org", "hot", edition=Edition(name="trending")), NOON)
    catalog.papers.record(a_batch(OLD, NEW, source="huggingface"), NOON)

    *hot, mine = published(parts_with(catalog))

    assert sorted(shown(mine)) == [OLD.key, NEW.key]
    assert [shown(issue) for issue in hot] == [[NEW.key, OLD.key]] * 2
    assert [shown(catalog.issues.load(issue.id)) for issue in hot] == [[NEW.key, OLD.key]] * 2


def test_an_edition_has_what_was_listed_since_its_last_issue(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(edition=Edition(name="cs.LG")), NOON)
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00003", "Foxes")), NOON)
    first = published(parts_with(catalog))
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00004", "Hens")), NOON + DAY)

    second = published(parts_with(catalog), NOON + DAY)

    assert [shown(issue) for issue in (*first, *second)] == [["arxiv:2611.00003"], ["arxiv:2611.00004"]]


@pytest.mark.parametrize(
    ("changes", "papers", "why"),
    [
        ({}, (), "no paper was listed since the last issue"),
        ({"liked": (OLD.key,)}, (OLD,), "nothing that was listed since the last issue is new to its reader"),
        ({"muted": ("calibration",)}, (OLD,), "the one new paper is muted or sent before"),
    ],
)
def test_a_run_says_why_somebody_gets_nothing(catalog: Catalog, changes: dict[str, object], papers: tuple[object, ...], why: str) -> None:
    catalog.subscribers.add(a_subscription(profile=a_profile("foxes", **changes)), NOON)
    catalog.papers.record(a_batch(*papers), NOON)  # type: ignore[arg-type]  # the table above holds papers
    report = Report(NOON)

    publish(parts_with(catalog), report)

    assert report.quiet == [f"ana@example.org (main), 2026-11-23: {why}"]
    assert waiting(catalog.outbox) == 0


def test_an_edition_that_gets_nothing_names_the_category_that_nobody_listed(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(edition=Edition(name="nope")), NOON)
    catalog.papers.record(a_batch(OLD), NOON)
    report = Report(NOON)

    publish(parts_with(catalog), report)

    assert report.quiet == ["ana@example.org (main), 2026-11-23: no new paper in 'nope' was listed since the last issue"]


def test_a_paused_reader_catches_up_once(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(), NOON)
    parts = parts_with(catalog)
    catalog.papers.record(a_batch(OLD), NOON)
    published(parts)
    paused(catalog, "ana@example.org", NOON + 5 * DAY)
    catalog.papers.record(a_batch(NEW), NOON + DAY)

    during, after, again = (published(parts, NOON + n * DAY) for n in (3, 6, 6))

    assert (during, [shown(issue) for issue in after], again) == ((), [[NEW.key]], ())


def test_a_clock_that_goes_back_publishes_no_earlier_day(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(), NOON)
    catalog.papers.record(a_batch(OLD), NOON)
    parts = parts_with(catalog)
    published(parts, NOON + DAY)

    assert published(parts) == ()


def test_a_first_letter_goes_out_at_any_hour_and_is_the_days_only_one(catalog: Catalog) -> None:
    early = NOON - timedelta(hours=9)
    reader = catalog.subscribers.add(a_subscription(), early)
    catalog.papers.record(a_batch(OLD), early)
    parts = parts_with(catalog)

    report = first_letter(parts, [reader], lambda: early)

    assert (report.issues, dict(report.deliveries)) == (1, {DeliveryStatus.SENT: 1})
    assert published(parts) == ()


def test_a_first_letter_after_the_hour_of_its_day_speaks_of_no_letter_before(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(), NOON)
    catalog.papers.record(a_batch(OLD), NOON)

    first_letter(parts_with(catalog), [reader], lambda: NOON)

    (issue,) = catalog.issues.latest(1)
    assert issue.notes[0].startswith("This is your first letter.")


def test_explain_says_what_became_of_a_paper(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(), NOON)
    catalog.papers.record(a_batch(OLD), NOON)
    parts = parts_with(catalog)
    before = explain(parts, reader, OLD.key, Report(NOON))
    published(parts)
    (letter,) = catalog.outbox.claim(NOON, "elsewhere:1:a", 1, DAY)
    settled(catalog.outbox, letter.id, DeliveryStatus.SENT, NOON, "250 ok")
    after = explain(parts, reader, OLD.key, Report(NOON))

    assert before.verdict == "in the next issue, at place 1 of 1"
    assert after.verdict == "already sent in the issue of 2026-11-23"
    with pytest.raises(NotFound):
        explain(parts, reader, "arxiv:2699.99999", Report(NOON))


def test_explain_tells_a_namesake_from_the_one_whom_the_reader_follows(catalog: Catalog) -> None:
    follower = Profile(authors=("Wei Wang <0000-0002-1825-0097>",), keywords=("foxes",), limit=1)
    reader = catalog.subscribers.add(a_subscription(profile=follower), NOON)
    theirs = replace(OLD, authors=(Author("W. Wang", orcid="0000-0002-1825-0097"),))
    namesake = replace(NEW, authors=(Author("Wei Wang", orcid="0000-0001-5109-3700"),))
    catalog.papers.record(a_batch(theirs, namesake), NOON)

    verdicts = [explain(parts_with(catalog), reader, paper.key, Report(NOON)).verdict for paper in (theirs, namesake)]

    assert verdicts == [
        "in the next issue, among those by people you follow",
        "in the next issue, at place 1 of 1; by a namesake of Wei Wang, whom you follow: another ORCID iD",
    ]


def test_explain_says_that_who_follows_people_alone_gets_no_others(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=Profile(authors=("Wei Mao",))), NOON)
    catalog.papers.record(a_batch(OLD), NOON)
    published(parts_with(catalog))
    catalog.papers.record(a_batch(NEW), NOON + DAY)

    verdict = explain(parts_with(catalog), reader, NEW.key, Report(NOON + DAY)).verdict

    assert verdict == "not shown: the profile names people to follow and nothing else, and none of them wrote it"


def test_explain_knows_a_paper_that_was_only_ever_replaced(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(), NOON)
    catalog.papers.record(a_batch(OLD, kind=Listing.REPLACE), NOON)

    answer = explain(parts_with(catalog), reader, OLD.key, Report(NOON))

    assert answer.verdict.startswith("not shown: no source has announced it as new")


def test_a_liked_paper_that_nobody_knows_is_a_remark_and_not_a_failure(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(profile=a_profile(liked=("doi:10.1/x",))), NOON)
    report = Report(NOON)

    learn_liked(parts_with(catalog), report)

    assert (report.failures, report.quiet) == ([], ["liked paper doi:10.1/x: no source knows it, so nothing is compared with it"])


def test_a_letter_tried_again_keeps_its_subject_when_the_papers_title_has_changed(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(), NOON)
    catalog.papers.record(a_batch(OLD), NOON)
    parts = parts_with(catalog)
    (issue,) = published(parts)
    catalog.papers.record(a_batch(replace(OLD, title="A quite different title of it", version=2), kind=Listing.REPLACE), NOON + DAY)

    again = catalog.issues.load(issue.id)

    assert again.picks[0].paper.title == "A quite different title of it"
    assert render_issue(parts, again).subject == render_issue(parts, issue).subject == "Calibration of language models"


def test_a_letter_of_which_two_papers_proved_to_be_one_counts_them_as_one_in_its_subject(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(), NOON)
    catalog.papers.record(a_batch(OLD, a_paper("doi:10.1000/1", "The dens of language models"), a_paper("doi:10.1000/2", "Foxes")), NOON)
    parts = parts_with(catalog)
    (issue,) = published(parts)
    catalog.papers.record(a_batch(replace(OLD, ids=(OLD.key, "doi:10.1000/1"))), NOON + DAY)

    again = catalog.issues.load(issue.id)

    assert render_issue(parts, issue).subject == "Calibration of language models, and 2 more"
    assert render_issue(parts, again).subject == "Calibration of language models, and 1 more"


def test_a_profile_whose_likes_nobody_knows_gets_what_is_new_and_is_told_why(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=a_profile(liked=("doi:10.1/x",))), NOON)
    catalog.papers.record(a_batch(OLD), NOON)

    issue = preview_issue(parts_with(catalog), reader, Report(NOON))

    assert issue.notes == (
        "This is your first letter. What we understood: 1 paper that you like and no source knows yet.",
        "If that is not right, write to digest@example.org.",
        "Your profile names only liked papers that no source knows, so this is what is talked about most, not a choice made for you.",
    )
    assert explain(parts_with(catalog), reader, OLD.key, Report(NOON)).verdict == (
        "nothing is ranked for this reader: no source knows the papers the profile likes"
    )


def test_a_profile_without_anything_is_not_told_of_talk_where_nobody_votes(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=Profile()), NOON)
    catalog.papers.record(a_batch(replace(OLD, facts=Facts())), NOON)

    issue = preview_issue(parts_with(catalog), reader, Report(NOON))

    assert issue.notes[-1].endswith("so this is what is new, not a choice made for you.")


def test_explain_says_why_a_paper_is_not_in_the_next_issue(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(
        a_subscription(profile=Profile(interests=(Interest(topics=("foxes in winter",), disliked=("arxiv:5.3",)),), floor=30.0)), NOON
    )
    words = "vixens cubs dens burrows snow frost tracks scent hunting voles meadow dusk"
    foxes = a_paper("arxiv:5.1", "Foxes in winter", abstract=f"On foxes in winter: {words}.")
    again = a_paper("arxiv:5.2", "Foxes in winter again", abstract=f"Once more on foxes in winter: {words}.")
    disliked = a_paper("arxiv:5.3", "Badgers", abstract="On badgers.")
    far = a_paper("arxiv:5.4", "Stones", abstract="Where granite lies.")
    catalog.papers.record(a_batch(foxes, again, disliked, far, *a_crowd(60)), NOON)

    verdicts = {key: explain(parts_with(catalog), reader, key, Report(NOON)).verdict for key in ("arxiv:5.1", "arxiv:5.2", "arxiv:5.3")}
    below = explain(parts_with(catalog), reader, "arxiv:5.4", Report(NOON)).verdict

    shown_one, twin = sorted(("arxiv:5.1", "arxiv:5.2"), key=lambda key: "in the next issue, at place" not in verdicts[key])
    assert verdicts[shown_one] == "in the next issue, at place 1 of 1"
    assert verdicts[twin].startswith("not shown: it says nearly the same as 'Foxes in winter")
    assert verdicts["arxiv:5.3"] == "you disliked it, so it is not shown again"
    assert below.endswith("is below the floor of 30")


def test_explain_names_the_interest_that_brings_a_paper(catalog: Catalog) -> None:
    interests = (Interest(name="unheard of", liked=("doi:10.1/none",)), Interest(name="foxes", topics=("foxes",)))
    reader = catalog.subscribers.add(a_subscription(profile=Profile(interests=interests)), NOON)
    catalog.papers.record(a_batch(a_paper("arxiv:5.1", "Foxes"), *a_crowd(60)), NOON)

    assert explain(parts_with(catalog), reader, "arxiv:5.1", Report(NOON)).verdict == "in the next issue, at place 1 of 12, for 'foxes'"
    assert {pick.interest for pick in preview_issue(parts_with(catalog), reader, Report(NOON)).picks} == {"foxes"}
