"""The bench of letters: the plain way that it compares with makes the same letters as the product."""

from __future__ import annotations

from random import Random

import letters
import mail
from digest.rendering import Press


def test_the_plain_way_makes_the_same_letters() -> None:
    press = Press()
    ours, plain = mail.Ours(press), mail.Plain(press)

    for issue in letters.issues(3, 15, Random(1)):
        one, other = mail.parts(ours.letter(issue)), mail.parts(plain.letter(issue, mail.lines_shown(press, issue)))
        assert one == other
        assert [len(part) > 5_000 for part in one] == [True, True]
