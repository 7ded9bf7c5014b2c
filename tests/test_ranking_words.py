"""Words, phrases and names: what counts as the same to ranking."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Author
from digest.ranking.people.names import is_same, name_parts
from digest.ranking.texts.inflecting import inflected
from digest.ranking.texts.plurals import singular
from digest.ranking.texts.text import phrase, query, spellings
from digest.ranking.texts.words import read_words, shelve, word_number, written

from .builders import a_paper


def places(text: str, wanted: str, title: str = "On Foxes") -> int:
    return len(shelve([a_paper(title=title, abstract=text)], {}).find(phrase(wanted)))


def test_words_are_lower_case_without_accents_plurals_and_tex_commands():
    assert phrase(r"The \emph{Schr\"odinger} Équations of $\mathcal{O}(n)$") == ("the", "schrodinger", "equation", "of", "o", "n")


def test_a_query_asks_for_both_forms_of_a_hyphenated_word():
    assert query("fine-tuning") == ("fine", "tuning", "finetuning")


def test_a_query_leaves_out_small_words_unless_it_has_no_others():
    assert query("the calibration of a model") == ("calibration", "model")
    assert query("To be or not to be") == ("to", "be", "or", "not")


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        *(("models", "model"), ("queries", "query"), ("trees", "tree"), ("causes", "cause"), ("databases", "database"), ("APIs", "api")),
        *(("classes", "class"), ("processes", "process"), ("boxes", "box"), ("patches", "patch"), ("meshes", "mesh"), ("caches", "cache")),
        *(("analyses", "analysis"), ("hypotheses", "hypothesis"), ("axes", "axis"), ("biases", "bias"), ("lenses", "lens")),
        *(("matrices", "matrix"), ("vertices", "vertex"), ("indexes", "index"), ("corpora", "corpus"), ("viruses", "virus")),
        *(("VAEs", "vae"), ("MoEs", "moe"), ("GPUs", "gpu"), ("heroes", "hero"), ("shoes", "shoe"), ("movies", "movie"), ("ties", "tie")),
        *((word, word) for word in ("loss", "bias", "corpus", "analysis", "lens", "axis", "basis", "news", "does", "gas", "its")),
        *((word, word) for word in ("novels", "arts", "aids", "futures", "means", "dynamics", "semantics", "electronics", "sars")),
        *((word, word) for word in ("logistics", "analytics", "basics", "classics", "statics", "systematics", "generics")),
        *(("metrics", "metric"), ("robotics", "robotic"), ("statistics", "statistic"), ("genetics", "genetic"), ("kinetics", "kinetic")),
    ],
)
def test_plurals_are_folded_and_only_they(plural, one):
    assert singular(plural.lower()) == singular(one) == one


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("inpaint", "inpainting"),
        ("inpainting", "inpaint"),
        ("accelerate", "accelerating"),
        ("restored", "restore"),
        ("plan", "planning"),
        ("tagging", "tag"),
        ("study", "studied"),
        ("studied", "study"),
        ("embedding", "embed"),
        ("embed", "embedding"),
        ("ended", "ending"),
        ("speed", "speeding"),
        ("infer", "inferring"),
        ("transferred", "transferring"),
        ("model", "modelling"),
        ("model", "modeling"),
        ("processing", "process"),
        ("adding", "added"),
        ("erring", "erred"),
        ("guaranteed", "guarantee"),
        ("agreed", "agree"),
        ("play", "played"),
        ("flex", "flexing"),
    ],
)
def test_a_word_has_the_forms_that_verbs_take(word, form):
    assert form in inflected(word)


@pytest.mark.parametrize("word", ["gui", "string", "coding", "station", "t2i", "équation", "need", "seed", "spread", "adding", "lasting"])
def test_a_word_has_no_forms_of_another_one(word):
    assert {"gu", "str", "cod", "codding", "state", "equation", "neing", "see", "spreadding", "ad", "last"}.isdisjoint(inflected(word))


@given(st.from_regex(r"[a-z]{1,12}(ing|ed|e|y)?|[aeo](dd|gg|rr)(ing|ed)", fullmatch=True))
def test_forms_are_folded_words_other_than_the_word_itself(word):
    forms = inflected(singular(word))

    assert [singular(form) for form in forms if form == singular(word)] == []
    assert len(set(forms)) == len(forms) <= 9


@pytest.mark.parametrize("text", ["We do fine-tuning.", "We do fine tuning.", "We do Fine-Tuning of models."])
def test_a_phrase_is_found_with_and_without_its_hyphen(text):
    assert places(text, "fine-tuning") == 1


def test_a_hyphenated_word_is_found_by_its_joined_form():
    assert places("We do fine-tuning.", "finetuning") == 1


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        *(("p-adic", r"$p$-adic heights"), ("L-functions", r"an $L$-function"), ("ℓ-adic", r"$\ell$-adic sheaves")),
        *(("C*-algebras", r"a C$^*$-algebra"), ("C*-algebras", "C*-algebras"), ("high-Tc", "high-$T_c$ cuprates")),
        *(("MoS2", r"bilayer MoS$_2$"), ("MoS$_2$", "bilayer MoS2"), ("H2O", "H$_2$O"), ("YBa2Cu3O7", r"YBa$_2$Cu$_3$O$_{7}$")),
        *(("Z2", r"$\mathbb{Z}_2$ order"), ("Ca2+", r"Ca$^{2+}$ waves"), ("AdS", "AdS$_3$ gravity")),
        *(("TGF-beta", "TGF-β"), ("TGF-β", r"TGF-$\beta$"), ("TGF-β", "TGFβ"), ("α-synuclein", "alpha synuclein")),
        *(("Erdős", r"Erd\H{o}s"), ("Čech", r"\v{C}ech cohomology")),
    ],
)
def test_notation_is_one_word_in_tex_and_without(asked, text):
    assert any(len(shelve([a_paper(title="On Foxes", abstract=text)], {}).find(way)) for way in spellings(asked))


def test_a_word_in_greek_is_no_letters():
    assert query("μη γραμμικά") == ("μη", "γραμμικα")


def test_joined_words_are_nobodys_neighbours():
    assert places("We do fine-tuning, then pre-training.", "finetuning pretraining") == 0


def test_a_phrase_is_found_where_some_of_its_words_stood_together_before():
    assert places("Language models, and large language models.", "large language models") == 1


def test_words_behind_the_same_word_as_before_count_once_whatever_small_words_stand_between():
    abstract = "Calibration of models, calibration for the models, calibration by models."

    shelf = shelve([a_paper(title="Foxes", abstract=abstract)], {})

    assert int((shelf.counted & shelf.in_text).sum()) == len(["foxes", "calibration", "models", "calibration"])


def test_of_a_collaboration_thirty_names_are_words_of_its_paper():
    thirty, all_of_them = (a_paper(authors=tuple(Author(f"Name{number}") for number in range(count))) for count in (30, 300))

    assert read_words(all_of_them).tolist() == read_words(thirty).tolist()
    assert written(all_of_them) == written(thirty)


@pytest.mark.parametrize("text", ["surveying the land", "a pre-surveyor", "we", ""])
def test_a_phrase_is_not_found_inside_other_words(text):
    assert places(text, "survey") == 0


def test_a_phrase_does_not_span_title_and_abstract():
    assert places("models are large", "language models", title="On language") == 0


def test_a_phrase_does_not_meet_an_authors_name():
    assert places("We study foxes.", "Silva") == 0


@pytest.mark.parametrize("wanted", ["", "  ", "!!!", "$"])
def test_a_phrase_without_words_is_nowhere(wanted):
    assert places("We study foxes!!!", wanted) == 0


def test_a_language_is_not_its_first_letter():
    assert places("We write C programs.", "C++") == 0
    assert places("We write C++ programs.", "C++") == 1


@pytest.mark.parametrize(
    "written",
    ["Yarin Gal", "Gal, Yarin", "YARIN GAL", "Yarin Gál", "Y. Gal", "Yarin X. Gal", "Yarin Gal, Jr.", "Yarin Gal III", "Gal, Yarin, Jr"],
)
def test_a_name_is_the_same_however_it_is_written(written):
    assert is_same(name_parts("Yarin Gal"), name_parts(written), [])


@pytest.mark.parametrize(
    ("followed", "written"),
    [
        ("Lukasz Kaiser", "Łukasz Kaiser"),
        ("Søren Hauberg", "Soren Hauberg"),
        ("Hans Groß", "Hans Gross"),
        ("Conor O'Brien", "Conor O\N{RIGHT SINGLE QUOTATION MARK}Brien"),
        ("Kyunghyun Cho", "Kyung-Hyun Cho"),
        ("Jean Pierre Dupont", "Jean-Pierre Dupont"),
        ("Jean-Pierre Serre", "J.-P. Serre"),
    ],
)
def test_a_name_is_the_same_whatever_the_keyboard(followed, written):
    assert is_same(name_parts(followed), name_parts(written), [])
    assert is_same(name_parts(written), name_parts(followed), [])


@pytest.mark.parametrize("written", ["Yossi Gal", "Yarin Galil", "Gal Yarin", "Gal", "Z. Gal", ""])
def test_another_name_is_another_person(written):
    assert not is_same(name_parts("Yarin Gal"), name_parts(written), [])


def test_an_initial_that_may_be_two_people_is_nobody():
    assert not is_same(name_parts("Yarin Gal"), name_parts("Y. Gal"), [name_parts("Yossi Gal")])


def test_following_an_initial_follows_the_only_person_it_may_be():
    assert is_same(name_parts("Y. Gal"), name_parts("Yarin Gal"), [name_parts("Yarin Gal")])
    assert not is_same(name_parts("Y. Gal"), name_parts("Yarin Gal"), [name_parts("Yarin Gal"), name_parts("Yossi Gal")])


def counted(word: str, **text: object) -> int:
    shelf = shelve([a_paper(**text)], {})
    return int((shelf.stream[shelf.counted] == word_number(word)).sum())


def test_a_long_text_may_say_what_it_is_about_more_often_than_a_short_one():
    said = " ".join(f"Protein synthesis {' '.join(f'enzyme{number}{letter}' for letter in 'abcdefghij')}." for number in range(20))

    assert counted("synthesis", title="On Protein Synthesis", abstract=said) == 1
    assert counted("synthesis", title="On Protein Synthesis", abstract="Protein synthesis. " * 20) == 0


def test_what_many_authors_have_behind_their_names_is_no_phrase_said_too_often():
    doctors = tuple(Author(name=f"Ana Silva{number}, MD, PhD") for number in range(14))

    assert counted("@phd", authors=doctors) == 1
