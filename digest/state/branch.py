"""A git branch that holds one file and no history: each save replaces its only commit.

It is written and read without touching the work tree, the index or the checked-out branch. A save names the commit that it is based on, and
the server accepts the new one only if that is still there (`--force-with-lease`): of two savers, the slower one fails.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import StateError, UsageError

FILE = "digest.state"
_PATIENCE = 300.0
"""Seconds for one git command: the state of a year is some tens of megabytes."""
_PAUSES = (2.0, 10.0, 30.0)
"""Seconds before each further try of a push that got no answer: what is not saved would be sent once more."""
_REMOTE = "origin"
_LOST = ("stale info", "[rejected]", "fetch first", "[remote rejected]")
Run = Callable[..., subprocess.CompletedProcess[bytes]]
"""As `subprocess.run`."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The content of a branch; `commit` is what a later save is based on."""

    commit: str
    content: bytes = field(repr=False)


class Branch:
    """One branch at the remote `origin` of the repository that contains `folder`."""

    def __init__(self, folder: Path, name: str, run: Run = subprocess.run) -> None:
        self._folder, self.name, self._run = folder, name, run
        self._ref = f"refs/heads/{name}"
        if self._git("check-ref-format", self._ref).returncode:
            raise UsageError(name, "not a name that a branch can have", hint="for example: --branch digest-state")

    def commit(self) -> str | None:
        """The branch's commit at the remote; None if there is no such branch. Raises StateError if the remote does not answer."""
        listed = self._done("ls-remote", _REMOTE, self._ref).decode().split()
        return listed[0] if listed else None

    def read(self) -> Kept | None:
        """The branch's content; None if there is no such branch.

        Raises StateError if the remote does not answer, or the branch holds something else.
        """
        commit = self.commit()
        if commit is None:
            return None
        self._done("fetch", "--quiet", "--no-tags", _REMOTE, self._ref)
        fetched = self._done("rev-parse", "FETCH_HEAD").decode().strip()
        done = self._git("cat-file", "blob", f"{fetched}:{FILE}")
        if done.returncode:
            hint = "name another branch; this one is not ours to replace"
            raise StateError(f"branch {self.name}", f"holds no {FILE}", hint=hint)
        return Kept(fetched, done.stdout)

    def write(self, content: bytes, onto: str | None, *, sleep: Callable[[float], None], dry_run: bool = False) -> str:
        """Make this the branch's only commit, if it is still at `onto` (None: if it does not exist); gives the new commit.

        A push without an answer is tried again. Raises StateError if somebody else was quicker, or the remote refuses.
        """
        blob = self._done("hash-object", "-w", "--stdin", given=content).decode().strip()
        tree = self._done("mktree", given=f"100644 blob {blob}\t{FILE}\n".encode()).decode().strip()
        commit = self._done("commit-tree", tree, "-m", "The state of digest, sealed").decode().strip()
        push = ["push", "--quiet", f"--force-with-lease={self._ref}:{onto or ''}", *(["--dry-run"] if dry_run else [])]
        for pause in (*_PAUSES, None):
            done = self._git(*push, _REMOTE, f"{commit}:{self._ref}")
            if done.returncode == 0 or (not dry_run and self._arrived(commit)):
                return commit
            told = done.stderr.decode(errors="replace")
            if any(word in told for word in _LOST):
                raise self._refused(told)
            if pause is None or dry_run:
                raise StateError(f"branch {self.name}", f"cannot be pushed: {_said(told)}", hint="check who may write to the repository")
            sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _arrived(self, commit: str) -> bool:
        """Whether a push whose answer was lost has succeeded."""
        return self._git("ls-remote", _REMOTE, self._ref).stdout.decode().startswith(commit)

    def _refused(self, told: str) -> StateError:
        if "stale info" in told or "fetch first" in told:
            hint = "this run's state was not saved, and the other's is whole; load that one before the next run"
            return StateError(f"branch {self.name}", "another run has saved its state meanwhile", hint=hint)
        return StateError(f"branch {self.name}", f"the remote refuses it: {_said(told)}", hint="check the rules for branches there")

    def _done(self, *words: str, given: bytes = b"") -> bytes:
        done = self._git(*words, given=given)
        if done.returncode:
            what = f"a clone of the repository, whose remote `{_REMOTE}` answers"
            hint = f"the configuration must lie in {what}; it lies in {self._folder}"
            raise StateError(f"branch {self.name}", f"git {words[0]}: {_said(done.stderr.decode(errors='replace'))}", hint=hint)
        return done.stdout

    def _git(self, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        # Its own name and time zone: an author's address would tell whose state it is.
        who = {f"GIT_{role}_{what}": "digest" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        environment = {**os.environ, **who, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        try:
            return self._run(
                ["git", *words], cwd=self._folder, input=given, capture_output=True, env=environment, timeout=_PATIENCE, check=False
            )
        except FileNotFoundError as error:
            raise StateError("git", "not installed", hint="install git, or save to a file: --to FILE") from error
        except subprocess.TimeoutExpired:  # a push that hangs is one without an answer, and is tried again as any other
            return subprocess.CompletedProcess(words, 1, b"", f"fatal: no answer within {_PATIENCE:.0f} seconds".encode())


def _said(told: str) -> str:
    """What went wrong: git says it first, or in the branch's line, and ends with advice."""
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    best = (line for word in ("fatal: ", "rejected]") for line in lines if word in line)
    return next(best, lines[-1]).removeprefix("fatal: ").removeprefix("error: ") if lines else "no reason given"
