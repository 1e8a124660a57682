"""Many small requests at once, but never more than a bounded number."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

THREADS = 16
"""Requests under way at once; half of a client's connections."""


def each(work: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
    """Applies `work` to every item, in order of the answers.

    After the first failure nothing new is begun; what is under way ends, and the failure is raised.
    """
    wanted = list(items)
    if len(wanted) < 2:
        return [work(item) for item in wanted]
    with ThreadPoolExecutor(min(THREADS, len(wanted)), thread_name_prefix="dq-s3") as pool:
        try:
            return list(pool.map(work, wanted))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
