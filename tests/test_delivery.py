"""The delivery loop with a real outbox in memory and real servers: nothing lost, nothing repeated, nobody blamed for what is ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from digest.delivery import Outcome, Policy, Reply, Stage, deliver
from digest.delivery.folder import NullTransport
from digest.delivery.policy import Settlement, settlement
from digest.delivery.session import Timeouts
from digest.delivery.smtp import SmtpTransport
from digest.delivery.suspicion import HELD_REASON, HELD_RETRY_DELAY
from digest.delivery.turns import let_others
from digest.errors import CatalogError, ConfigurationError, DeliveryError, DigestError, SenderRefused, ThemeError
from digest.model import Delivery, DeliveryStatus, Failure, Letter, Rest, Settled
from tests.builders import NOON
from tests.servers import FaultServer, SmtpSink, Talk

S = DeliveryStatus
READERS = ("ana", "bo", "cy", "di")


class Ledger:
    """An outbox in memory, with the rules of the stored one."""

    def __init__(self, *readers: str, queued_at: datetime = NOON) -> None:
        self.rows = {
            n: Delivery(
                id=n, issue=n, status=S.QUEUED, attempts=0, due=queued_at, queued_at=queued_at, message_id=address, recipient=address
            )
            for n, address in enumerate((f"{reader}@example.org" for reader in readers), 1)
        }
        self.before: dict[int, DeliveryStatus] = {}
        self.waits: set[int] = set(self.rows)
        self.syncs = 0
        self.claims: list[list[str]] = []

    def recover(self, now: datetime, worker: str = "") -> int:
        died = [row for row in self.rows.values() if row.status in (S.CLAIMED, S.SENDING)]
        for row in died:
            self.settle(Settled(row.id, S.QUEUED if row.status is S.CLAIMED else S.UNKNOWN, now, due=now))
        return len(died)

    def claim(self, now: datetime, worker: str, limit: int, lease: timedelta) -> Sequence[Delivery]:
        free = (S.QUEUED, S.DEFERRED, S.UNKNOWN)
        due = [row for row in self.rows.values() if row.id in self.waits and row.status in free and row.due <= now][:limit]
        self.claims += [[row.message_id.partition("@")[0] for row in due]] if due else []
        for row in due:
            self.before[row.id] = row.status
            self.rows[row.id] = replace(row, status=S.CLAIMED)
        return due

    def exchange(self, settled: Sequence[Settled], begin: Sequence[int], worker: str) -> frozenset[int]:
        for one in settled:
            assert one.is_again is (self.rows[one.delivery].status not in (S.CLAIMED, S.SENDING)), "settled again what is in no hands"
            self.settle(one)
        begun = [row for row in map(self.rows.__getitem__, begin) if row.status is S.CLAIMED]
        self.rows |= {row.id: replace(row, status=S.SENDING, attempts=row.attempts + 1) for row in begun}
        return frozenset(row.id for row in begun)

    def settle(self, its: Settled) -> None:
        row = self.rows[its.delivery]
        given_back = row.status is S.SENDING and its.status is S.QUEUED
        attempts = row.attempts - given_back + (its.was_tried and row.status is S.CLAIMED)
        self.rows[row.id] = replace(row, status=its.status, reply=its.reply, due=its.due or row.due, reason=its.reason, attempts=attempts)
        (self.waits.add if its.due else self.waits.discard)(row.id)

    def sync(self) -> None:
        self.syncs += 1

    def next_due(self, now: datetime) -> datetime | None:
        return min((row.due for row in self.rows.values() if row.id in self.waits), default=None)

    @property
    def statuses(self) -> list[str]:
        return [str(row.status) for row in self.rows.values()]


@dataclass(frozen=True)
class Desk:
    """Letters written by a function."""

    write: Callable[[Delivery], Letter]

    def lay_out(self, batch: Sequence[Delivery]) -> None: ...

    def write_ahead(self) -> bool:
        return False


class Hands:
    """A worker with a clock that moves only when it sleeps, and an SMTP server to talk to."""

    def __init__(self, ledger: Ledger, connect: Callable[[], object], at: datetime = NOON) -> None:
        self.ledger, self._connect, self.now = ledger, connect, at
        self.slept: list[float] = []
        self.reports: list[DeliveryStatus] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    def settled(self, delivery_id: int, status: DeliveryStatus, reply: str, recipient: str) -> None:
        self.reports.append(status)

    def write(self, delivery: Delivery) -> Letter:
        content = f"Message-ID: <{delivery.message_id}>\r\n\r\nhello\r\n".encode()
        return Letter(sender="digest@example.org", to=delivery.message_id, message_id=delivery.message_id, content=content)

    def work(
        self, *, write: Callable[[Delivery], Letter] | None = None, is_stopped: Callable[[], bool] = lambda: False, **rules: object
    ) -> Outcome:
        return deliver(
            self.ledger,
            Desk(write or self.write),
            self._connect,  # type: ignore[arg-type]
            Policy(**rules),  # type: ignore[arg-type]
            worker="test:1",
            clock=lambda: self.now,
            sleep=self.sleep,
            random=lambda: 0.0,
            watch=self,
            is_stopped=is_stopped,
        )


@pytest.fixture
def hands() -> Iterator[Callable[..., Hands]]:
    """Makes a worker for an outbox and a server; closes its connections."""
    made: list[SmtpTransport] = []

    def make(ledger: Ledger, server: SmtpSink | FaultServer) -> Hands:
        patience = Timeouts(connect=5, greeting=5, command=5, data=5, block=5, dot=5)
        made.append(SmtpTransport(server.host, server.port, "none", timeouts=patience))
        return Hands(ledger, lambda: made[-1])

    yield make
    for transport in made:
        transport.close()


Maker = Callable[..., Hands]


def readers_of(server: SmtpSink | FaultServer) -> list[str]:
    return [received.to[0].partition("@")[0] for received in server.messages]


def obeying(answer: Callable[[Talk, str], str | bytes | None]) -> FaultServer:
    return FaultServer(lambda talk: talk.obey(answer))


def test_every_letter_that_is_due_is_handed_over_once(hands: Maker) -> None:
    with SmtpSink() as sink:
        ledger = Ledger(*READERS)
        worker = hands(ledger, sink)
        outcome = worker.work()
        again = worker.work()

        assert outcome == Outcome(counts={S.SENT: 4})
        assert again == Outcome(counts={})
        assert readers_of(sink) == ["ana", "bo", "cy", "di"]
        assert ledger.statuses == ["sent"] * 4
        assert ledger.rows[1].reply == "250 2.0.0 kept"
        assert worker.reports == [S.SENT] * 4


def test_what_was_settled_last_is_synced_at_the_end_as_a_claim_does_for_all_before(hands: Maker) -> None:
    with SmtpSink() as sink:
        ledger = Ledger(*READERS)
        hands(ledger, sink).work(batch=2)

        assert ledger.syncs == 1


def test_a_dead_mailbox_is_reported_and_stops_nothing(hands: Maker) -> None:
    with SmtpSink(replies={"bo@example.org": "550 5.1.1 no such user"}) as sink:
        ledger = Ledger(*READERS)
        outcome = hands(ledger, sink).work()

        assert ledger.statuses == ["sent", "refused", "sent", "sent"]
        assert outcome.counts == {S.SENT: 3, S.REFUSED: 1}
        assert outcome.failures == (
            Failure(
                "bo@example.org",
                "refused by the server: 550 5.1.1 no such user",
                "correct the address (`digest subscribers move`), or remove the subscriber",
            ),
        )
        assert outcome.stopped is None


def waits(worker: Hands, tries: int) -> list[timedelta]:
    """How long the first letter is put off after each of so many tries, the next one when it is due."""
    waited = []
    for _ in range(tries):
        worker.work()
        waited.append(worker.ledger.rows[1].due - worker.now)
        worker.now = worker.ledger.rows[1].due
    return waited


def test_a_letter_put_off_is_tried_half_an_hour_later_and_then_ever_less_often(hands: Maker) -> None:
    with SmtpSink(replies={"bo@example.org": "450 4.2.1 busy"}) as sink:
        ledger = Ledger("bo")

        assert waits(hands(ledger, sink), 6) == [timedelta(minutes=m) for m in (30, 60, 120, 240, 240, 240)]
        assert ledger.statuses == ["deferred"]
        assert (ledger.rows[1].reply, ledger.rows[1].reason) == ("450 4.2.1 busy", "put off by the server")


def test_a_greylisted_letter_is_tried_again_soon_but_once(hands: Maker) -> None:
    with SmtpSink(replies={"bo@example.org": "450 4.7.1 greylisted, try again"}) as sink:
        assert waits(hands(Ledger("bo"), sink), 3) == [timedelta(minutes=m) for m in (5, 60, 120)]


def test_a_run_lingers_for_greylisting(hands: Maker) -> None:
    with SmtpSink(replies={"bo@example.org": ("450 4.7.1 greylisted, try again",)}) as sink:
        ledger = Ledger(*READERS)
        worker = hands(ledger, sink)
        outcome = worker.work(linger=timedelta(minutes=45))

        assert outcome.counts == {S.SENT: 4}
        assert readers_of(sink) == ["ana", "cy", "di", "bo"]
        assert sum(worker.slept) == 300
        assert max(worker.slept) <= 5


def test_a_run_without_patience_leaves_the_letter_for_the_next(hands: Maker) -> None:
    with SmtpSink(replies={"bo@example.org": ("450 4.7.1 greylisted, try again",)}) as sink:
        ledger = Ledger(*READERS)
        worker = hands(ledger, sink)
        outcome = worker.work()

        assert outcome.counts == {S.SENT: 3, S.DEFERRED: 1}
        assert worker.slept == []
        assert outcome.failures == ()


def test_a_run_does_not_wait_longer_than_it_lingers(hands: Maker) -> None:
    with SmtpSink(replies={"bo@example.org": "450 4.2.1 busy"}) as sink:
        worker = hands(Ledger("bo"), sink)
        worker.work(linger=timedelta(minutes=45))

        assert sum(worker.slept) == 1800


def test_a_clock_that_stands_still_keeps_no_run_for_ever(hands: Maker) -> None:
    with SmtpSink(replies={"bo@example.org": "450 4.7.1 greylisted"}) as sink:
        worker = hands(Ledger("bo"), sink)
        worker.sleep = worker.slept.append  # type: ignore[method-assign]  # time passes, the clock does not
        outcome = worker.work(linger=timedelta(minutes=12))

        assert outcome.counts == {S.DEFERRED: 1}
        assert sum(worker.slept) == 600


def test_a_letter_that_waited_too_long_is_given_up_unsent(hands: Maker) -> None:
    with SmtpSink() as sink:
        ledger = Ledger("ana", queued_at=NOON - timedelta(hours=37))
        outcome = hands(ledger, sink).work(stale_after=timedelta(hours=36))

        assert ledger.statuses == ["given_up"]
        assert sink.messages == ()
        assert [(failure.subject, failure.message) for failure in outcome.failures] == [
            ("letter ana@example.org", "given up: not handed over within 36 hours; last reply: none")
        ]


def test_a_letter_that_has_waited_just_as_long_as_it_may_is_sent(hands: Maker) -> None:
    with SmtpSink() as sink:
        ledger = Ledger("ana", queued_at=NOON - timedelta(hours=36))
        hands(ledger, sink).work(stale_after=timedelta(hours=36))

        assert ledger.statuses == ["sent"]


def test_a_letter_that_may_have_arrived_is_neither_sent_late_nor_given_up(hands: Maker) -> None:
    with SmtpSink() as sink:
        ledger = Ledger("ana", queued_at=NOON - timedelta(hours=37))
        ledger.settle(Settled(1, S.UNKNOWN, NOON, due=NOON))
        outcome = hands(ledger, sink).work()

        assert (ledger.statuses, ledger.rows[1].reason) == (["unknown"], "sent, but no answer was heard")
        assert sink.messages == ()
        assert outcome.counts == {S.UNKNOWN: 1}


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
        "553 5.7.1 <digest@example.org>: Sender address rejected: not owned by user ana",
        "530 5.7.0 Authentication required",
        "554 5.7.1 <bo@example.org>: Relay access denied",
    ],
)
def test_a_refusal_that_speaks_of_us_stops_the_batch_and_blames_nobody(hands: Maker, reply: str) -> None:
    with SmtpSink(replies={"bo@example.org": reply}) as sink:
        ledger = Ledger(*READERS)
        outcome = hands(ledger, sink).work(is_stopped=lambda: "deferred" in ledger.statuses)  # who asks later is not why it ended

        assert ledger.statuses == ["sent", "deferred", "queued", "queued"]
        assert ledger.rows[2].reason == "the server takes no mail from us now"
        assert outcome.stopped is not None
        assert reply[:9] in outcome.stopped
        assert [failure.subject for failure in outcome.failures] == ["mail server"]
        assert outcome.failures[0].hint != ""


@pytest.mark.parametrize(
    ("text", "statuses"),
    [("Recipient address rejected: Access denied", ["refused", "sent"]), ("Sender address rejected: not owned", ["deferred", "queued"])],
)
def test_a_refusal_of_a_reader_who_is_the_sender_too_is_theirs_unless_it_says_sender(hands: Maker, text: str, statuses: list[str]) -> None:
    with SmtpSink(replies={"digest@example.org": f"550 5.7.1 <digest@example.org>: {text}"}) as sink:
        ledger = Ledger("digest", "bo")
        hands(ledger, sink).work()

        assert ledger.statuses == statuses


def test_a_refusal_of_a_reader_who_is_the_sender_in_other_capitals_is_theirs_too(hands: Maker) -> None:
    with SmtpSink(replies={"digest@example.org": "550 5.7.1 <digest@example.org>: Recipient address rejected: Access denied"}) as sink:
        ledger = Ledger("digest", "bo")
        hands(ledger, sink).work(senders=("Digest@Example.org",))

        assert ledger.statuses == ["refused", "sent"]


def test_what_is_said_of_the_text_of_a_letter_to_the_sender_names_the_sender(hands: Maker) -> None:
    with obeying(lambda talk, line: "550 5.7.1 we want nothing of digest@example.org" if line == "." else None) as server:
        ledger = Ledger("digest")
        hands(ledger, server).work()

        assert ledger.statuses == ["deferred"]


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.4.5 Daily user sending limit exceeded.",
        "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
        "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message",
        "454 Throttling failure: Daily message quota exceeded.",
    ],
)
def test_a_daily_limit_stops_the_batch_for_hours_and_is_no_try_of_the_letter(hands: Maker, reply: str) -> None:
    with SmtpSink(replies={"bo@example.org": reply}) as sink:
        ledger = Ledger(*READERS)
        outcome = hands(ledger, sink).work()

        assert ledger.statuses == ["sent", "queued", "queued", "queued"]
        assert (ledger.rows[2].attempts, ledger.rows[2].due - NOON) == (0, timedelta(hours=4))
        assert ledger.rows[2].reply == reply  # `digest outbox` tells by it what the letter waits for
        assert outcome.rest == Rest(NOON + timedelta(hours=4), reply)
        assert outcome.stopped is not None
        assert [failure.subject for failure in outcome.failures] == ["mail server"]


def test_a_letter_that_was_put_off_before_stays_so_where_the_batch_stops(hands: Maker) -> None:
    with SmtpSink(replies={"ana@example.org": "530 5.7.0 Authentication required"}) as sink:
        ledger = Ledger("ana", "bo")
        ledger.rows[2] = replace(ledger.rows[2], status=S.DEFERRED, attempts=1, reason="put off by the server")
        hands(ledger, sink).work()

        assert ledger.statuses == ["deferred", "deferred"]
        assert (ledger.rows[2].attempts, ledger.rows[2].due, ledger.rows[2].reason) == (1, NOON, "put off by the server")


def test_a_letter_put_off_because_of_us_does_not_block_the_others_next_time(hands: Maker) -> None:
    with SmtpSink(replies={"ana@example.org": "554 5.7.1 Relay access denied"}) as sink:
        ledger = Ledger(*READERS)
        worker = hands(ledger, sink)
        worker.work()
        worker.work()

        assert ledger.statuses == ["deferred", "sent", "sent", "sent"]


def test_letters_to_a_domain_that_is_asked_to_slow_down_wait_and_say_why(hands: Maker) -> None:
    with SmtpSink(replies={"ana@example.org": "452 4.7.0 too many connections"}) as sink:
        ledger = Ledger("ana", "bo")
        hands(ledger, sink).work()

        assert ledger.statuses == ["deferred", "queued"]
        assert (ledger.rows[2].due - NOON, ledger.rows[2].attempts) == (timedelta(minutes=1), 0)
        assert ledger.rows[2].reason == "its domain asked for fewer letters at a time"


@pytest.mark.parametrize(("replies", "minutes"), [({}, 1 + 2 + 2), ({"cy@example.org": "550 5.1.1 no such user"}, 1 + 2 + 4)])
def test_a_domain_rests_longer_each_time_it_asks_for_fewer_until_it_takes_a_letter(
    hands: Maker, replies: dict[str, str], minutes: int
) -> None:
    slow = {f"{name}@example.org": "452 4.7.0 too many connections" for name in ("ana", "bo", "di")}
    with SmtpSink(replies={**slow, **replies}) as sink:
        ledger = Ledger("ana", "bo", "cy", "di", "ed")
        hands(ledger, sink).work(linger=timedelta(minutes=3))

        assert ledger.statuses == ["deferred", "deferred", "refused" if replies else "sent", "deferred", "queued"]
        assert ledger.rows[5].due - NOON == timedelta(minutes=minutes)


def test_one_of_them_that_may_have_arrived_before_stays_unknown(hands: Maker) -> None:
    with SmtpSink(replies={"ana@example.org": "452 4.7.0 too many connections"}) as sink:
        ledger = Ledger("ana", "bo")
        ledger.rows[2] = replace(ledger.rows[2], status=S.UNKNOWN, attempts=1, reason="never heard")
        hands(ledger, sink).work()

        waits = ledger.rows[2]
        assert (waits.status, waits.attempts, waits.reason) == (S.UNKNOWN, 1, "never heard")
        assert waits.due - NOON == timedelta(minutes=1)


def test_a_no_at_mail_stops_the_batch_and_blames_nobody(hands: Maker) -> None:
    with SmtpSink(mail_reply="550 5.7.1 blocked") as sink:
        ledger = Ledger(*READERS)
        outcome = hands(ledger, sink).work()

        assert ledger.statuses == ["deferred", "queued", "queued", "queued"]
        assert outcome.stopped is not None


def test_a_login_that_fails_leaves_every_letter_untouched() -> None:
    class Locked(NullTransport):
        def send(self, letter: Letter) -> Reply:
            raise SenderRefused("smtp.example.org:587", "the server answered AUTH with: 535 no", hint="check the password")

    ledger = Ledger(*READERS)
    outcome = Hands(ledger, Locked).work()

    assert ledger.statuses == ["queued"] * 4
    assert [row.attempts for row in ledger.rows.values()] == [0, 0, 0, 0]
    assert outcome.counts == {}
    assert outcome.failures == (Failure("smtp.example.org:587", "the server answered AUTH with: 535 no", "check the password"),)


def test_a_server_that_is_away_keeps_every_letter_for_the_next_run(hands: Maker) -> None:
    with SmtpSink() as sink:
        port = sink.port
    ledger = Ledger(*READERS)
    away = SmtpTransport("127.0.0.1", port, "none", timeouts=Timeouts(connect=2))
    outcome = Hands(ledger, lambda: away).work()

    assert ledger.statuses == ["queued"] * 4
    assert outcome.stopped == f"127.0.0.1:{port}: connection refused"
    with SmtpSink() as back:
        assert hands(ledger, back).work().counts == {S.SENT: 4}


def test_a_lost_answer_is_repeated_once_with_the_same_message_id(hands: Maker) -> None:
    def stores_once_and_drops(talk: Talk, line: str) -> str | None:
        if line == "." and talk.number == 1:
            talk.keep("", "ana@example.org", b"Message-ID: <ana@example.org>\r\n\r\nhello\r\n")
            talk.drop()
        return None

    with obeying(stores_once_and_drops) as server:
        ledger = Ledger("ana", "bo")
        worker = hands(ledger, server)
        first = worker.work()
        second = worker.work(linger=timedelta(minutes=10))

        assert first.counts == {S.UNKNOWN: 1, S.SENT: 1}
        assert second.counts == {S.SENT: 1}
        assert readers_of(server) == ["ana", "bo", "ana"]
        assert server.messages[0].message["Message-ID"] == server.messages[2].message["Message-ID"]


def test_a_lost_answer_that_nothing_was_stored_for_loses_nothing(hands: Maker) -> None:
    with obeying(lambda talk, line: talk.drop() if line == "." and talk.number == 1 else None) as server:
        ledger = Ledger("ana", "bo")
        hands(ledger, server).work(linger=timedelta(minutes=10))

        assert ledger.statuses == ["sent", "sent"]
        assert readers_of(server) == ["bo", "ana"]


def test_an_answer_lost_at_every_repeat_is_left_to_people(hands: Maker) -> None:
    with obeying(lambda talk, line: talk.drop() if line == "." else None) as server:
        ledger = Ledger("ana")
        outcome = hands(ledger, server).work(linger=timedelta(hours=9))

        assert len([line for line in server.commands if line == "DATA"]) == 5
        assert ledger.statuses == ["unknown"]
        assert outcome.counts == {S.UNKNOWN: 1}
        assert [failure.subject for failure in outcome.failures] == ["ana@example.org"]


def test_a_lost_answer_is_never_repeated_where_the_operator_said_hold(hands: Maker) -> None:
    with obeying(lambda talk, line: talk.drop() if line == "." else None) as server:
        ledger = Ledger("ana")
        worker = hands(ledger, server)
        worker.work(unknown="hold", linger=timedelta(hours=9))

        assert len([line for line in server.commands if line == "DATA"]) == 1
        assert ledger.statuses == ["unknown"]
        assert worker.slept == []


def test_a_letter_on_the_wire_at_a_death_is_held_where_the_operator_said_hold(hands: Maker) -> None:
    with SmtpSink() as sink:
        ledger = Ledger("ana", "bo", "cy")
        dead = ledger.claim(NOON, "dead:1", 2, timedelta(hours=1))
        ledger.exchange((), (dead[0].id,), "")
        hands(ledger, sink).work(unknown="hold")

        assert ledger.statuses == ["unknown", "sent", "sent"]
        assert readers_of(sink) == ["bo", "cy"]


def test_what_a_dead_worker_held_is_delivered(hands: Maker) -> None:
    with SmtpSink() as sink:
        ledger = Ledger("ana", "bo", "cy")
        dead = ledger.claim(NOON, "dead:1", 2, timedelta(hours=1))
        ledger.exchange((), (dead[0].id,), "")
        outcome = hands(ledger, sink).work()

        assert outcome.counts == {S.SENT: 3}
        assert readers_of(sink) == ["ana", "bo", "cy"]


def test_a_server_that_tires_loses_nothing(hands: Maker) -> None:
    def tired(talk: Talk, line: str) -> str | None:
        return "421 4.7.0 enough" if sum(c.startswith("MAIL") for c in talk.commands) > 3 else None

    with obeying(tired) as server:
        ledger = Ledger(*(f"reader{n:02}" for n in range(20)))
        outcome = hands(ledger, server).work()

        assert outcome.counts == {S.SENT: 20}
        assert sorted(readers_of(server)) == [f"reader{n:02}" for n in range(20)]


def test_an_address_that_cannot_stand_in_a_letter_fails_alone(hands: Maker) -> None:
    with SmtpSink() as sink:
        ledger = Ledger("ana", "bo bo", "cy")
        outcome = hands(ledger, sink).work()

        assert ledger.statuses == ["sent", "refused", "sent"]
        assert outcome.failures[0].subject == "bo bo@example.org"


def failing(hands: Hands, reader: str, error: DigestError) -> Callable[[Delivery], Letter]:
    def write(delivery: Delivery) -> Letter:
        if delivery.message_id.startswith(reader):
            raise error
        return hands.write(delivery)

    return write


def test_a_letter_that_cannot_be_written_is_refused_and_named(hands: Maker) -> None:
    with SmtpSink() as sink:
        ledger = Ledger(*READERS)
        worker = hands(ledger, sink)
        outcome = worker.work(write=failing(worker, "bo", DeliveryError("'bo'", "not an address", hint="correct it")))

        assert ledger.statuses == ["sent", "refused", "sent", "sent"]
        assert ledger.rows[2].reason == "not written: not an address"
        assert outcome.failures == (Failure("'bo'", "not an address", "correct it"),)


def test_a_letter_of_a_broken_theme_waits_until_it_is_mended(hands: Maker) -> None:
    with SmtpSink() as sink:
        ledger = Ledger(*READERS)
        worker = hands(ledger, sink)
        outcome = worker.work(write=failing(worker, "bo", ThemeError("mine/letter.mjml:3", "no such tag")))

        assert ledger.statuses == ["sent", "deferred", "sent", "sent"]
        assert outcome.failures[0].subject == "mine/letter.mjml:3"


def test_a_database_that_fails_ends_the_run_with_the_rest_given_back(hands: Maker) -> None:
    with SmtpSink() as sink:
        ledger = Ledger(*READERS)
        worker = hands(ledger, sink)

        with pytest.raises(CatalogError):
            worker.work(write=failing(worker, "bo", CatalogError("digest.db", "disk I/O error")))

        assert (ledger.statuses, readers_of(sink)) == (["queued"] * 4, [])


def test_a_run_that_is_asked_to_stop_gives_back_what_it_has_not_begun(hands: Maker) -> None:
    with SmtpSink() as sink:
        ledger = Ledger(*READERS)
        worker = hands(ledger, sink)
        outcome = worker.work(is_stopped=lambda: len(sink.messages) >= 2)

        assert ledger.statuses == ["sent", "sent", "queued", "queued"]
        assert (outcome.stopped, outcome.failures) == ("asked to stop", ())


def test_a_letter_that_is_asked_for_stays_so_where_it_is_given_back(hands: Maker) -> None:
    with SmtpSink() as sink:
        ledger = Ledger(*READERS)
        ledger.rows[4] = replace(ledger.rows[4], status=S.UNKNOWN, is_asked_for=True)
        hands(ledger, sink).work(unknown="hold", is_stopped=lambda: len(sink.messages) >= 2)

        assert ledger.statuses == ["sent", "sent", "queued", "queued"]


def test_a_letter_that_is_on_its_way_does_not_wait_for_the_moment_of_the_next(hands: Maker) -> None:
    slept_before: list[float] = []

    def answer(talk: Talk, line: str) -> None:
        if line == ".":
            slept_before.append(sum(worker.slept))

    with obeying(answer) as server:
        worker = hands(Ledger("ana", "bo"), server)
        worker.work(rate=0.01)

    assert slept_before[0] == 0.0
    assert 50 < slept_before[1] <= 100


def test_a_run_that_waits_stops_when_asked(hands: Maker) -> None:
    with SmtpSink(replies={"bo@example.org": "450 4.2.1 busy"}) as sink:
        worker = hands(Ledger("bo"), sink)
        outcome = worker.work(linger=timedelta(minutes=45), is_stopped=lambda: len(worker.slept) == 3)

        assert worker.slept == [5.0, 5.0, 5.0]
        assert outcome.stopped == "asked to stop"


def test_letters_of_a_lease_half_over_are_given_back_and_claimed_again(hands: Maker) -> None:
    with SmtpSink() as sink:
        ledger = Ledger(*READERS)
        worker = hands(ledger, sink)

        def slowly(delivery: Delivery) -> Letter:
            worker.now += timedelta(minutes=19)
            return worker.write(delivery)

        outcome = worker.work(write=slowly, lease=timedelta(hours=1))

        assert outcome.counts == {S.SENT: 4}
        assert ledger.claims == [["ana", "bo", "cy", "di"], ["cy", "di"]]


def test_options_that_cannot_be_used_are_told_before_any_letter_is_claimed() -> None:
    def connect() -> NullTransport:
        raise ConfigurationError("config.toml", "there is no [smtp] table")

    ledger = Ledger("ana")

    with pytest.raises(ConfigurationError):
        Hands(ledger, connect).work()
    assert ledger.statuses == ["queued"]


# --- refused alike ----------------------------------------------------------------------------------------------------

ALL = ("ana", "bo", "cy", "di", "ed", "fi")


def refusing(*readers: str, reply: str = "550 5.7.1 we do not like you") -> FaultServer:
    def answer(talk: Talk, line: str) -> str | None:
        return reply if line.startswith("RCPT") and any(f"<{reader}@" in line for reader in readers) else None

    return obeying(answer)


def test_a_server_that_refuses_everything_alike_is_asked_once_more_after_a_pause_and_then_nobody_is_blamed(hands: Maker) -> None:
    with refusing(*ALL) as server:
        ledger = Ledger(*ALL)
        worker = hands(ledger, server)
        outcome = worker.work()

        assert sum(worker.slept) == 60
        assert len([line for line in server.commands if line.startswith("RCPT")]) == 4
        assert ledger.statuses == ["deferred"] * 4 + ["queued"] * 2
        assert {row.due - NOON for row in list(ledger.rows.values())[:4]} == {timedelta(hours=4, minutes=1)}
        assert {row.reason for row in list(ledger.rows.values())[:4]} == {"the server refuses everything we send, so nobody is blamed"}
        assert [failure.subject for failure in outcome.failures] == ["mail server"]
        assert outcome.stopped == "mail server: the server refuses everything we send, so nobody is blamed: 550 5.7.1 we do not like you"


def test_while_it_is_not_clear_what_a_refusal_means_its_letter_is_put_off_so_that_a_death_blames_nobody(hands: Maker) -> None:
    before: list[Delivery] = []

    def answer(talk: Talk, line: str) -> str | None:
        if line.startswith("RCPT") and "<bo@" in line:
            before.append(ledger.rows[1])
        return "550 5.7.1 we do not like you" if line.startswith("RCPT") and "<ana@" in line else None

    with obeying(answer) as server:
        ledger = Ledger("ana", "bo")
        hands(ledger, server).work()

        (held,) = before
        assert (held.status, held.due, held.reason) == (S.DEFERRED, NOON + HELD_RETRY_DELAY, HELD_REASON)
        assert ledger.statuses == ["refused", "sent"]


def test_a_no_to_our_own_address_clears_nobody_who_was_refused_alike_before(hands: Maker) -> None:
    def answer(talk: Talk, line: str) -> str | None:
        no = "550 5.7.1 we want nothing of digest@example.org" if "<di@" in line else "550 5.7.1 we do not like you"
        return no if line.startswith("RCPT") else None

    with obeying(answer) as server:
        ledger = Ledger(*READERS)
        outcome = hands(ledger, server).work()

        assert ledger.statuses == ["deferred"] * 4
        assert [failure.subject for failure in outcome.failures] == ["mail server"]


NAMING = "550 5.7.1 we want nothing of digest@example.org"


def test_a_refusal_that_names_us_stops_nobody_elses_letter_where_the_next_is_accepted(hands: Maker) -> None:
    with refusing("bo", reply=NAMING) as server:
        ledger = Ledger(*READERS)
        worker = hands(ledger, server)
        outcome = worker.work()

        assert ledger.statuses == ["sent", "deferred", "sent", "sent"]
        assert ledger.rows[2].reason == "refused in words that name our address, so its reader is not blamed"
        assert (worker.slept, outcome.stopped, outcome.failures) == ([], None, ())


@pytest.mark.parametrize("second", [NAMING, "550 5.1.1 no such user"])
def test_a_refusal_that_names_us_stops_the_batch_and_blames_nobody_where_another_is_refused_too(hands: Maker, second: str) -> None:
    def answer(talk: Talk, line: str) -> str | None:
        return None if not line.startswith("RCPT") or "<ana@" in line else second if "<cy@" in line else NAMING

    with obeying(answer) as server:
        ledger = Ledger(*READERS)
        outcome = hands(ledger, server).work()

        assert ledger.statuses == ["sent", "deferred", "deferred", "queued"]
        message = f"the server takes no mail from us now: {NAMING}"
        hint = "set [sender] from to the account you log in with, or to an address the server lets it send as"
        assert outcome.failures == (Failure("mail server", message, hint),)


def test_a_doubt_about_our_name_that_an_accepted_letter_ended_is_not_told_where_all_are_refused_later(hands: Maker) -> None:
    def answer(talk: Talk, line: str) -> str | None:
        if not line.startswith("RCPT") or "<ana@" in line:
            return None
        return NAMING if "<bo@" in line else "550 5.7.1 we do not like you"

    with obeying(answer) as server:
        outcome = hands(Ledger("bo", "ana", *ALL[2:]), server).work()

        assert [failure.message.partition(":")[0] for failure in outcome.failures] == [
            "the server refuses everything we send, so nobody is blamed"
        ]


def test_a_refusal_that_names_us_and_nobody_left_to_ask_with_stops_the_batch_where_no_letter_was_taken(hands: Maker) -> None:
    with refusing("bo", reply=NAMING) as server:
        ledger = Ledger("bo")
        worker = hands(ledger, server)
        outcome = worker.work()

        assert (ledger.statuses, worker.slept) == (["deferred"], [])
        assert outcome.stopped == f"mail server: the server takes no mail from us now: {NAMING}"


def test_a_refusal_that_names_us_is_not_said_of_a_server_that_took_the_others_letters_though_nobody_is_left_to_ask(hands: Maker) -> None:
    with refusing("bo", reply=NAMING) as server:
        ledger = Ledger(*READERS)
        outcome = hands(ledger, server).work(linger=timedelta(minutes=45))

        assert ledger.statuses == ["sent", "deferred", "sent", "sent"]
        assert ledger.rows[2].attempts == 2
        assert (outcome.stopped, outcome.failures) == (None, ())


def test_a_server_that_still_refuses_everything_hours_later_blames_nobody_either(hands: Maker) -> None:
    with refusing(*ALL) as server:
        ledger = Ledger(*ALL)
        worker = hands(ledger, server)
        worker.work()
        worker.now += timedelta(hours=5)
        outcome = worker.work()

        assert set(ledger.statuses) == {"deferred", "queued"}
        assert outcome.stopped is not None


def test_who_is_refused_alike_hours_later_is_refused_once_where_the_server_takes_letters_again(hands: Maker) -> None:
    with refusing("bo", "cy", "di") as server:
        ledger = Ledger(*ALL)
        ledger.rows |= {n: replace(ledger.rows[n], status=S.DEFERRED, attempts=1, reply="550 5.7.1 we do not like you") for n in (2, 3, 4)}
        worker = hands(ledger, server)
        outcome = worker.work()

        assert ledger.statuses == ["sent", "refused", "refused", "refused", "sent", "sent"]
        assert [failure.subject for failure in outcome.failures] == ["bo@example.org", "cy@example.org", "di@example.org"]
        assert worker.slept == []  # nobody has to ask


def test_the_letter_that_asks_goes_to_another_domain_where_there_is_one(hands: Maker) -> None:
    with refusing("ana", "bo", "cy", "di") as server:
        ledger = Ledger("ana", "bo", "cy", "di", "ed")
        ledger.rows[5] = replace(ledger.rows[5], recipient="ed@example.net")
        hands(ledger, server).work()

        assert ledger.statuses == ["refused"] * 4 + ["sent"]


def test_three_dead_mailboxes_are_refused_where_a_fourth_letter_is_taken(hands: Maker) -> None:
    with refusing("ana", "bo", "cy") as server:
        ledger = Ledger(*ALL)
        worker = hands(ledger, server)
        outcome = worker.work()

        assert ledger.statuses == ["refused"] * 3 + ["sent"] * 3
        assert sum(worker.slept) == 60
        assert (outcome.stopped, outcome.counts) == (None, {S.SENT: 3, S.REFUSED: 3})
        assert [failure.subject for failure in outcome.failures] == ["ana@example.org", "bo@example.org", "cy@example.org"]


def test_two_dead_mailboxes_at_the_end_are_refused_without_a_pause(hands: Maker) -> None:
    with refusing("ed", "fi") as server:
        ledger = Ledger(*ALL)
        worker = hands(ledger, server)
        outcome = worker.work()

        assert ledger.statuses == ["sent"] * 4 + ["refused"] * 2
        assert worker.reports == [S.SENT] * 4 + [S.REFUSED] * 2
        assert (worker.slept, outcome.stopped) == ([], None)
        assert [ledger.rows[n].attempts for n in (5, 6)] == [1, 1]


def test_a_run_stopped_in_the_pause_blames_nobody(hands: Maker) -> None:
    with refusing(*ALL[1:]) as server:
        ledger = Ledger(*ALL)
        worker = hands(ledger, server)
        outcome = worker.work(is_stopped=lambda: len(worker.slept) == 2)

        assert ledger.statuses == ["sent"] + ["deferred"] * 3 + ["queued"] * 2
        assert outcome.stopped == "asked to stop"


def test_over_several_connections_a_server_that_refuses_everything_is_found_out_too(hands: Maker) -> None:
    with refusing(*(f"r{n}" for n in range(40))) as server:
        ledger = Ledger(*(f"r{n}" for n in range(40)))
        worker = hands(ledger, server)
        made = [SmtpTransport(server.host, server.port, "none", timeouts=Timeouts(connect=5, greeting=5, command=5)) for _ in range(4)]
        lines = iter(made)
        worker._connect = lambda: next(lines)
        worker.sleep = lambda seconds: (Hands.sleep(worker, seconds), let_others())  # type: ignore[method-assign,assignment]
        outcome = worker.work(connections=4)

        assert outcome.stopped is not None
        assert sum(worker.slept) == 60  # one of them waits and asks
        assert "refused" not in ledger.statuses
        assert 4 <= ledger.statuses.count("deferred") <= 8


def test_where_the_letter_that_should_ask_cannot_be_written_another_asks_at_once(hands: Maker) -> None:
    with refusing("ana", "bo", "cy") as server:
        ledger = Ledger(*ALL)
        worker = hands(ledger, server)
        write = failing(worker, "di", DeliveryError("'di'", "not an address"))
        outcome = worker.work(write=write)

        assert ledger.statuses == ["refused"] * 4 + ["sent"] * 2
        assert (sum(worker.slept), outcome.stopped) == (60, None)


def test_where_no_letter_is_left_to_ask_with_no_pause_is_made(hands: Maker) -> None:
    with refusing(*ALL) as server:
        ledger = Ledger("ana", "bo", "cy")
        worker = hands(ledger, server)
        outcome = worker.work()

        assert (ledger.statuses, worker.slept) == (["deferred"] * 3, [])
        assert outcome.stopped == "mail server: the server refuses everything we send, so nobody is blamed: 550 5.7.1 we do not like you"


@pytest.mark.parametrize("second", ["550 5.7.1 we do not like you", "552 5.2.2 mailbox full"])
def test_a_held_refusal_whose_letter_is_due_again_before_it_is_clear_is_told_once(hands: Maker, second: str) -> None:
    worker: list[Hands] = []
    said = ["550 5.7.1 we do not like you", second]

    def answer(talk: Talk, line: str) -> str | None:
        if line.startswith("RCPT") and "<bo@" in line:
            worker[0].now += timedelta(minutes=31)  # a slow server, which puts off for half an hour whatever comes
            return "451 4.3.0 try again later"
        return said.pop(0) if line.startswith("RCPT") and "<ana@" in line else None

    with obeying(answer) as server:
        ledger = Ledger("ana", "bo", "cy")
        ledger.rows[3] = replace(ledger.rows[3], due=NOON + timedelta(minutes=31))
        worker.append(hands(ledger, server))
        outcome = worker[0].work()

        assert ledger.statuses == ["refused", "deferred", "sent"]
        assert ledger.rows[1].reply == second
        assert [failure.message for failure in outcome.failures] == [f"refused by the server: {second}"]
        assert readers_of(server) == ["cy"]


# --- leases -----------------------------------------------------------------------------------------------------------


def test_a_letter_whose_lease_ended_while_the_server_was_asked_is_not_begun(hands: Maker) -> None:
    worker: list[Hands] = []

    def sleeps(talk: Talk, line: str) -> None:  # a laptop is closed while the server is asked for the first time, and opened hours later
        if line.startswith("RCPT") and len(talk.commands) < 4 and worker[0].now == NOON:
            worker[0].now += timedelta(hours=3)

    with obeying(sleeps) as server:
        ledger = Ledger("ana")
        worker.append(hands(ledger, server))
        outcome = worker[0].work(lease=timedelta(hours=2))

        assert ledger.claims == [["ana"], ["ana"]]
        assert (outcome.counts, readers_of(server)) == ({S.SENT: 1}, ["ana"])


# --- what a reply makes of a letter, without any doing ----------------------------------------------------------------

LOST = Reply(0, "no reply: the server closed the connection", Stage.DOT)
UNHEARD = "sent, but no answer was heard"


def decided(reply: Reply, chance: float = 0.0, unknown: str = "retry", **changes: object) -> Settlement:
    return settlement(Policy(unknown=unknown), replace(Ledger("ana").rows[1], **changes), reply, NOON, chance)  # type: ignore[arg-type]


def test_an_account_that_has_sent_enough_rests_for_hours_and_up_to_a_tenth_more() -> None:
    quota = Reply(550, "5.4.5 Daily user sending limit exceeded.", Stage.RCPT)

    early, late = decided(quota), decided(quota, 1.0)

    assert (early.due, early.rest) == (NOON + timedelta(hours=4), timedelta(hours=4))
    assert (late.due, late.rest) == (NOON + timedelta(hours=4, minutes=24), timedelta(hours=4, minutes=24))
    assert early.reason == "the account has sent what it may for now"
    assert "tomorrow" in early.hint


def test_an_answer_that_is_lost_for_the_first_time_is_asked_for_again_however_often_the_letter_was_put_off() -> None:
    assert decided(LOST, status=S.DEFERRED, attempts=9) == Settlement(
        status=S.UNKNOWN, due=NOON + timedelta(hours=4), reply=str(LOST), reason=UNHEARD
    )


@pytest.mark.parametrize(("unknown", "attempts"), [("hold", 0), ("retry", 4)])
def test_an_answer_that_is_asked_for_no_more_is_left_to_people(unknown: str, attempts: int) -> None:
    hint = "ask the reader, or look into the server's log, whether it came"

    assert decided(LOST, unknown=unknown, status=S.UNKNOWN, attempts=attempts) == Settlement(
        status=S.UNKNOWN, reply=str(LOST), reason=UNHEARD, hint=hint
    )
