"""deploy/: units, crontab and container files, checked as far as a program can without systemd as process 1 and without Docker."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from digest.cli import VERBS
from digest.cli.serve import serve
from digest.config import parse

from .forge import Forge

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
PROGRAM, CONFIG = "/opt/digest/bin/digest", "/etc/digest/config.toml"
SERVICES = ("digest.service", "digest-run.service", "digest-serve.service")
UNITS = (*SERVICES, "digest-run.timer")
QUIET = """database = "digest.db"
[sender]
from = "digest@example.org"
[delivery]
transport = "folder"
[[sources]]
name = "later"
kind = "arxiv"
paused = true
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """`digest` as a file, with its configuration beside it."""
    (tmp_path / "config.toml").write_text(QUIET, encoding="utf-8")
    made = tmp_path / "digest"
    made.write_text(f'#!/bin/sh\nexec {sys.executable} -m digest "$@"\n')
    made.chmod(0o755)
    return made


# --- systemd ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def units(tmp_path: Path, program: Path) -> Path:
    """A folder with the units, whose program is there."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    for name in UNITS:
        text = (DEPLOY / "systemd" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace(PROGRAM, str(program)), encoding="utf-8")
    return tmp_path


def analyze(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SYSTEMD_COLORS": "0", "LC_ALL": "C.UTF-8"}
    return subprocess.run(["systemd-analyze", *words], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", UNITS)
def test_systemd_has_nothing_to_say_about_a_unit(units: Path, name: str) -> None:
    done = analyze("verify", f"./{name}", cwd=units)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_systemd_does_complain_about_a_wrong_unit(units: Path) -> None:
    (units / "digest.service").write_text("[Service]\nExecStart=/nowhere/digest\nProtectHoem=yes\n")

    assert "ProtectHoem" in analyze("verify", "./digest.service", cwd=units).stderr


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_exposed_little(units: Path, name: str) -> None:
    """systemd's own measure, from 0.0 (safe) to 10.0; what is left is that it needs the network and the file system."""
    done = analyze("security", "--offline=true", "--threshold=15", f"./{name}", cwd=units)

    assert done.returncode == 0, done.stdout[-200:]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_calls_a_verb_that_there_is(name: str) -> None:
    text = (DEPLOY / "systemd" / name).read_text(encoding="utf-8")

    (words,) = [shlex.split(line.partition("=")[2]) for line in text.splitlines() if line.startswith("ExecStart=")]

    assert words[:3] == [PROGRAM, "--config", CONFIG]
    assert words[3] in VERBS


def test_systemd_gives_a_run_the_time_to_wait_for_listings_and_then_for_servers() -> None:
    unit = (DEPLOY / "systemd" / "digest-run.service").read_text(encoding="utf-8")
    linger = parse('[sender]\nfrom = "digest@example.org"\n[smtp]\nhost = "smtp.example.org"', "config.toml", {}).delivery.linger

    (minutes,) = re.findall(r"^TimeoutStartSec=(\d+)min$", unit, re.MULTILINE)

    assert int(minutes) >= 2 * linger / timedelta(minutes=1) + 30


def test_all_services_are_locked_up_alike() -> None:
    texts = [(DEPLOY / "systemd" / name).read_text(encoding="utf-8") for name in SERVICES]

    def sandbox(text: str) -> str:
        return text[text.index("# Where the database") :].partition("\n[Install]")[0].strip()

    assert len({sandbox(text) for text in texts}) == 1


def test_the_units_that_systemd_is_given_are_all_there_are() -> None:
    there = {path.name for path in (DEPLOY / "systemd").glob("digest*") if path.suffix in (".service", ".timer")}

    assert there == set(UNITS)


def test_what_the_commands_install_is_found_from_where_they_are_typed() -> None:
    text = (DEPLOY / "systemd" / "README.md").read_text(encoding="utf-8")
    commands = [shlex.split(line) for line in re.findall(r"^sudo (install .*?)(?: &&.*)?$", text, re.MULTILINE)]
    own = {"config.toml", "smtp-password"}

    named = [word for words in commands if "-d" not in words for word in words[1:-1] if re.search(r"\.\w+$|^smtp", word)]

    found = {path.name for pattern in named for path in ROOT.glob(pattern)}
    assert [pattern for pattern in named if not list(ROOT.glob(pattern)) and pattern not in own] == []
    assert found == {*UNITS, "digest.sysusers.conf"}
    assert "/opt/digest/bin/pip install --require-hashes -r requirements.lock" in text


