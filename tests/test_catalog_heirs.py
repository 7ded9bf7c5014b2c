"""The picks that one reader's issues keep for others are handed on before that reader goes, a little at a time."""

from __future__ import annotations

from digest.catalog import Catalog
from digest.catalog.letters.heirs import hand_on
from digest.model import Edition

from .builders import NOON, a_subscription
from .catalog_rooms import a_draft, papers_in
from .query_plans import statements


def test_picks_are_handed_on_in_portions_between_which_every_issue_shows_what_it_showed(catalog: Catalog) -> None:
    papers, edition = papers_in(catalog, 1, 2), Edition(name="cs.LG")
    readers = [catalog.subscribers.add(a_subscription(f"{name}@example.org", edition=edition), NOON) for name in ("ana", "bo", "cy")]
    for day in ("2026-11-23", "2026-11-24"):
        catalog.issues.publish([a_draft(reader, *papers, day=day) for reader in readers], NOON)
    shown = catalog.issues.load_all(range(1, 7))

    with catalog.writing() as connection:
        first = hand_on(connection, [readers[0].id], 1)
    between = catalog.issues.load_all(range(1, 7))
    with catalog.writing() as connection:
        rest = [hand_on(connection, [readers[0].id], 1) for _ in range(2)]

    assert (first, rest) == (True, [True, False])
    assert shown == between == catalog.issues.load_all(range(1, 7))
    assert len(shown[1].picks) == 2


def test_who_is_erased_has_handed_on_what_they_keep_for_others_before_everything_else_is_locked(catalog: Catalog) -> None:
    papers, edition = papers_in(catalog, 1, 2), Edition(name="cs.LG")
    readers = [catalog.subscribers.add(a_subscription(f"{name}@example.org", edition=edition), NOON) for name in ("ana", "bo")]
    catalog.issues.publish([a_draft(reader, *papers) for reader in readers], NOON)

    begun = statements(lambda: catalog.rights.forget("ana@example.org", NOON), "begin immediate", "update picks")

    assert begun == ("begin immediate", "update picks", "begin immediate")
    assert len(catalog.issues.load(2).picks) == 2
