"""`digest subscribers interests`: what a reader follows under several headings, each with its share of an issue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from ..errors import NotFound
from ..model import EVERYTHING_ELSE, Interest, Profile, Subscription
from .descriptions import interest_json
from .doubts import say_misspelt
from .finding import opened, subscription_option, with_a_profile
from .frame import clock, dry_run_option, json_option, now_option, print_json, print_table, refuse, say
from .wishes import meant

if TYPE_CHECKING:
    from ..catalog import Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The change to one interest; an empty text among topics or likes removes the existing ones."""

    topics: tuple[str, ...] = ()
    liked: tuple[str, ...] = ()
    weight: float | None = None
    rename: str | None = None
    remove: bool = False


@click.command("interests")
@click.argument("address")
@click.argument("name", required=False, callback=meant("text"))
@click.option("--topic", "topics", metavar="TEXT", multiple=True, callback=meant("text"), help="One more topic; repeatable.")
@click.option("--like", "liked", metavar="ID", multiple=True, callback=meant("paper_key"), help="One more liked paper; repeatable.")
@click.option("--weight", type=float, callback=meant("weight"), help="Its share of an issue: 2 is twice that of 1 (default: 1).")
@click.option("--rename", metavar="NAME", callback=meant("text"), help="A new name for it.")
@click.option("--remove", is_flag=True, help="Take it away, with its topics and likes.")
@subscription_option
@now_option
@json_option
@dry_run_option
@click.pass_context
def interests(
    ctx: click.Context,
    /,
    address: str,
    name: str | None,
    subscription: str | None,
    now: datetime | None,
    as_json: bool,
    dry_run: bool,
    **options: Any,
) -> int:
    """List the interests of ADDRESS; with NAME, change one.

    A NAME that is new makes an interest. What is given is added; --topic '' first takes away all its topics. A paper liked under another
    name moves here. Topics and likes without a name are called 'everything else'. If there are ten likes or more among them, a run groups
    them by likeness. The groups are listed too; once you change or --rename one of them, they stay as they are.
    """
    from ..catalog.people.subscribers import refuse_configured

    change = Change(**options)
    if name is None and change != Change():
        raise refuse("which interest shall change?", f"name it: digest subscribers interests {quote(address)} graphs --topic '…'")
    with opened(ctx, now, dry_run=dry_run) as catalog:
        before = with_a_profile(catalog, address, subscription)
        if name is None or change == Change():
            return _show(replace(before, profile=_grouped(catalog, _taught(catalog, before))), name, as_json=as_json)
        refuse_configured([before])
        base = _so_called(catalog, _with_group(catalog, before, name), change.liked)
        wanted = replace(before, profile=changed(base, name, change))
        after = wanted if dry_run else catalog.subscribers.edit(before, clock(now), partial(_anew, before, wanted, name, change))
        say_misspelt(catalog, after.profile, clock(now), before=before.profile)
        before = replace(before, profile=base)
        shown = _taught(catalog, after)
    _print(shown.interests, as_json=as_json)
    _say_what_changed(before, after, name, change, "would be " if dry_run else "")
    return 0


def changed(profile: Profile, name: str, change: Change) -> Profile:
    """The profile with that interest changed, added or removed; one without topic and paper is dropped.

    Raises NotFound for a missing one that gets neither topic nor paper, UsageError if another has the new name.
    """
    new = Interest(name=_meant(name)) if any(change.topics) or any(change.liked) else None
    before = _named(profile, name) or new or _known(profile, name)
    if change.remove:
        if change != Change(remove=True):
            raise refuse("--remove takes the whole interest away", "give it alone")
        return replace(profile, interests=tuple(i for i in profile.interests if i is not before))
    after = _changed(before, change)
    if _named(profile, after.name) not in (None, before):
        hint = "give --rename another name, or remove one of the two"
        raise refuse(f"there is an interest {_shown(after.name)!r} already", hint)
    others = tuple(_without(i, change.liked) for i in profile.interests)
    kept = tuple(after if i is before else other for i, other in zip(profile.interests, others, strict=True))
    listed = (*kept, after) if before is new else kept
    return replace(profile, interests=tuple(i for i in listed if not i.is_empty))


def _without(interest: Interest, moved: Sequence[str]) -> Interest:
    """The interest after these papers moved to another: no longer their home either, for what a library has or the reader likes."""
    liked, homes = (tuple(key for key in keys if key not in moved) for keys in (interest.liked, interest.homes))
    return replace(interest, liked=liked, homes=homes)


def _anew(before: Subscription, wanted: Subscription, name: str, change: Change, found: Subscription) -> Subscription:
    """The wanted subscription if nothing changed since, as nearly always; else the same change applied to what is stored now."""
    return wanted if found == before else replace(found, profile=changed(_profile(found), name, change))


def _changed(interest: Interest, change: Change) -> Interest:
    topics = () if "" in change.topics else interest.topics
    liked = () if "" in change.liked else interest.liked
    return replace(
        interest,
        name=interest.name if change.rename is None else _meant(change.rename),
        topics=tuple(dict.fromkeys(topic for topic in (*topics, *change.topics) if topic)),
        liked=tuple(dict.fromkeys(key for key in (*change.liked, *liked) if key)),
        disliked=tuple(key for key in interest.disliked if key not in change.liked),
        weight=change.weight or interest.weight,
        former_names=interest.former_names if change.rename is None else (interest.name, *interest.former_names),
    )


