"""What a press makes of an issue: the letter as a whole, in HTML, text and Markdown."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from digest.model import Author, Facts, Interest, ListingState, Looked, Newest, Profile, Reason, Section
from digest.rendering import Branding, Links, Press
from digest.rendering.plain import WIDTH, columns, wrap
from digest.rendering.prose import prose
from tests.builders import a_paper, a_subscription
from tests.rendering_builders import HOSTILE, LEAVE, MAIL, WEB, a_full_paper, a_pick, a_thin_subscription, an_issue, papers_named, the_press

VOID = {"meta", "img", "br", "hr", "link"}


class Page(HTMLParser):
    """A letter's HTML as its reader meets it: visible text, links, headings, tags left open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.links, self.headings, self.open, self.wrong = "", [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.links += [named["href"]] if tag == "a" else []
        self.headings += [int(tag[1])] if re.fullmatch(r"h[1-6]", tag) else []
        self.wrong += [f"table without role: {named}"] if tag == "table" and named.get("role") != "presentation" else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")

    def handle_data(self, data):
        if not {"style", "title", "xml"} & set(self.open):
            self.text += data


def words(text: str) -> str:
    return " ".join(text.split())


def links_in(text: str) -> list[str]:
    return re.findall(r"(?:https?://|mailto:)[^\s)>]+", text)


def once(links: list[str]) -> list[str]:
    return list(dict.fromkeys(links))


def a_letter_with_everything():
    reasons = (
        Reason("topics", 41.4, "topic 'calibration of language models'"),
        Reason("authors", 30.2, "you follow Ana Silva"),
        Reason("liked", 17.9, "near 'Semantic Uncertainty', which you liked"),
    )
    summed = a_paper("arxiv:2611.00009", "A Summed-up Paper", abstract="", facts=Facts(summary="It sums up."))
    picks = (a_pick(a_full_paper(), reasons=reasons, section=Section.FOLLOWED), *papers_named("On Foxes", HOSTILE), a_pick(summed, 3.0))
    others = tuple(a_paper(f"arxiv:2611.1000{i}", f"On Bears {i}", categories=("cs.LG",) if i % 2 else ("q-bio.PE",)) for i in range(5))
    return an_issue(*picks, notes=("These papers are samples.",), others=others, looked=(Looked("cs.LG", 164, 164, 3),))


@pytest.mark.parametrize("links", [WEB, MAIL, LEAVE])
def test_a_spliced_letter_equals_the_same_letter_filled_in_one_go(links):
    issue = a_letter_with_everything()

    assert the_press().render(issue, links) == the_press().render_whole(issue, links)


def test_a_spliced_edition_equals_the_same_edition_filled_in_one_go():
    issue = an_issue(*a_letter_with_everything().picks, edition="trending")

    assert the_press().render(issue, LEAVE) == the_press().render_whole(issue, LEAVE)


def test_rendering_twice_gives_the_same_letter():
    issue = a_letter_with_everything()

    assert Press().render(issue, WEB) == the_press().render(issue, WEB)


def test_the_html_is_balanced_and_its_layout_tables_are_marked_as_such():
    page = Page(the_press().render(a_letter_with_everything(), WEB).html)

    assert (page.wrong, page.open) == ([], [])


def test_there_is_one_h1_then_sections_then_papers():
    page = Page(the_press().render(a_letter_with_everything(), WEB).html)

    assert page.headings == [1, 2, 3, 2, 3, 3, 2, 3, 2, 3, 3]


def test_the_html_says_its_language_and_title_and_that_it_knows_the_dark():
    html = the_press().render(an_issue(*papers_named("On Foxes")), LEAVE).html

    assert html.startswith('<!doctype html><html lang="en" dir="ltr"')
    assert "<title>On Foxes</title>" in html
    assert '<meta name="color-scheme" content="light dark"' in html
    assert "@media (prefers-color-scheme: dark)" in html


def test_nothing_in_the_html_runs_tracks_or_loads():
    html = the_press().render(a_letter_with_everything(), WEB).html

    assert not re.findall(r"<(?:img|script|form|iframe|base|link|object)\b|\son\w+=|@import|url\(", html)


def test_no_template_is_left_in_the_html_whatever_a_title_says():
    html = the_press().render(a_letter_with_everything(), WEB).html

    assert not re.findall(r"<mj-|\{\{|\{%|\{#", html)


