"""What only a first letter has: what digest understood of its reader, how to correct it, and a few papers to judge."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ...model import EVERYTHING_ELSE, Pick, Profile
from ...ranking import Flags, Ranking, spread
from ...taxonomy import is_known, spelled
from ..parts import Sender

FEW = 3
"""A reader with this many liked papers is known well enough, and is not asked about papers."""
ASKED = 5
"""How many papers a reader with fewer likes is asked about."""
NAMED = 5
"""How many topics, names or words are listed one by one."""
AT_THE_FOOT = "“Preferences” at the end of this letter."
"""How a note ends that points to a link which only the mailed letter has; other renderings leave such notes out."""
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def opening(
    profile: Profile, owned: Collection[str], library: Mapping[str, str], sender: Sender, *, has_page: bool = False
) -> tuple[str, ...]:
    """The opening sentences for a profile as it is ranked: with what feedback and library added, and its likes in groups.

    `library` maps the profile's names of liked papers to their keys; `owned` holds the keys of papers in the reader's own library.
    With `has_page` the letter's foot links to a page where its reader can change all of it.
    """
    known = understood(profile, owned, library)
    told = f"This is your first letter. What we understood: {known}." if known else "This is your first letter."
    wrong = "If that is not right" if known else "To say what you read"
    if has_page:
        return told, f"{wrong}, use “Preferences” at the end of this letter."
    return told, f"{wrong}, {'answer this letter' if sender.reply_to else f'write to {sender.address}'}."


def understood(profile: Profile, owned: Collection[str], library: Mapping[str, str]) -> str:
    """ "topics 'foxes' and 'hens'; 214 papers of your library in two groups: graphs (150) and proteins (64); you follow Bo Li"; or ""."""
    topics = [repr(topic) for topic in profile.topics]
    filed = [name for name in profile.muted if is_known(spelled(name)) and not name.isalpha()]  # "physics" is a word as well
    said = [repr(name) for name in profile.muted if name not in filed]
    parts = (
        f"topic{'s' if len(topics) > 1 else ''} {_listed(topics)}" if topics else "",
        f"keyword{'s' if len(profile.keywords) > 1 else ''} {_listed(profile.keywords)}" if profile.keywords else "",
        _liked(profile, owned, library),
        f"you follow {_listed(profile.authors)}" if profile.authors else "",
        f"categor{'ies' if len(profile.categories) > 1 else 'y'} {_listed(profile.categories)}" if profile.categories else "",
        f"papers that say {_listed(said, 'or')} are not shown" if said else "",
        f"papers in {_listed([spelled(name) for name in filed], 'or')} are not shown" if filed else "",
    )
    return "; ".join(part for part in parts if part)


def asked(
    ranking: Ranking,
    reader: int,
    library: Mapping[str, str],
    *,
    among: Flags,
    chosen: Collection[str],
    is_ranked: bool,
) -> tuple[Pick, ...]:
    """Five new papers far from each other, for a reader with fewer than three likes; from their categories if nothing else is known.

    All are flagged in `among` (papers,), and none resembles a paper that was `chosen` for this reader.
    """
    profile = ranking.profiles[reader]
    if len(likes(profile, library)) >= FEW:
        return ()
    inside = among if is_ranked else among & ranking.filed(reader)
    return spread(ranking, reader, ASKED, among=inside, chosen=chosen, is_ranked=is_ranked)


def likes(profile: Profile, library: Mapping[str, str]) -> frozenset[str]:
    """The keys of the papers a profile likes, without those that no source knows."""
    return frozenset(library[name] for name in profile.liked if name in library)


def _liked(profile: Profile, owned: Collection[str], library: Mapping[str, str]) -> str:
    known = likes(profile, library)
    # Only the library of this subscription: that of another one counts for the other profile.
    of_library = len(known.intersection(owned))
    others = len(known) - of_library
    unknown = sum(name not in library for name in profile.liked)
    counts = [f"{_papers(of_library)} of your library"] if of_library else []
    counts += [f"{others if of_library else _papers(others)} that you liked"] if others else []
    groups = [
        f"{interest.name or EVERYTHING_ELSE} ({count})"
        for interest in profile.interests
        if (count := sum(name in library for name in interest.liked))
    ]
    within = f" in {_number(len(groups))} groups: {_listed(groups)}" if len(groups) > 1 else ""
    missing = [f"{_papers(unknown)} that you like and no source knows yet"] if unknown else []
    return "; ".join([" and ".join(counts) + within, *missing] if counts else missing)


def _papers(count: int) -> str:
    return f"{count} paper{'' if count == 1 else 's'}"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _listed(words: Sequence[str], last: str = "and") -> str:
    """ "a, b and c"; of many the first five, and how many more there are."""
    told = list(words) if len(words) <= NAMED + 1 else [*words[:NAMED], f"{len(words) - NAMED} more"]
    return f"{', '.join(told[:-1])} {last} {told[-1]}" if len(told) > 1 else told[0]
