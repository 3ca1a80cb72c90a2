"""Clusters: one of this machine's processes, or one that exists, such as a university's."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
from distributed import Client, LocalCluster

from image_machines import machine
from image_machines.atlas.cluster import Cluster

if TYPE_CHECKING:
    from image_machines.network.network import Network

log = logging.getLogger(__name__)

CONNECTING = 10.0  # seconds to wait for a scheduler
MEMORY = 2e9  # bytes that a worker may need
THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
ONE_THREAD = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"  # of JAX on a processor
MANNERS = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
}


@contextmanager
def connected(
    networks: Sequence[Network], scheduler: str = "", workers: int | None = None, label: str = ""
) -> Iterator[Cluster]:
    """The workers of the cluster at ``scheduler``, such as tcp://host:8786, or of one on this machine.

    Raises ValueError where nobody answers.
    """
    logging.getLogger("distributed").setLevel(logging.ERROR)  # what matters is told here
    if scheduler:
        with _client(scheduler) as client:
            log.info("The cluster at %s; %s", scheduler, _dashboard(client))
            yield Cluster(client, networks, label)
    else:
        with local(workers or default_workers()) as client:
            log.info("Workers start on this machine; %s", _dashboard(client))
            yield Cluster(client, networks, label)


def _dashboard(client: Client) -> str:
    """Where to see what the workers do."""
    try:
        return f"what they do: {client.dashboard_link}"
    except KeyError:
        return "it has no dashboard"


@contextmanager
def _client(scheduler: str) -> Iterator[Client]:
    try:
        client = Client(scheduler, timeout=CONNECTING)
    except (OSError, ValueError) as error:
        raise ValueError(f"no scheduler answers at {scheduler!r}: {error}") from error
    with client:
        yield client


@contextmanager
def local(workers: int, threads: int | None = None) -> Iterator[Client]:
    """A cluster on this machine alone, its processes of so many threads; by default they share the cores."""
    share = threads or max(machine.cores() // workers, 1)
    flags = f"{os.environ.get('XLA_FLAGS', '')} {ONE_THREAD if share == 1 else ''}".strip()
    environment = MANNERS | dict.fromkeys(THREADS, str(share)) | ({"XLA_FLAGS": flags} if flags else {})
    with (
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            memory_limit=0,
            silence_logs=logging.ERROR,
            env=environment | {name: os.environ[name] for name in MANNERS.keys() & os.environ.keys()},
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def default_workers() -> int:
    """One for every core, as far as memory goes; one where there is a GPU."""
    from image_machines.network import backend  # here, since it loads Keras

    if backend.gpu_capability() is not None:
        return 1
    memory = psutil.virtual_memory().available
    return max(min(machine.cores(), int(memory / MEMORY)), 1)
