"""The picks that one reader's issues keep for others are handed on before that reader goes, a little at a time."""

from __future__ import annotations

from digest.catalog import Catalog
from digest.catalog.letters.inherited_picks import hand_on
from digest.model import Edition

from .builders import NOON, a_subscription
from .catalog_rooms import a_draft, papers_in
from .query_plans import statements


def test_picks_are_handed_on_in_portions_between_which_every_issue_shows_what_it_showed(catalog: Catalog) -> None:
    *papers, other = papers_in(catalog, 1, 2, 3)
    names = (("ana", "main"), ("ana", "again"), ("bo", "main"), ("cy", "main"))
    readers = [
        catalog.subscribers.add(a_subscription(f"{reader}@example.org", name, edition=Edition(name="cs.LG")), NOON)
        for reader, name in names
    ]
    for day, others in (("2026-11-23", ()), ("2026-11-24", (other,)), ("2026-11-25", ())):
        catalog.issues.publish([a_draft(reader, *papers, day=day, others=others) for reader in readers], NOON)
    catalog.issues.publish([a_draft(reader, *papers, day="2026-11-26") for reader in readers[:2]], NOON)  # which nobody else has
    shown, own = catalog.issues.load_all(range(1, 15)), [reader.id for reader in readers[:2]]

    with catalog.writing() as connection:
        first = hand_on(connection, own, 1)
    between = catalog.issues.load_all(range(1, 15))
    with catalog.writing() as connection:
        rest = [hand_on(connection, own, 1), hand_on(connection, own), hand_on(connection, own, 1)]

    assert (first, rest) == (True, [True, False, False])
    assert shown == between == catalog.issues.load_all(range(1, 15))
    assert (len(shown[1].picks), [paper.key for paper in shown[5].others]) == (2, [other.key])


def test_who_is_erased_has_handed_on_what_they_keep_for_others_before_everything_else_is_locked(catalog: Catalog) -> None:
    papers, edition = papers_in(catalog, 1, 2), Edition(name="cs.LG")
    readers = [catalog.subscribers.add(a_subscription(f"{name}@example.org", edition=edition), NOON) for name in ("ana", "bo")]
    catalog.issues.publish([a_draft(reader, *papers) for reader in readers], NOON)

    begun = statements(lambda: catalog.rights.forget("ana@example.org", NOON), "begin immediate", "update picks")

    assert begun == ("begin immediate", "update picks", "begin immediate")
    assert len(catalog.issues.load(2).picks) == 2
