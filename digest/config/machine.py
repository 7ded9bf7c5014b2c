"""What this machine says about itself: its time zone, its user's folders, and what a file holds, which may be a pipe or a device."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..errors import ConfigurationError
from ..pipes import at_once

LONGEST = 32 << 20
"""Characters of a configuration; a device may never end."""


def local_zone(environment: Mapping[str, str] | None = None, etc: Path = Path("/etc")) -> str:
    """The machine's time zone ("Europe/Berlin"): from TZ, /etc/localtime or /etc/timezone, else "UTC"."""
    given = (os.environ if environment is None else environment).get("TZ", "").removeprefix(":")
    candidates = (_key(given), _linked(etc / "localtime"), _written(etc / "timezone"))
    found = next((zone for zone in candidates if zone and is_zone(zone)), "UTC")
    return "UTC" if found == "Etc/UTC" else found


def unknown_zone() -> str:
    """The value of TZ if it is not a time zone; "" if it is one or is not set."""
    given = os.environ.get("TZ", "").removeprefix(":")
    return "" if not given or is_zone(_key(given)) else given


def models_folder(environment: Mapping[str, str] | None = None) -> Path:
    """The default folder of installed models: under $XDG_DATA_HOME, else ~/.local/share.

    freedesktop.org's base directory specification: a path that is not absolute is treated as not set.
    """
    known = os.environ if environment is None else environment
    given = Path(known.get("XDG_DATA_HOME", ""))
    return (given if given.is_absolute() else home(known) / ".local" / "share") / "digest" / "models"


def home(environment: Mapping[str, str] | None = None) -> Path:
    """The user's own folder: $HOME, else the one in the system's list of users. Raises ConfigurationError if there is neither."""
    given = (os.environ if environment is None else environment).get("HOME")
    try:
        return Path(given) if given else Path.home()
    except RuntimeError as error:  # in a container the user may be a mere number
        raise ConfigurationError("HOME", "is not set, and this user has no folder", hint="set HOME to a folder for this user") from error


def user_path(text: str) -> Path:
    """The path with its "~" expanded; for an unknown user it stays as written, and then does not exist."""
    return Path(os.path.expanduser(text))  # Path's own raises RuntimeError


def whole_text(path: Path) -> str:
    """The text in a file of at most LONGEST characters. Raises OSError and UnicodeDecodeError."""
    with open(path, encoding="utf-8-sig", opener=at_once) as file:
        text = file.read(LONGEST + 1)
    if len(text) > LONGEST:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return text


def is_zone(name: str) -> bool:
    """Whether there is such a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _key(path: str) -> str:
    """"/usr/share/zoneinfo/Europe/Berlin" → "Europe/Berlin"."""
    return path.rpartition("zoneinfo/")[2].removeprefix("posix/").removeprefix("right/")


def _linked(path: Path) -> str:
    return _key(os.readlink(path)) if path.is_symlink() else ""


def _written(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):  # most systems have none
        return ""
