"""Tasks done by the workers of a Dask cluster: images drawn, pictures measured.

Every task is given to one worker, and a second one waits behind it, so that no worker waits for the next. A
worker that is gone loses the task it was making, which counts as a failure of that task; what waited behind
is given back. Workers may come at any time: a new one is asked for its version, gets the networks and opens
them, and then takes part. One with another version of the project gets no work. Loads no Keras.
"""

from __future__ import annotations

import logging
import queue
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from distributed import CancelledError, Client, Future

from image_machines.atlas import remote
from image_machines.atlas.filling import Outcome
from image_machines.atlas.measuring import Block
from image_machines.atlas.tasks import Task, Trial
from image_machines.atlas.version import project

if TYPE_CHECKING:
    from image_machines.network.network import Network

log = logging.getLogger(__name__)

AHEAD = 2  # tasks that a worker has at once: one that it makes, and one that waits
LOOKS_EVERY = 0.5  # seconds between two looks at who is there
LONGEST_WAIT = 60.0  # seconds to wait for an answer before one looks whether the worker is still there


@dataclass(eq=False)
class Member:
    """A worker that takes part; it is ready when it has opened the networks."""

    address: str
    ready: bool = False
    tasks: dict[Future, Any] = field(default_factory=dict)  # the first one is being made


