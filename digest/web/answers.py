"""Every response of the site: a page from templates/web or a letter's own HTML, always with headers that keep it private."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from ..rendering.languages import SOURCE, language, wanted
from .colours import coloured

# The addresses of these pages are secrets: not handed on (Referer), not kept (caches), not found (search engines).
PRIVATE = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}
# A letter needs its inline styles and may show the operator's logo. It can run nothing, send nothing, and is of no origin (sandbox),
# whatever a paper's title managed to smuggle into it.
LETTER_POLICY = (
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "img-src https: data:",
    "form-action 'none'",
    "base-uri 'none'",
    "sandbox allow-popups allow-popups-to-escape-sandbox",
)
FILE_POLICY = ("default-src 'none'", "sandbox", "frame-ancestors 'none'")


class Words(NamedTuple):
    """The text of a page that has nothing else: messages of the catalogue, without values."""

    title: str
    sentence: str
    hint: str = ""


class Pages:
    """Makes responses from the site's templates; `folder` is the templates' root, `site` the name that readers know the letters by.

    `colours` are the operator's, as `coloured` takes them.
    """

    def __init__(self, folder: Path, site: str, colours: Mapping[str, str] = MappingProxyType({})) -> None:
        self.site = site
        # Read now: an upgrade puts others in their place while this runs, which know what it does not.
        loader = DictLoader({path.name: path.read_text(encoding="utf-8") for path in (folder / "web").glob("*.html")})
        self._environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        style = coloured((folder / "web" / "site.css").read_text(encoding="utf-8"), colours)
        # The style sheet stands in the page, so that a page is one request; its digest is all the policy lets through.
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self._environment.globals.update(style=style, site=site)
        self._policy = ("default-src 'none'", f"style-src 'sha256-{digest}'", "form-action 'self'", "base-uri 'none'")

    def page(
        self,
        template: str,
        values: Mapping[str, object],
        *,
        spoken: str = SOURCE,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        frames_a_letter: bool = False,
    ) -> HTMLResponse:
        """A page in the language `spoken`, with these headers in addition to the private ones."""
        policy = (*self._policy, "frame-src 'self'") if frames_a_letter else self._policy
        return _answer(self._filled(template, values, spoken), policy, status=status, headers=headers)

    def message(self, accept: str, words: Words, *, status: int, headers: Mapping[str, str] | None = None) -> HTMLResponse:
        """A short page for somebody of whom only the Accept-Language header is known."""
        spoken = wanted(accept)
        said = {name: text and language(spoken).say(text) for name, text in words._asdict().items()}
        return self.page("message.html", said, spoken=spoken, status=status, headers=headers)

    def _filled(self, template: str, values: Mapping[str, object], spoken: str) -> str:
        """The rendered template; its own words are in `_("…", name=value)`, where only the values are escaped."""
        said = language(spoken)

        def say(message: str, **slots: object) -> Markup:
            return Markup(said.say(message, **{name: escape(value) for name, value in slots.items()}))

        def say_many(one: str, many: str, count: int) -> Markup:
            return Markup(said.say_many(one, many, count))

        def say_in(context: str, message: str) -> Markup:
            return Markup(said.say_in(context, message))

        spelt = {"_": say, "say_many": say_many, "say_in": say_in, "lang": said.code, "direction": said.direction}
        return self._environment.get_template(template).render(values, **spelt)


def letter(html: str) -> HTMLResponse:
    """A letter's HTML as a page."""
    return _answer(_as_page(html), LETTER_POLICY)


def framed_letter(html: str) -> HTMLResponse:
    """A letter's HTML as a page that this site may show in a frame; its links open outside of the frame."""
    return _answer(_as_page(html).replace("<head>", '<head><base target="_blank">', 1), LETTER_POLICY, framed=True)


def _as_page(html: str) -> str:
    """The letter's HTML for a page: in a mail program MJML makes it one article among others, here it is the whole document."""
    return html.replace('role="article"', 'role="main"', 1).replace(' aria-roledescription="email"', "", 1)


def file(content: str, kind: str, name: str) -> Response:
    """A text of that media type, to be downloaded as a file with that name."""
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": "; ".join(FILE_POLICY)}
    return Response(content, headers=headers, media_type=f"{kind}; charset=utf-8")


def _answer(
    content: str, policy: tuple[str, ...], *, status: int = 200, framed: bool = False, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    ancestors, option = ("'self'", "SAMEORIGIN") if framed else ("'none'", "DENY")
    guards = {"X-Frame-Options": option, "Content-Security-Policy": "; ".join((*policy, f"frame-ancestors {ancestors}"))}
    return HTMLResponse(content, status, {**(headers or {}), **PRIVATE, **guards})
