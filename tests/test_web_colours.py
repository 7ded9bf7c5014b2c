"""The operator's colours on pages."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from digest.resources import templates_dir
from digest.web import create_app
from digest.web.colours import coloured

from .builders import NOON
from .web_site import filled

STYLE = (templates_dir() / "web" / "site.css").read_text(encoding="utf-8")
DAY = "@media screen and (prefers-color-scheme: light) { :root { --accent: %s; --on-accent: %s; } }\n"
NIGHT = DAY.replace("light", "dark")


@pytest.mark.parametrize(
    ("colours", "added"),
    [
        ({}, ""),
        ({"accent": "#6A3D9A", "night_accent": "#c9a6ec"}, DAY % ("#6A3D9A", "#ffffff") + NIGHT % ("#c9a6ec", "#171614")),
        ({"night_accent": "#c9a6ec", "page": "#000000"}, NIGHT % ("#c9a6ec", "#171614")),
        ({"accent": "#c9a6ec", "night_accent": "#6a3d9a"}, ""),  # one of either's day in the other's night
    ],
)
def test_pages_have_the_accents_in_which_text_is_easy_to_read_on_them(colours: dict[str, str], added: str) -> None:
    assert coloured(STYLE, colours) == STYLE + added


def test_a_site_answers_in_the_operators_colours_and_its_policy_lets_them_through(tmp_path: Path) -> None:
    with filled(tmp_path) as (parts, *_):
        app = create_app(replace(parts, colours=(("accent", "#0b6e4f"),)), clock=lambda: NOON, previews=False)
        page = TestClient(app).get("/nowhere")

    (style,) = re.findall("<style>(.*?)</style>", page.text, re.DOTALL)
    assert style.endswith(DAY % ("#0b6e4f", "#ffffff"))
    assert f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in page.headers["Content-Security-Policy"]
