"""The resources of the service, as plain methods that the cells of ``explain.ipynb`` call.

Each takes the gateway's ``REQUEST`` (a JSON text with ``body``, ``args``, ``path``, ``headers``) and gives an
`Answer` at once; none ever raises. What each is called with and what it answers stands in `operations`. Who
may ask, and how much, the gateway has judged before.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from image_machines.atlas import plan
from image_machines.atlas.costs import Costs
from image_machines.atlas.job import RENDERING, Job
from image_machines.atlas.opinions import of_card
from image_machines.atlas.queue import Queue
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import Store
from image_machines.atlas.worker import Worker
from image_machines.names import unknown
from image_machines.network.network import Network
from image_machines.service import answers, experiment, openapi, shown
from image_machines.service.arguments import (
    CHANCE,
    COUNT,
    FILTERS,
    IDS,
    LIMIT,
    MODEL,
    OCTAVE,
    OFFSET,
    PRESET_NAME,
    SEED,
    STATE,
    TRIALS,
)
from image_machines.service.explaining.explainer import Explainer
from image_machines.service.explaining.resources import Explaining
from image_machines.service.juries import Juries
from image_machines.service.measured.prepared import Prepared
from image_machines.service.measured.resources import Measured
from image_machines.service.operations import OPERATIONS
from image_machines.service.requests import MOST_IMAGES, Asked, Refused
from image_machines.service.resources import resource
from image_machines.service.works import Works
from image_machines.vision.presets import PRESETS, preset

log = logging.getLogger(__name__)

PRESET = "quick"


@dataclass
class Service(Explaining, Measured):
    """Models, their finished images and the queue, as resources. The first model is the default.

    ``jurors`` are other networks, by file or name, that say what they take a class's image for.
    """

    models: Sequence[Network]
    workers: Mapping[str, Worker]
    store: Store
    works: Works
    explainer: Explainer
    preset: str = PRESET
    limit: int = 1000
    jurors: Sequence[str] = ()
    costs: Costs = field(init=False)
    queue: Queue = field(init=False)
    juries: Juries = field(init=False)
    prepared: Prepared = field(init=False)

    def __post_init__(self) -> None:
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
        self.queue = Queue(self.workers, self.store, self.costs, self.limit)
        self.juries = Juries(self.store, self.queue, next(iter(self.workers.values())), self.jurors)
        self.prepared = Prepared()
        if other is None:
            self.queue.recall(self._fits)

    def _fits(self, recipe: Recipe) -> bool:
        """Whether a recipe is of a model at hand."""
        model = self._by_name.get(recipe.model)
        return model is not None and model.fingerprint == recipe.fingerprint

    def close(self) -> None:
        """Stop rendering and leave the folder in order."""
        self.juries.close()
        self.queue.close(*(worker.close for worker in self.workers.values()))
        self.works.close()
        self.prepared.close()
        self.explainer.close()

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
        return answers.Status(
            version=openapi.VERSION,
            queued=self.queue.waiting(),
            limit=self.limit,
            rendering=[job.id for job in self.queue.jobs() if job.shown_state == RENDERING],
            preset=self.preset,
            models=len(self.models),
            images=len(self.store),
            left_out=[answers.LeftOut(file=file, reason=reason) for file, reason in self.store.bad().items()],
        )

    @resource
    def list_models(self, asked: Asked) -> answers.Models:
        return answers.Models(models=[shown.summary(model) for model in self.models])

    @resource
    def model(self, asked: Asked) -> answers.Model:
        model = self._model(asked.path["model"])
        return shown.model(model, self.preset, self.works.layers(model))

    @resource
    def presets(self, asked: Asked) -> answers.Presets:
        return answers.Presets(default=self.preset, presets=[shown.preset(name) for name in PRESETS])

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
                shown.priced(recipe, self.costs.seconds(recipe) if recipe.id in new else 0.0)
                for recipe in wanted
            ],
        )

    @resource
    def submit(self, asked: Asked) -> tuple[int, answers.Jobs]:
        jobs, new = self.queue.submit(self._recipes(asked))
        unique = list({job.id: job for job in jobs}.values())
        return 202 if new else 200, shown.page_of_jobs(unique, 0, len(unique), self.queue.positions())

    @resource
    def jobs(self, asked: Asked) -> answers.Jobs:
        jobs = self.queue.jobs()
        ids, state = asked.value(IDS), asked.value(STATE)
        if ids is not None:
            wanted = set(ids.split(","))
            jobs = [job for job in jobs if job.id in wanted]
        if state is not None:
            jobs = [job for job in jobs if job.shown_state == state]
        return shown.page_of_jobs(jobs, asked.value(OFFSET), asked.value(LIMIT), self.queue.positions())

    @resource
    def cancel_all(self, asked: Asked) -> answers.Jobs:
        ids = asked.value(IDS)
        jobs = self.queue.cancel_all(ids.split(",") if ids is not None else None)
        return shown.page_of_jobs(jobs, 0, len(jobs), self.queue.positions())

    @resource
    def job(self, asked: Asked) -> answers.Job:
        return shown.job(self._known_job(asked.path["id"]), self.queue.positions())

    @resource
    def cancel(self, asked: Asked) -> answers.Job:
        return shown.job(self.queue.cancel(self._known_job(asked.path["id"]).id), {})

    @resource
    def images(self, asked: Asked) -> answers.Images:
        offset = asked.value(OFFSET)
        wanted = {name: asked.value(argument) for name, argument in FILTERS.items()}
        found, total = self.store.select(offset, asked.value(LIMIT), **wanted)
        images = [answers.Image(**entry) for entry in found]
        return answers.Images(images=images, total=total, next=shown.following(offset, len(images), total))

    @resource
    def card(self, asked: Asked) -> answers.Card:
        return answers.Card(**self._card(asked))

    @resource
    def jury(self, asked: Asked) -> answers.Jury:
        card = self._card(asked)
        recipe = Recipe.of_card(card)
        if not self._fits(recipe):
            return answers.Jury(ready=True, heard=of_card(card))
        ready, heard = self.juries.ask(recipe)
        return answers.Jury(ready=ready, heard=heard)

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
    def experiment(self, asked: Asked) -> answers.Experiment:
        model, seed = self._model(asked.value(MODEL)), asked.value(CHANCE)
        found = self.works.measured(model)
        entries, _ = self.store.select(limit=experiment.MOST_IMAGES, model=model.name)
        drawn = experiment.draw(
            found, entries, lambda entry: self._is_of(model, entry), asked.value(TRIALS), seed
        )
        trials = experiment.told(drawn, found, self.works)
        shown = [work for trial in trials for work in (*trial["works"], trial["left"], trial["right"])]
        return answers.Experiment(
            model=model.name,
            seed=seed,
            ready=self.works.are_shown(shown),
            trials=[answers.Trial(**trial) for trial in trials],
        )

    @resource
    def description(self, asked: Asked) -> answers.Description:
        return answers.Description(description())

    def _model(self, name: str | None) -> Network:
        if name is None:
            return self.models[0]
        for model in self.models:
            if model.name.casefold() == name.casefold():
                return model
        raise Refused(404, unknown("model", name, self._by_name, "models"))

    def _card(self, asked: Asked) -> dict[str, Any]:
        """The card of a finished image."""
        card = self.store.card(asked.path["id"])
        if card is None:
            raise Refused(404, f"no finished image {asked.path['id']!r}")
        return card

    def _is_of(self, model: Network, entry: Mapping[str, Any]) -> bool:
        """Whether a finished image is of this very network, not of an earlier one of its name."""
        card = self.store.card(entry["id"])
        return card is not None and card["fingerprint"] == model.fingerprint

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


@functools.cache
def description() -> dict[str, Any]:
    """The description of the API."""
    return openapi.describe(OPERATIONS)
