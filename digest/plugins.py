"""Sources by the name of their kind: "arxiv" means `digest.sources.arxiv:make`; "lab.papers:make" names a function of anybody's module."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from .errors import ConfigurationError
from .model import Batch, SourceOptions

_BUILT_IN = re.compile(r"[a-z][a-z0-9_]*")
_SOURCES = Path(__file__).parent / "sources"


class Pulled(Protocol):
    """The source that a maker returns: `sources.Source`, declared again because this module may not import `sources`."""

    @property
    def name(self) -> str: ...

    def fetch(self, cursor: str, now: datetime) -> Batch: ...


Maker = Callable[[SourceOptions, Any], Pulled]
"""Makes a source from its options and the `net.Net` (HTTP client) it uses."""


def load_maker(kind: str) -> Maker:
    """The maker of a kind of source. Raises ConfigurationError if there is none of that name, or its module cannot be imported."""
    module, colon, name = kind.partition(":")
    if not colon:
        if not _BUILT_IN.fullmatch(kind) or kind not in built_in():
            hint = f"one of {', '.join(built_in())}, or module:make for your own"
            raise ConfigurationError("kind", f"there is no source of the kind {kind!r}", hint=hint)
        maker = import_module(f".sources.{kind}", __package__).make
    else:
        maker = _attribute(kind, module, name)
    assert callable(maker)
    return maker  # type: ignore[no-any-return]  # its result is checked where it is used


def built_in() -> tuple[str, ...]:
    """The kinds that come with digest: the files of `sources/` that have a `make`."""
    makers = (path for path in sorted(_SOURCES.glob("*.py")) if "\ndef make(" in path.read_text(encoding="utf-8"))
    return tuple(path.stem for path in makers)


def _attribute(kind: str, module: str, name: str) -> Any:
    if not module or module.startswith(".") or not name.isidentifier():
        raise ConfigurationError("kind", f"{kind!r} does not name a function", hint="write it as package.module:make")
    try:
        found = getattr(import_module(module), name, None)
    except ImportError as error:
        raise ConfigurationError("kind", f"{module!r} cannot be imported: {error}", hint="install it beside digest") from error
    except (Exception, SystemExit) as error:  # somebody else's code can fail in any way; a script may even exit on import
        message = f"{module!r} cannot be imported: {type(error).__name__}: {error}"
        raise ConfigurationError("kind", message, hint="mend that module; digest --debug shows where") from error
    if not callable(found):
        raise ConfigurationError("kind", f"{module!r} has no function {name!r}", hint="write it as package.module:make")
    return found
