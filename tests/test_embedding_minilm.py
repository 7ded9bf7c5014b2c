"""MiniLM's arithmetic on a model of chance: numpy against the formulas, onnxruntime against numpy."""

from __future__ import annotations

import errno
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from numpy.typing import NDArray

from digest.embedding.bert import HEADS, gelu
from digest.embedding.minilm import MiniLM
from digest.embedding.models import LAYERS, VOCABULARY, WEIGHTS
from digest.embedding.onnx import is_available
from digest.embedding.quantised import quantise
from digest.embedding.vectors import Progress
from digest.errors import ConfigurationError, ModelError

from .embedding_models import LAYERS_OF_TINY, WIDTH, arrays_of, bert_tensors, put, safetensors, tiny_minilm

ROOT = Path(__file__).parents[1]
TEXTS = ("the foxes run", "fox", "the fox, the fox, the foxy fox runs", "run, foxes", "")
needs_onnxruntime = pytest.mark.skipif(not is_available(), reason="needs onnxruntime: uv run --group models pytest")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return put(*tiny_minilm(), tmp_path)


def tiny(folder: Path, *, quantised: bool = False, monotonic: Callable[[], float] = lambda: 0.0) -> MiniLM:
    return MiniLM(folder, quantised=quantised, workers=2, model=tiny_minilm()[0], monotonic=monotonic)


