"""The house keeps its plan: who may import whom, how long files and functions are, what a start imports."""

from __future__ import annotations

import ast
import builtins
import re
import subprocess
import sys
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

import pytest

from digest.catalog import open_catalog

from .command_line import NOWHERE, SENDER

PACKAGE = Path(__file__).parents[1] / "digest"
PURE = {
    *("model", "errors", "addresses", "naming", "cadence", "announcements", "ledger", "tokens", "typesetting", "fragments", "memo"),
    *("taxonomy", "pipes"),
}
STAGES = {"sources", "library", "enrichment", "embedding", "catalog", "ranking", "rendering", "delivery"}
ALLOWED: dict[str, set[str]] = {
    "model": set(),
    "errors": set(),
    "addresses": {"errors"},
    "naming": set(),
    "cadence": {"model", "errors"},
    "announcements": {"model", "errors"},
    "ledger": {"model", "errors", "announcements"},
    "tokens": {"model", "errors"},
    "typesetting": set(),
    "memo": set(),
    "taxonomy": set(),
    "pipes": set(),
    "fragments": {"tokens", "memo"},
    "net": PURE,
    "resources": PURE,
    "plugins": PURE,
    "config": PURE | {"resources"},
    "catalog": PURE | {"resources"},
    "rendering": PURE | {"resources"},
    "sources": PURE | {"net"},
    "library": PURE | {"net"},
    "enrichment": PURE | {"net"},
    "embedding": PURE | {"net"},
    "ranking": PURE | {"net"},
    "delivery": PURE | {"net"},
    "run": PURE | STAGES,
    "wiring": PURE | STAGES | {"config", "plugins", "net", "resources", "run"},
    # What a list of people says is checked as a line of the configuration is, and taken into the catalog.
    "people": PURE | {"config", "catalog"},
    "schedule": PURE | {"run", "wiring"},
    # It looks at what each stage stands on as `wiring` would build it, and holds no stage's work; only the command line calls it.
    "doctor": PURE | {"config", "plugins", "net", "wiring", "catalog", "sources", "rendering", "delivery"},
    "web": PURE | STAGES | {"config", "wiring", "run", "resources"},
    # What was saved is bytes to it: the catalog makes and takes them, the command line brings both together.
    "state": PURE,
    "__main__": {"cli"},
    "cli": PURE | STAGES | {"config", "plugins", "net", "resources", "run", "wiring", "people", "schedule", "web", "doctor", "state"},
}
WRAPPED = {
    "httpx": {"net"},
    "httpcore": {"net"},
    "feedparser": {"sources"},
    "bibtexparser": {"library"},
    "sqlalchemy": {"catalog"},
    "alembic": {"catalog"},
    "mjml": {"rendering"},
    "numpy": {"ranking", "embedding"},
    "onnxruntime": {"embedding"},
    "apscheduler": {"schedule"},
    "smtplib": {"delivery"},
    "imaplib": {"delivery"},
    "cryptography": {"delivery", "state"},
    "starlette": {"web"},
    "dns": {"doctor"},
    "greenlet": {"delivery"},
}
RAISES = r"\b[Rr]aises ([^.:;]*)"
FILES = sorted(p for p in PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def strays(found: Mapping[Path, Collection[object]]) -> dict[str, list[object]]:
    """What each file has that it shall not have, by its name."""
    return {name_of(path): sorted(those, key=str) for path, those in found.items() if those}


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    """The file, read once for all that is asked of it."""
    return ast.parse(path.read_text(encoding="utf-8"))


def docstrings_of(path: Path) -> list[str]:
    those = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return [ast.get_docstring(node, clean=False) or "" for node in ast.walk(tree_of(path)) if isinstance(node, those)]


def names_in(path: Path) -> set[str]:
    """The names that a file uses, defines or imports."""
    kinds = {ast.ClassDef: "name", ast.Name: "id", ast.Attribute: "attr", ast.alias: "name"}
    return {getattr(node, kinds[type(node)]) for node in ast.walk(tree_of(path)) if type(node) in kinds}


@cache
def imports_of(path: Path) -> set[tuple[str, bool]]:
    """Every room of ours, and every outside package, that this file imports: (name, whether ours)."""
    depth = len(path.relative_to(PACKAGE).parts)
    found: set[tuple[str, bool]] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found.update((alias.name.partition(".")[0], False) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add((node.module.partition(".")[0], False))
        elif isinstance(node, ast.ImportFrom) and node.level == depth:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found.update((name.partition(".")[0], True) for name in names)
    return found


def test_a_room_imports_only_what_its_line_in_the_table_allows() -> None:
    ours = {path: {name for name, is_ours in imports_of(path) if is_ours} - {room_of(path), "__version__"} for path in FILES}

    assert strays({path: ours[path] - ALLOWED[room_of(path)] for path in FILES if room_of(path) != "__init__"}) == {}


def test_imports_inside_the_package_are_relative() -> None:
    assert strays({path: imports_of(path) & {("digest", False)} for path in FILES}) == {}


def test_each_outside_library_is_wrapped_in_its_room() -> None:
    outside = {path: {name for name, is_ours in imports_of(path) if not is_ours} for path in FILES}

    allowed = {path: {name for name in outside[path] if room_of(path) in WRAPPED.get(name, {room_of(path)})} for path in FILES}
    assert strays({path: outside[path] - allowed[path] for path in FILES}) == {}


def test_every_file_says_what_it_is_and_stays_readable() -> None:
    long = {
        path: {
            node.name
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno > 45
        }
        for path in FILES
    }

    assert [name_of(path) for path in FILES if not ast.get_docstring(tree_of(path))] == []
    assert [name_of(path) for path in FILES if path.read_text(encoding="utf-8").count("\n") > 350] == []
    assert strays(long) == {}


def test_what_a_docstring_says_is_raised_is_a_name_that_there_is() -> None:
    known = set(dir(builtins)).union(*map(names_in, FILES))
    raised = {path: set(re.findall(r"\b[A-Z][a-z]\w*", " ".join(re.findall(RAISES, "\n".join(docstrings_of(path)))))) for path in FILES}

    assert strays({path: raised[path] - known for path in FILES}) == {}


def test_no_docstring_holds_a_character_that_nobody_sees() -> None:
    found = {path: {sign for text in docstrings_of(path) for sign in text if sign != "\n" and not sign.isprintable()} for path in FILES}

    assert strays(found) == {}  # as where a backslash lacks its own: "\x1b" is then an escape, and not the word for it


def test_every_room_stands_in_the_table() -> None:
    assert {room_of(path) for path in FILES} - {"__init__"} <= ALLOWED.keys()


def test_a_run_without_signatures_and_an_inbox_on_a_database_that_is_there_imports_nothing_for_them(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(SENDER + NOWHERE)
    open_catalog(str(tmp_path / "digest.db")).close()
    code = (
        "import sys; from digest.cli import digest; from digest.cli.frame import guarded; status = guarded(digest, sys.argv[1:])\n"
        "needless = ('cryptography', 'alembic', 'imap', 'bounces.reading')\n"
        "print(status, [name for name in sys.modules if any(part in name for part in needless)], file=sys.stderr)"
    )

    done = subprocess.run([sys.executable, "-c", code, "--config", str(tmp_path / "config.toml"), "run"], capture_output=True, text=True)

    assert done.stderr.splitlines()[-1] == "0 []"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("verb", [[], ["models"]], ids=["digest", "models"])
def test_asking_for_help_imports_no_heavy_library(verb: list[str]) -> None:
    code = (
        f"import sys; sys.argv = {['digest', *verb, '--help']}\n"
        "from digest.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'sqlalchemy', 'httpx', 'alembic', 'rich', 'starlette', 'cryptography', 'dns'}\n"
        "print(sorted(heavy & sys.modules.keys()), file=sys.stderr)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stderr.strip() == "[]"


def test_ranking_imports_no_masked_arrays() -> None:
    code = (
        "import sys; from tests.builders import *; from tests.ranking_papers import a_crowd; from digest.ranking import *\n"
        "profile = Profile(keywords=('foxes in winter',), muted=('deep matrices',))\n"
        "print(order(survey(a_crowd(20), background=a_crowd(60), library={}, now=NOON), [profile]).muted(0), 'numpy.ma' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)

    assert done.stdout.strip() == "{} False"  # numpy.unique and numpy.isin take 50 ms to load them, in every process