def _meant(name: str) -> str:
    return "" if name.casefold() == EVERYTHING_ELSE else name


def _shown(name: str) -> str:
    return _meant(name) or EVERYTHING_ELSE


def _named(profile: Profile, name: str) -> Interest | None:
    return next((i for i in profile.interests if i.name.casefold() == _meant(name).casefold()), None)


def _known(profile: Profile, name: str) -> Interest:
    """The interest with that name. Raises NotFound."""
    found = _named(profile, name)
    if found is None:
        known = ", ".join(_shown(i.name) for i in profile.interests)
        hint = "--topic or --like makes it one" + (f"; known: {known}" if known else "")
        raise NotFound("", f"no interest {name!r}", hint=hint)
    return found


def _taught(catalog: Catalog, subscription: Subscription) -> Profile:
    """The profile with the reader's library and feedback applied."""
    from ..run import taught

    return taught(catalog, [subscription])[0].profile


def _with_group(catalog: Catalog, subscription: Subscription, name: str) -> Profile:
    """The profile as it was set, where that has the interest; else with the groups of its likes, or the group of a library's papers."""
    from ..run import by_key

    if _named(_profile(subscription), name) is not None:
        return _profile(subscription)
    (profile,) = by_key(catalog, [_profile(subscription)])  # groups name papers so
    grouped = _grouped(catalog, profile)
    if _named(grouped, name) is not None:
        return grouped
    found = _named(_grouped(catalog, _taught(catalog, subscription)), name)
    if found is None:
        return _profile(subscription)
    # What the profile itself does not say belongs here only as long as the library has it, or the reader likes it.
    set_ = set(profile.liked)
    own = replace(found, liked=tuple(key for key in found.liked if key in set_), homes=tuple(k for k in found.liked if k not in set_))
    others = tuple(replace(i, liked=tuple(key for key in i.liked if key not in own.liked)) for i in profile.interests)
    return replace(profile, interests=(*others, own))


def _so_called(catalog: Catalog, profile: Profile, names: Sequence[str]) -> Profile:
    """The profile with these papers under the names given here: one may stand in it by its DOI and be called by its arXiv id now."""
    theirs = {key for interest in profile.interests for key in (*interest.liked, *interest.disliked, *interest.homes)}
    keys = catalog.papers.keys(theirs.union(names)) if names else {}
    meant = {keys.get(name, name): name for name in names}

    def called(given: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(meant.get(keys.get(name, name), name) for name in given))

    some = (replace(i, liked=called(i.liked), disliked=called(i.disliked), homes=called(i.homes)) for i in profile.interests)
    return replace(profile, interests=tuple(some))


def _grouped(catalog: Catalog, profile: Profile) -> Profile:
    """The profile with the groups that a run found among the likes without a name."""
    from ..run import as_grouped

    return as_grouped(catalog, [profile])[0]


def _profile(subscription: Subscription) -> Profile:
    assert subscription.profile is not None, "chosen for having one"
    return subscription.profile


def _show(subscription: Subscription, name: str | None, *, as_json: bool) -> int:
    """Print all interests, or the one of that name. Raises NotFound."""
    from ..ranking.grouping import LEAST_LIKED

    profile = _profile(subscription)
    _print(profile.interests if name is None else [_known(profile, name)], as_json=as_json)
    loose = next((interest for interest in profile.interests if not interest.name), Interest())
    if len(loose.liked) >= LEAST_LIKED and name is None:
        say(f"the {len(loose.liked)} likes of {EVERYTHING_ELSE!r} are grouped by likeness at the next run, if they are of several kinds")
    if not profile.interests:
        address = quote(subscription.subscriber.email)
        say(f"no interests yet; next: digest subscribers interests {address} graphs --topic 'graph neural networks'")
    return 0


def _print(found: Sequence[Interest], *, as_json: bool) -> None:
    listed = sorted(found, key=lambda interest: not interest.name)  # everything else reads best at the end
    if as_json:
        print_json([interest_json(interest) for interest in listed])
        return
    rows = [[_shown(i.name), ", ".join(i.topics), len(i.liked), f"{i.weight:.2g}"] for i in listed]
    print_table(["interest", "topics", "liked", "weight"], rows)


def _say_what_changed(before: Subscription, after: Subscription, name: str, change: Change, would_be: str) -> None:
    was = _named(_profile(before), name)
    now = _named(_profile(after), name if change.rename is None else change.rename)
    who = f"{after.subscriber.email} ({after.name})"
    done = "removed" if now is None else "changed" if was else "added"
    done = f"renamed to {_shown(change.rename)!r}" if change.rename is not None and was else done
    say(f"{who}: {_shown(name)!r} {would_be}{done}")
    left = {i.name for i in _profile(after).interests}
    emptied = [i for i in _profile(before).interests if i is not was and i.name not in left]
    for interest in emptied:
        say(f"{who}: {_shown(interest.name)!r} {would_be}removed, as all it had has moved")
    if not would_be:
        say(f"next: digest preview {quote(after.subscriber.email)} --subscription {quote(after.name)}")
