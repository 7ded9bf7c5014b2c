"""`digest state`: the whole state as one sealed file, for machines that forget, such as those of GitHub Actions."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from ..errors import StateError
from .ending import end_tidily
from .frame import clock, dry_run_option, now_option, refuse, say, settings, write_whole, writing

if TYPE_CHECKING:
    from ..config import Settings
    from ..state import Branch

LARGE = 50_000_000
"""Octets above which GitHub begins to warn; it refuses a file of 100 MiB."""


@click.group("state")
@click.pass_context
def state(ctx: click.Context) -> None:
    """Save and load the whole state as one encrypted file: papers, readers, what was sent, and the keys of links.

    The key is $DIGEST_STATE_KEY, or the first line of --key-file; `openssl rand -base64 32` makes one.
    What you wrote yourself (configuration, libraries, themes, passwords) is not part of the state.
    """
    end_tidily(ctx)  # in a copy that is left behind everything can be read


@state.command("save", short_help="Save the state as one encrypted file, or as a branch.")
@click.option("--to", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write a file.")
@click.option("--branch", "branch_name", help="Replace the one commit of this branch at the remote `origin`.")
@click.option("--key-file", type=click.Path(dir_okay=False, path_type=Path), help="The file of the key (default: $DIGEST_STATE_KEY).")
@now_option
@dry_run_option
@click.pass_context
def save(ctx: click.Context, out: Path | None, branch_name: str | None, key_file: Path | None, now: datetime | None, dry_run: bool) -> int:
    """Save the state as one encrypted file, or as the only file of a branch without history.

    You can save while digest runs. A branch is replaced only if nobody changed it since it was loaded: of two runs that want to save,
    the second fails and the first one's state stays whole.
    """
    from ..catalog.copying import copy_of
    from ..catalog.health import file_of
    from ..state import seal

    _require_one("--to FILE or --branch NAME", out, branch_name)
    read = settings(ctx)
    if out is not None and out.resolve() == file_of(read.database).resolve():
        raise refuse(f"{out} is the database itself", "name another file: --to FILE")
    parts = seal(copy_of(read.database), _key(read, key_file), clock(now))
    where = str(out) if out is not None else f"branch {branch_name}"
    if dry_run:
        size = _told(sum(map(len, parts)))
    elif out is not None:
        with writing(out, "name another file: --to FILE"):
            size = _told(write_whole(out, parts))
    else:
        content = b"".join(parts)
        size = _told(len(content))
        _save_branch(read, _branch(read, branch_name), content)
    much = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
    say(f"{'would save' if dry_run else 'saved'} {much} to {where}")
    return 0


def _told(size: int) -> int:
    """The size, unchanged; if it is large, print a warning."""
    if size > LARGE:
        say(f"the state has {size / 1e6:.0f} MB; GitHub takes no file of more than 100 MiB")
    return size


@state.command("load", short_help="Put a saved state where the database belongs.")
@click.option("--from", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Read a file.")
@click.option("--branch", "branch_name", help="Read a branch at the remote `origin`; if there is none, start with an empty state.")
@click.option("--key-file", type=click.Path(dir_okay=False, path_type=Path), help="The file of the key (default: $DIGEST_STATE_KEY).")
@click.option("--resume-from", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), help="Also offer papers announced from this day on.")
@click.option("--replace", is_flag=True, help="Overwrite the database that is there.")
@now_option
@dry_run_option
@click.pass_context
def load(
    ctx: click.Context,
    file: Path | None,
    branch_name: str | None,
    key_file: Path | None,
    resume_from: datetime | None,
    replace: bool,
    now: datetime | None,
    dry_run: bool,
) -> int:
    """Put a saved state where the database belongs: all of it, or nothing is changed.

    If a branch cannot be reached or opened, that is an error; do not start a run after it. If there is no such branch, this is either
    the first run or the state was lost, and digest cannot tell which. So papers announced up to today, which may have been sent, are not
    offered: the first letters bring what is announced from tomorrow (UTC) on. --resume-from 2026-11-20 goes back to that day.
    """
    from ..catalog.copying import copy_of
    from ..state import seal

    _require_one("--from FILE or --branch NAME", file, branch_name)
    read, at = settings(ctx), clock(now)
    day = resume_from.date() if resume_from else None
    key = _key(read, key_file)
    if file is not None:
        with file.open("rb") as sealed:  # it is read twice, which a pipe cannot be
            again = sealed if sealed.seekable() else BytesIO(sealed.read())
            _put(read, again, key, str(file), replace=replace, is_old=True, dry_run=dry_run)
        if not dry_run:
            _note_path(read).unlink(missing_ok=True)  # a backup does not go on from what a branch holds: saved there, it would be lost
        if day is None:
            say("what was sent after that is not known here: if letters went out, load it again with --replace --resume-from DATE")
        say("who left, complained or was erased after that would get letters again: digest subscribers suppress ADDRESS, before a run")
        is_new = False
    else:
        branch = _branch(read, branch_name)
        day, is_new = _load_branch(read, branch, key, day, at, replace=replace, dry_run=dry_run)
    if day is not None and not dry_run:
        _begin(read, day, at)
    if is_new and not dry_run:
        # Now, before any letter leaves: a rule for branches is heard of only at a real push.
        _save_branch(read, branch, b"".join(seal(copy_of(read.database), key, at)))
    return 0


def _save_branch(read: Settings, branch: Branch, content: bytes) -> None:
    """Replace the branch's commit if the database is based on it, and remember the new one. Raises StateError."""
    onto = _base(read, branch)
    if onto is None and branch.commit() is not None:
        hint = f"load it first: digest state load --branch {branch.name}"
        raise StateError(f"branch {branch.name}", "holds a state that this one does not go on from; it was not replaced", hint=hint)
    _note(read, branch, branch.write(content, onto, sleep=time.sleep))