def test_a_hostile_title_is_shown_as_it_is_written():
    page = Page(the_press().render(an_issue(*papers_named(HOSTILE)), LEAVE).html)

    assert prose(HOSTILE) in words(page.text)


def test_no_title_is_evaluated():
    rendering = the_press().render(an_issue(*papers_named("{{ 7*7 }} is {% if 1 %}")), LEAVE)

    assert "&#123;&#123; 7*7 &#125;&#125; is &#123;% if 1 %&#125;" in rendering.html
    assert "{{ 7*7 }} is {% if 1 %}" in rendering.text
    assert r"\{\{ 7\*7 \}\} is \{\% if 1 %\}" in rendering.markdown


@pytest.mark.parametrize("links", [WEB, MAIL, LEAVE])
def test_text_html_and_markdown_have_the_same_links_in_the_same_order(links):
    rendering = the_press().render(a_letter_with_everything(), links)

    assert once(links_in(rendering.text)) == once(Page(rendering.html).links)
    assert once(re.findall(r"(?<!\\)\]\(([^)]+)\)", rendering.markdown)) == once(Page(rendering.html).links)


def test_plain_text_is_wrapped_and_has_no_entities_and_no_none():
    text = the_press().render(a_letter_with_everything(), WEB).text.replace(HOSTILE, "")

    assert max(len(line) for line in text.splitlines() if "://" not in line) <= 72
    assert not re.findall(r"&(?:lt|gt|quot|#\d+);|\bNone\b|[ \t]\n|\n{4}", text)


def test_a_text_that_begins_with_a_dot_stays_within_its_columns():
    assert max(map(len, wrap("· of a " + "long" * 30 + " word and more").splitlines())) == WIDTH


def test_words_that_are_held_together_stand_on_one_line():
    text = "12 of 431 new papers for you that were read today, and it takes about 6\N{NO-BREAK SPACE}minutes: 7 on foxes"

    assert wrap(text).splitlines() == [
        "12 of 431 new papers for you that were read today, and it takes about",
        "6 minutes: 7 on foxes",
    ]


def test_the_dot_between_two_facts_begins_no_line_of_plain_text():
    places = ("Foxton University", "王若溪大学")
    papers = [a_paper(f"x:{n}{place}", authors=(Author("n" * n, (place,)),)) for n in range(5, 66) for place in places]

    text = the_press().render(an_issue(*map(a_pick, papers)), LEAVE).text

    assert re.findall(r"^ *·.*", text, re.M) == []
    assert max(columns(line) for line in text.splitlines() if not re.search(r"mailto:|://", line)) <= 72


def test_plain_text_shows_mathematics_as_it_is_read_and_signs_as_they_are():
    assert "Is a<b & \"c\" > 'd'?" in the_press().render(an_issue(*papers_named("Is $a<b$ & \"c\" > 'd'?")), LEAVE).text


def test_a_paper_of_which_only_the_title_is_known_shows_nothing_empty():
    bare = a_paper("doi:10.1/x", "On Nothing", abstract="", authors=(), url=None, categories=(), ids=())
    rendering = the_press().render(an_issue(a_pick(bare, 5.0), sources=(), considered=0), Links(""))

    assert words(Page(rendering.html).text).endswith(
        "Top pick 5On Nothing You get this letter because ana@example.org is subscribed to “digest”."
    )
    assert "  5  On Nothing\n\n--------\n" in rendering.text
    assert "### On Nothing\n\n**Score 5**\n\n---" in rendering.markdown


def test_arxiv_is_thanked_where_a_paper_of_it_is_named_or_none_at_all():
    elsewhere, here = a_pick(a_paper("doi:10.1/x", ids=("doi:10.1/x",))), a_pick(a_paper("doi:10.1/y", ids=("doi:10.1/y", "arxiv:2611.1")))
    issues = (an_issue(elsewhere), an_issue(elsewhere, here), an_issue(elsewhere, others=(a_paper("arxiv:2611.2"),)), an_issue())

    thanked = ["Thank you to arXiv" in the_press().render(issue, LEAVE).text for issue in issues]

    assert thanked == [False, True, True, True]


