"""Notes that the catalog keeps in English: every one that is written somewhere is known, and is said in other languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.cli.demo import SAMPLE_NOTE
from digest.library import bibtex, records
from digest.model import Interest, Profile
from digest.ranking.liked import note_on as note_on_liked
from digest.rendering.languages import Language, language
from digest.rendering.mathematics import plain
from digest.rendering.notes import fitted, translated
from digest.rendering.notes_table import KINDS, RULES
from digest.run.issuing.first_letter import opening
from digest.run.parts import Sender
from tests.languages import pseudo_language
from tests.produced_notes import COMPOSING, PACKAGE, PRODUCERS, templates_in, unused_in

GERMAN = language("de")
NO_NOTES = frozenset({"text.py", "titles.py", "grouping.py", "inflecting.py", "plurals.py"})
"""Files whose texts are words, keys and encodings."""

# Each text that a producer writes ({} is what it puts in), and the notes below that hold it.
PRODUCED = {
    "authors.py": {"not by {}", "{}, which others have too"},
    "exploring.py": {
        "from {}, ", "in {} lists", "much of what is new is like it", "outside what you follow: {}", "what you follow", "{}near {}",
        "{} vote{}", "s",
    },
    "following.py": {
        "another {}", "ORCID iD", "OpenAlex id", "orcid", "openalex", "by a namesake of {}, whom you follow: {}", "by name",
        "by name; in a field you read", "by name; same field", "by name; writes with {}", "no co-author or field in common",
        "you follow {}",
    },
    "liked.py": {"less what any paper gets", "your liked papers", "{} {}, which you {}"},
    "ordering.py": {"other reasons"},
    "phrases.py": {"keyword ", "keyword in the title ", "no keyword "},
    "points.py": {"near {} papers that you liked", "near {} more papers that you liked", "other reasons", "your liked papers"},
    "quality.py": {
        "dated in the future", "in {}", "just published", "no date", "no votes", "not in {}", "popular: {} vote{}",
        "published more than a month ago", "published {} days ago", "s",
    },
    "updating.py": {"accepted: {}", "version {}; you saw version {}", "withdrawn"},
    "topics.py": {"far from topic {}", "topic {}", "topic {} (in other words)", "topic {} (says {})"},
    "first_letter.py": {
        " and ", " in {} groups: {}", "If that is not right", "This is your first letter.",
        "This is your first letter. What we understood: {}.", "To say what you read", "answer this letter", "categor{} {}", "ies",
        "keyword{} {}", "or", "papers in {} are not shown",
        "papers that say {} are not shown", "s", "topic{} {}", "write to {}", "y", "you follow {}", "{} more",
        "{}, use “Preferences” at the end of this letter.",
        "{} of your library", "{} paper{}", "{} that you like and no source knows yet", "{} that you liked",
    },
}  # fmt: skip
COMPOSED = {
    "Your profile {}, so this is {}, not a choice made for you.", "has no topic, keyword, author or liked paper yet",
    "names only liked papers that no source knows", "was", "were", "what is new", "what is new in {}",
    "what is talked about most",
    "{} of today's papers {} already in your library.",
    "None of the papers chosen here stands out by what you asked for; a floor of {} keeps such ones out.",
    "Besides what people you follow wrote, nothing here stands out by what you asked for; a floor of {} keeps such papers out.",
    "None of the papers chosen here says enough words of any of your topics to be surely about it; they came nearest.",
}  # fmt: skip

REASONS = {
    "topic 'foxes'": "Thema „foxes“",
    """topic "l'esprit" """.strip(): "Thema „l'esprit“",
    "topic 'a\\nb (says \\'c\\')'": "Thema „a\nb (says 'c')“",
    "topic 'red foxes' (says 'red', 'foxes')": "Thema „red foxes“ (erwähnt „red“, „foxes“)",
    "topic 'foxes' (in other words)": "Thema „foxes“ (mit anderen Worten)",
    "far from topic 'foxes'": "fern vom Thema „foxes“",
    "keyword 'fox'": "Stichwort „fox“",
    "keyword in the title 'fox'": "Stichwort im Titel „fox“",
    "no keyword 'fox'": "ohne das Stichwort „fox“",
    "near 'On Foxes', which you liked": "nah an „On Foxes“ (gefiel dir)",
    "unlike 'On Foxes', which you liked": "anders als „On Foxes“ (gefiel dir)",
    "near 'On Foxes', which you disliked": "nah an „On Foxes“ (gefiel dir nicht)",
    "unlike 'On Foxes', which you disliked": "anders als „On Foxes“ (gefiel dir nicht)",
    "near 3 papers that you liked": "nah an 3 Arbeiten, die dir gefielen",
    "near 3 more papers that you liked": "nah an 3 weiteren Arbeiten, die dir gefielen",
    "your liked papers": "Arbeiten, die dir gefielen",
    "less what any paper gets": "abzüglich dessen, was jede Arbeit bekommt",
    "other reasons": "andere Gründe",
    "popular: 1 vote": "beliebt: 1 Stimme",
    "popular: 120 votes": "beliebt: 120 Stimmen",
    "no votes": "keine Stimmen",
    "no date": "ohne Datum",
    "dated in the future": "auf die Zukunft datiert",
    "just published": "gerade erschienen",
    "published 5 days ago": "vor 5 Tagen erschienen",
    "published more than a month ago": "vor mehr als einem Monat erschienen",
    "in cs.LG, stat.ML": "in cs.LG, stat.ML",
    "not in cond-mat.mtrl-sci": "nicht in cond-mat.mtrl-sci",
    "not by Ana Silva": "nicht von Ana Silva",
    "you follow Ana Silva": "du folgst Ana Silva",
    "you follow Ana Silva (by name)": "du folgst Ana Silva (dem Namen nach)",
    "you follow Ana Silva (by name; same field)": "du folgst Ana Silva (dem Namen nach; gleiches Fach)",
    "you follow Ana Silva (by name; in a field you read)": "du folgst Ana Silva (dem Namen nach; aus einem Fach, das du liest)",
    "you follow Ana Silva (by name; writes with Bo Li)": "du folgst Ana Silva (dem Namen nach; schreibt mit Bo Li)",
    "you follow Ana Silva (by name, which others have too)": "du folgst Ana Silva (dem Namen nach, den auch andere tragen)",
    "by a namesake of Bo Li, whom you follow: another ORCID iD": "von jemandem, der wie Bo Li heißt (du folgst Bo Li): andere ORCID iD",
    "by a namesake of Bo Li, whom you follow: another OpenAlex id":
        "von jemandem, der wie Bo Li heißt (du folgst Bo Li): andere OpenAlex-Kennung",
    "by a namesake of Bo Li, whom you follow: no co-author or field in common":
        "von jemandem, der wie Bo Li heißt (du folgst Bo Li): weder Mitautoren noch Fach gemeinsam",
    "outside what you follow: 12 votes": "außerhalb dessen, was du verfolgst: 12 Stimmen",
    "outside what you follow: 1 vote": "außerhalb dessen, was du verfolgst: 1 Stimme",
    "outside what you follow: in 3 lists": "außerhalb dessen, was du verfolgst: in 3 Listen",
    "outside what you follow: much of what is new is like it": "außerhalb dessen, was du verfolgst: vieles Neue ähnelt ihr",
    "from March 2025, near graphs": "vom März 2025, passend zu: graphs",
    "from March 2025, near what you follow": "vom März 2025, passend zu: was du verfolgst",
    "near everything else": "passend zu: alles Übrige",
    "accepted: NeurIPS 2026": "angenommen: NeurIPS 2026",
    "accepted: Phys. Rev. D 1; version 3; you saw version 1": "angenommen: Phys. Rev. D 1; Version 3; du hast Version 1 gesehen",
    "version 3; you saw version 1": "Version 3; du hast Version 1 gesehen",
    "withdrawn": "zurückgezogen",
}  # fmt: skip
SENTENCES = {
    "This is your first letter.": "Das ist dein erster Brief.",
    "No letter came for 6 days: this one covers them all.": "Seit 6 Tagen kam kein Brief: Dieser umfasst sie alle.",
    "No letter came for 90 days: this one covers the last 30.": "Seit 90 Tagen kam kein Brief: Dieser umfasst die letzten 30.",
    "To say what you read, write to digest@example.org.": "Um zu sagen, was du liest, schreib an digest@example.org.",
    "If that is not right, answer this letter.": "Wenn das nicht stimmt, antworte auf diesen Brief.",
    "Your profile has no topic, keyword, author or liked paper yet, so this is what is new in cs.LG, not a choice made for you.":
        "Dein Profil hat noch kein Thema, kein Stichwort, niemanden, dem du folgst, und keine Arbeit, die dir gefiel; darum ist dies das "
        "Neue in cs.LG und keine Auswahl für dich.",
    "Your profile names only liked papers that no source knows, so this is what is talked about most, not a choice made for you.":
        "Dein Profil nennt nur Arbeiten, die keine Quelle kennt; darum ist dies das Meistbesprochene und keine Auswahl für dich.",
    "Your profile names only liked papers that no source knows, so this is what is new, not a choice made for you.":
        "Dein Profil nennt nur Arbeiten, die keine Quelle kennt; darum ist dies das Neue und keine Auswahl für dich.",
    "None of the papers chosen here stands out by what you asked for; a floor of 10 keeps such ones out.":
        "Keine der hier ausgewählten Arbeiten passt besonders zu dem, wonach du gefragt hast; eine Schwelle von 10 hält solche fern.",
    "Besides what people you follow wrote, nothing here stands out by what you asked for; a floor of 10 keeps such papers out.":
        "Außer dem, was Leute geschrieben haben, denen du folgst, passt hier nichts besonders zu dem, wonach du gefragt hast; eine "
        "Schwelle von 10 hält solche Arbeiten fern.",
    "None of the papers chosen here says enough words of any of your topics to be surely about it; they came nearest.":
        "Keine der hier ausgewählten Arbeiten nennt genug Wörter eines deiner Themen, um sicher davon zu handeln; sie kommen am nächsten.",
    "1 of today's papers was already in your library.": "1 der heutigen Arbeiten stand schon in deiner Bibliothek.",
    SAMPLE_NOTE:
        "Muster: Diese Arbeiten, die Menschen hinter ihnen und ihre Ergebnisse sind erfunden, um zu zeigen, wie eine Ausgabe aussieht.",
    "7 of today's papers were already in your library.": "7 der heutigen Arbeiten standen schon in deiner Bibliothek.",
}  # fmt: skip

QUOTED = re.compile(r"""(?<!\w)(?:'([^']*)'|"([^"]*)")(?!\w)""")

