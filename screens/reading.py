"""Reads beside the event loop, and what is said of one that ends in a mistake of ours."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from wizard.words import screen as label

T = TypeVar("T")


async def in_thread(ask: Callable[[], T]) -> T:
    """What ``ask`` returns or raises, called in a thread that no one waits for when the program ends.

    asyncio's own threads are joined at the end, and one that waits for AWS would hold the program open.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(set_it: Callable[[Any], None], value: Any) -> None:
        if not answer.done():
            set_it(value)

    def work_through() -> None:
        try:
            value = ask()
        except BaseException as error:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(settle, answer.set_exception, error)
        else:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(settle, answer.set_result, value)

    threading.Thread(target=work_through, name="read", daemon=True).start()
    return await answer


def told_of_bug(error: Exception) -> str:
    """Logs what was not foreseen. Returns a sentence: no screen may stay as if nothing were amiss."""
    from screens import log
    from wizard.places import places

    if log.path() is None:
        log.open_in(places().state)
    log.logger.error("a read ended in what was not foreseen", exc_info=error)
    return label("app.bug", name=type(error).__name__)
