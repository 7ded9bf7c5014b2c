"""deploy/github-actions: the workflow's own steps, run in order in a clone of a local repository, against replayed lists and a mail server.

The two `uses:` steps are GitHub's, and installing needs a network; the other steps run as they stand, by the shell that GitHub uses.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from digest.config import parse

from .acceptance.listing_server import Listed, ListingServer, atom, daily
from .forge import Forge
from .servers import SmtpSink

HERE = Path(__file__).parents[1] / "deploy" / "github-actions"
WORKFLOW: dict[Any, Any] = yaml.safe_load((HERE / "digest.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = WORKFLOW["jobs"]["digest"]["steps"]
TRIGGERS = WORKFLOW[True]
"""YAML 1.1 reads `on` as true; GitHub does not."""
KEY = "k2mVv0r8Yw5cQm1tZ7dJ4hXbN3pL6sGf"
MONDAY, MONDAY_LATER, TUESDAY, WEDNESDAY = (f"2026-11-{day}:07:00+00:00" for day in ("23T06", "23T07", "24T06", "25T06"))
CALIBRATION = Listed("2611.00001", "Conformal calibration of language models", "We calibrate language models with conformal prediction.")
PROTEINS = Listed("2611.00002", "Folding proteins with diffusion", "A diffusion model designs protein backbones.", category="q-bio.BM")
SECOND = Listed("2611.00010", "Calibration the day after", "More on the calibration of language models and their uncertainty.")
THIRD = Listed("2611.00020", "Calibration on the third day", "Again on the calibration of language models.")


@dataclass
class Job:
    """What became of one job: each step's outcome by its name, and all that stands in the log."""

    outcomes: dict[str, str] = field(default_factory=dict)
    log: str = ""
    summary: str = ""


@dataclass
class Runner:
    """A machine that is new for every job, as GitHub's are."""

    folder: Path
    listings: ListingServer
    sink: SmtpSink
    forge: Forge
    jobs: int = 0

    @property
    def origin(self) -> Path:
        return self.folder / "origin.git"

    def git(self, *words: str, cwd: Path | None = None) -> str:
        done = subprocess.run(["git", *words], cwd=cwd or self.origin, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def tick(self, now: str, *, key: str = KEY, resume_from: str = "") -> Job:
        self.jobs += 1
        clone = self.folder / f"job{self.jobs}"
        self.git("clone", "--quiet", "--depth=1", self.origin.as_uri(), str(clone), cwd=self.folder)
        job, summary = Job(), self.folder / f"summary{self.jobs}.md"
        values = {"secrets.DIGEST_STATE_KEY": key, "secrets.DIGEST_SMTP_PASSWORD": "sesame", "inputs.resume-from": resume_from}
        for step in STEPS:
            if "run" not in step or step["name"] == "Install":
                continue
            name = step.get("id") or step["name"]
            if not self._is_wanted(step.get("if"), job):
                job.outcomes[name] = "skipped"
                continue
            given = {word: _filled(str(value), values) for word, value in {**WORKFLOW["env"], **step.get("env", {})}.items()}
            place = {"GITHUB_STEP_SUMMARY": str(summary), "AT": now, "HOME": str(clone.parent / "home"), "PATH": self._path()}
            # What GitHub calls a step without `shell:` by.
            done = subprocess.run(
                ["bash", "-e", "-c", step["run"]], cwd=clone, env={**given, **place}, capture_output=True, text=True, check=False
            )
            job.outcomes[name] = "failure" if done.returncode else "success"
            job.log += done.stdout + done.stderr
        job.summary = summary.read_text(encoding="utf-8") if summary.exists() else ""
        return job

    def _is_wanted(self, condition: str | None, job: Job) -> bool:
        if condition is None:
            return "failure" not in job.outcomes.values()
        assert condition == "${{ always() && steps.load.outcome == 'success' }}", "the only condition that this runner knows"
        return job.outcomes["load"] == "success"

    def _path(self) -> str:
        """A path on which `digest` is this one, at the time that the test says it is."""
        tools = self.folder / "tools"
        if not tools.exists():
            tools.mkdir()
            (tools / "digest").write_text(f'#!/bin/sh\nexec {self.forge.command} "$@" --now "$AT"\n')
            (tools / "digest").chmod(0o755)
        return f"{tools}:{os.environ['PATH']}"

    def list_papers(self, *papers: Listed, day: str, votes: tuple[tuple[Listed, int], ...] = ()) -> None:
        self.listings.pages["/atom/cs.LG"] = atom(papers, day)
        self.listings.pages["/api/daily_papers"] = daily(votes, day)
        self.listings.known = [*papers, *(paper for paper, _ in votes)]

    def titles(self, address: str = "ana@example.org") -> list[list[str]]:
        """Of each letter to an address, which of the papers stand in it."""
        texts = [str(letter.get_body(("plain",))) for letter in self.sink.to(address)]
        papers = (CALIBRATION, PROTEINS, SECOND, THIRD)
        return [[paper.title for paper in papers if paper.title in " ".join(text.split())] for text in texts]


def _filled(text: str, values: dict[str, str]) -> str:
    return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: values[found[1]], text)


