"""Processes for work in parallel: an interruption ends them at once and in silence, and none outlives its parent."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread


@contextmanager
def pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Start processes, and end them: when their work is done, or at once where something is raised meanwhile.

    Parameters
    ----------
    workers : int
        How many.

    Yields
    ------
    concurrent.futures.ProcessPoolExecutor
        All of it started.

    Notes
    -----
    Ctrl-C in a terminal goes to every process. One that computes would print a traceback, or take the interruption for
    an answer and go on with the next piece of work; so these processes do not hear it, and are ended from here.

    Examples
    --------
    >>> with pool(2) as processes:
    ...     list(processes.map(abs, [-1, 2]))
    [1, 2]
    """
    found = ProcessPoolExecutor(workers, get_context("spawn"), _end_with_parent)
    try:
        with _uninterrupted():  # which a process inherits
            for _ in range(workers):
                found.submit(int)
        yield found
    except BaseException:
        for process in list((found._processes or {}).values()):  # `terminate_workers` from Python 3.14 on
            process.terminate()
        raise
    finally:
        found.shutdown(cancel_futures=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Put off interruptions of this thread; systems without signals for threads have none to put off."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, killed or not: nobody waits for its answers then."""
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    Thread(target=watch, daemon=True).start()