def test_arxiv_is_not_thanked_by_an_empty_letter_for_which_no_paper_was_looked_at():
    nothing = Looked("lab", 0, 0, 0)
    issues = (
        an_issue(considered=0, sources=(), looked=()),
        an_issue(considered=0, sources=("lab",), looked=(nothing,)),
        an_issue(considered=0, looked=(replace(nothing, announced=3),)),
        an_issue(considered=0, looked=(replace(nothing, newest=Newest(ListingState.EMPTY, date(2026, 11, 21))),)),
    )

    assert ["Thank you to arXiv" in the_press().render(issue, LEAVE).text for issue in issues] == [False, False, True, True]


def test_what_is_known_of_a_paper_stands_on_its_card():
    reasons = (Reason("topics", 41.4, "topic 'calibration'"), Reason("authors", 30.2, "you follow Ana Silva"))
    rendering = the_press().render(an_issue(a_pick(a_full_paper(), reasons=reasons)), LEAVE)

    card = words(rendering.text[rendering.text.index("TOP PICK") : rendering.text.index("--------\n\nLooked")])
    assert card == words(
        """TOP PICK -------- 72 Conformal Calibration of Language-Model Judges
        Ana Silva, Bo Li, Cy Young et al. · University of Coimbra
        cs.LG · 2 Jun · ▲ 120 · 14 comments · submitted by someone · 12 pages, 3 figures · Accepted at NeurIPS
        Why: topic “calibration” +42 you follow Ana Silva +30
        Judges made of language models are badly calibrated.
        Abstract: https://arxiv.org/abs/2611.00007 PDF: https://arxiv.org/pdf/2611.00007 Code: https://github.com/example/judges
        BibTeX: https://arxiv.org/bibtex/2611.00007"""
    )


def test_an_update_says_what_changed_and_has_no_score():
    changed = a_pick(a_full_paper(), section=Section.UPDATED, reasons=(Reason("updated", 0.0, "version 3; you saw version 1"),))
    rendering = the_press().render(an_issue(changed), LEAVE)

    assert "\n     Conformal Calibration of Language-Model Judges\n" in rendering.text
    assert "     Why: version 3; you saw version 1\n" in rendering.text
    assert "\n\ncs.LG · 2 Jun · ▲ 120 · 14 comments · submitted by someone\n\n" in rendering.markdown
    assert "Score" not in rendering.html + rendering.markdown


def test_an_update_says_what_changed_where_the_other_papers_have_ranks():
    changed = a_pick(section=Section.UPDATED, reasons=(Reason("updated", 0.0, "withdrawn"),))
    thin = a_thin_subscription("cs.LG")

    text = the_press().render(an_issue(a_pick(a_paper("x:1", "On Hens")), changed, subscription=thin), LEAVE).text

    assert "\n  1  On Hens\n" in text
    assert "\n     On Foxes\n     Ana Silva\n     cs.LG\n     Why: withdrawn\n" in text


@pytest.mark.parametrize("theme", ["paper", "compact"])
def test_a_long_name_has_the_line_for_itself_and_breaks_where_it_must(theme: str):
    name = "Rindfleischetikettierungsüberwachungsaufgabenübertragung"
    html = Press(theme, branding=Branding(name=name)).render(an_issue(), LEAVE).html
    above = html[: html.index(name)]

    assert "word-break:break-word" in above[above.rindex("<td") :]
    assert html.partition(f"{name}</h1>")[2].lstrip().startswith("<p")


@pytest.mark.parametrize("theme", ["paper", "compact"])
def test_the_name_of_an_interest_breaks_where_it_must(theme: str):
    reasons = (Reason("topics", 9.0, "topic 'foxes'"),)
    picks = [replace(a_pick(a_paper(f"x:{name}"), reasons=reasons), interest=name) for name in ("", "a" * 90, "b")]
    html = Press(theme).render(an_issue(*picks), LEAVE).html
    above = html[: html.index("a" * 90)]

    assert "word-break:break-word" in above[above.rindex("<td") :]


@pytest.mark.parametrize(
    ("late", "said"),
    [
        (("arxiv",), "The listing of arxiv had not come when this letter was made; its papers are for the next."),
        (
            ("arxiv", "biorxiv", "chemrxiv"),
            "The listings of arxiv, biorxiv and chemrxiv had not come when this letter was made; their papers are for the next.",
        ),
    ],
)
def test_what_had_not_come_is_told_in_one_sentence(late: tuple[str, ...], said: str):
    assert words(said) in words(the_press().render(an_issue(late=late), LEAVE).text)


