"""A word that is a slip of another is doubted; a name, a rare word and a small catalog are left alone."""

from __future__ import annotations

import pytest

from digest.model import Paper
from digest.ranking.texts.misspelling import ENOUGH, misspelt, unsaid

from .builders import a_paper


def papers_that_say(*texts: str, count: int = ENOUGH) -> list[Paper]:
    """So many papers, which have these titles in turn."""
    return [a_paper(f"arxiv:2611.{n:05}", texts[n % len(texts)], abstract="") for n in range(count)]


@pytest.mark.parametrize("slip", ["langauge", "lnguage", "languagge", "lanquage", "anguage", "Langauges"])
def test_a_word_that_is_one_slip_away_from_one_that_many_say_is_doubted(slip: str) -> None:
    assert list(misspelt([f"calibration of {slip} models"], papers_that_say("Calibration of language models")).values()) == ["language"]


@pytest.mark.parametrize("topic", ["calibration of languages", "quokka habitats", "LoRA modes", "Kalibrierung", "Größe"])
def test_what_papers_say_and_what_is_near_nothing_is_left_alone(topic: str) -> None:
    assert misspelt([topic], papers_that_say("Calibration of language models", "Habitat LoRA")) == {}


def test_a_word_that_hardly_anybody_says_was_not_meant() -> None:
    seldom = [*papers_that_say("Foxes", count=ENOUGH), a_paper("arxiv:2612.00001", "Quarks")]

    assert misspelt(["quarls"], seldom) == {}
    assert misspelt(["quarls"], [*seldom, *papers_that_say("Quarks", count=9)]) == {"quarls": "quarks"}


def test_of_several_the_one_that_most_papers_say_was_meant() -> None:
    assert misspelt(["fossion"], papers_that_say("Fission", "Fossion b", "Fission of it")) == {}
    assert misspelt(["delai"], papers_that_say("Delay", "Delay", "Relay delax")) == {"delai": "delay"}


def test_a_word_is_told_as_papers_write_it() -> None:
    assert misspelt(["time series analisis"], papers_that_say("An analysis of time series")) == {"analisis": "analysis"}


def test_a_few_papers_say_nothing_about_words() -> None:
    assert misspelt(["langauge"], papers_that_say("Language", count=ENOUGH - 1)) == {}


def test_a_topic_of_which_no_paper_says_a_word_is_told_from_one_that_shares_one() -> None:
    papers = papers_that_say("Calibration of language models")

    assert unsaid(["Kalibrierung von Sprachmodellen", "language of foxes", "model", "LoRA"], papers) == ("Kalibrierung von Sprachmodellen",)
    assert unsaid(["Kalibrierung"], papers[1:]) == ()
