"""One connection at a time holds the seat; whoever leaves is noticed, and may be sent away."""

import asyncio
import json

import pytest
from aiohttp import web

from radiogenomics.viewer import seat as module
from radiogenomics.viewer.seat import Seat

from .apart import run_apart


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Seconds that a page may take to leave would only be waited for here."""
    monkeypatch.setattr(module, "_LEAVING_S", 0.2)
    monkeypatch.setattr(module, "_STEP_S", 0.01)


async def stay(_request):
    """A page that works until it is closed."""
    await asyncio.Event().wait()
    return web.Response()


def answer(response):
    return json.loads(response.text)


def test_a_free_seat_is_taken_and_left():
    left = []

    async def scenario():
        seat = Seat(lambda: "Eva", lambda: left.append(True))
        assert answer(await seat.ask(None)) == {"taken": False, "rater": "Eva"}
        sitting = asyncio.create_task(seat.sit(None, stay))
        await asyncio.sleep(0.05)
        assert answer(await seat.ask(None)) == {"taken": True, "rater": "Eva"}
        assert left == []
        sitting.cancel()
        await asyncio.gather(sitting, return_exceptions=True)
        assert left == [True]
        assert not answer(await seat.ask(None))["taken"]

    run_apart(scenario())


def test_a_second_connection_is_refused_while_the_first_stays():
    async def scenario():
        seat = Seat(lambda: "Eva", lambda: None)
        first = asyncio.create_task(seat.sit(None, stay))
        await asyncio.sleep(0.05)
        refused = await asyncio.wait_for(seat.sit(None, stay), 2)
        assert refused.status == 409
        assert not first.done()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)

    run_apart(scenario())


def test_of_two_that_wait_one_gets_the_seat():
    async def scenario():
        seat = Seat(lambda: "", lambda: None)
        first = asyncio.create_task(seat.sit(None, stay))
        await asyncio.sleep(0.05)
        waiting = [asyncio.create_task(seat.sit(None, stay)) for _ in range(2)]
        await asyncio.sleep(0.05)
        first.cancel()
        done, pending = await asyncio.wait(waiting, timeout=1)
        assert [task.result().status for task in done] == [409]
        for task in pending:
            task.cancel()
        assert len(pending) == 1
        await asyncio.gather(*waiting, return_exceptions=True)

    run_apart(scenario())


def test_whoever_takes_over_sends_the_other_away():
    async def scenario():
        seat = Seat(lambda: "", lambda: None)
        first = asyncio.create_task(seat.sit(None, stay))
        await asyncio.sleep(0.05)
        assert not answer(await seat.take_over(None))["taken"]
        assert first.cancelled() or first.done()

    run_apart(scenario())