@pytest.mark.parametrize("state", [ListingState.STALE, ListingState.FAILED])
def test_what_had_not_come_is_told_once(state: ListingState):
    looked = Looked("cs.LG", 0, 0, 0, Newest(state, date(2026, 11, 22)))
    text = the_press().render(an_issue(late=("arxiv cs.LG",), looked=(looked,)), LEAVE).text

    assert "its papers go into a later letter" in words(text)
    assert "when this letter was made" not in words(text)


def test_each_line_of_what_was_looked_at_can_be_told_from_the_next():
    late = Newest(ListingState.STALE, date(2026, 11, 22))
    html = the_press().render(an_issue(looked=(Looked("cs.LG", 0, 0, 0, late), Looked("stat.ML", 9, 9, 0))), LEAVE).html

    assert 'px">cs.LG: the listing announced on 22 Nov had not come;' in html
    assert '<p style="margin:0 0 4px">stat.ML: 9 announced, 9 read, 0 shown</p>' in html


def test_a_listing_that_had_not_come_stands_in_the_foot_however_many_others_there_are():
    others = tuple(Looked(f"cs.{letter}X", 9, 9, 0) for letter in "ABCDEFGHIJKLM")
    late = Looked("stat.ML", 0, 0, 0, Newest(ListingState.STALE, date(2026, 11, 22)))
    text = the_press().render(an_issue(late=("arxiv stat.ML",), looked=(*others, late)), LEAVE).text

    assert "cs.KX: 9 announced, 9 read, 0 shown\nstat.ML: the listing" in text
    assert "cs.LX" not in text


def test_a_comment_keeps_its_own_direction():
    html = the_press().render(an_issue(a_pick(a_full_paper())), LEAVE).html

    assert '<span dir="auto">12 pages, 3 figures\u00a0· Accepted at NeurIPS</span>' in html


def test_neither_points_nor_a_dot_begin_a_line_of_reasons():
    reasons = (Reason("topics", 30.0, "topic 'foxes'"), Reason("authors", -7.0, "no date"))
    html = the_press().render(an_issue(a_pick(reasons=reasons)), LEAVE).html

    assert "topic “foxes”\u00a0+30\u00a0· no date\u00a0−7</p>" in html


def test_sources_with_names_without_an_end_do_not_make_a_letter_too_large():
    letter = the_press().render(an_issue(a_pick(), sources=("T" * 70_000,) * 40), LEAVE)

    assert len(letter.html.encode()) < 60_000
    assert letter.html.count("TTT…") == 12


def test_what_came_closest_is_named_whether_or_not_there_is_a_floor_of_the_readers_own():
    rendering = the_press().render(an_issue(others=(a_paper(title="On Foxes"),)), LEAVE)

    assert "None of 431 new papers stood out for you." in rendering.text
    assert "\n\nThis came closest:\n  On Foxes\n" in rendering.text


def test_a_summary_keeps_its_own_direction_behind_its_label():
    summed = a_paper("arxiv:2611.00009", "A Summed-up Paper", facts=Facts(summary="It sums up."))
    html = the_press().render(an_issue(a_pick(summed)), LEAVE).html

    assert '<p style="margin:8px 0 0"><i>Summary (AI, Hugging Face):</i> <span dir="auto">It sums up.</span></p>' in html


def test_an_edition_shows_ranks_and_not_scores():
    text = the_press().render(an_issue(*papers_named("On Foxes", "On Hounds"), edition="cs.LG"), LEAVE).text

    assert "\n  1  On Foxes\n" in text
    assert "\n  2  On Hounds\n" in text
    assert "NEW IN CS.LG" in text
    assert "Why:" not in text


def test_followed_papers_come_after_the_chosen_ones_under_their_own_heading():
    text = the_press().render(a_letter_with_everything(), LEAVE).text

    assert text.index("TOP PICK") < text.index("FOR YOU") < text.index("BY PEOPLE YOU FOLLOW") < text.index("Conformal")


def test_notes_stand_under_the_sentence_at_a_glance():
    text = the_press().render(a_letter_with_everything(), LEAVE).text

    assert "\n\nThese papers are samples.\n" in text


