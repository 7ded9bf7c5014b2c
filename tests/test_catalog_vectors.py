"""Vectors: kept under a model's name and a text's key, never mixed, and never read twice."""

from __future__ import annotations

from pathlib import Path

from digest.catalog import Catalog, open_catalog
from digest.naming import text_key

FOXES, OWLS, BEES = text_key("On Foxes"), text_key("On Owls"), text_key("On Bees")
MANY = {text_key(str(number)): number.to_bytes(2, "little") for number in range(1201)}


def test_a_text_has_one_key_of_sixteen_bytes_whatever_the_machine() -> None:
    assert text_key("On Foxes. We study foxes.").hex() == "668fdbc604988d886f9d69265d642708"
    assert text_key("On foxes. We study foxes.") != text_key("On Foxes. We study foxes.")


def test_vectors_come_back_by_the_keys_of_their_texts_without_those_nobody_kept(catalog: Catalog) -> None:
    catalog.vectors.put("minilm", {FOXES: b"\x00\x3c", OWLS: b"\x00\xbc"})

    assert catalog.vectors.get("minilm", [OWLS, BEES, FOXES, OWLS]) == {FOXES: b"\x00\x3c", OWLS: b"\x00\xbc"}
    assert catalog.vectors.get("minilm", []) == {}


def test_vectors_of_another_model_are_never_given(catalog: Catalog) -> None:
    catalog.vectors.put("minilm-1/int8/128", {FOXES: b"1"})
    catalog.vectors.put("minilm-1/float32/128", {FOXES: b"2", OWLS: b"3"})

    assert catalog.vectors.get("minilm-1/int8/128", [FOXES, OWLS]) == {FOXES: b"1"}


def test_a_vector_that_is_kept_stays_as_it_is(catalog: Catalog) -> None:
    catalog.vectors.put("minilm", {FOXES: b"first"})

    catalog.vectors.put("minilm", {FOXES: b"second", OWLS: b"new"})

    assert catalog.vectors.get("minilm", [FOXES, OWLS]) == {FOXES: b"first", OWLS: b"new"}


def test_more_than_one_query_can_hold_come_back_in_one_call(catalog: Catalog) -> None:
    catalog.vectors.put("minilm", MANY)

    assert catalog.vectors.get("minilm", MANY) == MANY


def test_vectors_outlast_the_process(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.vectors.put("minilm", {FOXES: b"\x00\x3c"})

    with open_catalog(str(tmp_path / "digest.db")) as again:
        assert again.vectors.get("minilm", [FOXES]) == {FOXES: b"\x00\x3c"}


def test_a_model_is_forgotten_and_the_others_stay(catalog: Catalog) -> None:
    catalog.vectors.put("wordllama", {FOXES: b"1"})
    catalog.vectors.put("minilm", {FOXES: b"1", OWLS: b"2"})

    assert [catalog.vectors.forget("minilm"), catalog.vectors.forget("minilm")] == [2, 0]
    assert catalog.vectors.get("wordllama", [FOXES]) == {FOXES: b"1"}
