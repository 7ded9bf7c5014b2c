"""One table of the configuration, type-checked: every error names the file, the line and the key."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ..errors import ConfigurationError, why
from .keys import KEYS, heading
from .lines import Place, lines_of
from .machine import user_path
from .mistakes import repair
from .values import flag, text, texts

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class File:
    """A configuration file: its name in messages, the folder that its paths are relative to, and the lines of its keys."""

    name: str
    folder: Path
    values: Mapping[str, object]
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int | None:
        """The line of a key, else of its table, else of whatever contains the table."""
        table, numbers, key = place
        if place in self.lines:
            return self.lines[place]
        if not table:
            return self.lines.get((key, (0,), ""))
        outer, _, inner = table.rpartition(".")
        return self.line((table, numbers, "") if key else (outer, numbers[:-1], inner))

    def table(self, name: str) -> Table:
        """A table by name, empty if the file has none; "" is the top."""
        values = self.values if not name else self.values.get(name, {})
        if not isinstance(values, dict):
            raise self.error(("", (), name), f"{values!r} is not a table", f"write [{name}] on a line of its own, its keys below")
        return Table(self, name, (0,) if name else (), values)

    def tables(self, name: str) -> tuple[Table, ...]:
        """All tables with that name, in order."""
        return _tables(self, ("", (), name), self.values.get(name, []))

    def error(self, place: Place, message: str, hint: str) -> ConfigurationError:
        """An error that names file, line, table and key."""
        line = self.line(place)
        where = f"{self.name}:{line}" if line else self.name
        what = " ".join(part for part in (heading(place[0]), place[2]) if part)
        return ConfigurationError(f"{where}: {what}" if what else where, message, hint=hint)


def read_toml(text: str, path: Path) -> File:
    """The text as a file of tables. Raises ConfigurationError if it is not TOML."""
    try:
        values = tomllib.loads(text)
        is_exact = _is_exact(values)
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).partition(" (at ")
        number = place.removeprefix("line ").partition(",")[0]
        line = int(number) if number.isdigit() else text.count("\n") + 1  # else: "at end of document"
        subject, hint = f"{path}:{line}", repair([*text.split("\n"), ""][line - 1].rstrip(), message)
        raise ConfigurationError(subject, f"not TOML: {message[:1].lower()}{message[1:]}", hint=hint) from error
    except RecursionError as error:
        raise ConfigurationError(str(path), "not TOML: nested too deeply", hint="look for a bracket that is never closed") from error
    except ValueError:  # Python reads no decimal number of more than 4,300 digits, and shows none
        is_exact = False
    if not is_exact:
        raise ConfigurationError(str(path), "not TOML: a number of more than 64 bits", hint="write one that is meant")
    return File(str(path), path.absolute().parent, values, lines_of(text))


def _is_exact(value: object) -> bool:
    """Whether all its integers fit into 64 bits (TOML 1.0, "Integer")."""
    if isinstance(value, dict | list):
        return all(map(_is_exact, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, int) or -(2**63) <= value < 2**63


class Table:
    """The keys of one table. Each method gives a key's value, or the default if it is absent or an empty text.

    Raises ConfigurationError for an unknown key at once, and for a value of the wrong type when it is read.
    """

    def __init__(self, file: File, name: str, numbers: tuple[int, ...], values: Mapping[str, object]) -> None:
        self.file, self.name, self._numbers, self._values = file, name, numbers, values
        for key in values:
            if key not in KEYS[name]:
                raise self.error(key, f"there is no setting {key!r}", _nearest(key, name))

    def __contains__(self, key: str) -> bool:
        """Whether the key is set: present, and neither an empty or blank text nor an empty list."""
        value = self._values.get(key, "")
        return bool(value.strip()) if isinstance(value, str) else value != []

    @property
    def line(self) -> int | None:
        """The line where the table begins."""
        return self.file.line((self.name, self._numbers, ""))

    def error(self, key: str, message: str, hint: str) -> ConfigurationError:
        """An error about one of this table's keys."""
        return self.file.error((self.name, self._numbers, key), message, hint)

    def tables(self, key: str) -> tuple[Table, ...]:
        """All tables of a list within this table, in order."""
        return _tables(self.file, (self.name, self._numbers, key), self._values.get(key, []))

    def read(self, key: str, parser: Callable[[object], Value], default: Value) -> Value:
        """The value as `parser` understands it; the key's place is added to the parser's ConfigurationError."""
        assert key in KEYS[self.name], key
        return self._parsed(key, parser) if key in self else default

    def required(self, key: str, parser: Callable[[object], Value], hint: str) -> Value:
        """The same as `read`, for a key that must be present."""
        if key not in self:
            raise self.error("", f"{key!r} is missing", hint)
        return self._parsed(key, parser)

    def text(self, key: str, default: str = "") -> str:
        """A text of one line."""
        return self.read(key, text, default)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        return self.read(key, texts, ())

    def flag(self, key: str, *, usual: bool = False) -> bool:
        """True or false, `usual` where it is absent."""
        return self.read(key, flag, usual)

    def path(self, key: str) -> Path | None:
        """An absolute path; a relative one starts from the file's folder."""
        given = self.text(key)
        return self.file.folder / user_path(given) if given else None

    def readable(self, key: str) -> Path | None:
        """The path of a file, which must be readable."""
        path = self.path(key)
        if path is not None:
            try:
                path.open("rb").close()
            except OSError as error:
                message = f"{str(path)!r} cannot be read: {why(error)}"
                raise self.error(key, message, "a path starts from the folder of the configuration") from error
        return path

    def folder(self, key: str) -> Path | None:
        """The path of a folder, which must exist."""
        path = self.path(key)
        if path is not None and not os.path.isdir(path):  # False, too, where Path.is_dir raises: a name that is too long
            raise self.error(key, f"{str(path)!r} is not a folder", "a path starts from the folder of the configuration")
        return path

    def _parsed(self, key: str, parser: Callable[[object], Value]) -> Value:
        try:
            return parser(self._values[key])
        except ConfigurationError as error:
            raise self.error(key, error.message, error.hint) from error


def _tables(file: File, place: Place, listed: object) -> tuple[Table, ...]:
    table, numbers, key = place
    name = f"{table}.{key}" if table else key
    if not isinstance(listed, list) or not all(isinstance(values, dict) for values in listed):
        raise file.error(place, "not a list of tables", f"write {heading(name)} before each")
    return tuple(Table(file, name, (*numbers, number), values) for number, values in enumerate(listed))


def _nearest(key: str, table: str) -> str:
    """The known key most similar to an unknown one, as a hint."""
    if (table, key) == ("smtp", "password"):
        return "keep it in a file of its own, named by password_file, or in DIGEST_SMTP_PASSWORD"
    elsewhere = [f"under {heading(name)}" if name else "at the top, before any table" for name, keys in KEYS.items() if key in keys]
    near = difflib.get_close_matches(key, KEYS[table], n=1)
    if near:
        return f"did you mean {near[0]!r}{f', or {key!r} {elsewhere[0]}' if elsewhere else ''}?"
    return f"it belongs {elsewhere[0]}" if elsewhere else f"known here: {', '.join(KEYS[table])}"
