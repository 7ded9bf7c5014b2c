"""WordLlama's arithmetic on a table of two numbers: "▁fox" is (3, 0), "x" is (0, 4), everything else nothing."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digest.embedding.models import TOKENIZER, File
from digest.embedding.vectors import Progress
from digest.embedding.wordllama import PORTION, WordLlama
from digest.errors import ModelError

from .embedding_models import put, tiny_wordllama

MODEL, CONTENTS = tiny_wordllama()


@pytest.fixture
def model(tmp_path: Path) -> WordLlama:
    return WordLlama(put(MODEL, CONTENTS, tmp_path), model=MODEL, monotonic=lambda: 0.0)


def test_a_text_is_the_mean_of_its_tokens_as_a_unit_vector(model: WordLlama) -> None:
    vectors = model.embed(["fox", "foxx", " fox fox\n"])

    assert vectors.dtype == np.float32
    assert vectors.tolist() == [[1.0, 0.0], [pytest.approx(0.6), pytest.approx(0.8)], [1.0, 0.0]]


def test_an_empty_text_is_near_nothing(model: WordLlama) -> None:
    assert model.embed(["", "  \n", "fox"]).tolist() == [[0.0, 0.0], [0.0, 0.0], [1.0, 0.0]]


def test_no_text_is_no_row(model: WordLlama) -> None:
    assert model.embed([]).shape == (0, 2)


def test_progress_is_told_by_the_portion(model: WordLlama) -> None:
    told: list[Progress] = []

    model.embed(["fox"] * (PORTION + 1), told.append)

    assert [(progress.done, progress.total) for progress in told] == [(PORTION, PORTION + 1), (PORTION + 1, PORTION + 1)]


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"model": {"vocab": {}}}', b"\xff"])
def test_a_description_of_something_else_is_told(tmp_path: Path, data: bytes) -> None:
    other = File(TOKENIZER, len(data), hashlib.sha256(data).hexdigest())
    changed = replace(MODEL, files=(MODEL.files[0], other))
    folder = put(changed, {**CONTENTS, TOKENIZER: data}, tmp_path)

    with pytest.raises(ModelError, match="does not describe tokens"):
        WordLlama(folder, model=changed).embed(["fox"])