def test_the_password_is_installed_as_a_run_wants_it() -> None:
    """One that a group can read is warned of at every run, and a problem to the doctor; one of root's alone could not be read."""
    text = (DEPLOY / "systemd" / "README.md").read_text(encoding="utf-8")

    assert re.findall(r"^sudo install (.*) .*smtp-password", text, re.MULTILINE) == ["-o digest -g digest -m 0600"]


def test_a_folder_that_a_new_system_lacks_is_made() -> None:
    """Debian 12 has no /etc/sysusers.d."""
    text = (DEPLOY / "systemd" / "README.md").read_text(encoding="utf-8")

    assert re.search(r"install -D .*/etc/sysusers\.d/digest\.conf", text)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_ask_what_the_processor_can_do(name: str) -> None:
    """onnxruntime reads /proc/cpuinfo; where it is hidden it says so in five lines at each run, and a run took a sixth longer."""
    assert "ProcSubset" not in (DEPLOY / "systemd" / name).read_text(encoding="utf-8")


def test_the_timer_starts_the_service_of_its_name_and_makes_up_for_sleep() -> None:
    timer = configparser.ConfigParser()
    timer.read(DEPLOY / "systemd" / "digest-run.timer", encoding="utf-8")

    assert (timer["Timer"]["OnCalendar"], timer["Timer"]["Persistent"]) == ("*:04/15", "yes")
    assert (DEPLOY / "systemd" / "digest-run.service").exists()


# --- cron -------------------------------------------------------------------------------------------------------------


