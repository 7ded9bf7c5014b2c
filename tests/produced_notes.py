"""Where the code writes English that the catalog keeps and a letter shows: the templates of all reasons and sentences."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "digest"
_ALONE = ("rendering/points.py", "run/issuing/first_letter.py", "run/issuing/updating.py")
PRODUCERS = (*sorted((PACKAGE / "ranking").rglob("*.py")), *(PACKAGE / name for name in _ALONE))
COMPOSING = PACKAGE / "run" / "issuing" / "composing.py"


def templates_in(path: Path, functions: frozenset[str] = frozenset()) -> set[str]:
    """The texts, with {} for what is put in, of the functions that give a text (or of those named), of Reasons, notes and rests.

    Constants are notes if their names end so.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and (node.name in functions or (not functions and _gives_text(node))):
            found.update(text for part in node.body for text in _texts(part))
        elif isinstance(node, ast.Call) and not functions:
            is_reason = isinstance(node.func, ast.Name) and node.func.id in ("Reason", "Verdict")
            said = [*(node.args[2:] if is_reason else []), *(k.value for k in node.keywords if k.arg in ("note", "rest", "why"))]
            found.update(text for part in said for text in _texts(part))
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith("_NOTE"):
            found.update(_texts(node.value))
    return {text for text in found if any(letter.isalpha() for letter in text.replace("{}", ""))}


def unused_in(path: Path) -> set[str]:
    """The texts, with {} for what is put in, of why entries of a library are dropped."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Dropped":
            found.update(text for part in node.args[1:] for text in _texts(part))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "reason":
            found.update(_texts(node.value))
    return {text.removeprefix("line {}: ") for text in found} - {"{}"}


def _gives_text(function: ast.FunctionDef) -> bool:
    return function.returns is not None and ast.unparse(function.returns) in ("str", "tuple[str, ...]", "Pick | None")


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from _texts(part.value)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from _texts(child)
