"""Several connections at once, over a real outbox: each letter once, limits kept, and one that breaks stops nobody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from digest.catalog import Catalog
from digest.delivery import Outcome, Policy, Reply, deliver
from digest.delivery.folder import ImmediateTransport
from digest.delivery.session import Timeouts
from digest.delivery.smtp import SmtpTransport
from digest.delivery.turns import Bell, Turns
from digest.errors import CatalogError, DeliveryError, SenderRefused, TransportUnreachable
from digest.model import Delivery, DeliveryStatus, Letter, Settled
from tests.builders import NOON
from tests.catalog_rooms import published
from tests.servers import FaultServer, Talk
from tests.test_delivery import Desk

S = DeliveryStatus
PATIENCE = Timeouts(connect=5, greeting=5, command=5, data=5, block=5, dot=5)


def readers(count: int, domain: str = "example.org") -> list[str]:
    return [f"reader{n}@{domain}" for n in range(count)]


@dataclass
class House:
    """A catalog with letters that wait, and what a delivery makes of them."""

    catalog: Catalog
    people: list[str]
    to: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for issue in published(self.catalog, *self.people):
            self.to[issue.message_id] = issue.subscription.subscriber.email

    def write(self, delivery: Delivery) -> Letter:
        content = f"Message-ID: {delivery.message_id}\r\n\r\nhello\r\n".encode()
        return Letter(sender="digest@example.org", to=self.to[delivery.message_id], message_id=delivery.message_id, content=content)

    def deliver(self, connect: Callable[[], object], **rules: object) -> Outcome:
        policy = Policy(**{"connections": 4, "pause": timedelta(seconds=0.01), **rules})  # type: ignore[arg-type]
        return deliver(self.catalog.outbox, Desk(self.write), connect, policy, worker="test:1:a", clock=lambda: NOON)  # type: ignore[arg-type]

    def statuses(self) -> dict[str, int]:
        return {str(status): n for status, n in self.catalog.outbox.counts().items() if n}


class Meeting(ImmediateTransport):
    """A transport that keeps who was on the wire together with whom; the first letters wait for each other."""

    def __init__(self, hall: Hall) -> None:
        super().__init__()
        self._hall = hall

    def send(self, letter: Letter) -> Reply:
        return self._hall.enter(letter)


class Hall:
    """Where the transports of one test meet."""

    def __init__(self, wanted: int = 1) -> None:
        self._wanted = wanted
        self._door = Bell()
        self._here: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.sent: list[str] = []
        self.is_open = False

    def open(self) -> None:
        self.is_open = True
        self._door.ring()

    def enter(self, letter: Letter) -> Reply:
        domain = letter.to.partition("@")[2]
        self._here[domain] += 1
        self.most |= self._here
        if self._here.total() >= self._wanted:
            self.open()
        if not self.is_open:
            self._door.wait(5)
        self._here[domain] -= 1
        self.sent.append(letter.to)
        return Reply(250, "ok")


def test_letters_leave_over_several_connections_at_once_each_of_them_once(catalog: Catalog) -> None:
    house, hall = House(catalog, readers(40)), Hall(wanted=4)
    outcome = house.deliver(lambda: Meeting(hall))

    assert outcome == Outcome(counts={S.SENT: 40})
    assert sorted(hall.sent) == sorted(house.people)
    assert hall.most["example.org"] == 4
    assert house.statuses() == {"sent": 40}


@pytest.mark.parametrize("is_over", [False, True])
def test_while_all_wait_for_the_server_letters_are_written_ahead_unless_it_is_over(catalog: Catalog, is_over: bool) -> None:
    house, told = House(catalog, readers(1)), list[str]()

    class Ahead(Desk):
        def write_ahead(self) -> bool:
            told.append("written")
            return len(told) < 3

    class Slow(ImmediateTransport):
        def send(self, letter: Letter) -> Reply:
            stopping.append(is_over)
            Bell().wait(0.01)
            told.append("answered")
            return Reply(250, "ok")

    stopping: list[bool] = []
    desk = Ahead(house.write)
    deliver(catalog.outbox, desk, Slow, Policy(), worker="test:1:a", clock=lambda: NOON, is_stopped=lambda: any(stopping))

    assert told == [*([] if is_over else ["written"] * 3), "answered"]
    assert house.statuses() == {"sent": 1}


def test_no_connection_is_opened_for_a_handful_of_letters(catalog: Catalog) -> None:
    house, opened = House(catalog, readers(5)), []

    def connect() -> ImmediateTransport:
        opened.append(1)
        return Meeting(Hall())

    assert house.deliver(connect, connections=10) == Outcome(counts={S.SENT: 5})
    assert len(opened) == 1


def test_a_domain_gets_no_more_at_a_time_than_it_should(catalog: Catalog) -> None:
    house, hall = House(catalog, [*readers(20, "small.example.org"), *readers(20, "big.example.org")]), Hall(wanted=2)
    outcome = house.deliver(lambda: Meeting(hall), per_domain=1)

    assert outcome.counts == {S.SENT: 40}
    assert hall.most == {"small.example.org": 1, "big.example.org": 1}
    assert hall.is_open  # the one domain's letters did not keep the other's from leaving


def test_letters_are_claimed_some_at_a_time_and_none_is_left(catalog: Catalog) -> None:
    house, hall = House(catalog, readers(53)), Hall()
    outcome = house.deliver(lambda: Meeting(hall), batch=8)

    assert outcome.counts == {S.SENT: 53}
    assert Counter(hall.sent) == Counter(house.people)


class Failing(Meeting):
    """One that breaks after some letters; who waits in its hall goes on then."""

    def __init__(self, hall: Hall, error: Exception, after: int = 0) -> None:
        super().__init__(hall)
        self._error, self._left = error, after

    def offer(self, letter: Letter) -> Reply | None:
        self._left -= 1
        if self._left < 0:
            self._hall.open()
            raise self._error
        return super().offer(letter)


def test_a_connection_that_cannot_be_opened_again_leaves_the_work_to_the_others(catalog: Catalog) -> None:
    house, hall = House(catalog, readers(40)), Hall(wanted=99)
    lines = iter([Failing(hall, TransportUnreachable("mail", "421 too many connections")), *(Meeting(hall) for _ in range(3))])
    outcome = house.deliver(lambda: next(lines))

    assert outcome == Outcome(counts={S.SENT: 40})
    assert Counter(hall.sent) == Counter(house.people)


def test_when_no_connection_is_left_the_letters_wait_and_it_is_said_once(catalog: Catalog) -> None:
    house, hall = House(catalog, readers(40)), Hall()
    outcome = house.deliver(lambda: Failing(hall, TransportUnreachable("mail", "connection refused"), after=3))

    assert (outcome.counts, outcome.stopped) == ({S.SENT: 12}, "mail: connection refused")
    assert [failure.subject for failure in outcome.failures] == ["mail"]
    assert house.statuses() == {"sent": 12, "queued": 28}


def test_a_login_that_is_refused_stops_all_connections_and_blames_nobody(catalog: Catalog) -> None:
    house, hall = House(catalog, readers(40)), Hall(wanted=99)
    lines = iter([Failing(hall, SenderRefused("mail", "535 wrong password")), *(Meeting(hall) for _ in range(3))])
    outcome = house.deliver(lambda: next(lines))

    assert outcome.stopped == "mail: 535 wrong password"
    assert set(house.statuses()) <= {"sent", "queued"}
    assert house.statuses()["sent"] == len(hall.sent) == outcome.counts[S.SENT]


@pytest.mark.parametrize("error", [CatalogError("digest.db", "disk full"), ZeroDivisionError("a bug")], ids=["database", "bug"])
def test_an_error_of_one_courier_is_raised_after_the_others_have_settled_what_they_had(catalog: Catalog, error: Exception) -> None:
    house, hall = House(catalog, readers(40)), Hall()

    class Broken(Meeting):
        def send(self, letter: Letter) -> Reply:
            if letter.to == "reader7@example.org":
                raise error
            return super().send(letter)

    with pytest.raises(type(error)):
        house.deliver(lambda: Broken(hall))

    found = house.statuses()
    assert found.pop("sending") == 1  # reader7's: nobody knows how far it came
    assert found["sent"] == len(hall.sent)
    assert set(found) <= {"sent", "queued"}


def test_what_was_heard_of_a_letter_and_waits_to_be_written_with_the_next_is_written_where_that_one_meets_a_bug(catalog: Catalog) -> None:
    house, hall = House(catalog, readers(3)), Hall()

    class Broken(Meeting):
        def offer(self, letter: Letter) -> Reply | None:
            if letter.to == "reader1@example.org":
                raise ZeroDivisionError("a bug")
            return super().offer(letter)

    with pytest.raises(ZeroDivisionError):
        house.deliver(lambda: Broken(hall), connections=1)

    assert (hall.sent, house.statuses()) == (["reader0@example.org"], {"sent": 1, "queued": 2})


@pytest.mark.parametrize(
    ("has_heard", "refused", "written"),
    [
        pytest.param(False, None, [(0, 0), (1, 0), (2, 0)], id="each before the server is waited for"),
        pytest.param(True, None, [(0, 0), (0, 0), (1, 0)], id="with the next where its answer is here"),
        pytest.param(True, "reader0@example.org", [(0, 0), (0, 0), (1, 1)], id="a refusal at once"),
    ],
)
def test_what_became_of_a_letter_is_written(
    catalog: Catalog, has_heard: bool, refused: str | None, written: list[tuple[int, int]]
) -> None:
    house, found = House(catalog, readers(3)), list[tuple[int, int]]()

    class Watched(ImmediateTransport):
        def offer(self, letter: Letter) -> Reply | None:
            statuses = house.statuses()
            found.append((statuses.get("sent", 0), statuses.get("refused", 0)))
            return super().offer(letter)

        def send(self, letter: Letter) -> Reply:
            return Reply(550, "5.1.1 no such user") if letter.to == refused else Reply(250, "ok")

    Watched.has_heard = has_heard
    house.deliver(Watched, connections=1)

    assert found == written


def test_a_refusal_that_another_connection_explains_while_the_server_is_asked_about_the_next_letter_stands(catalog: Catalog) -> None:
    house, door, sent = House(catalog, readers(8)), Bell(), list[str]()

    class Thoughtful(ImmediateTransport):  # about the letter after the one that it refused, until others were taken
        def offer(self, letter: Letter) -> Reply | None:
            if self._offered is not None and self._offered.to == "reader0@example.org":
                door.wait(5)
            return super().offer(letter)

        def send(self, letter: Letter) -> Reply:
            if letter.to == "reader0@example.org":
                return Reply(550, "5.7.1 not wanted")
            sent.append(letter.to)
            if len(sent) == 3:
                door.ring()
            return Reply(250, "ok")

    outcome = house.deliver(Thoughtful, connections=2)

    assert outcome.counts == {S.SENT: 7, S.REFUSED: 1}
    assert house.statuses() == {"refused": 1, "sent": 7}


def test_a_letter_whose_turn_had_come_when_all_seem_to_be_refused_waits_for_the_probe(catalog: Catalog) -> None:
    house, suspected, sent, before_probe = House(catalog, readers(8)), Bell(), list[str](), list[int]()

    class Refusing(ImmediateTransport):
        def offer(self, letter: Letter) -> Reply | None:
            if letter.to == "reader0@example.org" and not sent:
                suspected.wait(5)
            return super().offer(letter)

        def send(self, letter: Letter) -> Reply:
            sent.append(letter.to)
            if len(sent) == 3:
                suspected.ring()
            return Reply(550, "5.7.1 not wanted")

    def pause(seconds: float) -> None:
        Bell().wait(0.02)  # the other connection goes on
        before_probe.append(len(sent))

    desk, policy = Desk(house.write), Policy(connections=2)
    deliver(catalog.outbox, desk, Refusing, policy, worker="test:1:a", clock=lambda: NOON, sleep=pause)

    assert (before_probe[0], before_probe[-1], len(sent)) == (3, 3, 4)


def test_a_letter_that_cannot_leave_frees_its_place_in_its_domain(catalog: Catalog) -> None:
    house = House(catalog, readers(2))

    class Narrow(ImmediateTransport):
        def offer(self, letter: Letter) -> Reply | None:
            if letter.to == "reader0@example.org":
                raise DeliveryError(letter.to, "the server takes no such address")
            return super().offer(letter)

        def send(self, letter: Letter) -> Reply:
            return Reply(250, "ok")

    house.deliver(Narrow, connections=1, per_domain=1)

    assert house.statuses() == {"refused": 1, "sent": 1}


def test_a_letter_written_to_an_address_that_its_reader_leaves_is_not_sent_there_though_the_same_worker_claims_it_anew(
    catalog: Catalog,
) -> None:
    house, sent = House(catalog, readers(1)), list[str]()

    class Moving(ImmediateTransport):
        def offer(self, letter: Letter) -> Reply | None:
            if letter.to == "reader0@example.org":
                catalog.rights.move("reader0@example.org", "reader0@example.net")
                house.to[letter.message_id] = "reader0@example.net"
            return super().offer(letter)

        def send(self, letter: Letter) -> Reply:
            sent.append(letter.to)
            return Reply(250, "ok")

    outcome = house.deliver(Moving, connections=1, batch=1)

    assert (sent, house.statuses()) == (["reader0@example.net"], {"sent": 1})
    assert outcome.counts == {S.SENT: 1}


@pytest.mark.parametrize("per_domain", [0, 1])
def test_a_server_that_waits_for_a_text_which_may_no_more_go_is_hung_up_on_before_the_next_letter(
    catalog: Catalog, per_domain: int
) -> None:
    house, calls = House(catalog, readers(2)), list[str]()

    class Leaving(ImmediateTransport):
        def offer(self, letter: Letter) -> Reply | None:
            calls.append(f"offered {letter.to}")
            if letter.to == "reader0@example.org":
                catalog.rights.move("reader0@example.org", "reader9@example.org")
                house.to[letter.message_id] = "reader9@example.org"
            return super().offer(letter)

        def send(self, letter: Letter) -> Reply:
            calls.append(f"sent {letter.to}")
            return Reply(250, "ok")

        def abandon(self) -> None:
            calls.append("hung up")

    house.deliver(Leaving, connections=1, per_domain=per_domain)

    assert calls[:4] == ["offered reader0@example.org", "hung up", "offered reader1@example.org", "sent reader1@example.org"]


def test_a_letter_that_is_claimed_anew_while_it_waits_is_offered_once(catalog: Catalog) -> None:
    house, offered = House(catalog, readers(6)), list[str]()

    class Moving(ImmediateTransport):
        def offer(self, letter: Letter) -> Reply | None:
            offered.append(letter.to)
            if letter.to == "reader0@example.org":
                catalog.rights.move("reader3@example.org", "reader3@example.net")
                house.to = {id_: to.replace("reader3@example.org", "reader3@example.net") for id_, to in house.to.items()}
            return super().offer(letter)

        def send(self, letter: Letter) -> Reply:
            return Reply(250, "ok")

    house.deliver(Moving, connections=1, batch=4)

    assert sorted(offered) == [*readers(3), "reader3@example.net", "reader4@example.org", "reader5@example.org"]


def test_a_server_that_waits_for_a_text_when_all_is_to_stop_is_hung_up_on(catalog: Catalog) -> None:
    house, calls = House(catalog, readers(2)), list[str]()

    class Watched(ImmediateTransport):
        def offer(self, letter: Letter) -> Reply | None:
            calls.append("offered")
            return super().offer(letter)

        def send(self, letter: Letter) -> Reply:
            calls.append("sent")
            return Reply(250, "ok")

        def abandon(self) -> None:
            calls.append("hung up")

    desk = Desk(house.write)
    deliver(catalog.outbox, desk, Watched, Policy(), worker="test:1:a", clock=lambda: NOON, is_stopped=lambda: bool(calls))

    assert (calls, house.statuses()) == (["offered", "hung up"], {"queued": 2})


@pytest.mark.parametrize("is_unsendable", [False, True])
def test_what_becomes_of_a_letter_to_the_mailbox_that_its_reader_left_is_nothing_of_the_one_that_was_claimed_anew(
    catalog: Catalog, is_unsendable: bool
) -> None:
    house, claimed = House(catalog, readers(8)), Bell()

    class Moving(ImmediateTransport):
        def offer(self, letter: Letter) -> Reply | None:
            if letter.to == "reader0@example.org":
                catalog.rights.move("reader0@example.org", "reader0@example.net")
                house.to[letter.message_id] = "reader0@example.net"
                claimed.wait(5)
                if is_unsendable:
                    raise DeliveryError(letter.to, "the server takes no such address")
                return Reply(550, "5.1.1 no such user")
            if letter.to == "reader0@example.net":
                claimed.ring()
                Bell().wait(0.2)
            return super().offer(letter)

        def send(self, letter: Letter) -> Reply:
            return Reply(250, "ok")

    outcome = house.deliver(Moving, connections=2)

    assert (house.statuses(), outcome.counts, outcome.failures) == ({"sent": 8}, {S.SENT: 8}, ())


def test_a_connection_that_breaks_does_not_give_back_a_letter_that_was_claimed_anew_for_another_address(catalog: Catalog) -> None:
    house, begun, sent = House(catalog, readers(16)), Bell(), list[str]()

    class Moving(ImmediateTransport):
        def offer(self, letter: Letter) -> Reply | None:
            if letter.to == "reader0@example.org":
                catalog.rights.move("reader0@example.org", "reader0@example.net")
                house.to[letter.message_id] = "reader0@example.net"
                begun.wait(5)
                raise TransportUnreachable("mail server", "the connection broke")
            return super().offer(letter)

        def send(self, letter: Letter) -> Reply:
            if letter.to == "reader0@example.net":
                begun.ring()
                Bell().wait(0.4)
            if letter.to == "reader1@example.org":  # whoever has this one is there to claim what is given back
                begun.wait(5)
                Bell().wait(0.1)
            sent.append(letter.to)
            return Reply(250, "ok")

    house.deliver(Moving, connections=3)

    assert Counter(sent)["reader0@example.net"] == 1
    assert house.statuses() == {"sent": 16}


def test_a_reply_about_us_heard_on_one_connection_stops_all(catalog: Catalog) -> None:
    house, hall = House(catalog, readers(40)), Hall()

    class Full(Meeting):
        def send(self, letter: Letter) -> Reply:
            if len(hall.sent) >= 10:
                return Reply(550, "5.4.5 Daily user sending limit exceeded")
            return super().send(letter)

    outcome = house.deliver(lambda: Full(hall))

    assert outcome.stopped is not None
    assert S.REFUSED not in outcome.counts
    assert house.statuses()["sent"] == len(hall.sent) <= 13


def test_over_smtp_a_server_that_drops_and_defers_gets_every_letter_once(catalog: Catalog) -> None:
    house = House(catalog, readers(60))
    drops = iter(range(1, 1000))

    def answer(talk: Talk, line: str) -> str | None:
        if line == "DATA" and next(drops) % 17 == 0:
            talk.drop()
        return "421 4.3.2 tired" if line.startswith("MAIL") and len(talk.commands) > 25 else None

    with FaultServer(lambda talk: talk.obey(answer, features=["PIPELINING"])) as server:
        connect = lambda: SmtpTransport(server.host, server.port, "none", timeouts=PATIENCE)  # noqa: E731
        first = house.deliver(connect)
        got = Counter(received.to[0] for received in server.messages)

        assert set(got.values()) <= {1}
        assert first.counts.get(S.SENT, 0) == got.total()
        assert house.statuses().get("unknown", 0) == 0
        assert sum(house.statuses().values()) == 60


def test_what_a_delivery_that_failed_still_holds_is_delivered_by_the_next_of_its_process(catalog: Catalog) -> None:
    house, hall = House(catalog, readers(5)), Hall()

    class Broken(Desk):
        def lay_out(self, batch: Sequence[Delivery]) -> None:
            raise CatalogError("digest.db", "disk I/O error")

    with pytest.raises(CatalogError):
        deliver(catalog.outbox, Broken(house.write), lambda: Meeting(hall), Policy(), worker="test:1:a", clock=lambda: NOON)

    assert house.statuses() == {"claimed": 5}
    assert house.deliver(lambda: Meeting(hall)) == Outcome(counts={S.SENT: 5})


@pytest.mark.parametrize("is_committed", [False, True])
def test_an_interrupt_while_it_is_written_down_that_letters_begin_gives_all_of_them_back(catalog: Catalog, is_committed: bool) -> None:
    house, hall = House(catalog, readers(40)), Hall()
    exchange, calls = catalog.outbox.exchange, iter(range(1, 1000))

    def interrupted(settled: Sequence[Settled], begin: Sequence[int], worker: str) -> frozenset[int]:
        is_second = next(calls) == 2
        if is_second and not is_committed:
            raise KeyboardInterrupt
        begun = exchange(settled, begin, worker)
        if is_second:
            raise KeyboardInterrupt
        return begun

    catalog.outbox.exchange = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        house.deliver(lambda: Meeting(hall))

    assert house.statuses() == {"sent": len(hall.sent), "queued": 40 - len(hall.sent)}


def test_what_a_courier_was_about_to_say_is_written_even_where_the_delivery_is_broken_off_twice(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, hall = House(catalog, readers(1)), Hall()
    look, run, runs = Turns._poll, Turns.run, iter(range(1, 9))

    def interrupted(turns: Turns) -> None:
        if hall.sent:
            raise KeyboardInterrupt
        look(turns)

    def impatient(turns: Turns) -> None:
        if next(runs) == 2:
            raise KeyboardInterrupt
        run(turns)

    monkeypatch.setattr(Turns, "_poll", interrupted)
    monkeypatch.setattr(Turns, "run", impatient)
    with pytest.raises(KeyboardInterrupt):
        house.deliver(lambda: Meeting(hall))

    assert house.statuses() == {"sent": 1}
