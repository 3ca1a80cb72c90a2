"""Pieces of code that run in a kernel: what is asked is answered, however early."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from image_machines.service import calls
from image_machines.service.calls import Calls


class Kernel:
    """A kernel whose first words nobody hears."""

    def __init__(self, lost: int) -> None:
        self.lost, self.asked = lost, 0
        self.calls: Calls

    def execute(self, code: str, **_: Any) -> str:
        self.asked += 1
        id = str(self.asked)
        if self.asked > self.lost:
            for kind, content in (
                ("stream", {"name": "stdout", "text": code}),
                ("status", {"execution_state": "idle"}),
            ):
                message = {"header": {"msg_type": kind}, "parent_header": {"msg_id": id}, "content": content}
                asyncio.get_running_loop().call_soon(self.calls.receive, message)
        return id


def test_a_kernel_that_is_not_heard_at_first_is_asked_again(monkeypatch: Any) -> None:
    monkeypatch.setattr(calls, "HEARD_WITHIN", 0.01)
    kernel = Kernel(lost=3)
    kernel.calls = Calls(kernel, logging.getLogger())

    async def ask() -> str:
        await asyncio.wait_for(kernel.calls.join(), 30)
        return await asyncio.wait_for(kernel.calls.run("hello"), 30)

    assert asyncio.run(ask()) == "hello"
    assert kernel.asked == 5
