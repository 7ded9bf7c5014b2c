"""The words of a letter: subjects, sentences, points, dates, links, wrapped lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from math import fsum
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import PASSED_OVER, Author, Facts, Profile, Reason, Section
from digest.ranking.liked import note_on
from digest.rendering import language
from digest.rendering.cards import Setting, paper_view
from digest.rendering.links import abstract_link, pdf_link, web_link
from digest.rendering.plain import hang, wrap
from digest.rendering.points import in_tenths, whole
from digest.rendering.texts import clean, shortened
from tests.builders import a_paper, a_profile, a_subscription
from tests.rendering_builders import LEAVE, a_pick, an_issue, papers_named, the_press

TOPIC = "topic 'calibration of language models'"


def subject(*titles: str, edition: str | None = None) -> str:
    return the_press().render(an_issue(*papers_named(*titles), edition=edition), LEAVE).subject


def view(*, length: int = 350, is_top: bool = False, **changes):
    return paper_view(a_paper(**changes), Setting(language=language("en"), year=2026, length=length), is_top=is_top)


# --- subject and preheader --------------------------------------------------------------------------------------------


def test_the_subject_names_the_first_paper_and_counts_the_others():
    assert subject("Conformal calibration of LLM judges", *["On Foxes"] * 11) == "Conformal calibration of LLM judges, and 11 more"


def test_the_subject_counts_the_papers_that_the_sentence_at_a_glance_counts():
    foxes, hounds, geese, owls = papers_named("On Foxes", "On Hounds", "On Geese", "On Owls")
    beside = replace(geese, section=Section.ASKED), replace(owls, section=Section.ARCHIVE)

    rendering = the_press().render(an_issue(foxes, hounds, *beside), LEAVE)

    assert rendering.subject == "On Foxes, and 1 more"


def test_the_subject_of_one_paper_is_its_title():
    assert subject("On Foxes") == "On Foxes"


def test_the_subject_of_an_edition_says_which():
    assert subject("On Foxes", "On Hounds", edition="trending") == "Trending: On Foxes, and 1 more"
    assert subject("On Foxes", "On Hounds", edition="cs.LG") == "cs.LG: On Foxes, and 1 more"


def test_a_long_subject_is_cut_at_a_word():
    long = "Towards a unified theory of the calibration of very large language models under distribution shift"

    assert subject(long, "B", "C") == "Towards a unified theory of the calibration of very large…, and 2 more"


@pytest.mark.parametrize("title", ["Re: On Foxes", "AW : On Foxes", "fwd[2]: On Foxes"])
def test_a_title_that_begins_as_an_answer_does_makes_no_answer_of_a_letter(title):
    assert subject(title) == f'"{title}"'
    assert subject(title, "B", edition="cs.LG") == f"cs.LG: {title}, and 1 more"


def test_a_long_title_that_begins_as_an_answer_does_is_cut_within_its_quotation_marks():
    long = "Re: Towards a unified theory of the calibration of very large language models under distribution shift"

    assert subject(long, "B", "C") == '"Re: Towards a unified theory of the calibration of very large…", and 2 more'


def test_a_title_that_only_looks_like_an_answer_is_a_subject_as_it_is():
    assert subject("Reinforcement: a survey") == "Reinforcement: a survey"
    assert subject("Re-ranking: a survey") == "Re-ranking: a survey"


def test_nothing_to_show_is_a_subject_of_its_own():
    assert subject() == "Nothing new for you, Monday, 23 November 2026"


def test_a_subject_holds_no_control_character_and_no_encoded_word():
    assert subject("=?utf-8?q?=0D=0ABcc:_v@evil.test?=\r\nBcc: w@evil.test") == "= ?utf-8?q?=0D=0ABcc:_v@evil.test?= Bcc: w@evil.test"


@given(st.text(max_size=300), st.sampled_from([None, "trending", "cs.LG", "=?" * 40]))
def test_a_subject_is_one_short_line_whatever_the_title(title, edition):
    written = subject(title, "On Foxes", edition=edition)

    assert len(written) <= 78
    assert written.isprintable() or not set(written) & set("\r\n\x00\x1b\u2028\u202e")
    assert "=?" not in written


def test_the_preheader_names_the_next_papers():
    issue = an_issue(*papers_named("On Foxes", "On Hounds", "On Geese", "On Hens", "On Owls"))

    assert the_press().render(issue, LEAVE).preheader == "Also: On Hounds; On Geese; On Hens"


def test_the_preheader_of_one_paper_is_the_sentence_at_a_glance():
    assert the_press().render(an_issue(*papers_named("On Foxes")), LEAVE).preheader == (
        "1 of 431 new papers for you, about a minute: 1\N{NO-BREAK SPACE}on calibration of language models."
    )


def test_a_heading_is_underlined_as_wide_as_it_is():
    wide = [a_pick(a_paper(f"x:{name}"), score=9.0, reasons=(Reason("topics", 9.0, TOPIC),)) for name in "abc"]
    picks = [replace(pick, interest=name) for pick, name in zip(wide, ("", "機械学習", "Maße"), strict=True)]

    text = the_press().render(an_issue(*picks), LEAVE).text

    assert "\n機械学習\n--------\n" in text
    assert "\nMASSE\n-----\n" in text


# --- at a glance ------------------------------------------------------------------------------------------------------


def glance(*picks, **changes: object) -> str:
    return " ".join(the_press().render(an_issue(*picks, **changes), LEAVE).text.split("\n\n")[1].split())


def test_the_glance_counts_topics_and_followed_people():
    picks = [a_pick(a_paper(f"x:{i}"), reasons=(Reason("topics", 9.0, TOPIC),)) for i in range(3)]
    picks += [a_pick(a_paper("x:9"), reasons=(Reason("authors", 9.0, "you follow Ana Silva"),), section=Section.FOLLOWED)]

    assert glance(*picks) == "4 of 431 new papers for you, about a minute: 3 on calibration of language models, 1 by people you follow."


def test_the_glance_counts_a_topic_however_python_quotes_it_and_in_other_words():
    notes = ["topic \"Parkinson's disease\"", "topic \"Parkinson's disease\" (in other words)", "topic 'a' (says 'b')"]

    said = glance(*(a_pick(a_paper(f"arxiv:{note}"), reasons=(Reason("topics", 20.0, note),)) for note in notes))

    assert said == "3 of 431 new papers for you, about a minute: 2 on Parkinson's disease."


def test_the_glance_does_not_count_for_a_topic_what_is_a_little_near_it_in_other_words():
    note = "topic 'moiré superconductivity' (in other words)"

    said = glance(*(a_pick(a_paper(f"arxiv:{points}"), reasons=(Reason("topics", points, note),)) for points in (19.9, 10.0)))

    assert said == "2 of 431 new papers for you, about a minute."


@pytest.mark.parametrize(
    ("points", "counted"),
    [
        pytest.param(30.0, ": 1 on hallucination.", id="half as much"),
        pytest.param(29.9, ".", id="less than half as much"),
    ],
)
def test_the_glance_counts_a_paper_with_some_words_of_a_topic_for_another_that_it_names(points, counted):
    part = Reason("topics", 60.0, "topic 'factuality of retrieval-augmented generation' (says 'retrieval', 'augmented')")
    other = Reason("topics", 40.0, "topic 'abstention' (in other words)")

    said = glance(a_pick(reasons=(part, other, Reason("topics", points, "topic 'hallucination'"))))

    assert said == f"1 of 431 new papers for you, about a minute{counted}"


def test_a_glance_that_ends_with_a_cut_topic_has_no_fourth_dot():
    note = "topic 'calibration and uncertainty quantification of large language models'"

    said = glance(a_pick(reasons=(Reason("topics", 20.0, note),)))

    assert said == "1 of 431 new papers for you, about a minute: 1 on calibration and uncertainty quantification of large…"


def test_the_glance_says_nothing_it_does_not_know():
    assert glance(a_pick(score=4.0), considered=0) == "1 new paper for you, about a minute."


def test_no_line_of_the_glance_ends_in_how_many_minutes_or_papers():
    followed = a_pick(a_paper("x:1"), score=9.0, section=Section.FOLLOWED)

    html = the_press().render(an_issue(*papers_named(*"ABCDEFGHIJK"), followed), LEAVE).html

    said = "about 4_minutes: 11_on calibration of language models, 1_by people you follow."
    assert said.replace("_", "\N{NO-BREAK SPACE}") in html


def test_the_glance_of_an_edition_claims_no_choice():
    assert glance(*papers_named("On Foxes"), edition="cs.LG") == "1 of 431 new papers on the list."


def test_a_list_without_votes_is_not_said_to_begin_with_the_most_talked_about() -> None:
    voted = a_pick(a_paper(title="On Foxes", facts=Facts(votes=3)))

    assert glance(*papers_named("On Owls"), edition="trending") == "1 of 431 new papers on the list."
    assert glance(voted, *papers_named("On Owls"), edition="trending") == "2 of 431 new papers on the list, the most talked about first."


def test_the_glance_of_an_empty_issue_for_who_follows_people_alone_says_that_they_wrote_nothing():
    alone = a_subscription(profile=Profile(authors=("Wei Mao",)))

    assert glance(subscription=alone) == "None of 431 new papers is by people you follow."
    assert glance(subscription=alone, considered=1) == "The one new paper is not by people you follow."


def test_who_follows_people_and_has_liked_a_paper_since_is_told_of_the_floor_below_which_the_closest_is():
    liked_since = a_subscription(profile=Profile(authors=("Wei Mao",), floor=10.0))

    assert glance(subscription=liked_since, others=(a_paper("x:1"),)) == "None of 431 new papers reached your floor of 10."


def test_the_glance_of_an_empty_issue_says_so():
    assert glance() == "None of 431 new papers stood out for you."
    assert glance(considered=0) == "Nothing new for you this time."


def test_one_new_paper_that_is_not_good_enough_is_not_none_of_one():
    floored = a_subscription(profile=a_profile("foxes", floor=30))

    assert glance(considered=1) == "The one new paper did not stand out for you."
    assert glance(considered=1, subscription=floored) == "The one new paper did not reach your floor of 30."


def test_a_profile_too_thin_to_rank_gets_its_categories_by_rank():
    thin = a_subscription(profile=Profile(categories=("cs.LG", "stat.ML")))
    text = the_press().render(an_issue(a_pick(score=3.0), subscription=thin), LEAVE).text

    assert "NEW IN CS.LG, STAT.ML" in text
    assert "\n  1  On Foxes\n" in text


def test_trending_claims_hugging_face_only_where_its_votes_are_known():
    voted = a_pick(a_paper(facts=Facts(votes=3)))

    assert "TRENDING ON HUGGING FACE\n" in the_press().render(an_issue(voted, edition="trending"), LEAVE).text
    assert "TRENDING\n" in the_press().render(an_issue(a_pick(), edition="trending"), LEAVE).text


# --- points -----------------------------------------------------------------------------------------------------------


def test_whole_points_sum_to_the_shown_score():
    reasons = (Reason("a", 41.4, "a"), Reason("b", 30.5, "b"), Reason("c", 17.4, "c"))

    assert whole(a_pick(reasons=reasons)) == (89, [("a", 41), ("b", 31), ("c", 17)])


def test_points_in_tenths_sum_to_the_score_in_tenths():
    reasons = (Reason("a", 93.44, "a"), Reason("b", 0.03, "b"), Reason("c", -0.37, "c"))

    assert in_tenths(reasons, 93.1) == (("a", 93.5), ("c", -0.4))


@pytest.mark.parametrize(
    ("beside", "told"),
    [
        ((note_on("Hens"), 2.0), (("near 3 more papers that you liked", 2.1), (note_on("Hens"), 2.0))),
        (("your liked papers", 9.0), (("your liked papers", 11.1),)),
        (("topic 'hens'", 9.0), (("topic 'hens'", 9.0), ("near 3 papers that you liked", 2.1))),
    ],
)
def test_liked_papers_of_less_than_a_point_each_are_explained_as_one(beside: tuple[str, float], told: tuple[tuple[str, float], ...]):
    note, points = beside
    near = tuple(Reason("liked", 0.7, note_on(title)) for title in ("Foxes", "Owls", "Crows"))
    reasons = (Reason("liked", points, note), *near, Reason("recency", 0.6, "just published"))

    assert in_tenths(reasons, points + 2.7) == (*told, ("just published", 0.6))


def test_one_liked_paper_of_less_than_a_point_is_explained_by_its_title():
    reasons = (Reason("topics", 9.0, TOPIC), Reason("liked", 0.7, note_on("Foxes")), Reason("other", 0.2, "other reasons"))

    assert in_tenths(reasons, 9.9) == ((TOPIC, 9.0), (note_on("Foxes"), 0.7), ("other reasons", 0.2))


def test_of_many_reasons_the_four_weightiest_are_told_and_the_others_together_last():
    reasons = tuple(Reason("liked", float(points), f"near {points}") for points in (20, 18, -16, 9, 8, 4))

    told = [("near 20", 20), ("near 18", 18), ("near 9", 9), ("near -16", -16), ("other reasons", 12)]
    assert whole(a_pick(reasons=reasons)) == (43, told)


def test_each_strong_reason_of_four_is_told_though_there_are_weak_ones_beside_them():
    reasons = tuple(Reason("liked", float(points), f"near {points}") for points in (42, 41, 40, 39, 1, -2))

    told = [("near 42", 42), ("near 41", 41), ("near 40", 40), ("near 39", 39), ("other reasons", -1)]
    assert whole(a_pick(reasons=reasons)) == (161, told)


def test_liked_papers_that_are_not_told_by_themselves_are_told_as_one_whatever_their_titles():
    titles = ("On foxes", "Occam's razor", "On \"hens\"", "It's \"it\"")
    reasons = (*(Reason("liked", 2.0, note_on(title)) for title in titles), Reason("a", 30.0, "a"))

    assert whole(a_pick(reasons=reasons)) == (38, [("a", 30), ("near 4 papers that you liked", 8)])


@pytest.mark.parametrize(("together", "rest"), [(20.0, -4.0), (2.0, -9.0)])
def test_liked_papers_are_told_as_one_with_those_that_the_ranking_tells_so(together: float, rest: float) -> None:
    near = tuple(Reason("liked", 2.0, f"near '{title}', which you liked") for title in ("Foxes", "Owls", "Crows"))
    reasons = (Reason("liked", together, "your liked papers"), *near, Reason("liked", rest, "less what any paper gets"))

    _, told = whole(a_pick(reasons=reasons))

    assert dict(told) == {"your liked papers": together + 6, "less what any paper gets": rest}


def test_liked_papers_that_are_told_together_are_more_than_the_one_told_by_its_title():
    reasons = (Reason("liked", 9.0, note_on("On hens")), *(Reason("liked", 2.0, note_on(title)) for title in ("On foxes", "On owls")))

    assert whole(a_pick(reasons=reasons)) == (13, [(note_on("On hens"), 9), ("near 2 more papers that you liked", 4)])


def test_two_liked_papers_of_little_weight_are_told_as_liked_papers():
    reasons = (Reason("a", 30.0, "a"), *(Reason("liked", 2.0, note_on(title)) for title in ("On foxes", "On hens")))

    assert whole(a_pick(reasons=reasons)) == (34, [("a", 30), ("near 2 papers that you liked", 4)])


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        ((Reason("s", 2.0, "b"),), [("b", 2)]),
        ((Reason("liked", 2.0, note_on("On foxes")),), [(note_on("On foxes"), 2)]),
        ((Reason("liked", 2.0, note_on("On foxes")), Reason("s", 1.0, "b")), [("other reasons", 3)]),
        ((Reason("other", 8.0, "o"), Reason("s", 2.0, "b")), [("other reasons", 10)]),
        ((Reason("other", 8.0, "o"),), [("o", 8)]),
    ],
    ids=["one", "one liked", "one liked and another", "the rest of many and another", "the rest of many"],
)
def test_little_reasons_are_told_as_one_where_there_are_several(reasons: tuple[Reason, ...], told: list[tuple[str, int]]):
    assert whole(a_pick(reasons=(Reason("a", 30.0, "a"), *reasons)))[1] == [("a", 30), *told]


def test_three_points_are_told_by_themselves_up_and_down_and_fewer_are_not():
    reasons = tuple(Reason("s", points, name) for points, name in ((20.0, "a"), (3.0, "b"), (2.0, "c"), (1.0, "d"), (-3.0, "e")))

    assert whole(a_pick(reasons=reasons)) == (23, [("a", 20), ("b", 3), ("e", -3), ("other reasons", 3)])


def test_what_rounding_leaves_over_goes_to_the_largest_rests_one_each():
    reasons = tuple(Reason("s", points, name) for points, name in ((10.6, "a"), (9.5, "b"), (8.7, "c")))

    assert whole(a_pick(reasons=reasons)) == (29, [("a", 11), ("b", 9), ("c", 9)])


def test_reasons_that_come_to_nothing_are_left_out():
    reasons = (Reason("a", 0.2, "a"), Reason("b", 10.0, "b"), Reason("c", -4.0, "c"))

    assert whole(a_pick(reasons=reasons)) == (6, [("b", 10), ("c", -4)])


def test_where_all_new_papers_are_shown_it_is_not_said_of_how_many():
    issue = replace(an_issue(*papers_named("On Foxes", "On Hens")), considered=2)

    assert "\n2 new papers for you, about a minute" in the_press().render(issue, LEAVE).text


def test_of_what_is_not_named_that_is_told_of_which_was_new_whatever_stands_beside():
    beside = [a_pick(a_paper(f"arxiv:2001.0000{n}"), section=section) for n, section in enumerate((Section.ARCHIVE, Section.UPDATED))]
    issue = an_issue(*papers_named("On Foxes"), *beside, considered=260, others=(a_paper("arxiv:2611.00009", "On Owls"),) * PASSED_OVER)

    assert "\n… and 9 more\n" in the_press().render(issue, LEAVE).text


def test_a_negative_reason_is_shown_with_a_minus():
    pick = a_pick(reasons=(Reason("a", 10.0, TOPIC), Reason("b", -4.0, "older than a week")))

    text = " ".join(the_press().render(an_issue(pick), LEAVE).text.split())

    assert "Why: topic “calibration of language models” +10 older than a week −4" in text


@given(st.lists(st.floats(-60, 60), min_size=1, max_size=9))
def test_whole_points_always_sum_to_the_whole_score(points):
    pick = a_pick(reasons=tuple(Reason("s", p, "n") for p in points))

    score, told = whole(pick)

    assert sum(shown for _, shown in told) == score
    assert abs(score - fsum(points)) <= 0.5


# --- cards ------------------------------------------------------------------------------------------------------------


def test_up_to_three_authors_are_named_without_et_al():
    assert view(authors=(Author("A"), Author("B"), Author("C"))).authors == "A, B, C"


def test_more_than_three_authors_end_with_et_al():
    assert view(authors=tuple(map(Author, "ABCD"))).authors == "A, B, C et al."


def test_affiliations_of_the_named_authors_are_shown_once():
    authors = (Author("A", ("Oxford",)), Author("B", ("Oxford", "ETH")), Author("C"), Author("D", ("Elsewhere",)))

    assert view(authors=authors, facts=Facts(organisation="An Institute")).place == "Oxford, ETH"


def test_without_affiliations_the_organisation_is_shown():
    assert view(authors=tuple(map(Author, "ABCD")), facts=Facts(organisation="An Institute")).place == "An Institute"


def test_without_either_the_number_of_authors_is_shown_where_not_all_are_named():
    assert view(authors=tuple(map(Author, "ABCD"))).place == "4\N{NO-BREAK SPACE}authors"
    assert view(authors=tuple(map(Author, "ABC"))).place == ""


def test_of_a_large_collaboration_no_more_authors_are_claimed_to_be_all_than_were_kept():
    assert view(authors=tuple(Author(f"A{n}") for n in range(199))).place == "199\N{NO-BREAK SPACE}authors"
    assert view(authors=tuple(Author(f"A{n}") for n in range(200))).place == "200\N{NO-BREAK SPACE}or more authors"


def test_one_comment_is_singular_and_none_is_not_shown():
    assert view(facts=Facts(votes=5, comments=1)).talk == ("▲\N{NO-BREAK SPACE}5", "1\N{NO-BREAK SPACE}comment")
    assert view(facts=Facts(votes=0, comments=0)).talk == ()


def test_a_models_summary_stands_before_the_abstract_and_says_whose_it_is():
    lists = view(abstract="We study.", facts=Facts(summary="It is short."))
    operators = view(abstract="We study.", facts=Facts(summary="It is shorter.", summary_by="m-1\u202e"))

    assert (lists.abstract, lists.abstract_label) == ("It is short.", "Summary (AI, Hugging Face)")
    assert (operators.abstract, operators.abstract_label) == ("It is shorter.", "Summary (AI, m-1)")
    assert view(abstract="", facts=Facts(summary="It is short.")).abstract_label == "Summary (AI, Hugging Face)"


def test_without_a_model_the_abstracts_own_sentences_stand_there_without_a_label():
    said = "In this paper, we propose a new kind of den. It is cheap to dig, and cheap to keep for years."

    plain = view(abstract=f"Foxes are old. Much is known of them. {said} However, all dens end.")

    assert plain.abstract == said
    assert (plain.abstract_label, plain.new) == ("", "")


def test_a_top_pick_says_first_what_is_new_and_does_not_say_it_twice():
    said = "In this paper, we propose a new kind of den. It is cheap to dig, and cheap to keep for years."

    top = view(is_top=True, abstract=f"Foxes are old. Much is known of them. {said} However, all dens end.")

    assert top.new == "In this paper, we propose a new kind of den."
    assert top.abstract == "It is cheap to dig, and cheap to keep for years."


def test_where_there_is_little_room_the_new_sentence_stands_alone_and_is_cut():
    abstract = "We propose a new kind of den for foxes. Experiments show that it outperforms all older dens of foxes by far."

    assert view(abstract=abstract, length=120).abstract == abstract
    assert view(abstract=abstract, length=60).abstract == "We propose a new kind of den for foxes."
    assert view(abstract=abstract, length=20).abstract == "We propose a new…"
    assert view(abstract=abstract, length=0, is_top=True).abstract == view(abstract=abstract, length=0, is_top=True).new == ""


def test_what_is_new_is_the_authors_own_sentence_whoever_sums_the_paper_up():
    summed = view(is_top=True, abstract="We propose dens.", facts=Facts(summary="They propose dens.", summary_by="m-1"))

    assert (summed.new, summed.abstract) == ("We propose dens.", "They propose dens.")
    assert view(is_top=True, abstract="", facts=Facts(summary="They propose dens.")).new == ""
    assert len(view(is_top=True, abstract="We propose " + "dens and " * 100 + "more.").new) <= 350


def test_code_is_marked_only_where_its_link_can_be_shown():
    assert view(facts=Facts(repository="https://github.com/x/y")).has_code
    assert not view(facts=Facts(repository="javascript:alert(1)")).has_code


def test_text_is_cut_at_a_word():
    assert shortened("a bright red fox", 14) == "a bright red…"
    assert shortened("a bright red fox", 16) == "a bright red fox"


def test_a_text_without_blanks_is_cut_all_the_same():
    assert shortened("狐" * 50, 10) == "狐" * 9 + "…"


def test_invisible_characters_are_blanks():
    assert clean("a\x00b\r\nc\u202ed\u2028e\ud800f") == "a b c d e f"
    assert clean("\u200b\u2060 a\u200fb\u061c") == "a b"


def test_a_title_that_cannot_be_seen_is_replaced_by_the_papers_name():
    assert paper_view(a_paper("doi:10.1/x", "\u200b\u200b"), Setting(language=language("en"), year=2026, length=350)).title == "doi:10.1/x"


# --- links ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "data:text/html,x", "//example.org/x", "/abs/1", "", None, "mailto:a@example.org", "ftp://example.org/",
        "http://localhost/x", "http://127.0.0.1:8000/x", "http://10.0.0.7/x", "http://[::1]/x", "http://169.254.169.254/", "http://printer/x",
        "http://127.1/x", "http://0x7f.1/x", "http://0177.0.0.1/x", "http://127.0.0.1./x", "http://2130706433/x", "http://router.LAN./x", "http://localhost.localdomain/x",
        "https://arxiv.org@evil.example/x", "https://exa mple.org/", "https://example.org/a b", "https://[bad/", "https://example.org:99999999/x",
        "https://example.org/" + "x" * 1000,
    ],
)  # fmt: skip
def test_what_is_no_public_http_link_is_none(address):
    assert web_link(address) == ""


def test_a_link_is_written_in_ascii_and_cannot_leave_its_quotes():
    assert web_link('https://bücher.example.org/a"><b>{{x}}/ü') == "https://xn--bcher-kva.example.org/a%22%3E%3Cb%3E%7B%7Bx%7D%7D/%C3%BC"


def test_the_abstract_of_an_arxiv_paper_without_address_is_at_arxiv():
    paper = a_paper("arxiv:2611.00001", url=None)

    assert (abstract_link(paper), pdf_link(paper)) == ("https://arxiv.org/abs/2611.00001", "https://arxiv.org/pdf/2611.00001")


def test_the_abstract_of_a_paper_known_by_its_doi_is_there():
    assert abstract_link(a_paper("doi:10.1/x y", url=None)) == "https://doi.org/10.1/x%20y"


# --- plain text -------------------------------------------------------------------------------------------------------


def test_text_is_wrapped_at_seventy_two_characters():
    assert wrap("word " * 30).splitlines()[0] == "word word word word word word word word word word word word word word"


def test_an_address_is_never_broken():
    address = "https://example.org/" + "x" * 90

    assert wrap(f"see {address} there", 5) == f"     see\n     {address}\n     there"


def test_a_word_longer_than_a_line_is_cut():
    assert [len(line) for line in wrap("x" * 100).splitlines()] == [72, 28]


def test_a_wide_character_takes_two_columns_and_an_accent_none():
    assert [len(line) for line in wrap("狐" * 100).splitlines()] == [36, 36, 28]
    assert wrap("狐狸 " * 20).splitlines()[0] == "狐狸 狐狸 狐狸 狐狸 狐狸 狐狸 狐狸 狐狸 狐狸 狐狸 狐狸 狐狸 狐狸 狐狸"
    assert wrap("e\u0301" * 72) == "e\u0301" * 72


def test_a_word_without_end_is_cut_in_a_time_that_grows_with_its_length():
    began = process_time()

    assert len(wrap("狐" * 200_000).splitlines()) == 5_556

    assert process_time() - began < 2  # it was a minute


def test_the_first_line_of_a_hanging_text_has_no_indent():
    assert hang("word " * 20, 5).splitlines()[1].startswith("     word")
    assert hang("word " * 20, 5).startswith("word")


@pytest.mark.parametrize("authors", ["Ana Silva, Bo Li", "王 若溪, Bo Li"])
def test_a_german_day_stands_on_one_line(authors: str):
    day = language("de").short_day(datetime(2026, 11, 20, tzinfo=UTC), 2026)

    assert wrap(f"{authors} · cs.LG · {day}", 0, len(authors) + 20).splitlines() == [f"{authors} · cs.LG ·", "20. November"]