UNUSED = {
    "line 3: neither an arXiv id, a DOI nor a web address": "Zeile 3: weder eine arXiv-Nummer noch eine DOI noch eine Webadresse",
    "line 12: a field without '='": "Zeile 12: ein Feld ohne „=“",
    "a web page without a DOI or an arXiv id: 'On Foxes'": "eine Webseite ohne DOI und arXiv-Nummer: „On Foxes“",
    "a file without an entry: 'fox.pdf'": "eine Datei ohne Eintrag: „fox.pdf“",
    "stands twice in the library": "steht zweimal in der Bibliothek",
}


@pytest.mark.parametrize(("note", "german"), [*REASONS.items(), *SENTENCES.items(), *UNUSED.items()])
def test_a_note_is_said_in_german(note: str, german: str):
    assert translated(note, GERMAN) == german


@pytest.mark.parametrize("path", [path for path in PRODUCERS if path.name not in NO_NOTES], ids=lambda path: path.name)
def test_every_note_that_is_written_is_known_here(path: Path):
    assert templates_in(path) == PRODUCED.get(path.name, set()), "a new note: add it to notes_table.py, here, and an example to REASONS"


def test_every_sentence_that_is_composed_is_known_here():
    assert templates_in(COMPOSING, frozenset({"_unranked_issue", "_already_owned_notes"})) == COMPOSED


