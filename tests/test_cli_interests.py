"""`digest subscribers interests`, through the real command line and a real catalog."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digest.catalog import open_catalog
from digest.model import FeedbackKind, Interest, Profile
from digest.ranking import Grouped
from digest.run.issuing.grouping import GROUPING, Loose, written

from .builders import NOON, a_batch, a_paper
from .command_line import SENDER, Run, subscribers_command

ANA = "ana@example.org"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(SENDER)
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`digest subscribers …`, where Ana follows foxes and likes one paper, under no name, and reads what is trending."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    call = subscribers_command(folder, capsys)
    call("add", ANA, "--topic", "foxes", "--like", "2302.09664")
    call("add", ANA, "--edition", "trending")
    return call


def everything_else(*topics: str, liked: tuple[str, ...] = (), weight: float = 1.0) -> dict[str, Any]:
    return {"name": "everything else", "topics": list(topics), "liked": list(liked), "weight": weight}


def test_what_stands_under_no_name_is_everything_else(run: Run) -> None:
    assert run("interests", ANA, "--json").json == [everything_else("foxes", liked=("arxiv:2302.09664",))]


def test_a_name_that_is_new_makes_an_interest_beside_what_was_there(run: Run) -> None:
    added = run("interests", ANA, "graphs", "--topic", "trees", "--topic", "lattices", "--like", "2101.00001", "--weight", "2", "--json")

    graphs = {"name": "graphs", "topics": ["trees", "lattices"], "liked": ["arxiv:2101.00001"], "weight": 2.0}
    assert added.json == [graphs, everything_else("foxes", liked=("arxiv:2302.09664",))]
    assert added.err.splitlines() == [
        "ana@example.org (main): 'graphs' added",
        "next: digest preview ana@example.org --subscription main",
    ]
    assert run("interests", ANA, "--json").json == added.json


def test_the_table_tells_topics_likes_and_share(run: Run) -> None:
    run("interests", ANA, "graphs", "--topic", "trees", "--topic", "lattices", "--weight", "2")

    rows = [line.split() for line in run("interests", ANA).out.splitlines()]

    assert ["graphs", "trees,", "lattices", "0", "2"] in rows
    assert ["everything", "else", "foxes", "1", "1"] in rows


def test_one_interest_is_shown_by_its_name_in_any_case(run: Run) -> None:
    run("interests", ANA, "Graphs", "--topic", "trees")

    assert run("interests", ANA, "gRAPHS", "--json").json == [{"name": "Graphs", "topics": ["trees"], "liked": [], "weight": 1.0}]


def test_what_is_given_is_added_the_newest_like_first(run: Run) -> None:
    run("interests", ANA, "graphs", "--topic", "trees", "--like", "2101.00001")

    (graphs, _) = run("interests", ANA, "graphs", "--topic", "lattices", "--topic", "trees", "--like", "2101.00002", "--json").json

    assert (graphs["topics"], graphs["liked"]) == (["trees", "lattices"], ["arxiv:2101.00002", "arxiv:2101.00001"])


def test_an_empty_text_takes_away_what_was_there_first(run: Run) -> None:
    run("interests", ANA, "graphs", "--topic", "trees", "--like", "2101.00001")

    (graphs, _) = run("interests", ANA, "graphs", "--topic", "", "--topic", "lattices", "--json").json

    assert (graphs["topics"], graphs["liked"]) == (["lattices"], ["arxiv:2101.00001"])


def test_a_paper_liked_under_another_name_moves(run: Run) -> None:
    moved = run("interests", ANA, "graphs", "--like", "https://arxiv.org/abs/2302.09664v2", "--json")

    assert moved.json == [{"name": "graphs", "topics": [], "liked": ["arxiv:2302.09664"], "weight": 1.0}, everything_else("foxes")]


def test_a_paper_that_its_reader_likes_by_another_interest_moves(run: Run, folder: Path) -> None:
    trees = a_paper("arxiv:2302.09664", "Trees")
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.papers.record(a_batch(trees), NOON)
        (main,) = catalog.subscribers.find(ANA, "main")
        woods = Interest(name="woods", topics=("woods",), homes=(trees.key,))
        catalog.subscribers.edit(replace(main, profile=Profile(interests=(woods,))), NOON)
        catalog.feedback.give(main.id, trees.key, FeedbackKind.MORE, NOON)

    moved = run("interests", ANA, "graphs", "--like", trees.key, "--json").json
    back = run("interests", ANA, "woods", "--like", trees.key, "--json").json

    assert [(interest["name"], interest["liked"]) for interest in moved] == [("woods", []), ("graphs", [trees.key])]
    assert [(interest["name"], interest["liked"]) for interest in back] == [("woods", [trees.key])]


def test_a_paper_moves_by_whichever_of_its_names_it_is_called(run: Run, folder: Path) -> None:
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.papers.record(a_batch(a_paper("arxiv:2302.09664", "Trees", ids=("arxiv:2302.09664", "doi:10.1000/trees"))), NOON)

    moved = run("interests", ANA, "graphs", "--like", "10.1000/trees", "--json")

    assert moved.json == [{"name": "graphs", "topics": [], "liked": ["arxiv:2302.09664"], "weight": 1.0}, everything_else("foxes")]


def test_an_interest_whose_last_paper_moves_away_is_gone_and_that_is_said(run: Run) -> None:
    run("interests", ANA, "graphs", "--like", "2101.00001")

    moved = run("interests", ANA, "everything else", "--like", "2101.00001", "--json")

    assert moved.json == [everything_else("foxes", liked=("arxiv:2101.00001", "arxiv:2302.09664"))]
    assert "ana@example.org (main): 'graphs' removed, as all it had has moved" in moved.err


def test_everything_else_can_be_weighed_and_given_a_name(run: Run) -> None:
    weighed = run("interests", ANA, "Everything else", "--weight", "0.5", "--json").json
    named = run("interests", ANA, "everything else", "--rename", "animals", "--json")

    assert weighed == [everything_else("foxes", liked=("arxiv:2302.09664",), weight=0.5)]
    assert named.json == [{**weighed[0], "name": "animals"}]
    assert "'everything else' renamed to 'animals'" in named.err


def test_two_interests_never_have_one_name(run: Run) -> None:
    run("interests", ANA, "graphs", "--topic", "trees")

    taken = run("interests", ANA, "everything else", "--rename", "Graphs")
    nameless = run("interests", ANA, "graphs", "--rename", "everything else")
    respelt = run("interests", ANA, "graphs", "--rename", "Graphs", "--json")

    assert (taken.status, nameless.status) == (2, 2)
    assert "there is an interest 'Graphs' already" in taken.err
    assert "there is an interest 'everything else' already" in nameless.err
    assert [interest["name"] for interest in respelt.json] == ["Graphs", "everything else"]


def test_an_interest_is_removed_with_what_it_holds(run: Run) -> None:
    run("interests", ANA, "graphs", "--topic", "trees")

    removed = run("interests", ANA, "graphs", "--remove", "--json")

    assert removed.json == [everything_else("foxes", liked=("arxiv:2302.09664",))]
    assert "'graphs' removed" in removed.err


def test_a_dry_run_shows_what_would_be_and_stores_nothing(run: Run) -> None:
    dry = run("interests", ANA, "graphs", "--like", "2302.09664", "--dry-run", "--json")

    assert [interest["name"] for interest in dry.json] == ["graphs", "everything else"]
    assert "'graphs' would be added" in dry.err
    assert run("interests", ANA, "--json").json == [everything_else("foxes", liked=("arxiv:2302.09664",))]


@pytest.mark.parametrize("change", [[], ["--weight", "2"], ["--rename", "trees"], ["--remove"], ["--topic", ""]])
def test_an_interest_nobody_knows_is_not_found(run: Run, change: list[str]) -> None:
    missing = run("interests", ANA, "grpahs", *change)

    assert missing.status == 1
    assert missing.err.splitlines() == [
        "digest: no interest 'grpahs'",
        "  → --topic or --like makes it one; known: everything else",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--topic", "trees"], "which interest shall change?"),
        (["graphs", "--topic", "trees", "--weight", "0"], "0.0 is not a weight"),
        (["graphs", "--topic", "trees", "--weight", "nan"], "nan is not a weight"),
        (["graphs", "--like", "my favourite"], "'my favourite' is not a paper's name"),
        (["everything else", "--remove", "--topic", "trees"], "--remove takes the whole interest away"),
        (["graphs\n", "--topic", "trees"], "holds the character"),
        (["graphs", "--topic", "trees", "--subscription", "trending"], "is an edition, the same for all its readers"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(run: Run, arguments: list[str], message: str) -> None:
    refused = run("interests", ANA, *arguments)

    assert refused.status == 2
    assert message in refused.err
    assert run("interests", ANA, "--json").json == [everything_else("foxes", liked=("arxiv:2302.09664",))]


def test_of_two_profiles_one_must_be_chosen(run: Run) -> None:
    run("add", ANA, "--name", "work", "--topic", "owls")

    several = run("interests", ANA)
    work = run("interests", ANA, "--subscription", "work", "--json")

    assert several.status == 2
    assert "add --subscription: main, work" in several.err
    assert work.json == [everything_else("owls")]


def test_a_reader_with_no_interest_is_told_how_to_make_one(run: Run) -> None:
    run("add", "bo@example.org", "--category", "cs.LG")

    assert run("interests", "bo@example.org", "--json").json == []
    assert "next: digest subscribers interests bo@example.org graphs --topic" in run("interests", "bo@example.org").err


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_the_configurations_interests_are_shown_and_not_changed(run: Run, folder: Path, dry: list[str]) -> None:
    reader = '[[subscribers]]\naddress = "cy@example.org"\n[[subscribers.interests]]\nname = "graphs"\ntopics = ["trees"]\nweight = 3\n'
    (folder / "config.toml").write_text(SENDER + reader)

    changed = run("interests", "cy@example.org", "graphs", "--topic", "lattices", *dry)

    assert changed.status == 2
    assert "cy@example.org (main): is from the configuration" in changed.err
    assert run("interests", "cy@example.org", "--json").json == [{"name": "graphs", "topics": ["trees"], "liked": [], "weight": 3.0}]


def test_a_subscription_is_shown_with_its_interests(run: Run) -> None:
    run("interests", ANA, "graphs", "--topic", "trees", "--like", "2101.00001", "--weight", "2")

    table = run("show", ANA, "--name", "main").out
    (shown,) = run("show", ANA, "--name", "main", "--json").json

    assert "graphs: trees, 1 liked, weight 2" in table
    assert (shown["topics"], shown["liked"]) == (["foxes"], ["arxiv:2302.09664"])
    assert shown["interests"] == [{"name": "graphs", "topics": ["trees"], "liked": ["arxiv:2101.00001"], "weight": 2.0}]


def test_editing_a_subscription_changes_only_what_stands_under_no_name(run: Run) -> None:
    run("interests", ANA, "everything else", "--rename", "animals")

    edited = run("edit", ANA, "--name", "main", "--topic", "owls", "--json").json

    assert (edited["topics"], edited["liked"]) == (["owls"], [])
    assert [interest["topics"] for interest in edited["interests"]] == [["foxes"]]


def test_an_edit_keeps_an_interest_that_holds_a_librarys_papers_alone(run: Run, folder: Path) -> None:
    with open_catalog(str(folder / "digest.db")) as catalog:
        (main,) = catalog.subscribers.find(ANA, "main")
        graphs = Interest(name="graphs", homes=("arxiv:2101.00001",))
        catalog.subscribers.edit(replace(main, profile=Profile(interests=(graphs,))), NOON)

    run("edit", ANA, "--name", "main", "--at", "06:30")

    assert [interest["name"] for interest in run("interests", ANA, "--json").json] == ["graphs"]


def test_a_group_that_a_run_found_is_listed_and_can_be_given_a_name(run: Run, folder: Path) -> None:
    loose = Loose(("arxiv:2101.00001", "arxiv:2302.09664"), ("foxes",))
    groups = [Grouped("graphs · trees", ("arxiv:2302.09664", "arxiv:2101.00001"))]
    run("add", "bo@example.org", "--like", "2302.09664", "--like", "doi:10.1000/graphs", "--topic", "foxes")
    with open_catalog(str(folder / "digest.db")) as catalog:
        trees = a_paper("arxiv:2302.09664", "Trees")
        graphs = a_paper("arxiv:2101.00001", "Graphs", ids=("arxiv:2101.00001", "doi:10.1000/graphs"))
        catalog.papers.record(a_batch(trees, graphs), NOON)
        catalog.vectors.put(GROUPING, {loose.key: written(groups, loose)})

    listed = run("interests", "bo@example.org", "--json").json
    renamed = run("interests", "bo@example.org", "graphs · trees", "--rename", "graphs", "--json")

    assert [interest["name"] for interest in listed] == ["graphs · trees", "everything else"]
    assert [interest["name"] for interest in renamed.json] == ["graphs", "everything else"]
    assert renamed.err.splitlines()[0] == "bo@example.org (main): 'graphs · trees' renamed to 'graphs'"
    with open_catalog(str(folder / "digest.db")) as catalog:
        (bo,) = catalog.subscribers.find("bo@example.org")
    assert bo.profile is not None
    assert bo.profile.interests[0].former_names == ("graphs · trees",)
    assert bo.profile.liked == ("arxiv:2302.09664", "arxiv:2101.00001")
