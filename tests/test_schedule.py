"""`digest schedule`: it stays up, does what is due, and stops when it is asked to."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = """
database = "digest.db"
[sender]
from = "digest@example.org"
[delivery]
transport = "null"
[[sources]]
name = "later"
kind = "arxiv"
paused = true
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=str)
def test_a_schedule_stops_cleanly_when_it_is_asked_to(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    command = [sys.executable, "-m", "digest", "schedule"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        assert "running: fetching every hour" in running.stderr.readline()

        running.send_signal(number)
        _, rest = running.communicate(timeout=20)

    assert (running.returncode, rest.strip().splitlines()[-1]) == (0, "stopped")


def test_a_schedule_follows_readers_libraries(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "refs.bib").write_text("@article{silva, title={On urban foxes}, year=2026, doi={10.1000/foxes}}", encoding="utf-8")
    digest = [sys.executable, "-m", "digest"]
    address = "ana@example.org"
    subprocess.run([*digest, "subscribers", "add", address, "--topic", "foxes"], cwd=tmp_path, check=True, capture_output=True)
    source = ["import-library", address, "refs.bib", "--follow"]
    subprocess.run([*digest, "subscribers", *source], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "refs.bib").unlink()

    with subprocess.Popen([*digest, "schedule"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        told = next(line for line in running.stderr if "refs.bib" in line)
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=20)

    assert "cannot be read: no such file or directory" in told
