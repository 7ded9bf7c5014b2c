"""Two sentences of an abstract: which ones, and that they stand as they were written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.rendering.sentences import sentences
from digest.rendering.summaries import ROOM, Summary, summary

KNOWN = "Foxes have long been held to be solitary hunters in most of the literature."
PROPOSED = "In this paper, we propose Reynard, a model of how foxes share a den."
RESULT = "Experiments on 312 dens show that Reynard outperforms earlier models by 14 %."
CODE = "Our code is available at https://example.org/reynard."


def test_the_proposal_is_what_is_new_and_its_result_stands_beside_it() -> None:
    made = summary(" ".join([KNOWN, PROPOSED, RESULT, CODE]))

    assert made == Summary((PROPOSED, RESULT), PROPOSED)
    assert made.text == f"{PROPOSED} {RESULT}"


@pytest.mark.parametrize(
    ("abstract", "new"),
    [
        (f"{KNOWN} However, we do not know why. We prove that a den of foxes is a tree. We conclude.",
         "We prove that a den of foxes is a tree."),
        (f"{KNOWN} This paper reviews the dens of foxes. Dens are many.", "This paper reviews the dens of foxes."),
        (f"{KNOWN} Here we show that dens are shared by kin. They are old.", "Here we show that dens are shared by kin."),
        (f"{KNOWN} A new test of kinship in red foxes is presented. It works.", "A new test of kinship in red foxes is presented."),
        (f"{KNOWN} Existing models, which were proposed long ago, fail. The authors describe a better one, made of foxes.",
         "The authors describe a better one, made of foxes."),
        ("BACKGROUND: We know that foxes live in dens. RESULTS: We found that they share them with kin.",
         "RESULTS: We found that they share them with kin."),
        (f"We hope that foxes will like this work of ours. {PROPOSED} {CODE}", PROPOSED),
        ("Reynard is a program that counts foxes. Versions run on all machines. It is easy to use.",
         "Reynard is a program that counts foxes."),
        ("狐狸长期以来被认为是独居动物，这方面的研究很多。本文提出了一种新的狐狸洞穴共享模型，并分析其行为。实验结果很好，优于以往模型。",
         "本文提出了一种新的狐狸洞穴共享模型，并分析其行为。"),
        ("Les renards sont connus depuis longtemps. Nous proposons un modèle de leurs terriers à plusieurs. Il est bon.",
         "Nous proposons un modèle de leurs terriers à plusieurs."),
    ],
)  # fmt: skip
def test_what_is_new_is_told_from_what_is_known(abstract: str, new: str) -> None:
    assert summary(abstract).new == new


def test_of_two_proposals_the_one_the_title_speaks_of_is_chosen() -> None:
    burrow = "We propose a measure of burrows and of earths that foxes dig."
    abstract = f"{burrow} We propose a grammar of the songs that vixens sing at night."

    assert summary(abstract, "A Grammar of Songs").new != burrow
    assert summary(abstract, "A Measure of Burrows").new == burrow


def test_a_long_sentence_stands_alone() -> None:
    long = "We introduce a model of dens " + "and of burrows and of earths " * 11 + "that foxes share."

    made = summary(f"{KNOWN} {long} {RESULT}")

    assert len(long) > 300
    assert made == Summary((long,), long)


def test_a_sentence_that_speaks_of_the_one_before_stands_only_after_it() -> None:
    dangling = "It has three parts that learn from each other at night."

    assert summary(f"{KNOWN} {PROPOSED} {dangling}").sentences == (PROPOSED, dangling)
    assert dangling not in summary(f"{PROPOSED} {KNOWN} Each den is one of many dens. {dangling}").sentences


def test_an_abstract_of_two_short_sentences_stands_whole() -> None:
    assert summary("Foxes hunt. We watch them.").sentences == ("Foxes hunt.", "We watch them.")


def test_a_sentence_said_twice_stands_once() -> None:
    assert summary("We study foxes in dens. " * 12).sentences == ("We study foxes in dens.",)


def test_without_an_abstract_there_is_nothing() -> None:
    assert (summary(""), summary(" \n")) == (Summary(), Summary())


PIECES = st.lists(
    st.sampled_from([KNOWN, PROPOSED, RESULT, CODE, "They hunt.", "狐狸。", "We ask: why?", "$x. Y$ is one.", "However, no.", "no end"])
)


@given(st.one_of(st.text(max_size=400), PIECES.map(" ".join)), st.text(max_size=40))
def test_at_most_two_sentences_of_the_abstract_stand_in_its_order(abstract: str, title: str) -> None:
    made = summary(abstract, title)

    found = iter(sentences(abstract))
    assert all(sentence in found for sentence in made.sentences)
    assert len(made.sentences) <= 2
    assert made.new in made.sentences or not made.sentences
    assert bool(made.new) == bool(abstract.strip())
    assert len(made.text) <= ROOM or len(made.sentences) == 1