def test_the_date_is_the_readers():
    evening = an_issue(made_at=an_issue().made_at.replace(hour=23, minute=30))

    assert "Tuesday, 24 November 2026" in the_press().render(evening, LEAVE).text


def test_the_footer_says_what_was_looked_at_why_it_comes_and_how_to_leave():
    text = the_press().render(a_letter_with_everything(), WEB).text

    assert text.endswith(
        """--------

cs.LG: 164 announced, 164 read, 3 shown

You get this letter because ana@example.org is subscribed to “digest”.

Unsubscribe:
https://digest.example.org/u/a.b.c

Read on the web:
https://digest.example.org/i/a.b.c

Preferences:
https://digest.example.org/p/a.b.d

Thank you to arXiv for use of its open access interoperability.
"""
    )


def test_the_operators_name_address_logo_and_colours_are_used():
    branding = Branding(
        name="Fox Weekly", postal_address="1 Den Lane", logo="https://example.org/fox.png", colours=(("accent", "#004488"),)
    )
    html = Press(branding=branding).render(an_issue(*papers_named("On Foxes")), LEAVE).html

    assert ">Fox Weekly</h1>" in html
    assert "1 Den Lane" in html
    assert '<img src="https://example.org/fox.png" alt=""' in html
    assert "#8a2a1c" not in html
    assert "#004488" in html


def test_an_address_of_several_lines_stands_on_one_with_a_dot_between_them():
    branding = Branding(postal_address="An Institute\n  1 Den Lane\n\n12345 Foxton\n")

    rendering = Press(branding=branding).render(an_issue(), LEAVE)

    assert ">An Institute · 1 Den Lane · 12345 Foxton</p>" in rendering.html
    assert "\nAn Institute · 1 Den Lane · 12345 Foxton\n" in rendering.text


def test_fifteen_full_papers_stay_under_sixty_thousand_bytes():
    long = "We calibrate judges made of language models " * 20
    papers = [replace(a_full_paper(), key=f"arxiv:2611.{i:05}", abstract=long) for i in range(15)]
    picks = [a_pick(paper, reasons=(Reason("t", 40.0, "n" * 100),)) for paper in papers]

    html = the_press().render(an_issue(*picks), WEB).html

    assert len(html.encode()) < 60_000
    assert html.count("judges made of language models") > 15 * 6


def a_huge_paper(number: int):
    many = tuple(Author("Ü" * 200, ("Ä" * 200,)) for _ in range(400))
    code = "https://example.org/" + "r" * 900
    facts = Facts(organisation="o" * 500, comment="{" * 2000, journal="<" * 2000, submitter="&" * 500, repository=code)
    url = f"https://example.org/{number}/" + "u" * 900
    return a_paper(f"arxiv:2611.{number:05}", "{<&" * 700, abstract="{}" * 1000, authors=many, url=url, pdf_url=url + "p", facts=facts)


@pytest.mark.parametrize("papers", [15, 100])
def test_the_html_is_never_over_a_hundred_thousand_bytes_and_says_how_many_more_there_are(papers):
    issue = an_issue(*(a_pick(a_huge_paper(i), 9.0) for i in range(papers)))

    rendering = the_press().render(issue, WEB)

    hidden = papers - rendering.html.count("<h3")
    assert len(rendering.html.replace("\n", "\r\n").encode()) <= 100_000  # as it is sent
    assert f"and {hidden} more papers" in rendering.html
    assert f"and {hidden} more papers" in rendering.text
    assert f"and {hidden} more papers" in rendering.markdown


def test_without_a_page_what_has_no_card_stands_below_by_title_since_nobody_is_offered_it_again():
    papers = [a_full_paper(key=f"arxiv:2611.{i:05}", title=f"On the habits of fox {i:03}, in town and out of it") for i in range(150)]
    issue = an_issue(*(a_pick(paper, 9.0) for paper in papers), considered=160, others=papers[:0])

    letter = the_press().render(issue, LEAVE)

    hidden = 150 - letter.html.count("<h3") + 1  # one is their category's
    assert 50 < hidden < 140
    for part in (letter.html, letter.text, letter.markdown):
        assert [number for number in range(150) if f"fox {number:03}, in town" not in part] == []
        assert f"and {hidden} more papers, below by their titles" in " ".join(part.split())
    assert 97_000 < len(letter.html.replace("\n", "\r\n").encode()) <= 100_000


