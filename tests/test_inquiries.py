"""Inquiries: a process that cannot be started costs the question, not all that come after it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from image_machines.service.explaining import inquiries
from image_machines.service.explaining.inquiries import FAILED, GONE, Inquiries


class NoRoom:
    """A computer that starts no more processes."""

    def Pipe(self) -> tuple[Any, Any]:
        return object(), object()

    def Process(self, **_: Any) -> Any:
        return self

    def start(self) -> None:
        raise OSError("Cannot allocate memory")


def test_a_process_that_cannot_be_started_costs_a_question_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inquiries.multiprocessing, "get_context", lambda _: NoRoom())
    asked = Inquiries()
    both = [asked.ask("account"), asked.ask("account")]
    deadline = time.monotonic() + 60
    while any(each.state != FAILED for each in both) and time.monotonic() < deadline:
        time.sleep(0.01)
    asked.close()
    assert [(each.state, each.error) for each in both] == [(FAILED, GONE)] * 2