@pytest.fixture
def runner(tmp_path: Path, forge: Forge) -> Iterator[Runner]:
    if shutil.which("git") is None:
        pytest.skip("needs git")
    with ListingServer() as listings, SmtpSink() as sink:
        here = Runner(tmp_path, listings, sink, forge)
        here.git("init", "--quiet", "--bare", "-b", "main", str(here.origin), cwd=tmp_path)
        work = tmp_path / "work"
        here.git("clone", "--quiet", str(here.origin), str(work), cwd=tmp_path)
        text = (HERE / "config.toml").read_text(encoding="utf-8")
        for old, new in (
            ('host = "smtp.example.org"', 'host = "127.0.0.1"'),
            ("port = 587", f"port = {sink.port}"),
            ('security = "starttls"\nuser = "ana@example.org"', 'security = "none"'),
            ('categories = ["cs.LG", "cs.CL"]', f'categories = ["cs.LG"]\nurl = "{listings.url}/atom"\nallow_private = true'),
            ('kind = "huggingface"', f'kind = "huggingface"\nurl = "{listings.url}/api/daily_papers"\nallow_private = true'),
        ):
            assert old in text
            text = text.replace(old, new)
        text += '\n[[subscribers]]\naddress = "bo@example.org"\nedition = "trending"\nzone = "Europe/Berlin"\nat = "07:00"\n'
        (work / "config.toml").write_text(text, encoding="utf-8")
        here.git("add", "config.toml", cwd=work)
        here.git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "configure", cwd=work)
        here.git("push", "--quiet", "origin", "HEAD:main", cwd=work)
        here.list_papers(CALIBRATION, PROTEINS, day="2026-11-23", votes=((PROTEINS, 12),))
        yield here


GOOD = {"load": "success", "Run": "success", "Save the state": "success", "Say how it stands": "success"}
STOPPED = {"load": "failure", "Run": "skipped", "Save the state": "skipped", "Say how it stands": "skipped"}


def test_a_first_run_says_so_and_mails_nothing_of_what_was_announced_already(runner: Runner) -> None:
    first = runner.tick(MONDAY)

    assert first.outcomes == GOOD, first.log
    assert "there is no branch digest-state: a first run" in first.log
    assert "to have those of today too: --resume-from 2026-11-23" in first.log
    assert runner.sink.messages == ()


def test_the_next_day_brings_its_own_papers_once(runner: Runner) -> None:
    runner.tick(MONDAY)
    runner.list_papers(SECOND, day="2026-11-24", votes=((SECOND, 3),))

    tuesday = [runner.tick(TUESDAY), runner.tick(TUESDAY.replace("06:07", "06:47"))]

    assert [job.outcomes for job in tuesday] == [GOOD, GOOD]
    assert runner.titles() == [[SECOND.title]]
    assert runner.titles("bo@example.org") == [[SECOND.title]]


def test_a_first_run_that_is_told_to_go_back_mails_what_is_announced_now_and_the_second_nothing(runner: Runner) -> None:
    first = runner.tick(MONDAY, resume_from="2026-11-23")
    second = runner.tick(MONDAY_LATER)

    assert (first.outcomes, second.outcomes) == (GOOD, GOOD), first.log
    assert runner.titles() == [[CALIBRATION.title, PROTEINS.title]]
    assert len(runner.sink.messages) == 2


