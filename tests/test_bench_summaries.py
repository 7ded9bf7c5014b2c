"""The bench of summaries: its labels fit the recorded abstracts, and the rules do as well on them as the README says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from digest.rendering.sentences import sentences
from summaries_papers import drawn, labels

BENCH = Path(__file__).parents[1] / "bench"


@pytest.fixture(scope="module")
def printed(test_data: Path) -> dict[str, Any]:
    """What the bench prints for a script."""
    command = [sys.executable, BENCH / "summaries.py", "--data", test_data, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=BENCH.parent, timeout=300)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_every_label_names_sentences_of_its_abstract(test_data: Path) -> None:
    known = labels()
    papers = {paper.place: sentences(paper.text) for paper in drawn(test_data)}

    lost = [
        (place, words)
        for place, label in known.items()
        for words in (*label.new, *label.poor)
        if sum(sentence.startswith(words) for sentence in papers[place]) != 1
    ]
    assert lost == []
    assert len(papers) == len(known) == 100
    assert sum(label.tuned for label in known.values()) == 50
    assert [place for place, label in known.items() if not label.new or set(label.new) & set(label.poor)] == []


def test_what_is_said_to_be_new_mostly_is_and_by_far_more_often_than_what_stands_first(printed: dict[str, Any]) -> None:
    figures = printed["figures"]

    assert figures["ours_new_all"] >= 0.9
    assert figures["ours_new_held_out"] >= 0.84
    assert figures["ours_shown_all"] >= 0.92
    assert figures["ours_poor_all"] <= 0.15
    assert figures["first_350_characters_shown_all"] <= 0.3


def test_it_prints_one_object(printed: dict[str, Any]) -> None:
    assert (printed["bench"], printed["conditions"]["abstracts"]) == ("summaries", 100)
    assert printed["figures"]["microseconds"] < 1_000
