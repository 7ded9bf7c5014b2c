"""Where the files beside the code lie."""

from __future__ import annotations

from digest import resources


def test_the_built_in_theme_is_found():
    assert (resources.templates_dir() / "themes" / "paper" / "letter.mjml").is_file()


def test_the_plain_text_templates_are_found():
    assert (resources.templates_dir() / "text" / "letter.txt").is_file()


def test_the_sample_listing_lies_in_the_package():
    assert resources.sample_listing().parts[-3:] == ("digest", "sample", "listing.json")


def test_the_migrations_lie_in_the_catalog():
    assert resources.migrations_dir().parts[-3:] == ("digest", "catalog", "migrations")
