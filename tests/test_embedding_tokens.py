"""Texts as tokens: BERT's pieces of words and Llama's joined pairs, on vocabularies small enough to see through."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.embedding.bytepairs import LONGEST_WORD, BytePairs
from digest.embedding.wordpiece import WordPiece

from .embedding_models import WORDS, tokens_of_llama

LLAMA = json.loads(tokens_of_llama())["model"]
NAMES = {number: piece for piece, number in LLAMA["vocab"].items()}


def pieces(text: str, longest: int = 128) -> list[str]:
    return [WORDS[number] for number in WordPiece(WORDS, longest=longest).tokens(text)][1:-1]


def joined(text: str) -> list[str]:
    return [NAMES[number] for number in BytePairs(LLAMA["vocab"], LLAMA["merges"]).tokens(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("foxes run", ["fox", "##es", "run"]),
        ("The FOX, runs", ["the", "fox", ",", "run", "##s"]),
        ("fóx", ["fox"]),
        ("fo\u0301x", ["fox"]),
        ("fox\u00adfox", ["[UNK]"]),  # a soft hyphen is no blank: one word, which nobody knows
        ("fo\u200bx", ["fox"]),
        ("fox\tfox\nfox\u00a0fox\u3000fox", ["fox"] * 5),
        ("fox$", ["fox", "$"]),
        ("狐狐", ["狐", "狐"]),
        ("Σ", ["σ"]),
        ("fox\x00es\ufffd", ["fox", "##es"]),
        ("é", ["e"]),
        ("foxies", ["[UNK]"]),
        ("fox" + "y" * 97, ["fox", *["##y"] * 97]),
        ("fox" + "y" * 98, ["[UNK]"]),
        ("", []),
        (" \n", []),
    ],
)
def test_a_text_is_cut_into_the_longest_known_pieces(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


def test_a_text_cannot_name_the_marks_between_texts() -> None:
    assert pieces("fox [SEP] fox") == ["fox", "[UNK]", "[UNK]", "[UNK]", "fox"]


def test_a_long_text_ends_where_the_model_ends_and_keeps_its_last_mark() -> None:
    assert WordPiece(WORDS, longest=6).tokens("fox run fox run fox run") == [2, 4, 7, 4, 7, 3]


@given(st.text())
def test_any_text_becomes_tokens_between_two_marks(text: str) -> None:
    tokens = WordPiece(WORDS, longest=16).tokens(text)

    assert (tokens[0], tokens[-1]) == (2, 3)
    assert len(tokens) <= 16


@given(st.text(alphabet="abcxyz ,é", max_size=60))
def test_case_and_accents_do_not_matter(text: str) -> None:
    assert pieces(text) == pieces(text.upper()) == pieces(text.replace("é", "e"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fox", ["▁fox"]),
        ("fox fox", ["▁fox", "▁fox"]),
        ("  fox", ["▁", "▁", "▁fox"]),
        ("foxo", ["▁fox", "o"]),
        ("oxf", ["▁", "ox", "f"]),
        ("é", ["▁", "<0xC3>", "<0xA9>"]),
        ("</s>", ["▁", "<0x3C>", "<0x2F>", "<0x73>", "<0x3E>"]),
        ("\ud800", ["▁", "<0x3F>"]),
        ("", []),
    ],
)
def test_pairs_are_joined_in_the_order_they_were_learned(text: str, expected: list[str]) -> None:
    assert joined(text) == expected


@given(st.text(alphabet="fox é▁", min_size=1, max_size=40))
def test_no_letter_of_a_text_is_lost(text: str) -> None:
    found = b"".join(
        bytes([int(piece[3:5], 16)]) if piece.startswith("<0x") else piece.encode() for piece in joined(text)
    )

    assert found.decode() == "▁" + text.replace(" ", "▁")


def test_a_word_without_an_end_is_cut_and_not_pondered() -> None:
    assert joined("o" * (2 * LONGEST_WORD)) == ["▁", *["o"] * (2 * LONGEST_WORD)]