def by_the_book(tokens: list[int]) -> NDArray[np.float64]:
    """Devlin et al. and Vaswani et al. as they are written, in float64, a head at a time."""
    t = {name: array.astype(np.float64) for name, array in bert_tensors().items()}

    def linear(x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        return x @ t[f"{name}.weight"].T + t[f"{name}.bias"]

    def norm(x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        spread = np.sqrt(x.var(axis=1, keepdims=True) + 1e-12)
        return (x - x.mean(axis=1, keepdims=True)) / spread * t[f"{name}.weight"] + t[f"{name}.bias"]

    x = t["embeddings.word_embeddings.weight"][tokens] + t["embeddings.position_embeddings.weight"][: len(tokens)]
    x = norm(x + t["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for layer in (f"encoder.layer.{number}" for number in range(LAYERS_OF_TINY)):
        parts = (linear(x, f"{layer}.attention.self.{part}") for part in ("query", "key", "value"))
        heads = []
        for query, key, value in zip(*(np.split(part, HEADS, axis=1) for part in parts), strict=True):
            share = np.exp(query @ key.T / math.sqrt(WIDTH / HEADS))
            heads.append(share / share.sum(axis=1, keepdims=True) @ value)
        x = norm(x + linear(np.hstack(heads), f"{layer}.attention.output.dense"), f"{layer}.attention.output.LayerNorm")
        wide = linear(x, f"{layer}.intermediate.dense")
        wide = wide * (1 + np.vectorize(math.erf)(wide / math.sqrt(2))) / 2
        x = norm(x + linear(wide, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
    mean: NDArray[np.float64] = x.mean(axis=0)
    return mean / np.linalg.norm(mean)


def test_the_numbers_are_those_of_the_papers(folder: Path) -> None:
    (vector,) = tiny(folder).embed(["the foxes run"])

    assert np.abs(vector - by_the_book([2, 9, 4, 5, 7, 3])).max() < 1e-6


def test_the_rows_are_unit_vectors_in_the_order_of_the_texts(folder: Path) -> None:
    model = tiny(folder)

    together = model.embed(TEXTS)
    alone = np.vstack([model.embed([text]) for text in TEXTS])

    assert together.dtype == np.float32
    assert together.shape == (5, 24)
    assert np.abs(together - alone).max() < 1e-6
    assert np.linalg.norm(together, axis=1).round(5).tolist() == [1, 1, 1, 1, 0]


def test_no_text_is_no_row(folder: Path) -> None:
    assert tiny(folder).embed([]).shape == (0, 24)


def test_a_text_without_a_word_is_near_nothing(folder: Path) -> None:
    assert not tiny(folder).embed(["", " \n\u200b"]).any()


def test_the_name_says_what_changes_the_numbers(folder: Path) -> None:
    assert tiny(folder).name == "minilm-1/float32/192"
    assert tiny(folder, quantised=True).name == "minilm-1/int8/192"


def test_progress_is_told_with_the_time_that_is_left(folder: Path) -> None:
    told: list[Progress] = []
    seconds = iter([0.0, 2.0, 3.0])

    tiny(folder, monotonic=lambda: next(seconds)).embed(["the fox"] * 3 + ["fox"], told.append)

    assert told == [Progress(3, 4, 2.0 / 3), Progress(4, 4, 0.0)]


def test_gelu_is_close_to_its_definition() -> None:
    x = np.linspace(-8, 8, 40_001, dtype=np.float32)
    exact = [value * (1 + math.erf(value / math.sqrt(2))) / 2 for value in x.tolist()]

    assert np.abs(gelu(x.copy()) - exact).max() < 2e-6


# --- 8 bits -----------------------------------------------------------------------------------------------------------


def test_weights_in_8_bits_leave_room_for_two_products_in_16() -> None:
    whole, scale = quantise(np.array([[1.0, 0.0, -3.0], [-0.5, 0.0, 1.5]], dtype=np.float32))

    assert whole.tolist() == [[64, 0, -64], [-32, 0, 32]]
    assert scale.tolist() == [1 / 64, 1.0, 3 / 64]


def test_the_same_weights_give_the_same_file() -> None:
    from digest.embedding.bert import read_bert
    from digest.embedding.quantised import quantised_graph

    assert quantised_graph(read_bert(bert_tensors())) == tiny_minilm()[1][LAYERS]


@needs_onnxruntime
def test_onnxruntime_lays_up_no_report_for_its_maker(folder: Path, tmp_path: Path) -> None:
    """In a process of its own, since a process that began to report does so until its end. Reports lie in the home until they are sent."""
    home = tmp_path / "home"
    home.mkdir()
    program = "import sys, pathlib, tests.test_embedding_minilm as t; t.tiny(pathlib.Path(sys.argv[1]), quantised=True).embed(['fox'])"

    subprocess.run([sys.executable, "-c", program, str(folder)], cwd=ROOT, env={"HOME": str(home)}, check=True)

    assert list(home.rglob("*")) == []


@needs_onnxruntime
def test_onnxruntime_gives_nearly_the_vectors_of_numpy(folder: Path) -> None:
    words = [text for text in TEXTS if text]

    exact, near = tiny(folder).embed(words), tiny(folder, quantised=True).embed(words)

    assert (exact * near).sum(axis=1).min() > 0.98
    assert np.abs(exact - near).max() > 1e-4


@needs_onnxruntime
def test_in_8_bits_a_text_does_not_depend_on_its_neighbours(folder: Path) -> None:
    model = tiny(folder, quantised=True)

    together = model.embed(TEXTS)

    assert together.tolist() == [model.embed([text])[0].tolist() for text in TEXTS]


# --- files that are not the model's ------------------------------------------------------------------------------------


def test_a_model_that_is_not_there_says_how_to_install_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        tiny(tmp_path / "minilm").embed(["fox"])

    assert caught.value.hint == "digest models install minilm"


@pytest.mark.parametrize("name", [WEIGHTS, VOCABULARY])
def test_another_file_in_a_models_place_is_not_used(folder: Path, name: str) -> None:
    changed = bytearray((folder / name).read_bytes())
    changed[-2] ^= 1
    (folder / name).write_bytes(changed)

    with pytest.raises(ModelError, match="is not the file it should be") as caught:
        tiny(folder).embed(["fox"])

    assert caught.value.hint == "digest models install minilm"


@pytest.mark.parametrize(
    "data",
    [b"", b"\x01", b"\xff" * 64, (8).to_bytes(8, "little") + b"not json", (2).to_bytes(8, "little") + b"[]",
     (9).to_bytes(8, "little") + b'{"a": {}}', safetensors({"a": np.ones(8, dtype=np.float32)})[:-4]],
)  # fmt: skip
def test_what_is_no_file_of_weights_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x").write_bytes(data)

    with pytest.raises(ModelError, match="is not a file of weights"):
        arrays_of(tmp_path / "x")


def test_weights_that_the_machine_cannot_open_are_not_called_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(np, "memmap", full)

    with pytest.raises(ModelError, match="cannot be read: too many open files") as caught:
        arrays_of(tmp_path / "x")

    assert caught.value.hint == "let this user have more files open (ulimit -n)"
