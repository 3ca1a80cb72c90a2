"""Inquiries: questions that a process of its own answers one by one; answers wait in memory only."""

from __future__ import annotations

import itertools
import multiprocessing
import queue
import secrets
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from image_machines.atlas.job import QueueFull
from image_machines.service.explaining import process

WAITING, WORKING, DONE, FAILED = "waiting", "working", "done", "failed"
MOST_WAITING = 16  # each may hold a picture
KEPT = 200  # answers that may still be fetched
GONE = "the process that explains works ended; ask again"


@dataclass(eq=False)
class Inquiry:
    """A question: the function that answers it, with what. Its pictures are forgotten with the answer."""

    question: str
    given: Mapping[str, Any] = field(repr=False)
    number: int = 0
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    state: str = WAITING
    note: str = ""
    error: str | None = None
    answer: Any = field(default=None, repr=False)
    work: str | None = None


class Inquiries:
    """Questions in the order in which they came; the process begins with the first of them."""

    def __init__(self, *given: Any) -> None:
        self._given = given  # what `process.work` is told
        self._numbers = itertools.count()
        self._waiting: queue.Queue[Inquiry | None] = queue.Queue()
        self._known: dict[str, Inquiry] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process: Any = None
        self._connection: Connection
        self._closed = False

    def ask(self, question: str, **given: Any) -> Inquiry:
        """Take in a question; raises QueueFull when too many wait."""
        with self._lock:
            waiting = self._waiting.qsize()
            if waiting >= MOST_WAITING:
                raise QueueFull(f"{waiting} questions wait already; ask again when one is answered")
            inquiry = Inquiry(question, given, next(self._numbers))
            self._known[inquiry.id] = inquiry
            for id in list(self._known)[:-KEPT]:
                del self._known[id]
            self._waiting.put(inquiry)
            self._begin()
        return inquiry

    def warm(self) -> None:
        """Let the process load what it needs, before the first question comes."""
        with self._lock:
            self._begin()

    def get(self, id: str) -> Inquiry | None:
        """The question of that id, while it is remembered."""
        return self._known.get(id)

    def position(self, inquiry: Inquiry) -> int | None:
        """So many are answered before it; None when it does not wait."""
        if inquiry.state != WAITING:
            return None
        before = (each for each in list(self._known.values()) if each.number < inquiry.number)
        return sum(each.state in (WAITING, WORKING) for each in before)

    def close(self) -> None:
        """End the process, whatever it does."""
        self._closed = True
        self._waiting.put(None)
        if self._process is not None:
            self._process.kill()

    def _begin(self) -> None:
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._work, name="inquiries", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        """Have one question answered after the other."""
        with suppress(OSError):
            self._ready()
        while (inquiry := self._waiting.get()) is not None and not self._closed:
            inquiry.state = WORKING
            try:
                self._ready()
                self._connection.send((inquiry.question, inquiry.given))
                inquiry.given = {}
                self._hear(inquiry)
            except (EOFError, OSError):
                if self._process is not None:
                    self._process.kill()
                    self._process.join()
                inquiry.error, inquiry.state = GONE, FAILED
            finally:
                inquiry.given = {}

    def _hear(self, inquiry: Inquiry) -> None:
        """What the process says of a question, until it has answered."""
        while True:
            kind, value = self._connection.recv()
            match kind:
                case "note":
                    inquiry.note = value
                case "failed":
                    inquiry.error, inquiry.note, inquiry.state = value, "", FAILED
                    return
                case "done":
                    inquiry.answer, inquiry.note, inquiry.state = value, "", DONE
                    return

    def _ready(self) -> None:
        """Start the process unless it runs."""
        if self._process is None or not self._process.is_alive():
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            begun = context.Process(
                target=process.work, args=(theirs, *self._given), name="reasons", daemon=True
            )
            begun.start()
            self._process, self._connection = begun, ours  # only one that could be started
            theirs.close()
