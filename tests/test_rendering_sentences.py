"""An abstract's sentences: where one ends, and what is never cut."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.rendering.sentences import sentences


@pytest.mark.parametrize(
    "text",
    [
        "As Smith et al. (2019) and Li et al. Nature showed, foxes hunt.",
        "Many animals, e.g. foxes, i.e. Canidae, hunt at night.",
        "The curve in Fig. 3 and Eq. 4, cf. Sec. 2 and No. 7, falls.",
        "Foxes vs. hounds: approx. 3.5 to 1, by Dr. A. B. Fox of E. coli fame.",
        "A model of 3.5B parameters gains 1.2. points at v2.0 of the U.S. standard.",
        "Code lies at https://example.org/a.b/C.d?x=1.2 for all.",
        "A text that ... leaves something out goes on … as before.",
        "Whatever was said (We doubt it. It was late. See [Smith, A. (2001). On Foxes. Nature 3.]) is cited.",
        "We bound $f(x). G(x)$ and $$a. B$$ and \\(a. B\\) and \\[a. B\\] by one.",
        "It is called Yahoo! by some and eBay? by others.",
    ],
)
def test_one_sentence_stays_one(text: str) -> None:
    assert sentences(text) == (text,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We study foxes. They hunt.", ("We study foxes.", "They hunt.")),
        ("Is it so? It is! Fine.", ("Is it so?", "It is!", "Fine.")),
        ("It fell by 3.5. We ask why.", ("It fell by 3.5.", "We ask why.")),
        ("As shown by Smith et al. We go on.", ("As shown by Smith et al.", "We go on.")),
        ("Dogs, cats etc. In this paper we sleep.", ("Dogs, cats etc.", "In this paper we sleep.")),
        ("We use vitamin C. The rest sleep.", ("We use vitamin C.", "The rest sleep.")),
        ("In 2010. 3D printing came.", ("In 2010.", "3D printing came.")),
        ('He said "no." Then he left.', ('He said "no."', "Then he left.")),
        ("It is (nearly) done.) We stop.", ("It is (nearly) done.)", "We stop.")),
        ("The bound is $O(n)$. $k$-means is fast.", ("The bound is $O(n)$.", "$k$-means is fast.")),
        ("It costs $5. We pay $10. Both are fair.", ("It costs $5.", "We pay $10.", "Both are fair.")),
        ("Much is left... The end.", ("Much is left...", "The end.")),
        ("A method.We test it.", ("A method.", "We test it.")),
        ("See https://example.org/a. We use it.", ("See https://example.org/a.", "We use it.")),
        ("我们研究狐狸。它们在夜里捕猎！结果如何？很好。", ("我们研究狐狸。", "它们在夜里捕猎！", "结果如何？", "很好。")),
        ("Nous étudions. À la nuit, ils chassent.", ("Nous étudions.", "À la nuit, ils chassent.")),
        ("Мы изучаем лис. Они охотятся.", ("Мы изучаем лис.", "Они охотятся.")),
        ("  Blanks   around.  Two  of them. ", ("Blanks   around.", "Two  of them.")),
        ("no full stop at the end", ("no full stop at the end",)),
        ("", ()),
        (" \n ", ()),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: tuple[str, ...]) -> None:
    assert sentences(text) == expected


WORDS = st.lists(
    st.sampled_from(["We", "foxes", "e.g.", "et al.", "x.", "$a. B$", "(a. B", "C.)", "\\(", "。", "...", "?", "$", "3.5", "[", "]"])
)


@given(st.one_of(st.text(max_size=300), WORDS.map(" ".join), WORDS.map("".join)))
@example(".")
@example("。.")
@example("a. . B")
@example("$" * 9)
def test_joined_the_sentences_are_the_text(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@given(st.lists(st.text(alphabet="ab. ABx\\^_{}", min_size=1, max_size=20), min_size=1, max_size=6))
def test_mathematics_is_never_cut(formulas: list[str]) -> None:
    inner = [formula.replace("\\", "\\alpha ") for formula in formulas]
    text = ". ".join(f"We bound ${formula}$ here" for formula in inner) + "."

    found = sentences(text)

    assert [sentence.count("$") % 2 for sentence in found] == [0] * len(found)


@pytest.mark.parametrize("piece", ["(", "$", "\\(", "[", "((a)", "$a", "..", "[$", "\\[\\", "((($", "a.", "。"])
def test_a_text_made_to_take_long_takes_time_by_its_length_alone(piece: str) -> None:
    began = time.process_time()

    found = sentences(piece * (10_000 // len(piece)))

    assert len("".join(found)) > 9_000
    assert time.process_time() - began < 2.0


def test_a_text_of_nothing_but_prices_is_read_once() -> None:
    began = time.process_time()

    assert sentences("\\$" * 40_000) == ("\\$" * 40_000,)
    assert time.process_time() - began < 4  # it was half a minute