def test_every_reason_for_which_an_entry_of_a_library_is_not_used_is_known():
    known = {re.sub(r"\{\w+\}", "{}", form) for rule in RULES for form in ([rule] if isinstance(rule, str) else rule)}
    told = {text for path in (PACKAGE / "library").glob("*.py") for text in unused_in(path)} - {"no title", "title"}
    told |= {ours for _, ours in bibtex._REASONS} | {"it cannot be read as BibTeX"}

    assert len(told) > 12
    assert told <= known, "add it to notes_table.py"
    assert set(records._OTHERS.values()) == set(KINDS)


@pytest.mark.parametrize("note", [*REASONS, *SENTENCES, *UNUSED])
def test_nothing_of_a_note_stays_english_in_another_language(note: str, tmp_path: Path):
    said = translated(note, pseudo_language(tmp_path))

    assert said.startswith("[!! ")
    assert said.endswith(" !!]")


@pytest.mark.parametrize("note", [note for note in [*REASONS, *SENTENCES] if not QUOTED.search(note)])
def test_english_is_the_note_itself(note: str):
    assert translated(note, language("en")) == note


@pytest.mark.parametrize("note", [note for note in [*REASONS, *SENTENCES] if "\\" not in note and QUOTED.search(note)])
def test_english_is_the_note_itself_but_for_its_quotation_marks(note: str):
    assert translated(note, language("en")) == QUOTED.sub(r"“\1\2”", note)


def test_what_python_escaped_stands_in_an_english_note_as_it_was():
    assert translated(f"topic {chr(39)}Simpson{chr(92)}{chr(39)}s \"paradox\"{chr(39)}", language("en")) == "topic “Simpson's \"paradox\"”"


def test_a_note_that_is_too_long_is_cut_within_its_longest_quotation():
    topic = "calibration and uncertainty quantification of large language models in clinical settings"

    said = fitted(f"topic '{topic}' (says 'calibration', 'uncertainty', 'clinical')", 120)

    assert said == "topic 'calibration and uncertainty quantification of large language…' (says 'calibration', 'uncertainty', 'clinical')"


