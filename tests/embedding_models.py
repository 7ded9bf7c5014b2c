"""Models of a few numbers, as installed models and as wheels: the machinery does not know that nobody trained them."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digest.embedding.bert import read_bert
from digest.embedding.models import LAYERS, TABLE, TOKENIZER, VOCABULARY, WEIGHTS, File, Model
from digest.embedding.quantised import quantised_graph
from digest.embedding.safetensors import read_safetensors

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "fox", "##es", "##y", "run", "##s", "the", ",", "$", "e", "σ", "狐")
WIDTH, WIDE, LAYERS_OF_TINY = 24, 48, 2


def safetensors(tensors: Mapping[str, NDArray[Any]]) -> bytes:
    """The arrays as a .safetensors file."""
    types = {"float32": "F32", "float16": "F16", "int64": "I64"}
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    data = b""
    for name, array in tensors.items():
        header[name] = {"dtype": types[str(array.dtype)], "shape": list(array.shape), "data_offsets": [len(data), len(data) + array.nbytes]}
        data += array.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data


def bert_tensors() -> dict[str, NDArray[np.float32]]:
    """Weights by the names that BERT's have, drawn by chance, the same each time."""
    chance = np.random.default_rng(5)
    shapes = {
        "embeddings.word_embeddings.weight": (len(WORDS), WIDTH),
        "embeddings.position_embeddings.weight": (128, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        "embeddings.LayerNorm.weight": (WIDTH,),
        "embeddings.LayerNorm.bias": (WIDTH,),
    }
    for layer in (f"encoder.layer.{number}" for number in range(LAYERS_OF_TINY)):
        for part in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            shapes |= {f"{layer}.{part}.weight": (WIDTH, WIDTH), f"{layer}.{part}.bias": (WIDTH,)}
        shapes |= {f"{layer}.intermediate.dense.weight": (WIDE, WIDTH), f"{layer}.intermediate.dense.bias": (WIDE,)}
        shapes |= {f"{layer}.output.dense.weight": (WIDTH, WIDE), f"{layer}.output.dense.bias": (WIDTH,)}
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes |= {f"{layer}.{part}.weight": (WIDTH,), f"{layer}.{part}.bias": (WIDTH,)}
    return {name: chance.normal(0.0, 0.5, shape).astype(np.float32) for name, shape in shapes.items()}


def tokens_of_llama() -> bytes:
    """A description of tokens: the bytes, a few letters, and three merges."""
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", "f", "o", "x", "▁f", "ox", "▁fox"]
    merges = ["▁ f", "o x", "▁f ox"]
    return json.dumps({"model": {"vocab": {piece: number for number, piece in enumerate(pieces)}, "merges": merges}}).encode()


def _model(name: str, contents: Mapping[str, bytes], dimensions: int, *, made: tuple[str, ...] = ()) -> Model:
    files = tuple(
        File(file, len(data), hashlib.sha256(data).hexdigest(), "" if file in made else f"tiny_{name}/data/{file}")
        for file, data in contents.items()
    )
    about = {"about": "a model of chance", "licence": "MIT", "package": f"tiny-{name}", "version": "1.0"}
    return Model(name=name, files=files, dimensions=dimensions, **about)


@lru_cache
def tiny_minilm() -> tuple[Model, Mapping[str, bytes]]:
    """A MiniLM of two layers and 24 numbers, and its files."""
    weights = safetensors(bert_tensors())
    contents = {WEIGHTS: weights, VOCABULARY: "".join(f"{word}\n" for word in WORDS).encode()}
    contents[LAYERS] = quantised_graph(read_bert(bert_tensors()))
    return _model("minilm", contents, WIDTH, made=(LAYERS,)), contents


@lru_cache
def tiny_wordllama() -> tuple[Model, Mapping[str, bytes]]:
    """A WordLlama of two numbers, and its files: ▁fox points one way, x the other."""
    table = np.zeros((266, 2), dtype=np.float16)
    table[265], table[262] = (3, 0), (0, 4)
    contents = {TABLE: safetensors({"embedding.weight": table}), TOKENIZER: tokens_of_llama()}
    return _model("wordllama", contents, 2), contents


def put(model: Model, contents: Mapping[str, bytes], models: Path) -> Path:
    """The model's folder, with these files in it."""
    folder = model.folder(models)
    folder.mkdir(parents=True)
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return folder


def a_wheel(model: Model, contents: Mapping[str, bytes], folder: Path) -> Path:
    """A wheel that holds the model's files, and code that nobody should run."""
    package = model.package.replace("-", "_")
    path = folder / f"{package}-{model.version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{package}/__init__.py", "raise SystemExit('code of a wheel was run')")
        archive.writestr("../../escaped.txt", "out of the folder")
        for file in model.files:
            if file.member and file.name in contents:
                archive.writestr(file.member, contents[file.name])
    return path


def arrays_of(path: Path) -> dict[str, NDArray[Any]]:
    """What our reader finds in a file."""
    return read_safetensors(path)
