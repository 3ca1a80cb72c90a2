"""Tasks made one after the other, in this process."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from image_machines.atlas.batches import draw, try_out
from image_machines.atlas.filling import Outcome
from image_machines.atlas.tasks import Task, Trial
from image_machines.network.network import Network


class Here:
    """Makes tasks in this process; see `filling.Maker`."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = {network.fingerprint: network for network in networks}
        self._begun: deque[Task] = deque()

    def trial(self, task: Task, seconds: float) -> list[Trial]:
        """See `estimate.estimate`."""
        return [try_out(self._networks[task.first.fingerprint], task, seconds)]

    def room(self) -> bool:
        return not self._begun

    def begin(self, task: Task) -> None:
        self._begun.append(task)

    def finished(self, patience: float) -> Sequence[Outcome]:
        task = self._begun.popleft()
        try:
            return [Outcome(task, draw(self._networks[task.first.fingerprint], task))]
        except Exception as error:
            return [Outcome(task, error=f"{type(error).__name__}: {error}")]
