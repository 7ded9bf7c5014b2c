"""Who asks too often waits, whoever else asks does not."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from digest.web import limits
from digest.web.limits import Buckets, address_of, link_of
from digest.web.request_bodies import BODY_LIMIT, BODY_SECONDS, PATIENCE, received

from .web_site import a_site


class Ticks:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_its_burst_and_then_says_when_to_come_back() -> None:
    bucket = Buckets(2, 30.0, Ticks())

    assert [bucket.take("a") for _ in range(4)] == [0, 0, 30, 30]


def test_time_fills_it_one_by_one_and_never_above_its_burst() -> None:
    ticks = Ticks()
    bucket = Buckets(2, 30.0, ticks)
    assert [bucket.take("a") for _ in range(3)] == [0, 0, 30]

    ticks.now += 45
    assert [bucket.take("a") for _ in range(2)] == [0, 15]

    ticks.now += 100_000
    assert [bucket.take("a") for _ in range(3)] == [0, 0, 30]


def test_one_key_does_not_empty_another_s() -> None:
    bucket = Buckets(1, 30.0, Ticks())

    assert [bucket.take("a"), bucket.take("b"), bucket.take("a")] == [0, 0, 30]


def test_no_number_of_keys_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_KEYS", 10)
    bucket = Buckets(1, 30.0, Ticks())

    for key in range(100):
        bucket.take(str(key))

    assert len(bucket._used) == 10


@pytest.mark.parametrize(
    ("address", "known_as"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("172.18.0.1", ""),
        ("10.1.2.3", ""),
        ("192.168.1.9", ""),
        ("::ffff:172.31.255.255", ""),
        ("fd00::7", ""),
        ("172.32.0.1", "172.32.0.1"),
        ("testclient", ""),
        ("", ""),
    ],
)
def test_a_client_is_known_by_its_address_and_who_comes_through_a_proxy_nearby_is_not(address: str, known_as: str) -> None:
    assert address_of((address, 1)) == known_as
    assert address_of(None) == ""


@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("/u/token", "token"),
        ("/f/token/2611.00001/more", "token"),
        ("/p/token/preview", "token"),
        (f"/p/{'t' * 70}", "t" * 64),
        ("/subscription/campaign/reader", "reader"),
        ("/subscription/campaign/reader/more", "reader"),
        ("/subscription/campaign", ""),
        ("/subscription", ""),
        ("/u", ""),
        ("/", ""),
    ],
)
def test_a_link_is_known_by_what_is_its_readers_alone(path: str, link: str) -> None:
    assert link_of(path) == link


def test_a_post_without_end_is_left_before_it_is_too_late() -> None:
    heard = 0

    async def endless() -> dict[str, object]:
        nonlocal heard
        heard += 1_000_000
        return {"type": "http.request", "body": b"x" * 1_000_000, "more_body": heard < 100_000_000}

    with pytest.raises(HTTPException) as refused:
        anyio.run(received, Request({"type": "http"}, endless), BODY_LIMIT, BODY_SECONDS)

    assert refused.value.status_code == 413
    assert heard <= PATIENCE + 1_000_000


def test_a_link_whose_long_forms_come_too_often_is_told_so_in_few_words(tmp_path: Path) -> None:
    with a_site(tmp_path, limits=limits.Limits(ticks=lambda: 0.0)) as site:
        page = f"/p/{site.key(site.ana)}"
        long = [site.client.post(page, data={"do": "save", "keywords": '"' * 100_000}) for _ in range(9)]
        short = site.client.post(page, data={"do": "resume"})

    assert [answer.status_code for answer in long] == [422] * 8 + [429]
    assert long[-1].headers["retry-after"] == "20"
    assert len(long[-1].content) < 20_000
    assert short.status_code == 200