def _load_branch(
    read: Settings, branch: Branch, key: str, day: date | None, now: datetime, *, replace: bool, dry_run: bool
) -> tuple[date | None, bool]:
    """Load the branch's content; gives the day to resume from (None: continue as before), and whether this is a first run."""
    from ..catalog.health import exists

    kept = branch.read()
    # Tried now, before any letter leaves: what was sent and cannot be saved would be sent once more.
    branch.write(b"", kept.commit if kept else None, sleep=time.sleep, dry_run=True)
    if kept is not None:
        _put(read, BytesIO(kept.content), key, f"branch {branch.name}", replace=replace, is_old=False, dry_run=dry_run)
        if not dry_run:
            _note(read, branch, kept.commit)
        return day, False
    if not dry_run:
        _note_path(read).unlink(missing_ok=True)
    if exists(read.database):
        say(f"there is no branch {branch.name}: the database that is here stays, and `digest state save` makes the branch")
        return day, False
    first = day or now.date() + timedelta(days=1)
    say(f"there is no branch {branch.name}: a first run, with an empty database")
    say(f"papers announced before {first} are offered to nobody, as they may have been sent")
    if day is None:
        say(f"  → to have those of today too: --resume-from {now.date()}")
    say("  → if this is not the first run, the state is lost: take who unsubscribed since out of your configuration")
    return first, True


def _put(read: Settings, sealed: IO[bytes], key: str, subject: str, *, replace: bool, is_old: bool, dry_run: bool) -> None:
    from ..catalog.copying import put_copy, require_room
    from ..catalog.health import file_of
    from ..state import unseal

    opened = unseal(sealed, key, subject)
    require_room(read.database, replace=replace)  # before all of it is unsealed; a run may still make one meanwhile
    with writing(file_of(read.database), "name another place with database = …; nothing was changed"):
        put_copy(opened.content, read.database, replace=replace, is_old=is_old, dry_run=dry_run)
    say(f"{'would load' if dry_run else 'loaded'} the state that was saved on {opened.saved_at:%Y-%m-%d %H:%M} UTC from {subject}")


def _begin(read: Settings, day: date, now: datetime) -> None:
    from ..catalog import open_catalog

    with open_catalog(read.database) as catalog:
        new = catalog.resuming.begin(day, now)
    say(f"what is announced from {day} on is offered" + (f", {new} papers of which are in the catalog" if new else ""))


def _require_one(what: str, *given: object) -> None:
    if sum(one is not None for one in given) != 1:
        raise refuse("say where", what)


def _key(read: Settings, key_file: Path | None) -> str:
    """The key. Raises ConfigurationError for a file without one, UsageError if there is none at all."""
    from ..config import key_in

    if key_file is not None:
        return key_in(key_file, "name another with --key-file")
    if not read.environment_state_key:
        raise refuse("there is no key for the state", "set DIGEST_STATE_KEY, or name a file: --key-file FILE")
    return read.environment_state_key


def _branch(read: Settings, name: str | None) -> Branch:
    """The branch in the repository that contains the configuration."""
    from ..state import Branch

    assert name is not None
    return Branch(read.path.parent, name)


def _note_path(read: Settings) -> Path:
    from ..catalog.health import file_of

    path = file_of(read.database)
    return path.with_name(f"{path.name}.branch")


def _note(read: Settings, branch: Branch, commit: str) -> None:
    """Remember, next to the database, the commit that it is based on."""
    write_whole(_note_path(read), [f"{branch.name} {commit} {_mark(read)}\n".encode()])


def _base(read: Settings, branch: Branch) -> str | None:
    """The commit of that branch that the database is based on; None if it was not loaded from the branch."""
    try:
        name, commit, mark = _note_path(read).read_text(encoding="utf-8").split()
    except (FileNotFoundError, ValueError):
        return None
    return commit if (name, mark) == (branch.name, _mark(read)) else None


def _mark(read: Settings) -> str:
    """A fingerprint of the database (a hash of its first key), to tell it from a new one created next to an old note."""
    from ..catalog import open_catalog

    with open_catalog(read.database) as catalog:
        return sha256(catalog.secrets()[-1]).hexdigest()[:16]
