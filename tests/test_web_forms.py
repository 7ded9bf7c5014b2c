"""What browsers send is read as it was typed, and what nobody's browser sends breaks nothing."""

from __future__ import annotations

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.web.forms import Form, Upload, read_form

URLENCODED = "application/x-www-form-urlencoded"
TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)


def sent(**arguments: object) -> Form:
    """A form as an HTTP client encodes it."""
    request = httpx2.Request("POST", "http://127.0.0.1/", **arguments)  # type: ignore[arg-type]
    return read_form(request.read(), request.headers["content-type"])


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "topics"]), TEXTS), min_size=1, max_size=3, unique_by=lambda pair: pair[0]))
def test_what_was_typed_is_read_alike_in_both_encodings(pairs: list[tuple[str, str]]) -> None:
    expected = [(name, text.replace("\r\n", "\n").replace("\r", "\n")) for name, text in pairs]

    assert list(sent(data=dict(pairs)).fields) == expected
    assert list(sent(files={name: (None, text.encode()) for name, text in pairs}).fields) == expected


@given(st.binary(max_size=200).filter(lambda content: content.strip()))
def test_a_file_comes_as_it_is(content: bytes) -> None:
    form = sent(data={"do": "save"}, files={"library": ("refs.bib", content, "application/x-bibtex")})

    assert form.file("library") == Upload("refs.bib", content)
    assert form.text("do") == "save"
    assert form.file("do") is None


def test_a_boundary_may_stand_in_quotes_and_a_part_without_an_end_of_its_head_is_none() -> None:
    parts = b'--a b\r\nContent-Disposition: form-data; name="x"\r\n--a b\r\nContent-Disposition: form-data; name="y"\r\n\r\n1\r\n--a b--'

    assert read_form(parts, 'multipart/form-data; boundary="a b"').fields == (("y", "1"),)


def test_a_field_of_no_file_is_no_file() -> None:
    head = b'Content-Disposition: form-data; name="library"; filename=""\r\nContent-Type: application/octet-stream'
    part = b"--x\r\n" + head + b"\r\n\r\n\r\n--x--\r\n"

    assert read_form(part, "multipart/form-data; boundary=x") == Form()


def test_a_field_without_a_text_is_there() -> None:
    form = read_form(b"x=", URLENCODED)

    assert (form.has("x"), form.has("y"), form.text("y")) == (True, False, "")


@pytest.mark.parametrize("kind", ["", "text/plain", "application/json", "multipart/form-data", "multipart/mixed; boundary=x"])
def test_what_is_no_form_is_an_empty_one(kind: str) -> None:
    assert read_form(b"do=save", kind) == Form()


@given(st.binary(max_size=300))
def test_no_bytes_break_it(content: bytes) -> None:
    read_form(content, URLENCODED)
    read_form(b"--x\r\n" + content, "multipart/form-data; boundary=x")


def test_a_form_of_a_hundred_thousand_fields_is_cut() -> None:
    many = read_form(b"a=1&" * 100_000, URLENCODED)
    parts = read_form(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 10_000, "multipart/form-data; boundary=x")

    assert (len(many.fields), len(parts.fields)) == (4_000, 3_999)