def test_after_the_state_was_lost_nothing_is_mailed_again_until_something_new_is_announced(runner: Runner) -> None:
    runner.tick(MONDAY, resume_from="2026-11-23")
    sent = len(runner.sink.messages)

    runner.git("update-ref", "-d", "refs/heads/digest-state")
    lost = runner.tick(MONDAY_LATER)
    after_the_loss = len(runner.sink.messages)
    runner.list_papers(SECOND, day="2026-11-24", votes=((PROTEINS, 20), (SECOND, 3)))
    runner.tick(TUESDAY)

    assert lost.outcomes == GOOD
    assert (sent, after_the_loss) == (2, 2)
    assert runner.titles() == [[CALIBRATION.title, PROTEINS.title], [SECOND.title]]


def test_after_the_state_was_lost_a_day_is_mailed_again_to_who_says_so(runner: Runner) -> None:
    runner.tick(MONDAY, resume_from="2026-11-23")
    runner.git("update-ref", "-d", "refs/heads/digest-state")

    runner.tick(MONDAY_LATER, resume_from="2026-11-23")

    assert runner.titles() == [[CALIBRATION.title, PROTEINS.title]] * 2


def test_who_goes_back_after_the_first_run_gets_what_it_held_back_with_the_next_letter(runner: Runner) -> None:
    runner.tick(MONDAY)
    runner.list_papers(SECOND, day="2026-11-24")

    runner.tick(TUESDAY, resume_from="2026-11-23")

    assert runner.titles() == [[CALIBRATION.title, PROTEINS.title, SECOND.title]]


def test_a_wrong_key_stops_the_run_before_anything_is_sent_or_overwritten(runner: Runner) -> None:
    runner.tick(MONDAY)
    before = runner.git("rev-parse", "digest-state")
    runner.list_papers(SECOND, day="2026-11-24")

    wrong = runner.tick(TUESDAY, key="a key that is another one")
    missing = runner.tick(TUESDAY, key="")

    assert (wrong.outcomes, missing.outcomes) == (STOPPED, STOPPED)
    assert "the key does not open it, or the file is damaged" in wrong.log
    assert "there is no key for the state" in missing.log
    assert runner.git("rev-parse", "digest-state") == before
    assert runner.sink.messages == ()


def test_a_branch_that_holds_something_else_stops_the_run(runner: Runner) -> None:
    runner.git("branch", "digest-state", "main")

    assert runner.tick(MONDAY).outcomes == STOPPED
    assert runner.git("rev-parse", "digest-state") == runner.git("rev-parse", "main")


def test_a_repository_that_takes_no_push_stops_the_run_before_anything_is_sent(runner: Runner) -> None:
    (runner.folder / "home").mkdir()
    (runner.folder / "home" / ".gitconfig").write_text('[url "file:///nowhere"]\npushInsteadOf = file://\n')

    stopped = runner.tick(MONDAY, resume_from="2026-11-23")

    assert stopped.outcomes == STOPPED
    assert "branch digest-state: cannot be pushed" in stopped.log
    assert runner.sink.messages == ()


def refuse_pushes(runner: Runner) -> None:
    hook = runner.origin / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho no such branches here >&2\nexit 1\n")
    hook.chmod(0o755)


def test_a_rule_for_branches_stops_the_first_run_before_anything_is_sent(runner: Runner) -> None:
    refuse_pushes(runner)

    job = runner.tick(MONDAY, resume_from="2026-11-23")

    assert job.outcomes == STOPPED
    assert "the remote refuses it" in job.log
    assert runner.sink.messages == ()


def test_a_state_that_cannot_be_saved_after_a_run_fails_the_job(runner: Runner) -> None:
    runner.tick(MONDAY)
    refuse_pushes(runner)

    job = runner.tick(MONDAY_LATER)

    assert job.outcomes == {**GOOD, "Save the state": "failure"}


def test_the_branch_holds_one_sealed_file_and_no_history(runner: Runner) -> None:
    runner.tick(MONDAY, resume_from="2026-11-23")
    runner.tick(MONDAY_LATER)

    held = runner.git("ls-tree", "--name-only", "digest-state")
    sealed = subprocess.run(["git", "show", "digest-state:digest.state"], cwd=runner.origin, capture_output=True, check=True).stdout
    assert (runner.git("rev-list", "--count", "digest-state"), held) == ("1", "digest.state")
    assert sealed.startswith(b"digest state 01\n")
    assert b"example.org" not in sealed


