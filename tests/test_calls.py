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
        self.session = self.shell_channel = (
            self  # the part of a client that makes messages, and that sends them
        )
        self.calls: Calls

    def msg(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        self.asked += 1
        return {"header": {"msg_type": kind, "msg_id": str(self.asked)}, "content": content}

    def send(self, asked: dict[str, Any]) -> None:
        if self.asked > self.lost:
            for kind, content in (
                ("stream", {"name": "stdout", "text": asked["content"]["code"]}),
                ("status", {"execution_state": "idle"}),
            ):
                told = {"header": {"msg_type": kind}, "parent_header": asked["header"], "content": content}
                asyncio.get_running_loop().call_soon(self.calls.receive, told)


def test_a_kernel_that_is_not_heard_at_first_is_asked_again(monkeypatch: Any) -> None:
    monkeypatch.setattr(calls, "HEARD_WITHIN", 0.01)
    kernel = Kernel(lost=3)
    kernel.calls = Calls(kernel, logging.getLogger())

    async def ask() -> str:
        await asyncio.wait_for(kernel.calls.join(), 30)
        return await asyncio.wait_for(kernel.calls.run("hello"), 30)

    assert asyncio.run(ask()) == "hello"
    assert kernel.asked == 5
