"""The batcher: who is settled together, in which order, and what an accident costs."""

import asyncio

import psycopg
import pytest

from apiauth import credentials
from apiauth.gateway.batcher import MOST_AT_ONCE, Batcher, Full
from apiauth.gateway.commands import Find, Found
from apiauth.gateway.tightness import Tightness
from tests.apiauth.gateway.cases import NOW, question

SECRETS = [credentials.make_secret("acme_live") for _ in range(4)]


class Store:
    """An engine that knows no key; it may be held up, and choke on some secret."""

    def __init__(self, chokes_on=None, error=psycopg.DataError):
        self.tightness = Tightness()
        self.many = []
        self.is_closed = False
        self.open = asyncio.Event()
        self.open.set()
        self._chokes_on = chokes_on and set(_digests_of(chokes_on))
        self._error = error

    async def run(self, settling):
        answer = None
        try:
            while True:
                answer = await self._carry_out(settling.send(answer))
        except StopIteration as done:
            return done.value

    async def _carry_out(self, command):
        if not isinstance(command, Find):
            return {}
        self.many.append(len(command.digests))
        await self.open.wait()
        if self._chokes_on and self._chokes_on & set(command.digests):
            raise self._error("hunter2")
        return Found(NOW, {}, {})

    async def close(self):
        self.is_closed = True


def _digests_of(secret):
    return credentials.digests(credentials.Purpose.KEY, secret)


def about(*secrets):
    return [question(secret) for secret in secrets]


def codes(outcomes):
    return [str(outcome.code) for outcome in outcomes]


async def ask(batcher, questions):
    """Put questions, and wait for the outcomes."""
    answer = asyncio.get_running_loop().create_future()

    def given(outcomes):
        if not answer.done():
            answer.set_result(outcomes)

    batcher.put(questions, given)
    return await answer


async def asking(batcher, many, *, each=1):
    """Let many ask, one after the other; returns who waits."""
    tasks = [
        asyncio.create_task(ask(batcher, about(*[SECRETS[0]] * each)))
        for _ in range(many)
    ]
    await asyncio.sleep(0)
    return tasks


async def held(batcher, store):
    """Let one ask, whose batch does not come back yet."""
    store.open.clear()
    [first] = await asking(batcher, 1)
    await asyncio.sleep(0.01)
    return first


def test_answers_a_lone_caller_at_once():
    async def story():
        store = Store()
        outcomes = await ask(Batcher(store, most_waiting=10), about(SECRETS[0]))
        assert (codes(outcomes), store.many) == (["unknown"], [1])

    asyncio.run(story())


def test_settles_together_whoever_came_meanwhile():
    async def story():
        store = Store()
        batcher = Batcher(store, most_waiting=100)
        first = await held(batcher, store)
        others = await asking(batcher, 50)
        store.open.set()
        await asyncio.gather(first, *others)
        assert store.many == [1, 50]

    asyncio.run(story())


def test_gives_everybody_their_own_answers_in_their_order():
    async def story():
        store = Store()
        batcher = Batcher(store, most_waiting=100)
        first = await held(batcher, store)
        asked = [about(*SECRETS[:n], "nonsense") for n in (1, 3, 2)]
        tasks = [asyncio.create_task(ask(batcher, one)) for one in asked]
        await asyncio.sleep(0)
        store.open.set()
        await first
        for mine, task in zip(asked, tasks, strict=True):
            outcomes = await task
            assert [outcome.question for outcome in outcomes] == mine
            assert codes(outcomes) == ["unknown"] * (len(mine) - 1) + ["malformed"]

    asyncio.run(story())


def test_answers_in_the_order_of_asking():
    async def story():
        store, order = Store(), []
        batcher = Batcher(store, most_waiting=1000)
        tasks = [await held(batcher, store), *await asking(batcher, 600)]
        for n, task in enumerate(tasks):
            task.add_done_callback(lambda _, n=n: order.append(n))
        store.open.set()
        await asyncio.gather(*tasks)
        await asyncio.sleep(0)
        assert order == list(range(601))

    asyncio.run(story())


def test_settles_so_many_at_once_and_tears_no_request_apart():
    async def story():
        store = Store()
        batcher = Batcher(store, most_waiting=10_000)
        first = await held(batcher, store)
        tasks = await asking(batcher, 6, each=100)
        store.open.set()
        await asyncio.gather(first, *tasks)
        assert store.many == [1, 200, 200, 200]
        assert max(store.many) <= MOST_AT_ONCE

    asyncio.run(story())


def test_lets_no_more_wait_than_may():
    async def story():
        store = Store()
        batcher = Batcher(store, most_waiting=5)
        tasks = [await held(batcher, store), *await asking(batcher, 4)]
        with pytest.raises(Full):
            await ask(batcher, about(SECRETS[0]))
        store.open.set()
        await asyncio.gather(*tasks)
        assert codes(await ask(batcher, about(*SECRETS))) == ["unknown"] * 4

    asyncio.run(story())


def test_whoever_hangs_up_leaves_the_others_their_answers():
    async def story():
        store = Store()
        batcher = Batcher(store, most_waiting=5)
        first = await held(batcher, store)
        second, third = await asking(batcher, 2)
        first.cancel()
        second.cancel()
        await asyncio.sleep(0)
        store.open.set()
        assert codes(await third) == ["unknown"]
        # Their places are free again.
        await asyncio.gather(*await asking(batcher, 5))

    asyncio.run(story())


def test_answers_all_who_wait_before_it_closes():
    async def story():
        store = Store()
        batcher = Batcher(store, most_waiting=100)
        tasks = [await held(batcher, store), *await asking(batcher, 9)]
        closing = asyncio.create_task(batcher.close())
        await asyncio.sleep(0.01)
        assert not closing.done()
        store.open.set()
        await closing
        assert store.is_closed
        assert all(codes(task.result()) == ["unknown"] for task in tasks)

    asyncio.run(story())


def choke(_outcomes):
    raise RuntimeError


def test_whoever_cannot_be_told_leaves_the_others_their_answers(caplog):
    async def story():
        batcher = Batcher(Store(), most_waiting=100)
        batcher.put(about(SECRETS[0]), choke)
        [others] = await asking(batcher, 1)
        assert codes(await others) == ["unknown"]
        assert codes(await ask(batcher, about(SECRETS[0]))) == ["unknown"]

    asyncio.run(story())
    assert "gateway.accident" in caplog.text


@pytest.mark.parametrize("error", [psycopg.DataError, TypeError, UnicodeError])
def test_a_question_that_is_an_accident_is_one_alone(error, caplog):
    async def story():
        store = Store(chokes_on=SECRETS[1], error=error)
        batcher = Batcher(store, most_waiting=100)
        outcomes = await ask(batcher, about(*SECRETS, "nonsense"))
        assert codes(outcomes) == [
            "unknown",
            "unavailable",
            "unknown",
            "unknown",
            "malformed",
        ]
        assert codes(await ask(batcher, about(SECRETS[0]))) == ["unknown"]

    asyncio.run(story())
    assert "hunter2" not in caplog.text


def test_asks_a_database_that_is_away_once_for_all():
    async def story():
        store = Store(chokes_on=SECRETS[0], error=psycopg.OperationalError)
        outcomes = await ask(
            Batcher(store, most_waiting=9), about(*SECRETS, "nonsense")
        )
        assert codes(outcomes) == ["unavailable"] * 4 + ["malformed"]
        assert store.many == [4]

    asyncio.run(story())
