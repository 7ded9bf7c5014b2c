"""How many letters a core makes a second, from ranked issues to finished bytes, and how many times what a plain way makes that is.

The plain way is what a typical project does for each subscriber: Jinja fills the MJML, the MJML is compiled, EmailMessage writes the bytes,
dkimpy signs them. Both make the same letters (held equal before anything is timed), in turns, in one process, counted in processor time.

    uv run python bench/mail.py [--letters N] [--json]
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import dkim
import mjml
from jinja2 import Environment

from digest.delivery import message
from digest.delivery.dkim import Signer
from digest.model import Format, Issue
from digest.rendering import TOKEN, Press
from digest.rendering.themes import TEXT_FILTERS, palette_of
from digest.resources import templates_dir
from letters import SENDER, draft, issues, keys, links_of

ROUNDS = 7
PAPERS = (1, 5, 10, 15, 20, 30, 40, 50)


class Plain:
    """The way without any of this: every letter from the template on."""

    def __init__(self, press: Press) -> None:
        self._press = press  # for the words of a letter, which it works out anew for each
        page, text = Environment(autoescape=True), Environment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
        folder = templates_dir() / "themes" / "paper"
        for environment in (page, text):
            environment.filters.update(TEXT_FILTERS)
            environment.globals.update(
                brand={"name": "digest", "logo": ""}, colours=palette_of(folder), _=str, language="en", start="left", end="right"
            )
            environment.globals.update(direction="ltr")
        self._page = page.from_string((folder / "letter.mjml").read_text(encoding="utf-8"))
        self._text = text.from_string((templates_dir() / "text" / "letter.txt").read_text(encoding="utf-8"))

    def letter(self, issue: Issue, lines: int) -> bytes:
        links = links_of(issue)
        letter, others = self._press.words(issue, links, lines)
        html = mjml.mjml2html(self._page.render(letter=letter, others=others).replace(TOKEN, links.token))
        text = self._text.render(letter=letter, others=others).replace(TOKEN, links.token)
        made = EmailMessage(policy=SMTP)
        plan = draft(issue, links, text, html)
        for name, value in (
            ("From", f"{plan.sender_name} <{plan.sender}>"), ("To", plan.to), ("Subject", letter.subject), ("Message-ID", plan.message_id),
            ("List-Id", plan.list_id), ("List-Unsubscribe", f"<{plan.unsubscribe_url}>, <{plan.unsubscribe_mailto}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"), ("Auto-Submitted", "auto-generated"), ("Precedence", "bulk"),
        ):  # fmt: skip
            made[name] = value
        made["Date"] = issue.made_at
        made.set_content(text)
        made.add_alternative(html, subtype="html")
        return made.as_bytes()


class Ours:
    """The product's way: `run.mailing.letters` without the catalog."""

    def __init__(self, press: Press, signers: Sequence[Signer] = ()) -> None:
        self._press, self._signers = press, tuple(signers)

    def letter(self, issue: Issue) -> bytes:
        links = links_of(issue)
        rendering = self._press.render(issue, links, Format.HTML)
        said = {"subject": rendering.subject, "token": rendering.token}
        return message.write(draft(issue, links, rendering.text_fragments, rendering.html_fragments, **said), self._signers)


def parts(letter: bytes) -> list[str]:
    """The decoded parts, blanks aside: compiling before or after filling leaves other line ends."""
    found = message_from_bytes(letter, policy=SMTP)
    return ["".join(part.get_content().split()) for part in found.walk() if not part.is_multipart()]


def lines_shown(press: Press, issue: Issue) -> int:
    return press.render(issue, links_of(issue)).html.count('<p dir="auto" lang="en" style="margin:7px 0 0">')


def timed(make: Callable[[Issue], bytes], some: Sequence[Issue]) -> float:
    """Letters a second of processor time."""
    start = time.process_time()
    for issue in some:
        make(issue)
    return len(some) / (time.process_time() - start)


def ratio(ours: Callable[[Issue], bytes], plain: Callable[[Issue], bytes], made: Sequence[Issue], few: int) -> tuple[float, float, float]:
    """The medians of letters a second of both ways, and of their ratios round by round."""
    timed(ours, made)  # cards and lines are set once a day: the first letters pay for them
    rates = [(timed(ours, made), timed(plain, made[:few])) for _ in range(ROUNDS)]
    return (
        statistics.median(one for one, _ in rates),
        statistics.median(other for _, other in rates),
        statistics.median(one / other for one, other in rates),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=1500)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    press = Press()
    made = issues(options.letters, 15, random.Random(20261123))
    pem, signing = keys()
    ours, signed, plain = Ours(press), Ours(press, [signing]), Plain(press)
    shown = {issue.id: lines_shown(press, issue) for issue in made[:40]}
    for issue in made[:20]:
        assert parts(ours.letter(issue)) == parts(plain.letter(issue, shown[issue.id])), "the two ways make different letters"

    def plainly(issue: Issue) -> bytes:
        return plain.letter(issue, shown[issue.id])

    def plainly_signed(issue: Issue) -> bytes:
        letter = plainly(issue)
        domain = SENDER.partition("@")[2].encode()
        field: bytes = dkim.sign(letter, b"bench", domain, pem, canonicalize=(b"relaxed", b"relaxed"))
        return field + letter

    unsigned = ratio(ours.letter, plainly, made, 20)
    rsa = ratio(signed.letter, plainly_signed, made, 20)
    sizes = {count: html_bytes(press, count) for count in PAPERS}
    figures = {
        "letters_per_second_unsigned": round(unsigned[0]),
        "letters_per_second_rsa": round(rsa[0]),
        "naive_per_second_unsigned": round(unsigned[1], 1),
        "naive_per_second_rsa": round(rsa[1], 1),
        "times_naive_unsigned": round(unsigned[2], 1),
        "times_naive_rsa": round(rsa[2], 1),
        "letter_bytes": round(statistics.mean(len(ours.letter(issue)) for issue in made[:200])),
        **{f"html_bytes_{count}": size for count, size in sizes.items()},
    }
    named = statistics.median(shown.values())
    conditions = {"letters": len(made), "papers": 15, "others_named": named, "rounds": ROUNDS, "key": "rsa-2048"}
    if options.json:
        print(json.dumps({"bench": "mail", "figures": figures, "conditions": conditions}))
        return
    for name, value in {**figures, **conditions}.items():
        print(f"{name:30} {value:>12}")


def html_bytes(press: Press, count: int) -> int:
    """The HTML of a letter of so many papers, as it is sent; the largest of twenty."""
    some = issues(20, count, random.Random(count))
    return max(len(press.render(issue, links_of(issue)).html.replace("\n", "\r\n").encode()) for issue in some)


if __name__ == "__main__":
    main()
