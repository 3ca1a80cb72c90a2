"""The resources of the service, as plain methods that the cells of ``explain.ipynb`` call.

Each takes the gateway's ``REQUEST`` (a JSON text with ``body``, ``args``, ``path``, ``headers``) and gives an
`Answer` at once; none ever raises. What each is called with and what it answers stands in `operations`. Who
may ask, and how much, the gateway has judged before.
"""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from image_machines.atlas import cards, make, plan
from image_machines.atlas.costs import Costs
from image_machines.atlas.queue import Ended, Job, Queue, QueueFull
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import DiskFull, Store
from image_machines.atlas.worker import Worker
from image_machines.names import unknown
from image_machines.network import models as networks
from image_machines.network.layers import UnknownLayer
from image_machines.network.network import Network
from image_machines.service import answers, openapi
from image_machines.service.operations import (
    COUNT,
    FILTERS,
    IDS,
    LIMIT,
    MODEL,
    OCTAVE,
    OFFSET,
    OPERATIONS,
    PRESET_NAME,
    SEED,
    STATE,
)
from image_machines.service.requests import MOST_IMAGES, Asked, Refused
from image_machines.service.works import Works
from image_machines.vision.presets import PRESETS, TITLES, preset

log = logging.getLogger(__name__)

PRESET = "quick"


@dataclass(frozen=True)
class Answer:
    """The body to print, and what the ``ResponseInfo`` cell says of it."""

    status: int
    body: str
    headers: Mapping[str, str]

    @property
    def info(self) -> str:
        """Status and headers as the gateway wants them."""
        return json.dumps({"status": self.status, "headers": dict(self.headers)})


Method = Callable[["Service", Asked], Any]


def resource(method: Method) -> Callable[[Service, str], Answer]:
    """Make a method that returns content, or (status, content), into one that answers whatever happens."""

    @functools.wraps(method)
    def answer(self: Service, request: str) -> Answer:
        try:
            content = method(self, Asked.parse(request))
            status, content = content if isinstance(content, tuple) else (200, content)
        except Exception as error:
            status, content = _complaint(method.__name__, error)
        kind = "text/plain; charset=utf-8" if isinstance(content, str) else "application/json"
        body = content if isinstance(content, str) else content.model_dump_json(by_alias=True)
        fixed = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Answer(status, body, {"Content-Type": kind, **fixed})

    return answer


def _complaint(name: str, error: Exception) -> tuple[int, answers.Error]:
    known = ((UnknownLayer, 404), (ValueError, 400), (QueueFull, 429), (Ended, 409), (DiskFull, 507))
    status = error.status if isinstance(error, Refused) else 500
    status = next((status for kind, status in known if isinstance(error, kind)), status)
    if status == 500:
        log.error("%s failed", name, exc_info=error)
        sentence = f"the service failed with {type(error).__name__}; its log says more"
        return status, answers.Error(error=sentence)
    return status, answers.Error(error=str(error).encode(errors="replace").decode())


