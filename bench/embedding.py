"""Papers as vectors: `uv run --extra onnx python bench/embedding.py [--papers 2000] [--items FILE] [--models FOLDER] [--json]`.

Each installed model (`digest models install NAME`) embeds title and abstract of as many papers, in a process of its own: papers per second
with everything after the import included (reading and checking the files, tokens, arithmetic), the time of the whole, and the peak memory.
numpy gets a tenth of the papers. Beside it: how near the 8-bit vectors lie to those in float32.
Without --items ({"title", "abstract"} on each line, .jsonl or .jsonl.gz) papers are invented, 180 words each.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import random
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digest.config import models_folder
from digest.embedding import MODELS, onnx, open_model
from digest.embedding.installing import State, look

BACKENDS = {"onnx": ("minilm", True), "numpy": ("minilm", False), "wordllama": ("wordllama", None)}
COMPARED = 200  # papers whose vectors are compared
SYLLABLES = ("tri", "ka", "lo", "men", "su", "ver", "ti", "on", "al", "ra", "des", "po", "ni", "cal", "qu", "ex")


def invented(count: int) -> list[str]:
    rng = random.Random(3)
    words = ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 4))) for _ in range(20_000)]
    return [" ".join(rng.choices(words, k=10)) + ". " + " ".join(rng.choices(words, k=170)) for _ in range(count)]


def read(path: Path, count: int) -> list[str]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        items = [json.loads(line) for line, _ in zip(lines, range(count), strict=False)]
    return [f"{item['title']}. {item['abstract']}" for item in items]


def embed(name: str, quantised: bool | None, models: Path, texts: list[str]) -> tuple[float, float, NDArray[np.float32]]:
    """Seconds, peak memory in MB, and the vectors of the papers that are compared; in a process of its own."""
    began = time.perf_counter()
    vectors = open_model(name, models, quantised=quantised).embed(texts)
    return time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, vectors[:COMPARED]


def measure(models: Path, texts: list[str]) -> dict[str, float]:
    figures: dict[str, float] = {}
    compared: dict[str, NDArray[np.float32]] = {}
    for backend, (name, quantised) in BACKENDS.items():
        if look(MODELS[name], models).state is not State.INSTALLED or (quantised and not onnx.is_available()):
            continue
        some = texts[: max(COMPARED, len(texts) // 10)] if backend == "numpy" else texts
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            seconds, peak, compared[backend] = pool.submit(embed, name, quantised, models, some).result()
        figures[f"papers_per_second_{backend}"] = round(len(some) / seconds, 1)
        figures[f"seconds_{backend}_{len(some)}"] = round(seconds, 2)
        figures[f"peak_mb_{backend}"] = round(peak)
    if {"onnx", "numpy"} <= compared.keys():
        cosines = (compared["onnx"] * compared["numpy"]).sum(axis=1)
        figures["cosine_8_bits_lowest"] = round(float(cosines.min()), 4)
        figures["cosine_8_bits_median"] = round(float(np.median(cosines)), 4)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--papers", type=int, default=2000)
    parser.add_argument("--items", type=Path)
    parser.add_argument("--models", type=Path, default=models_folder())
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    texts = read(arguments.items, arguments.papers) if arguments.items else invented(arguments.papers)
    figures = measure(arguments.models, texts)
    conditions = {
        "papers": len(texts),
        "texts": arguments.items.name if arguments.items else "invented",
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }
    if arguments.json:
        print(json.dumps({"bench": "embedding", "figures": figures, "conditions": conditions}, indent=2))
        return
    for name, value in {**conditions, **figures}.items():
        print(f"{name:30} {value}")
    if not figures:
        print("no model is installed: digest models install minilm")


if __name__ == "__main__":
    main()