def test_a_letter_gives_up_its_links_for_feedback_before_it_gives_up_a_paper():
    issue = an_issue(*(a_pick(a_full_paper(key=f"arxiv:2611.{i:05}"), 9.0) for i in range(50)))

    short, long = the_press().render(replace(issue, picks=issue.picks[:30]), WEB), the_press().render(issue, WEB)

    assert (short.html.count("<h3"), short.html.count("/more"), short.text.count("/more")) == (30, 30, 30)
    assert (long.html.count("<h3"), long.html.count("/more"), long.text.count("/more")) == (50, 0, 0)


def test_what_may_be_said_of_a_paper_is_small_on_its_card():
    one = an_issue(a_pick(a_full_paper(), 9.0))

    sizes = [len(the_press().render(one, links).html) - len(the_press().render(one, LEAVE).html) for links in (WEB, MAIL)]

    assert max(sizes) < 800


def test_nobody_s_links_show_through_the_shared_cards():
    press, issue = Press(), an_issue(a_pick(a_full_paper(), 9.0))

    rendered = [press.render(issue, links) for links in (WEB, LEAVE, replace(WEB, token="d.e.f"), MAIL)]

    found = [re.findall(r"/f/[\w.]+|subject=more%20[\w:.]+%20[\w.]+", letter.text) for letter in rendered]
    assert found == [["/f/a.b.c"] * 4, [], ["/f/d.e.f"] * 4, ["subject=more%20arxiv:2611.00007%20a.b.c"]]
    assert [letter.html.count("\x02") for letter in rendered] == [0, 0, 0, 0]


def test_fifty_ordinary_papers_are_all_shown_with_shorter_abstracts():
    issue = an_issue(*(a_pick(a_full_paper(key=f"arxiv:2611.{i:05}"), 9.0) for i in range(45)))

    html = the_press().render(issue, WEB).html

    assert html.count("<h3") == 45
    assert len(html.replace("\n", "\r\n").encode()) <= 100_000


def test_what_an_operator_and_a_reader_wrote_at_length_makes_no_letter_too_long():
    long = "foxes & hens " * 8000
    subscription = a_subscription(name=long, profile=Profile(interests=(Interest(name=long), Interest(name="b"))))
    picks = [replace(pick, interest=interest) for pick, interest in zip(papers_named("On Foxes", "On Hens"), (long, "b"), strict=True)]

    html = Press(branding=Branding(name=long, postal_address=long)).render(
        an_issue(*picks, subscription=subscription, notes=(long, long)), WEB
    ).html

    assert len(html.replace("\n", "\r\n").encode()) <= 59_900


def test_the_line_ends_a_letter_is_sent_with_count_as_its_bytes():
    picks = [a_pick(a_paper(f"arxiv:2611.{i:05}", "On Foxes"), 9.0) for i in range(100)]

    letters = [the_press().render(an_issue(*picks[:count]), WEB).html for count in range(60, 100, 2)]

    assert max(len(html.replace("\n", "\r\n").encode()) for html in letters) <= 100_000


def test_the_styles_are_far_from_where_gmail_drops_them():
    html = the_press().render(an_issue(*papers_named("On Foxes")), LEAVE).html

    assert sum(len(style) for style in re.findall(r"<style.*?</style>", html, re.DOTALL)) < 8_000


def test_nobody_elses_letter_shows_through_the_shared_cards():
    paper = a_full_paper()
    press = Press()
    press.render(an_issue(a_pick(paper, reasons=(Reason("topics", 77.0, "topic 'a secret'"),))), LEAVE)

    second = press.render(an_issue(a_pick(paper, reasons=(Reason("topics", 12.0, "topic 'foxes'"),))), LEAVE)

    assert "secret" not in second.html + second.text + second.markdown
    assert "topic “foxes”\u00a0+12" in second.html


@pytest.mark.parametrize(
    "bad", [Links("javascript:alert(1)"), Links("/u/token"), Links("", "ftp://example.org/i/1"), Links("", None, lambda *_: "/f/1")]
)
def test_links_that_cannot_stand_in_a_letter_are_a_bug(bad):
    with pytest.raises(ValueError, match="link"):
        the_press().render(an_issue(a_pick()), bad)