@dataclass
class Service:
    """Models, their finished images and the queue, as resources. The first model is the default."""

    models: Sequence[Network]
    store: Store
    works: Works
    preset: str = PRESET
    limit: int = 1000
    pixels: str | None = None
    classes: Sequence[str] | None = None
    costs: Costs = field(init=False)
    queue: Queue = field(init=False)

    def __post_init__(self) -> None:
        if not self.models:
            raise ValueError(
                "there is no model to show: `make run` makes one, or name a file or an architecture"
            )
        preset(self.preset)
        self._by_name = {model.name: model for model in self.models}
        if len(self._by_name) < len(self.models):
            raise ValueError(f"two models have the same name: {', '.join(m.name for m in self.models)}")
        self.costs = Costs(self._by_name)
        other = self.store.own()
        if other is None:
            self.store.sweep()
        else:
            log.warning("process %d serves the images in %s as well", other, self.store.folder)
        sources = [model.opened_from for model in self.models]
        said = self.pixels, self.classes
        self.workers = {device: Worker(sources, device, *said) for device in make.devices()}
        self.queue = Queue(self.workers, self.store, self.costs, self.limit)
        if other is None:
            self.queue.recall(self._fits)

    def _fits(self, recipe: Recipe) -> bool:
        """Whether a recipe is of a model at hand."""
        model = self._by_name.get(recipe.model)
        return model is not None and model.fingerprint == recipe.fingerprint

    def close(self) -> None:
        """Stop rendering and leave the folder in order."""
        self.queue.close(*(worker.close for worker in self.workers.values()))
        self.works.close()

    # The resources

    @resource
    def activation(self, asked: Asked) -> str:
        recipe = plan.plan(
            self._model(asked.value(MODEL)),
            asked.path["layer"],
            asked.path["neuron"],
            asked.value(OCTAVE),
            asked.value(PRESET_NAME) or self.preset,
            asked.value(SEED),
        )
        (job,), _ = self.queue.submit([recipe])
        return job.path

    @resource
    def status(self, asked: Asked) -> answers.Status:
        jobs = self.queue.jobs()
        return answers.Status(
            version=openapi.VERSION,
            queued=len(self.queue.positions()),
            limit=self.limit,
            rendering=[job.id for job in jobs if job.shown_state == "rendering"],
            preset=self.preset,
            models=len(self.models),
            images=len(self.store),
            left_out=[answers.LeftOut(file=file, reason=reason) for file, reason in self.store.bad().items()],
        )

    @resource
    def list_models(self, asked: Asked) -> answers.Models:
        return answers.Models(
            models=[
                answers.ModelSummary(
                    name=model.name,
                    fingerprint=model.fingerprint,
                    classes=len(model.classes),
                    source=model.source,
                )
                for model in self.models
            ]
        )

    @resource
    def model(self, asked: Asked) -> answers.Model:
        model = self._model(asked.path["model"])
        measured = self.works.layers(model)
        return answers.Model(
            name=model.name,
            fingerprint=model.fingerprint,
            source=model.source,
            classes=list(model.classes),
            classes_layer=model.classes_layer,
            sizes=plan.sizes(self.preset),
            layers=[
                answers.Layer(
                    **{
                        name: getattr(layer, name) for name in ("name", "kind", "width", "map_size", "stride")
                    },
                    receptive_field=layer.receptive_field,
                    visualizable=layer.visualizable,
                    landmark=layer in model.landmarks,
                    responses=layer.name in measured,
                )
                for layer in model.layers.values()
            ],
        )

    @resource
    def presets(self, asked: Asked) -> answers.Presets:
        return answers.Presets(
            default=self.preset,
            presets=[
                answers.Preset(
                    name=name,
                    title=TITLES[name],
                    settings=settings.to_json(),
                    sizes=plan.sizes(name),
                )
                for name, settings in PRESETS.items()
            ],
        )

    @resource
    def estimate(self, asked: Asked) -> answers.Estimate:
        wanted = self._recipes(asked)
        new = {recipe.id: recipe for recipe in wanted if self.queue.find(recipe) is None}
        lefts = (job.seconds_left() for job in self.queue.jobs())
        return answers.Estimate(
            seconds=self.costs.total(new.values()),
            seconds_waiting=sum(left for left in lefts if left is not None),
            new=len(new),
            done=len({recipe.id for recipe in wanted}) - len(new),
            jobs=[
                answers.Priced(
                    id=recipe.id,
                    **{
                        name: getattr(recipe, name) for name in ("neuron", "octave", "size", "preset", "seed")
                    },
                    seconds=self.costs.seconds(recipe) if recipe.id in new else 0.0,
                )
                for recipe in wanted
            ],
        )

    @resource
    def submit(self, asked: Asked) -> tuple[int, answers.Jobs]:
        jobs, new = self.queue.submit(self._recipes(asked))
        unique = list({job.id: job for job in jobs}.values())
        return 202 if new else 200, self._page_of_jobs(unique, 0, len(unique))

    @resource
    def jobs(self, asked: Asked) -> answers.Jobs:
        jobs = self.queue.jobs()
        ids, state = asked.value(IDS), asked.value(STATE)
        if ids is not None:
            wanted = set(ids.split(","))
            jobs = [job for job in jobs if job.id in wanted]
        if state is not None:
            jobs = [job for job in jobs if job.shown_state == state]
        return self._page_of_jobs(jobs, asked.value(OFFSET), asked.value(LIMIT))

    @resource
    def cancel_all(self, asked: Asked) -> answers.Jobs:
        ids = asked.value(IDS)
        jobs = self.queue.cancel_all(ids.split(",") if ids is not None else None)
        return self._page_of_jobs(jobs, 0, len(jobs))

    @resource
    def job(self, asked: Asked) -> answers.Job:
        return self._job(self._known_job(asked.path["id"]), self.queue.positions())

    @resource
    def cancel(self, asked: Asked) -> answers.Job:
        return self._job(self.queue.cancel(self._known_job(asked.path["id"]).id), {})

    @resource
    def images(self, asked: Asked) -> answers.Images:
        offset = asked.value(OFFSET)
        wanted = {name: asked.value(argument) for name, argument in FILTERS.items()}
        found, total = self.store.select(offset, asked.value(LIMIT), **wanted)
        shown = [answers.Image(**entry) for entry in found]
        return answers.Images(images=shown, total=total, next=_next(offset, len(shown), total))

    @resource
    def card(self, asked: Asked) -> answers.Card:
        card = self.store.card(asked.path["id"])
        if card is None:
            raise Refused(404, f"no finished image {asked.path['id']!r}")
        return answers.Card(**card)

    @resource
    def responses(self, asked: Asked) -> answers.Responses:
        model = self._model(asked.value(MODEL))
        layer = model.layer(asked.path["layer"])
        neuron = model.neuron(layer, asked.path["neuron"])
        found = self.works.top(model, layer.name, neuron, asked.value(COUNT))
        return answers.Responses(
            model=model.name,
            layer=layer.name,
            neuron=neuron,
            class_name=model.class_name(layer, neuron),
            **found,
        )

    @resource
    def description(self, asked: Asked) -> answers.Description:
        return answers.Description(description())

    # From values to things

    def _model(self, name: str | None) -> Network:
        if name is None:
            return self.models[0]
        for model in self.models:
            if model.name.casefold() == name.casefold():
                return model
        raise Refused(404, unknown("model", name, self._by_name, "models"))

    def _known_job(self, id: str) -> Job:
        job = self.queue.get(id)
        if job is None:
            raise Refused(404, f"no job {id!r}")
        return job

    def _recipes(self, asked: Asked) -> list[Recipe]:
        """One recipe for every combination of the lists in a request."""
        body = asked.content()
        presets = body.preset or [self.preset]
        if len(body.neuron) * len(body.octave) * len(presets) * len(body.seed) > MOST_IMAGES:
            raise Refused(413, f"at most {MOST_IMAGES} images may be asked for at once")
        model = self._model(body.model)
        return plan.plan_all(model, body.layer, body.neuron, body.octave, presets, body.seed, body.settings)

    def _page_of_jobs(self, jobs: Sequence[Job], offset: int, limit: int) -> answers.Jobs:
        positions = self.queue.positions()
        shown = [self._job(job, positions) for job in jobs[offset : offset + limit]]
        return answers.Jobs(jobs=shown, total=len(jobs), next=_next(offset, len(shown), len(jobs)))

    def _job(self, job: Job, positions: Mapping[str, int]) -> answers.Job:
        recipe = job.recipe
        return answers.Job(
            id=job.id,
            state=job.shown_state,  # type: ignore[arg-type]
            **{name: getattr(recipe, name) for name in ("model", "layer", "neuron", "class_name", "octave")},
            **{name: getattr(recipe, name) for name in ("size", "preset", "seed", "title")},
            settings=dict(recipe.changes),
            control=cards.control(recipe),
            image=job.path,
            version=job.version,
            progress=round(job.progress, 4),
            activation=job.activation,
            seconds=round(job.seconds, 3),
            seconds_left=job.seconds_left(),
            position=positions.get(job.id),
            created=job.created,
            error=job.error,
            warnings=list(job.warnings),
        )


def open_service(
    models: Iterable[str | Path],
    images: str | Path,
    responses: str | Path | None = None,
    preset: str = PRESET,
    pixels: str | None = None,
    classes: Sequence[str] | None = None,
) -> Service:
    """Open models, by file or by name, and a folder of images; ``responses`` holds what `measure` left.

    ``pixels`` and ``classes`` are for models that do not say them themselves.
    Raises what `models.open_network` raises, and ValueError when there is no model.
    """
    opened = [networks.open_network(source, pixels, classes) for source in models]
    return Service(opened, Store(images), Works(images, responses), preset, pixels=pixels, classes=classes)


def models_in(folder: str | Path) -> list[str | Path]:
    """The finished models of a run, the latest first: those that have a card of their own."""
    finished = [card.with_suffix(".keras") for card in Path(folder).glob("*.json")]
    finished = [model for model in finished if model.is_file()]
    return [*sorted(finished, key=lambda model: model.stat().st_mtime, reverse=True)]


@functools.cache
def description() -> dict[str, Any]:
    """The description of the API."""
    return openapi.describe(OPERATIONS)


def _next(offset: int, shown: int, total: int) -> int | None:
    return offset + shown if offset + shown < total and shown else None
