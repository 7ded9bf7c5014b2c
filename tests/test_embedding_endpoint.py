"""An embeddings endpoint, asked over the wire: one that does as the API says, and many that do not."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.embedding.endpoint import PORTION, Endpoint, parse_answer
from digest.embedding.vectors import Progress
from digest.errors import ModelError
from digest.net import Net

from .http_faults import Asked, HttpFaults, Play, page, turns

PATH = "/v1/embeddings"


@pytest.fixture
def server() -> Iterator[HttpFaults]:
    with HttpFaults({PATH: answering()}) as running:
        yield running


def answering(vector: Callable[[str], list[float]] = lambda text: [3.0, 4.0 * len(text)]) -> Play:
    """An API that gives each text that vector, the last text first."""

    def play(connection: socket.socket, asked: Asked) -> None:
        texts = list(enumerate(json.loads(asked.body)["input"]))
        data = [{"object": "embedding", "index": n, "embedding": vector(text)} for n, text in reversed(texts)]
        page(json.dumps({"object": "list", "data": data, "model": "m", "usage": {}}).encode())(connection, asked)

    return play


def a_net(**changes: object) -> Net:
    fields: dict[str, object] = {"timeout": 5.0, "sleep": lambda seconds: None, "clock": lambda: datetime(2026, 11, 23, tzinfo=UTC)}
    return Net(user_agent="digest-test", **{**fields, **changes})  # type: ignore[arg-type]


def endpoint(server: HttpFaults, base: str = "/v1", net: Net | None = None, **changes: object) -> Endpoint:
    fields: dict[str, object] = {"model": "m-1", "allow_private": True, "monotonic": lambda: 0.0}
    return Endpoint(net or a_net(), url=server.url(base), **{**fields, **changes})  # type: ignore[arg-type]


# --- an API as it should be -------------------------------------------------------------------------------------------


def test_texts_become_unit_vectors_in_their_order(server: HttpFaults) -> None:
    vectors = endpoint(server).embed(["a", "", "bb"])

    assert vectors.dtype == np.float32
    assert vectors[0].tolist() == pytest.approx([0.6, 0.8])
    assert vectors[1].tolist() == [0.0, 0.0]
    assert vectors[2].tolist() == pytest.approx([3 / 73**0.5, 8 / 73**0.5])


def test_the_server_is_asked_as_the_api_wants_it(server: HttpFaults) -> None:
    endpoint(server, base="/v1/", key="hush").embed(["  a fox ", "漢字"])

    (asked,) = server.asked
    assert (asked.method, asked.target) == ("POST", PATH)
    assert json.loads(asked.body) == {"model": "m-1", "input": ["a fox", "漢字"]}
    assert asked.headers["authorization"] == "Bearer hush"
    assert asked.headers["content-type"] == "application/json"


def test_without_a_key_none_is_sent(server: HttpFaults) -> None:
    endpoint(server).embed(["fox"])

    assert "authorization" not in server.asked[0].headers


def test_many_texts_are_sent_in_portions_and_told(server: HttpFaults) -> None:
    told: list[Progress] = []

    vectors = endpoint(server).embed(["fox"] * (PORTION + 1), told.append)

    assert vectors.shape == (PORTION + 1, 2)
    assert [progress.done for progress in told] == [PORTION, PORTION + 1]
    assert len(server.asked) == 2


def test_a_text_longer_than_servers_take_is_cut(server: HttpFaults) -> None:
    endpoint(server).embed(["x" * 100_000])

    assert len(json.loads(server.asked[0].body)["input"][0]) == 8_000


def test_its_length_is_asked_for_once(server: HttpFaults) -> None:
    model = endpoint(server)

    assert (model.dimensions, model.dimensions) == (2, 2)
    assert len(server.asked) == 1


def test_no_text_is_no_question_but_for_the_length(server: HttpFaults) -> None:
    model = endpoint(server)
    model.embed(["fox"])

    assert model.embed([]).shape == (0, 2)
    assert model.embed([" "]).tolist() == [[0.0, 0.0]]
    assert len(server.asked) == 1


def test_its_name_holds_the_model_and_the_server_and_no_secret() -> None:
    model = Endpoint(a_net(), url="https://api.example.org/v1/?key=hush", model="m-1", key="hush")

    assert model.name == "endpoint/m-1@api.example.org/v1"


def test_a_busy_server_is_asked_again(server: HttpFaults) -> None:
    server.pages[PATH] = turns(page(b"", "503 Service Unavailable"), answering())

    assert endpoint(server).embed(["fox"]).shape == (1, 2)
    assert [len(asked.body) for asked in server.asked] == [34, 34]


# --- an API that is none, or not for us --------------------------------------------------------------------------------


def refusal(server: HttpFaults, texts: tuple[str, ...] = ("fox", "hen"), **options: object) -> ModelError:
    with pytest.raises(ModelError) as caught:
        endpoint(server, **options).embed(texts)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "404 Not Found", "413 Content Too Large"])
def test_a_refusal_points_to_the_settings_and_hides_the_key(server: HttpFaults, status: str) -> None:
    server.pages[PATH] = page(b'{"error": {"message": "key hush is wrong"}}', status)

    error = refusal(server, key="hush")

    assert f"answers {status[:3]} " in str(error)
    assert error.hint == "check endpoint, endpoint_model and endpoint_key_file under [ranking]"
    assert "hush" not in f"{error} {error.hint}"
    assert len(server.asked) == 1


def test_a_server_on_this_machine_has_to_be_allowed(server: HttpFaults) -> None:
    error = refusal(server, allow_private=False)

    assert "not on the public internet" in str(error)
    assert error.hint == "set endpoint_allow_private = true under [ranking] if the server is yours"
    assert server.connections == 0


def test_a_redirect_takes_neither_texts_nor_key_elsewhere(server: HttpFaults) -> None:
    server.pages[PATH] = page(b"", "307 Temporary Redirect", location=server.url("/elsewhere"))

    error = refusal(server, key="hush")

    assert "redirects to" in str(error)
    assert server.targets == [PATH]


def test_a_server_that_is_not_there_is_told(server: HttpFaults) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]

    model = Endpoint(a_net(), url=f"http://127.0.0.1:{port}", model="m", allow_private=True)

    with pytest.raises(ModelError, match="no answer") as caught:
        model.embed(["fox"])
    assert caught.value.hint.startswith("see that the server runs")


def test_vectors_that_change_their_length_are_not_mixed(server: HttpFaults) -> None:
    server.pages[PATH] = turns(answering(), answering(lambda text: [1.0, 2.0, 3.0]))
    model = endpoint(server)
    model.embed(["fox"])

    with pytest.raises(ModelError, match="answers with 3 numbers, and before with 2"):
        model.embed(["fox"])

    # A process that stays learns of the server's other model once.
    assert (model.embed(["fox"]).shape, model.dimensions) == ((1, 3), 3)


def test_an_endless_answer_is_stopped(server: HttpFaults) -> None:
    server.pages[PATH] = page(b"[" * 200_000)

    assert "sends more than 100,000 bytes" in str(refusal(server, net=a_net(max_wire_bytes=100_000)))


def entry(index: object = 0, embedding: object = (1.0, 2.0)) -> dict[str, object]:
    return {"index": index, "embedding": embedding}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([entry()], "1 vectors for 2 texts"),
        ([entry(), entry(1), entry(2)], "3 vectors for 2 texts"),
        ([entry(), entry(0)], "two vectors for the same text"),
        ([entry(), entry(2)], "a vector for text 2 of 2"),
        ([entry(), entry(-1)], "a vector for text -1 of 2"),
        ([entry(), entry(True)], "a vector for text True of 2"),
        ([entry(), entry("1")], "a vector for text '1' of 2"),
        ([entry(), "vector"], "vector 1 is 'vector'"),
        ([entry(), entry(1, [1.0])], "vectors of different lengths"),
        ([entry(), entry(1, [])], "vector 1 is not a list of at most 16,384 numbers"),
        ([entry(), entry(1, [0.5] * 16_385)], "vector 1 is not a list of at most 16,384 numbers"),
        ([entry(), entry(1, ["1", "2"])], "vector 1 is not a list of at most 16,384 numbers"),
        ([entry(), entry(1, [True, False])], "vector 1 is not a list of at most 16,384 numbers"),
        ([entry(), entry(1, [[1.0], [2.0]])], "vector 1 is not a list of at most 16,384 numbers"),
        ([entry(), entry(1, "AAAA")], "vector 1 is not a list of at most 16,384 numbers"),
        ([entry(), entry(1, None)], "vector 1 is not a list of at most 16,384 numbers"),
        ([entry(), entry(1, [1e300, 0.0])], "a number that is none, or too large"),
        ([entry(), entry(1, [10**400, 0])], "a number that is too large"),
        ([entry(), entry(1, [3e38, 3e38])], "a number that is none, or too large"),
        ([entry(0, [0.0, 0.0]), entry(1, [0, 1e-50])], "nothing but zeros"),
        ({"0": entry()}, "no vectors for 2 texts"),
    ],
)
def test_an_answer_that_is_not_one_vector_for_each_text_is_refused(data: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_answer(json.dumps({"data": data}).encode(), 2)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"null", b'{"data"', b"{}", b'{"data": [{"index": 0, "embedding": [NaN]}]}', b"[" * 100_000, b"\xff\xfe",
     b'{"data": [{"index": 0, "embedding": [-Infinity]}]}', b'{"data": [{"index": 0, "embedding": [' + b"9" * 5000 + b"]}]}"],
)  # fmt: skip
def test_an_answer_that_is_no_json_of_the_api_is_refused_with_its_beginning(body: bytes) -> None:
    with pytest.raises(ValueError, match="it begins with b"):
        parse_answer(body, 1)


def test_one_text_that_says_nothing_to_the_model_is_no_failure() -> None:
    assert parse_answer(json.dumps({"data": [entry(0, [0, 0]), entry(1, [0, 1])]}).encode(), 2).tolist() == [[0, 0], [0, 1]]


def test_an_answer_without_indices_is_in_the_order_of_the_texts() -> None:
    body = json.dumps({"data": [{"embedding": [1, 0]}, {"embedding": [0, 2.5]}]}).encode()

    assert parse_answer(body, 2).tolist() == [[1.0, 0.0], [0.0, 2.5]]


@given(st.binary(max_size=200))
def test_no_bytes_make_anything_but_vectors_or_a_refusal(body: bytes) -> None:
    with pytest.raises(ValueError, match="begins|vector"):
        parse_answer(body, 3)


def test_what_is_refused_is_told_with_the_address(server: HttpFaults) -> None:
    server.pages[PATH] = page(b"<html>login</html>")

    error = refusal(server)

    assert error.subject == server.url(PATH)
    assert error.message == "not an answer of the embeddings API: it begins with b'<html>login</html>'"
