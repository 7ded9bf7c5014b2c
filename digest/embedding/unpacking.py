"""Extract a model's few files from a wheel, a folder with one, or a folder of the files themselves, each verified by checksum."""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..errors import ModelError, cure, why
from .models import File, Model

CHUNK = 1 << 20
Opener = Callable[[File], IO[bytes]]


def unpack(model: Model, source: Path, target: Path) -> None:
    """Copy the model's files into a new folder, readable only by their owner.

    Nothing else in a wheel is unpacked, and no name in it is used as a path. Raises ModelError if a file is missing or different.
    """
    with _opener(model, source) as opener:
        for file in model.files:
            if file.member:
                _copy(model, file, opener, target / file.name, source)


def require(model: Model, source: Path) -> None:
    """Raises ModelError if `unpack` would find none of these files; their content is not checked."""
    with _opener(model, source) as opener:
        for file in model.files:
            if file.member:
                opener(file).close()


def write_checked(path: Path, data: bytes, file: File) -> None:
    """Write a file created here. Raises ModelError if it is not identical to what every installation creates."""
    found = hashlib.sha256(data).hexdigest()
    if found != file.sha256:
        raise ModelError(str(path), f"came out as another file (sha256 {found[:12]}…)", hint="report a bug, with the version of numpy")
    with _new(path) as opened:
        opened.write(data)


@contextmanager
def _opener(model: Model, source: Path) -> Iterator[Opener]:
    """A function that opens the files, as members of a wheel or in a folder."""
    if source.is_dir():
        wheel = next(iter(sorted(source.glob(f"{model.package.replace('-', '_')}-{model.version}-*.whl"))), None)
        if wheel is None:
            yield lambda file: _readable(_found(model, file, source))
            return
        source = wheel
    with _readable(source) as opened:
        try:
            with zipfile.ZipFile(opened) as archive:
                yield lambda file: archive.open(file.member)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:  # RuntimeError: it wants a password
            raise ModelError(str(source), f"is not a wheel that can be read: {error}", hint="fetch it again") from error
        except KeyError as error:
            raise ModelError(str(source), f"is not the wheel of {model.package} {model.version}: {error}", hint="fetch that one") from error


def _found(model: Model, file: File, folder: Path) -> Path:
    """The file in an installed package, an unpacked wheel or another folder of models."""
    places = (folder / file.member, folder / file.name, folder / model.name / file.name)
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        hint = f"name the wheel of {model.package} {model.version}, or a folder that has it or its files"
        raise ModelError(str(folder), f"there is neither a wheel nor {file.member!r} in it", hint=hint)
    return found


def _readable(path: Path) -> IO[bytes]:
    hint = "name the wheel, or a folder that has it or its files"
    if path.exists() and not path.is_file():
        raise ModelError(str(path), "is no file", hint=hint)  # opening a pipe waits for who writes into it
    try:
        return path.open("rb")
    except OSError as error:
        raise ModelError(str(path), f"cannot be read: {why(error)}", hint=cure(error) or hint) from error


def _copy(model: Model, file: File, opener: Opener, target: Path, source: Path) -> None:
    """Copy at most as many bytes as the file should have."""
    digest, size = hashlib.sha256(), 0
    with opener(file) as given, _new(target) as taken:
        while size <= file.size and (chunk := _read(given, source)):
            digest.update(chunk)
            taken.write(chunk)
            size += len(chunk)
    if digest.hexdigest() != file.sha256:
        message = f"its {file.name} is another file (sha256 {digest.hexdigest()[:12]}…, not {file.sha256[:12]}…)"
        raise ModelError(str(source), message, hint=f"only {model.package} {model.version} as it was published is used; fetch it again")


def _read(given: IO[bytes], source: Path) -> bytes:
    try:
        return given.read(CHUNK)
    except OSError as error:
        raise ModelError(str(source), f"cannot be read: {why(error)}", hint=cure(error) or "fetch it again") from error


@contextmanager
def _new(path: Path) -> Iterator[IO[bytes]]:
    """A new file, readable only by its owner, and synced to disk when closed."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        yield opened
        opened.flush()
        os.fsync(opened.fileno())