def test_no_log_and_no_summary_names_an_address_or_a_secret(runner: Runner) -> None:
    runner.listings.pages.pop("/api/daily_papers")
    jobs = [runner.tick(MONDAY, resume_from="2026-11-23"), runner.tick(MONDAY_LATER), runner.tick(TUESDAY, key="a key that is another one")]

    written = "".join(job.log + job.summary for job in jobs)
    assert len(runner.sink.messages) >= 1
    assert [word for word in ("@", KEY, "sesame") if word in written] == []
    assert "***" in written
    assert "| huggingface | failing since" in jobs[0].summary
    assert "| arxiv" in jobs[0].summary


def test_a_failing_source_fails_the_job_and_saves_what_was_sent(runner: Runner) -> None:
    runner.listings.pages.pop("/api/daily_papers")

    broken, again = runner.tick(MONDAY, resume_from="2026-11-23"), runner.tick(MONDAY_LATER)

    assert broken.outcomes == {**GOOD, "Run": "failure"}
    assert again.outcomes["load"] == "success"
    assert runner.titles() == [[CALIBRATION.title, PROTEINS.title]]


# --- what GitHub does with it ---------------------------------------------------------------------------------------------


def test_ticks_stand_around_the_hour_on_both_sides_of_the_clocks_changes() -> None:
    (cron,) = (line["cron"] for line in TRIGGERS["schedule"])
    minutes, hours, *rest = cron.split()
    first, last = (int(hour) for hour in hours.split("-"))
    assert rest == ["*", "*", "*"]
    zone = ZoneInfo(parse((HERE / "config.toml").read_text(), "config.toml", {}).subscribers[0].subscriber.zone)

    found = {}
    for day in (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC)):
        due = day.replace(tzinfo=zone, hour=7)
        ticks = [day + timedelta(hours=hour, minutes=int(m)) for hour in range(first, last + 1) for m in minutes.split(",")]
        found[day.month] = (sum(t < due for t in ticks) >= 3, sum(due <= t < due + timedelta(hours=1) for t in ticks))

    assert found == {1: (True, 3), 7: (True, 3)}


def test_who_waits_for_a_listing_in_vain_gets_their_letter_with_a_tick_of_the_same_morning() -> None:
    (cron,) = (line["cron"] for line in TRIGGERS["schedule"])
    minutes, hours, *_ = cron.split()
    read = parse((HERE / "config.toml").read_text(), "config.toml", {})
    zone = ZoneInfo(read.subscribers[0].subscriber.zone)

    left = []
    for day in (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC)):
        ticks = [day + timedelta(hours=int(hours.split("-")[1]), minutes=int(m)) for m in minutes.split(",")]
        left.append(sum(tick >= day.replace(tzinfo=zone, hour=7) + read.delivery.wait for tick in ticks))

    assert left == [3, 3]  # GitHub may drop one


def test_runs_never_overlap_and_a_sending_one_is_never_cancelled() -> None:
    assert WORKFLOW["concurrency"] == {"group": "digest", "cancel-in-progress": False}


def test_the_workflow_needs_two_secrets_and_may_only_write_contents() -> None:
    text = (HERE / "digest.yml").read_text(encoding="utf-8")

    assert set(re.findall(r"secrets\.(\w+)", text)) == {"DIGEST_STATE_KEY", "DIGEST_SMTP_PASSWORD"}
    assert WORKFLOW["permissions"] == {"contents": "write"}


def test_the_workflow_keeps_nothing_in_the_cache_and_runs_for_no_pull_request() -> None:
    assert set(TRIGGERS) == {"schedule", "workflow_dispatch"}
    assert [step["uses"].partition("@")[0] for step in STEPS if "uses" in step] == ["actions/checkout", "actions/setup-python"]
    assert "cache" not in STEPS[1]["with"]


def test_no_expression_is_put_into_a_shell_line() -> None:
    """Who may start a run may type anything as its input: it reaches the shell as a variable, never as its text."""
    assert [step["name"] for step in STEPS if "${{" in step.get("run", "")] == []


def test_every_digest_step_masks_addresses() -> None:
    lines = [step["run"] for step in STEPS if step.get("run", "").startswith("digest ")]

    assert len(lines) == 4
    assert [line for line in lines if not line.startswith("digest --mask-addresses ")] == []


def test_the_configuration_is_one_and_does_not_wait() -> None:
    read = parse((HERE / "config.toml").read_text(encoding="utf-8"), "config.toml", {})

    assert read.delivery.linger == timedelta(0)
    assert [(s.subscriber.email, s.subscriber.zone) for s in read.subscribers] == [("ana@example.org", "Europe/Berlin")]