def cron_line() -> tuple[list[str], str]:
    mailto, line = [line for line in (DEPLOY / "crontab").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert mailto == "MAILTO=root"
    *times, command = line.split(maxsplit=5)
    return times, command


def run_by_cron(tmp_path: Path, program: Path) -> subprocess.CompletedProcess[str]:
    _, command = cron_line()
    for old, new in ((PROGRAM, program), (CONFIG, tmp_path / "config.toml"), ("/var/log/digest", tmp_path)):
        assert old in command
        command = command.replace(old, str(new))
    return subprocess.run(["env", "-i", "/bin/sh", "-c", command], cwd="/", capture_output=True, text=True, check=False)


def test_the_line_for_cron_runs_without_an_environment_and_mails_nothing(tmp_path: Path, program: Path) -> None:
    done = run_by_cron(tmp_path, program)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "issues" in (tmp_path / "digest.log").read_text(encoding="utf-8")
    assert (tmp_path / "digest.db").exists()


def test_cron_has_something_to_mail_where_a_run_fails(tmp_path: Path, program: Path) -> None:
    (tmp_path / "config.toml").write_text(QUIET + "nonsense = 1\n", encoding="utf-8")

    done = run_by_cron(tmp_path, program)

    assert "nonsense" in done.stdout
    assert "nonsense" in (tmp_path / "digest.log").read_text(encoding="utf-8")


def test_the_log_of_cron_lies_where_nobody_else_reads_it() -> None:
    """It names readers' addresses, and the shell makes it readable for all."""
    text = (DEPLOY / "crontab").read_text(encoding="utf-8")

    assert "install -d -o digest -g digest -m 0700 /var/lib/digest /var/log/digest" in text


def test_cron_runs_digest_every_quarter_of_an_hour() -> None:
    times, command = cron_line()

    assert times == ["4,19,34,49", "*", "*", "*", "*"]
    assert "%" not in command, "cron ends a command there"


# --- the container ------------------------------------------------------------------------------------------------------

DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the Dockerfile with what it is told, continued lines joined."""
    text = re.sub(r"\\\n", " ", "".join(line for line in DOCKERFILE.splitlines(keepends=True) if not line.startswith("#")))
    return [(words[0], words[1]) for line in text.splitlines() if line.strip() and (words := line.split(maxsplit=1))]


def told(name: str) -> list[str]:
    return [" ".join(rest.split()) for word, rest in instructions() if word == name]


def test_the_dockerfile_has_only_instructions_that_there_are() -> None:
    assert {word for word, _ in instructions()} == KNOWN
    assert instructions()[0][0] == "FROM"


def test_everything_the_dockerfile_copies_is_there_and_is_all_that_a_wheel_needs() -> None:
    copied = {source for line in told("COPY") if not line.startswith("--from") for source in line.split()[:-1]}
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    included = re.search(r"force-include\]\n((?:\".*\n)+)", project)
    assert included is not None

    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert {"digest", "pyproject.toml", "README.md", "LICENSE", "requirements.lock"} <= copied
    assert set(re.findall(r'^"([^"]+)"', included[1], re.MULTILINE)) <= copied


def test_the_dockerfile_installs_as_the_test_of_the_wheel_does() -> None:
    """.ci/run installs the locked dependencies by their hashes, then the wheel alone."""
    tested = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    install = told("RUN")[1]

    assert "--require-hashes -r requirements.lock" in tested
    assert re.search(r"--no-deps \S*\.whl", tested)
    assert "pip install --quiet --no-cache-dir --require-hashes -r /tmp/digest/requirements.lock" in install
    assert "pip install --quiet --no-cache-dir --no-deps /tmp/digest/*.whl" in install


def test_the_container_runs_digest_as_somebody_without_rights_whose_state_is_in_a_volume() -> None:
    environment = dict(part.split("=", 1) for part in told("ENV")[0].split())

    assert told("USER") == ["10001:10001"]
    assert "useradd --uid 10001" in told("RUN")[1], "with --system its group has another number than USER says"
    assert told("VOLUME") == [environment["HOME"]] == told("WORKDIR")[-1:]
    assert instructions().index(("USER", "10001:10001")) < [word for word, _ in instructions()].index("ENTRYPOINT")


def test_the_entry_point_is_the_one_that_is_installed_and_its_verbs_are_some() -> None:
    entry, command = json.loads(told("ENTRYPOINT")[0]), json.loads(told("CMD")[0])
    health = json.loads(told("HEALTHCHECK")[0].partition("CMD ")[2])

    assert '[project.scripts]\ndigest = "digest.cli:main"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert (entry, health[0]) == (["digest"], "digest")
    assert {command[0], health[1]} <= VERBS.keys()


def test_the_check_of_health_tells_a_good_database_from_a_bad_one(tmp_path: Path, program: Path, forge: Forge) -> None:
    health = json.loads(told("HEALTHCHECK")[0].partition("CMD ")[2])
    environment = {"DIGEST_CONFIG": str(tmp_path / "config.toml")}

    good = forge.start(tmp_path, *health[1:], environment=environment).ended()
    (tmp_path / "digest.db").write_bytes(b"no database any more" * 1000)
    for tail in ("-wal", "-shm"):
        (tmp_path / f"digest.db{tail}").unlink(missing_ok=True)
    bad = forge.start(tmp_path, *health[1:], environment=environment).ended()

    assert (good.status, bad.status) == (0, 2)


@pytest.mark.parametrize("name", ["digest", "pages"])
def test_the_compose_file_builds_this_and_keeps_the_state(name: str) -> None:
    service = COMPOSE["services"][name]
    build = service["build"]

    assert (DEPLOY / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]) == DEPLOY / "Dockerfile"
    assert "state:/var/lib/digest" in service["volumes"]
    assert "state" in COMPOSE["volumes"]
    assert (service["user"], service["read_only"], service["cap_drop"]) == ("10001:10001", True, ["ALL"])


def test_the_pages_are_there_when_asked_for_and_for_a_proxy_alone() -> None:
    pages = COMPOSE["services"]["pages"]
    port = next(option.default for option in serve.params if option.name == "port")

    assert (pages["profiles"], pages["command"][0]) == (["pages"], "serve")
    assert set(pages["command"]) & {flag for option in serve.params for flag in option.opts} == {"--host"}
    assert pages["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_git_passes_by_what_the_readme_has_laid_beside_the_files() -> None:
    """Password and key lie in deploy/config, a few words before `git add`."""
    assert {"/deploy/config/", "/state-key", "*.state"} <= set((ROOT / ".gitignore").read_text(encoding="utf-8").splitlines())


# --- what is said of it -------------------------------------------------------------------------------------------------


def test_what_was_not_run_is_said() -> None:
    text = (DEPLOY / "README.md").read_text(encoding="utf-8")

    assert "## What was not run" in text
    assert [name for name in ("systemd", "crontab", "Dockerfile", "compose.yaml", "github-actions") if name not in text] == []
