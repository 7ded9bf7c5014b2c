"""The last good state of a theme: kept when it differs, found by name."""

from __future__ import annotations

from datetime import timedelta

from digest.catalog import Catalog, GoodTheme
from tests.builders import NOON

FIRST = (("letter.mjml", "<mjml>Größe</mjml>"), ("theme.toml", "[colours]\n"))
SECOND = (*FIRST, ("letter.txt", "{{ letter.subject }}"))
LATER = NOON + timedelta(hours=1)


def test_of_a_theme_that_nobody_kept_there_is_nothing(catalog: Catalog) -> None:
    assert catalog.themes.find("mine") is None


def test_a_kept_theme_comes_back_as_it_was(catalog: Catalog) -> None:
    assert catalog.themes.keep("mine", FIRST, NOON)

    assert catalog.themes.find("mine") == GoodTheme("mine", FIRST, NOON)
    assert catalog.themes.find("other") is None


def test_the_same_files_are_kept_once(catalog: Catalog) -> None:
    catalog.themes.keep("mine", FIRST, NOON)

    assert not catalog.themes.keep("mine", FIRST[::-1], LATER)
    assert catalog.themes.find("mine") == GoodTheme("mine", FIRST, NOON)


def test_other_files_take_the_place_of_those_before(catalog: Catalog) -> None:
    catalog.themes.keep("mine", FIRST, NOON)

    assert catalog.themes.keep("mine", SECOND, LATER)
    assert catalog.themes.find("mine") == GoodTheme("mine", tuple(sorted(SECOND)), LATER)
