"""Letters as files: whole, private, and always inside their folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.folder import FolderTransport, NullTransport, _name
from digest.errors import TransportUnreachable
from digest.model import Letter


def a_letter(to: str = "ana@example.org", message_id: str = "2026-11-23.7@example.org", content: bytes = b"hello\r\n") -> Letter:
    return Letter(sender="digest@example.org", to=to, message_id=message_id, content=content)


def test_a_letter_becomes_a_private_file_named_after_reader_and_id(tmp_path: Path) -> None:
    reply = FolderTransport(tmp_path / "letters").send(a_letter())

    [file] = (tmp_path / "letters").iterdir()
    assert file.name == "ana_at_example.org-2026-11-23.7.eml"
    assert file.read_bytes() == b"hello\r\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert str(reply) == "250 2.0.0 written to ana_at_example.org-2026-11-23.7.eml"


def test_the_same_letter_again_replaces_its_file(tmp_path: Path) -> None:
    transport = FolderTransport(tmp_path)
    transport.send(a_letter(content=b"one\r\n"))
    transport.send(a_letter(content=b"two\r\n"))

    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"two\r\n"]


@given(st.text(max_size=400), st.text(max_size=400))
def test_no_address_and_no_id_names_a_file_elsewhere(to: str, message_id: str) -> None:
    name = _name(a_letter(to, message_id))

    assert set(name) & {"/", "\\", "\x00", "\n"} == set()
    assert not name.startswith(".")
    assert name.endswith(".eml")
    assert len(name) <= 255


def test_a_link_in_the_file_s_place_is_replaced_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("mine")
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "ana_at_example.org-2026-11-23.7.eml").symlink_to(tmp_path / "elsewhere")

    FolderTransport(tmp_path / "letters").send(a_letter())

    assert (tmp_path / "elsewhere").read_text() == "mine"


def test_a_folder_that_cannot_be_is_told_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(TransportUnreachable) as caught:
        FolderTransport(tmp_path / "file").send(a_letter())

    assert caught.value.subject == os.fspath(tmp_path / "file")
    assert "[delivery] folder" in caught.value.hint


def test_the_null_transport_takes_every_letter() -> None:
    assert NullTransport().send(a_letter()).code == 250
