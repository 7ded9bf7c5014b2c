"""The profiles that letters are ranked by: as readers set them, with what their library and their feedback add."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ...catalog import Catalog, Owned
from ...model import Feedback, FeedbackKind, Interest, Profile, Subscription
from ...naming import parse_followed

_LIKES = (FeedbackKind.MORE, FeedbackKind.SAVE)
_OPINIONS = (*_LIKES, FeedbackKind.LESS)


@dataclass(frozen=True, slots=True)
class Taught:
    """A profile with what its reader's library and feedback add, and the keys of papers that must not be shown.

    `owned` are in the reader's library, `known` are those they said they had seen, `unwanted` those they disliked in another subscription.
    """

    profile: Profile
    owned: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    unwanted: frozenset[str] = frozenset()


def taught(catalog: Catalog, subscriptions: Iterable[Subscription]) -> tuple[Taught, ...]:
    """The profiles of these subscriptions, in their order, with what their readers' libraries and feedback add.

    Papers that a reader owns or has seen are hidden in all their subscriptions; a library or feedback changes the profile only of the
    subscription it was given to. Papers are named by their keys, whatever name a profile has for them.
    """
    ranked = tuple(subscriptions)
    theirs = catalog.subscribers.of_one_reader(subscription.id for subscription in ranked)
    everything = {id_ for ids in theirs.values() for id_ in ids}.union(subscription.id for subscription in ranked)
    owned, said = catalog.libraries.owned(everything), catalog.feedback.lessons(everything)
    profiles = by_key(catalog, [_profile(subscription) for subscription in ranked])
    found = []
    for subscription, profile in zip(ranked, profiles, strict=True):
        lesson = taught_by(profile, owned.get(subscription.id, ()), said.get(subscription.id, ()))
        others = [id_ for id_ in theirs.get(subscription.id, ()) if id_ != subscription.id]
        has = {paper.key for id_ in others for paper in owned.get(id_, ())}
        heard = sorted((one for id_ in others for one in said.get(id_, ())), key=lambda one: (one.at, one.id), reverse=True)
        saw = {one.paper.key for one in heard if one.kind is FeedbackKind.SEEN}
        no = {key for key, one in _newest(heard).items() if one.kind is FeedbackKind.LESS}
        unwanted = frozenset(no.difference(lesson.profile.liked))
        found.append(replace(lesson, owned=lesson.owned | has, known=lesson.known | saw, unwanted=unwanted))
    return tuple(found)


def by_key(catalog: Catalog, profiles: Sequence[Profile]) -> tuple[Profile, ...]:
    """The profiles with their papers named by the catalog's current keys (two papers may have been merged since), where it has them."""
    every = [interest for profile in profiles for interest in profile.interests]
    keys = catalog.papers.keys({name for interest in every for name in (*interest.liked, *interest.disliked, *interest.homes)})

    def named(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(keys.get(name, name) for name in names))

    def keyed(interest: Interest) -> Interest:
        return replace(interest, liked=named(interest.liked), disliked=named(interest.disliked), homes=named(interest.homes))

    return tuple(replace(profile, interests=tuple(map(keyed, profile.interests))) for profile in profiles)


def taught_by(profile: Profile, owned: Sequence[Owned], said: Sequence[Feedback]) -> Taught:
    """The profile with what a library and feedback add, and the keys of papers owned and seen."""
    known = frozenset(f.paper.key for f in said if f.kind is FeedbackKind.SEEN)
    return Taught(with_more(profile, owned, said), frozenset(paper.key for paper in owned), known)


def _profile(subscription: Subscription) -> Profile:
    assert subscription.profile is not None, "a subscription has a profile or an edition"
    return subscription.profile


def with_more(profile: Profile, owned: Sequence[Owned], said: Sequence[Feedback]) -> Profile:
    """A profile with a library's papers and a reader's feedback added, newest first and before the papers it names itself.

    Of several opinions on one paper the newest counts, whatever the library says; a paper that was given to an interest stays there.
    Other papers go to the interest that the library or the feedback names, if the profile has it, else to the one without a name.
    Followed authors are added to the profile's own.
    """
    follows = [one for one in said if one.kind is FeedbackKind.FOLLOW]
    names = {interest.name for interest in profile.interests}
    homes = {key: interest.name for interest in profile.interests for key in interest.homes}
    homes |= {key: interest.name for interest in profile.interests for key in interest.liked}

    def home(key: str, named: str) -> str:
        return homes.get(key, named if named in names else "")

    liked: dict[str, dict[str, None]] = {}
    disliked: dict[str, dict[str, None]] = {}
    opinions = _newest(said)
    for key, one in opinions.items():
        side = liked if one.kind in _LIKES else disliked
        side.setdefault(home(key, one.interest), {})[key] = None
    placed = {*profile.liked, *profile.disliked}
    for paper in owned:
        if paper.key not in opinions and paper.key not in placed:
            liked.setdefault(home(paper.key, paper.interest), {})[paper.key] = None
    return replace(
        profile,
        interests=tuple(_interest(interest, liked, disliked, opinions.keys()) for interest in _with_loose(profile, {*liked, *disliked})),
        authors=tuple(dict.fromkeys((*profile.authors, *filter(None, map(_followed, follows))))),
    )


def _newest(said: Iterable[Feedback]) -> Mapping[str, Feedback]:
    """The newest opinion on each paper, by key; `said` is newest first."""
    found: dict[str, Feedback] = {}
    for one in said:
        if one.kind in _OPINIONS:
            found.setdefault(one.paper.key, one)
    return found


def _followed(said: Feedback) -> str:
    """The author that this feedback follows, with the identifier the paper gives them; one written inside a name proves nothing."""
    person = next((author for author in said.paper.authors if author.name == said.author), None)
    identity = (person.orcid or person.openalex_id) if person is not None else None
    name = parse_followed(said.author).name
    return f"{name} <{identity}>" if identity else name


def _with_loose(profile: Profile, wanted: set[str]) -> tuple[Interest, ...]:
    """The interests of the profile, with an unnamed one added if it has none and "" is among the `wanted` names."""
    has = any(not interest.name for interest in profile.interests)
    return profile.interests if has or "" not in wanted else (*profile.interests, Interest())


def _interest(
    interest: Interest, liked: Mapping[str, Iterable[str]], disliked: Mapping[str, Iterable[str]], said: Iterable[str]
) -> Interest:
    opinions = set(said)
    likes = (*liked.get(interest.name, ()), *(key for key in interest.liked if key not in opinions))
    dislikes = (*disliked.get(interest.name, ()), *(key for key in interest.disliked if key not in opinions))
    return replace(interest, liked=tuple(dict.fromkeys(likes)), disliked=tuple(dict.fromkeys(dislikes)))