class Cluster:
    """Has tasks done by the workers of a cluster; see `filling.Maker`, and `measuring.Measuring`.

    ``label`` names a resource that a worker must have to get work, such as "GPU". ``work`` is what a worker
    does with a task.
    """

    def __init__(
        self,
        client: Client,
        networks: Sequence[Network],
        label: str = "",
        work: Callable[[Any], Any] = remote.work,
    ) -> None:
        self._client, self._label, self._work = client, label, work
        self._networks = {network.fingerprint: network for network in networks}
        self._content: dict[str, remote.Content] = {}
        self._members: dict[str, Member] = {}
        self._refused: set[str] = set()
        self._done: queue.Queue[Future] = queue.Queue()
        self._outcomes: deque[Outcome] = deque()
        self._next_look = 0.0
        self._opening: dict[Future, Member] = {}
        self._told = False

    # Tasks

    def room(self) -> bool:
        """Whether a worker can take another task."""
        return self._freest() is not None

    def begin(self, task: Task | Block) -> None:
        """Give a task to the worker that has the least to do."""
        member = self._freest()
        if member is None:
            self._outcomes.append(_given_back(task))
        else:
            member.tasks[self._submit(member, self._work, task)] = task

    def finished(self, patience: float) -> list[Outcome]:
        """What became of tasks; see `filling.Maker`."""
        for future in self._waited(0.0 if self._outcomes else patience):
            self._take(future)
        self._look()
        outcomes, self._outcomes = list(self._outcomes), deque()
        return outcomes

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What a function answers on the worker that has the least to do; on another where it is gone."""
        while True:
            with suppress(CancelledError):
                member = min(self._there(), key=lambda member: len(member.tasks))
                return self._answer(member, self._submit(member, function, *arguments))
            self._look()

    def trial(self, task: Task, seconds: float) -> list[Trial]:
        """What a task costs on each of the workers that are there; waits until they are ready."""
        found: list[Trial] = []
        while not found:
            ready = self._there()
            tried = [(each, self._submit(each, remote.try_out, task, seconds)) for each in ready]
            with suppress(CancelledError):  # of a worker that is gone
                found += [self._answer(*each) for each in tried]
            self._look()
        return found

    def _answer(self, member: Member, future: Future) -> Any:
        """What a worker answers, however long it takes; raises CancelledError where the worker is gone."""
        patience = LOOKS_EVERY
        while True:
            try:
                return future.result(timeout=patience)
            except TimeoutError:
                if future.status == "error":  # it is the worker's own
                    raise
            if member.address not in self._workers():
                raise CancelledError(f"the worker {member.address} is gone, and its answer with it")
            patience = min(2 * patience, LONGEST_WAIT)

    def _submit(self, member: Member, function: Callable[..., Any], *arguments: Any) -> Future:
        """Let a worker call a function; when that ends, however it does, its future is among those done."""
        future = self._client.submit(
            function,
            *arguments,
            key=f"{function.__name__}-{uuid4().hex}",
            workers=[member.address],
            resources={self._label: 1} if self._label else None,
            pure=False,
        )
        future.add_done_callback(self._done.put)
        return future

    def _waited(self, patience: float) -> list[Future]:
        """The futures that are done; waits a while for the first."""
        found = []
        with suppress(queue.Empty):
            found.append(
                self._done.get(timeout=min(patience, LOOKS_EVERY)) if patience else self._done.get_nowait()
            )
            while True:
                found.append(self._done.get_nowait())
        return found

    def _take(self, future: Future) -> None:
        """Take in what a worker did: it opened the networks, or made a task."""
        if (opener := self._opening.pop(future, None)) is not None:
            return self._opened(opener, future)
        for member in self._members.values():
            if (task := member.tasks.pop(future, None)) is not None:
                return self._outcomes.append(self._outcome(task, member, future))
        return None  # of a worker that is gone, or a trial

    def _outcome(self, task: Any, member: Member, future: Future) -> Outcome:
        """What a future says of its task."""
        try:
            return Outcome(task, self._answer(member, future))
        except CancelledError:
            return Outcome(task)  # it was made, but its worker is gone: nothing is known against the task
        except Exception as error:
            return Outcome(task, error=f"{type(error).__name__}: {error}")

    # Workers

    def _there(self) -> list[Member]:
        """The workers that are ready, once those that are there are."""
        while self._opening or not self._ready():
            self._outcomes.extend(self.finished(LOOKS_EVERY))
        return self._ready()

    def _ready(self) -> list[Member]:
        return [member for member in self._members.values() if member.ready]

    def _freest(self) -> Member | None:
        """The worker with the least to do, if that is little enough."""
        free = [member for member in self._ready() if len(member.tasks) < AHEAD]
        return min(free, key=lambda member: len(member.tasks), default=None)

    def _look(self) -> None:
        """See, now and then, who is gone and who is new."""
        if time.monotonic() < self._next_look:
            return
        there = self._workers()
        for address in self._members.keys() - there:
            self._gone(self._members.pop(address))
        new = [address for address in there if address not in self._members and address not in self._refused]
        if new:
            self._admit(new)
        if not self._members and not self._told:
            log.warning("no worker is there yet; the work begins when one comes")
        self._told = not self._members
        self._next_look = time.monotonic() + LOOKS_EVERY

    def _workers(self) -> set[str]:
        """The addresses of the workers that are there and have the resource.

        The scheduler is asked itself: what the client knows of it is renewed now and then without workers.
        """
        if self._client.status != "running":
            raise ConnectionError("the scheduler is gone; the same command goes on from here")
        found = self._client.sync(self._client.scheduler.identity, n_workers=-1)["workers"].items()
        return {address for address, each in found if not self._label or self._label in each["resources"]}

    def _gone(self, member: Member) -> None:
        """Give back the tasks of a worker that is gone; the one that it was making has failed."""
        log.warning("the worker %s is gone", member.address)
        for place, (future, task) in enumerate(member.tasks.items()):
            future.cancel()
            error = f"the worker {member.address} ended while it made this" if place == 0 else ""
            self._outcomes.append(Outcome(task, error=error))
        for future in [each for each, opener in self._opening.items() if opener is member]:
            del self._opening[future]

    def _admit(self, new: Sequence[str]) -> None:
        """Ask new workers for their version, and send those that may take part what they lack."""
        versions = self._client.run(_identify(), workers=list(new), on_error="return")
        known = {address: each for address, each in versions.items() if not isinstance(each, OSError)}
        right = [address for address, version in known.items() if version == project()]
        for address in known.keys() - set(right):
            self._refuse(address, f"it has {_said(known[address])}, not {project()}")
        if right:
            self._send(right)
        for address in right:
            member = self._members[address] = Member(address)
            self._opening[self._submit(member, remote.open_networks)] = member

    def _send(self, addresses: Sequence[str]) -> None:
        """Send workers the networks that they lack."""
        lacking = self._client.run(
            remote.lacks, list(self._networks), workers=list(addresses), on_error="return"
        )
        for fingerprint, network in self._networks.items():
            wanting = [each for each in addresses if fingerprint in _listed(lacking.get(each))]
            if wanting:
                if fingerprint not in self._content:
                    self._content[fingerprint] = remote.pack(network)
                content = self._content[fingerprint]
                self._client.run(remote.take, fingerprint, content, workers=wanting, on_error="return")

    def _opened(self, member: Member, future: Future) -> None:
        """Let a worker take part that has opened the networks; refuse one that cannot."""
        try:
            self._answer(member, future)
            member.ready = True
        except CancelledError:
            self._members.pop(member.address, None)  # if it is still there, it is met anew
        except Exception as error:
            self._members.pop(member.address, None)
            self._refuse(member.address, f"{type(error).__name__}: {error}")

    def _refuse(self, address: str, reason: str) -> None:
        """Give a worker no work, and say why, once."""
        self._refused.add(address)
        log.warning("the worker %s gets no work: %s", address, reason)


def _identify() -> Callable[[], str]:
    """What asks a worker for its version; it travels whole, also to a worker that lacks the project."""

    def identify() -> str:
        from image_machines.atlas import remote

        return remote.identity()

    return identify


def _given_back(task: Any) -> Outcome:
    return Outcome(task)


def _said(version: Any) -> str:
    """What a worker answered to the question for its version."""
    if isinstance(version, str):
        return f"version {version} of the project"
    return f"no version of the project that can be asked ({type(version).__name__}: {version})"


def _listed(answer: Any) -> list[str]:
    return answer if isinstance(answer, list) else []
