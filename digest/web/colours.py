"""The operator's accent colours in the site's style sheet, so that pages look like the letters that lead to them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..rendering.contrast import LEAST, contrast

_ROOT, _VARIABLE = re.compile(r":root \{(.*?)\}"), re.compile(r"--([\w-]+): (#[0-9a-f]{6})\b")
_ON_BUTTONS = ("#ffffff", "#171614")


def coloured(style: str, colours: Mapping[str, str]) -> str:
    """The style sheet with the colours ("#rrggbb") "accent" by day and "night_accent" by night, as themes call them.

    One that is hard to read as text on the pages is left out, since it may be a good one on a theme's own page.
    """
    for scheme, name, variables in zip(("light", "dark"), ("accent", "night_accent"), _ROOT.findall(style), strict=False):
        own, accent = dict(_VARIABLE.findall(variables)), colours.get(name)
        if accent and min(contrast(accent, own["paper"]), contrast(accent, own["card"])) >= LEAST:
            on_accent = max(_ON_BUTTONS, key=lambda text: contrast(text, accent))
            chosen = f"--accent: {accent}; --on-accent: {on_accent};"
            style += f"@media screen and (prefers-color-scheme: {scheme}) {{ :root {{ {chosen} }} }}\n"
    return style
