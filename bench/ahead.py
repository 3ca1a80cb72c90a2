"""Programs compiled ahead of their measurement, by several processes at once, into JAX's cache on disk.

JAX compiles a step anew for every size, and one process compiles one program at a time; a card's host has
more cores than that. ``python -m bench.ahead SCALE 2 16`` compiles every sixteenth job, from the third.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from image_machines.network.network import Network
from image_machines.vision import ascent, exact, objectives
from image_machines.vision.climb import Run, first_parameters, plan_of
from image_machines.vision.objectives import Objective
from image_machines.vision.octaves import octaves
from image_machines.vision.regularizers import Filter, Regularizer, Transform
from image_machines.vision.settings import Settings


@dataclass(frozen=True, eq=False)
class Job:
    """A step of one size with the regularisers of some of its iterations; or the measurement at the end."""

    run: Run
    octave: int  # from 0
    due: tuple[Regularizer, ...]
    ends: bool = False


def jobs(network: Network, batch: Sequence[Objective], settings: Settings) -> Iterator[Job]:
    """Every program that images of a batch need."""
    bound = [objectives.bind(each, network) for each in batch]
    run = Run(network, bound, objectives.numbers(bound, network), settings, [0] * len(bound))
    every = octaves(settings)
    for number, octave in enumerate(every):
        sets = dict.fromkeys(octave.due(iteration) for iteration in range(octave.iterations))
        compiled = dict.fromkeys(tuple(each for each in due if not isinstance(each, Filter)) for due in sets)
        yield from (Job(run, number, due) for due in compiled)
    yield Job(run, len(every) - 1, (), ends=True)


def compile_job(job: Job) -> None:
    """Call a program once on nothing, so that the cache has it."""
    run, octave = job.run, octaves(job.run.settings)[job.octave]
    plan = plan_of(run, job.due)
    nothing = np.zeros((len(run.batch), octave.size, octave.size, 3), np.float32)
    _, parameters, constants = first_parameters(run, octave, nothing)
    if job.ends:
        ascent.measure(run.network, plan.bare())(parameters, run.numbers, constants)
        return
    draws = tuple(np.zeros(2, np.float32) for _ in plan.acting(Transform))
    given = ascent.Given(exact.halves(octave.step), run.numbers, constants, draws)
    ascent.program(run.network, plan)(ascent.begin(run.settings.optimizer, parameters), given)


def compile_all(scale: str, processes: int, patience: float) -> list[float]:
    """Compile the jobs of a scale on so many processes, for so long at most; the seconds of those done."""
    with ThreadPoolExecutor(processes) as pool:
        each = pool.map(lambda number: _share(scale, number, processes, patience), range(processes))
        return [seconds for some in each for seconds in some]


def _share(scale: str, number: int, processes: int, patience: float) -> list[float]:
    """The seconds that one process took for each of its jobs."""
    command = [sys.executable, "-m", "bench.ahead", scale, str(number), str(processes)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=patience, check=False)
        said, errors = done.stdout, done.stderr[-500:] if done.returncode else ""
    except subprocess.TimeoutExpired as late:
        said = late.stdout.decode() if isinstance(late.stdout, bytes) else late.stdout or ""
        errors = "its time is over"
    if errors:
        print(f"  compiling ahead, process {number}: {errors}", flush=True)
    return [json.loads(line)["seconds"] for line in said.splitlines() if line.startswith("{")]


def main(scale: str, number: int, processes: int) -> None:
    """Compile a share of the jobs, and say of each how long it took."""
    from bench import gpu  # here, since it looks for JAX's devices

    for job in list(gpu.jobs(gpu.SCALES[scale]()))[number::processes]:
        began = time.perf_counter()
        compile_job(job)
        print(json.dumps({"seconds": round(time.perf_counter() - began, 2)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