def test_of_very_many_words_that_a_paper_says_a_note_tells_the_first():
    words = ", ".join(f"'{letter * 9}'" for letter in "abcdefghijklmnopqrst")

    said = fitted(f"topic '{'x' * 10} {'y' * 200}' (says {words})", 120)

    assert said.startswith("topic 'xxxxxxxxxx yyyyyyyy")
    assert said.endswith("', 'ddddddddd', 'eeeeeeeee', 'fffffffff', 'ggggggggg', 'hhhhhhhhh')")


def test_a_note_that_fits_and_one_without_quotations_stay_as_they_are():
    assert fitted("topic 'foxes'", 20) == "topic 'foxes'"
    assert fitted("you follow Ana Silva", 10) == "you follow Ana Silva"


@given(st.text(max_size=200), st.integers(60, 120))
def test_a_topic_of_any_length_and_spelling_is_cut_to_a_note_that_is_still_known(topic: str, most: int):
    said = fitted(f"topic {topic!r}", most)

    assert translated(said, GERMAN).startswith("Thema „")


@pytest.mark.parametrize("note", ["", "somebody else wrote this", "topic foxes", "popular: many votes", "near 'a', which you sold"])
def test_a_note_that_nobody_knows_stays_as_it_is(note: str):
    assert translated(note, GERMAN) == (note if not note.startswith("near ") else "passend zu: 'a', which you sold")


@given(st.text(max_size=60), st.sampled_from(["liked", "disliked"]), st.sampled_from(["near", "unlike"]))
def test_any_title_is_said_as_its_card_says_it(title: str, verb: str, word: str):
    begins = {"near": "nah an ", "unlike": "anders als "}[word]
    ends = {"liked": " (gefiel dir)", "disliked": " (gefiel dir nicht)"}[verb]

    assert translated(note_on_liked(title, verb, word), GERMAN) == f"{begins}„{plain(title)}“{ends}"


@pytest.mark.parametrize(
    ("title", "said"),
    [
        (r"$\mathcal{O}(n \log n)$ Sorting", "“O(n log n) Sorting”"),
        ("$k$-means++ for $x^2$", "“k-means++ for x²”"),
        ('Schr\\"odinger Bridges', "“Schrödinger Bridges”"),
        ("A $5 Robot", "“A $5 Robot”"),
    ],
)
def test_mathematics_in_a_liked_title_can_be_read_in_english_too(title: str, said: str):
    assert translated(note_on_liked(title), language("en")) == f"near {said}, which you liked"


@given(st.text(alphabet="'\"\\xNu{}a, \n\x00", max_size=30))
@example("'\\x'")
def test_any_name_is_said_as_it_is_however_it_looks(name: str):
    assert translated(f"you follow {name or 'x'}", GERMAN)


def test_a_name_in_quotes_that_python_would_not_write_stays_as_it_is():
    assert translated("you follow '\\x'", GERMAN) == r"du folgst '\x'"


@given(st.text())
def test_any_text_can_be_asked_for(text: str):
    assert isinstance(translated(text, GERMAN), str)


def test_what_was_understood_of_a_reader_is_said_in_german():
    profile = Profile(
        interests=(
            Interest(topics=("foxes", "red; hens"), liked=("a", "b"), name="graphs"),
            Interest(name="proteins", liked=("c", "unknown")),
        ),
        keywords=("fox", "hen", "goose"),
        authors=("Bo Li",),
        categories=("cs.LG", "stat.ML"),
        muted=("survey", "cat", "dog", "cow", "owl", "bee", "ant", "hep-th", "cs.CV"),
    )
    library = {key: key for key in "abc"}

    told, wrong = opening(profile, {"a", "b"}, library, Sender(address="digest@example.org", reply_to="me@example.org"))

    assert translated(wrong, GERMAN) == "Wenn das nicht stimmt, antworte auf diesen Brief."
    assert translated(told, GERMAN) == (
        "Das ist dein erster Brief. Was wir verstanden haben: Themen „foxes“ und „red; hens“; Stichwörter fox, hen und goose; "
        "2 Arbeiten aus deiner Bibliothek und 1, die dir gefielen, in zwei Gruppen: graphs (2) und proteins (1); 1 Arbeit, die dir gefällt "
        "und die noch keine Quelle kennt; du folgst Bo Li; Kategorien cs.LG und stat.ML; Arbeiten, die „survey“, „cat“, „dog“, „cow“, "
        "„owl“ oder 2 weitere erwähnen, werden nicht gezeigt; Arbeiten in hep-th oder cs.CV werden nicht gezeigt."
    )


def test_a_note_is_remembered_for_each_language(tmp_path: Path):
    other: Language = pseudo_language(tmp_path)

    said = [translated("no votes", spoken) for spoken in (GERMAN, other, GERMAN)]

    assert said == ["keine Stimmen", "[!! ńó vóťéś~~~~ !!]", "keine Stimmen"]
