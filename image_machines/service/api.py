"""The resources of the service, as plain methods that the cells of ``explain.ipynb`` call.

Each takes the gateway's ``REQUEST`` (a JSON text with ``body``, ``args``, ``path``, ``headers``) and gives an
`Answer` at once; none ever raises. ``openapi.json`` beside this module describes them all.
"""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from image_machines.atlas import make, plan
from image_machines.atlas.costs import Costs
from image_machines.atlas.queue import STATES, Ended, Job, Queue, QueueFull
from image_machines.atlas.recipe import Recipe
from image_machines.atlas.store import DiskFull, Store
from image_machines.names import nearest
from image_machines.network import models as networks
from image_machines.network.layers import UnknownLayer
from image_machines.network.network import Network
from image_machines.service import access
from image_machines.service.works import Works
from image_machines.vision.presets import PRESETS, preset
from image_machines.vision.settings import PAGE_OCTAVES

log = logging.getLogger(__name__)

PRESET = "quick"
OCTAVE = 6  # 434 px: large enough to see what it is
MOST_IMAGES = 1000  # of one request
LARGEST_BODY = 64 * 1024  # characters
LARGEST_SEED = 2**32 - 1
PAGE_LENGTH, LONGEST_PAGE = 100, 500
WORKS, MOST_WORKS = 9, 50
REQUEST_KEYS = ("model", "layer", "neuron", "octave", "preset", "seed", "settings")


class Refused(Exception):
    """A request that cannot be answered as asked: the status, and a sentence that says why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


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


@dataclass(frozen=True)
class Asked:
    """A request, with its values checked as they are taken out. Every complaint is a `Refused`."""

    path: Mapping[str, str]
    arguments: Mapping[str, Sequence[str]]
    headers: Mapping[str, Any]
    body: Any

    @classmethod
    def parse(cls, request: str) -> Asked:
        try:
            values = json.loads(request, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise Refused(400, f"the request is not JSON: {error}") from error
        return cls(values["path"], values["args"], values["headers"], values["body"])

    def argument(self, name: str) -> str | None:
        """A query argument, the last one where it is given twice; None when it is missing or empty."""
        values = self.arguments.get(name) or [""]
        return values[-1] or None

    def number(self, name: str, low: int, high: int, default: int | None = None) -> int | None:
        text = self.argument(name)
        return default if text is None else _whole(name, text, low, high)

    def content(self) -> dict[str, Any]:
        """The body, which must be a JSON object of known keys."""
        body = self.body
        if isinstance(body, str):
            if len(body) > LARGEST_BODY:
                raise Refused(413, f"the body is longer than {LARGEST_BODY} characters")
            try:
                body = json.loads(body, parse_constant=_no_number)
            except (ValueError, RecursionError) as error:
                raise Refused(400, f"the body is not JSON: {error}") from error
        if not isinstance(body, dict):
            raise Refused(400, f"the body must be a JSON object, not {type(body).__name__}")
        for key in body:
            if key not in REQUEST_KEYS:
                hint = nearest(key, REQUEST_KEYS)
                raise Refused(400, f"no key {key!r}{hint}; choices: {', '.join(REQUEST_KEYS)}")
        return body


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _whole(name: str, text: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and low <= int(text) <= high):
        raise Refused(400, f"{name} must be a whole number from {low} to {high}, not {text!r}")
    return int(text)


def resource(method: Callable[[Service, Asked], Any]) -> Callable[[Service, str], Answer]:
    """Make a method that returns content, or (status, content), into one that answers whatever happens."""

    @functools.wraps(method)
    def answer(self: Service, request: str) -> Answer:
        headers: dict[str, str] = {}
        try:
            asked = Asked.parse(request)
            if access.is_foreign(asked.headers, self.allow_origin):
                raise Refused(403, "requests from another origin are refused; start with allow_origin")
            headers = access.cors_headers(asked.headers, self.allow_origin)
            content = method(self, asked)
            status, content = content if isinstance(content, tuple) else (200, content)
        except Exception as error:
            status, content = _status(error), {"error": str(error)}
            if status == 500:
                log.exception("%s failed", method.__name__)
                content = {"error": f"the service failed with {type(error).__name__}; its log says more"}
        kind, body = "application/json", content
        if isinstance(content, str):
            kind = "text/plain; charset=utf-8"
        else:
            body = json.dumps(content)
        fixed = {"Content-Type": kind, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Answer(status, body, fixed | headers)

    return answer


def _status(error: Exception) -> int:
    if isinstance(error, Refused):
        return error.status
    known = ((UnknownLayer, 404), (ValueError, 400), (QueueFull, 429), (Ended, 409), (DiskFull, 507))
    return next((status for kind, status in known if isinstance(error, kind)), 500)


@dataclass
class Service:
    """Models, their finished images and the queue, as resources. The first model is the default."""

    models: Sequence[Network]
    store: Store
    works: Works
    preset: str = PRESET
    allow_origin: str = ""
    limit: int = 1000
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
        devices, on = make.devices()
        self.queue = Queue(self._frames, self.store, self.costs, self.limit, devices, on)
        if other is None:
            self.queue.recall(self._fits)

    def _frames(self, recipe: Recipe) -> Any:
        return make.frames(self._by_name[recipe.model], recipe)

    def _fits(self, recipe: Recipe) -> bool:
        """Whether a recipe is of a model at hand."""
        model = self._by_name.get(recipe.model)
        return model is not None and model.fingerprint == recipe.fingerprint

    def close(self) -> None:
        """Stop rendering and leave the folder in order."""
        self.queue.close()
        self.works.close()

    # --- the resources ---

    @resource
    def activation(self, asked: Asked) -> str:
        """GET /activations/:layer/:neuron/:octave: the path of an image, as in 2018."""
        octave = _whole("octave", asked.path["octave"], 1, PAGE_OCTAVES)
        recipe = plan.plan(
            self._model(asked.argument("model")),
            asked.path["layer"],
            asked.path["neuron"],
            octave,
            asked.argument("preset") or self.preset,
            asked.number("seed", 0, LARGEST_SEED, 0) or 0,
        )
        (job,), _ = self.queue.submit([recipe])
        return job.path

    @resource
    def status(self, asked: Asked) -> dict[str, Any]:
        """GET /status: what the service is doing."""
        jobs = self.queue.jobs()
        return {
            "version": openapi()["info"]["version"],
            "queued": len(self.queue.positions()),
            "limit": self.limit,
            "rendering": [job.id for job in jobs if job.shown_state == "rendering"],
            "preset": self.preset,
            "models": len(self.models),
            "images": len(self.store),
            "left_out": [{"file": file, "reason": reason} for file, reason in self.store.bad().items()],
        }

    @resource
    def list_models(self, asked: Asked) -> dict[str, Any]:
        """GET /models: the models, the default first."""
        return {"models": [_summary(model) for model in self.models]}

    @resource
    def model(self, asked: Asked) -> dict[str, Any]:
        """GET /models/:model: its classes and layers."""
        model = self._model(asked.path["model"])
        measured = self.works.layers(model)
        return {
            **_summary(model),
            "classes": list(model.classes),
            "classes_layer": model.classes_layer,
            "sizes": plan.sizes(self.preset),
            "layers": [
                {
                    "name": layer.name,
                    "kind": layer.kind,
                    "width": layer.width,
                    "map_size": layer.map_size,
                    "stride": layer.stride,
                    "receptive_field": layer.receptive_field,
                    "visualizable": layer.visualizable,
                    "landmark": layer in model.landmarks,
                    "responses": layer.name in measured,
                }
                for layer in model.layers.values()
            ],
        }

    @resource
    def presets(self, asked: Asked) -> dict[str, Any]:
        """GET /presets: every preset with every parameter."""
        return {
            "default": self.preset,
            "presets": [
                {
                    "name": name,
                    "title": plan.TITLES.get(name, name),
                    "settings": settings.to_json(),
                    "sizes": plan.sizes(name),
                }
                for name, settings in PRESETS.items()
            ],
        }

    @resource
    def estimate(self, asked: Asked) -> dict[str, Any]:
        """POST /estimates: what a request would cost."""
        wanted = self._recipes(asked)
        new = {recipe.id: recipe for recipe in wanted if self.queue.find(recipe) is None}
        lefts = (job.seconds_left() for job in self.queue.jobs())
        return {
            "seconds": self.costs.total(new.values()),
            "seconds_waiting": sum(left for left in lefts if left is not None),
            "new": len(new),
            "done": len({recipe.id for recipe in wanted}) - len(new),
            "jobs": [
                {
                    "id": recipe.id,
                    "neuron": recipe.neuron,
                    "octave": recipe.octave,
                    "size": recipe.size,
                    "preset": recipe.preset,
                    "seed": recipe.seed,
                    "seconds": self.costs.seconds(recipe) if recipe.id in new else 0.0,
                }
                for recipe in wanted
            ],
        }

    @resource
    def submit(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """POST /jobs: ask for images."""
        jobs, new = self.queue.submit(self._recipes(asked))
        unique = list({job.id: job for job in jobs}.values())
        return 202 if new else 200, self._page_of_jobs(unique, 0, len(unique))

    @resource
    def jobs(self, asked: Asked) -> dict[str, Any]:
        """GET /jobs: the jobs of this server's life."""
        jobs = self.queue.jobs()
        ids, state = asked.argument("ids"), asked.argument("state")
        if ids is not None:
            wanted = set(ids.split(","))
            jobs = [job for job in jobs if job.id in wanted]
        if state is not None:
            if state not in STATES:
                raise Refused(400, f"no state {state!r}; choices: {', '.join(STATES)}")
            jobs = [job for job in jobs if job.shown_state == state]
        return self._page_of_jobs(jobs, *_page(asked))

    @resource
    def cancel_all(self, asked: Asked) -> dict[str, Any]:
        """DELETE /jobs: cancel all, or the named ones, that wait or run."""
        ids = asked.argument("ids")
        jobs = self.queue.cancel_all(ids.split(",") if ids is not None else None)
        return self._page_of_jobs(jobs, 0, len(jobs))

    @resource
    def job(self, asked: Asked) -> dict[str, Any]:
        """GET /jobs/:id: one job."""
        return self._job(self._known_job(asked.path["id"]), self.queue.positions())

    @resource
    def cancel(self, asked: Asked) -> dict[str, Any]:
        """DELETE /jobs/:id: cancel it."""
        job = self.queue.cancel(self._known_job(asked.path["id"]).id)
        return self._job(job, {})

    @resource
    def images(self, asked: Asked) -> dict[str, Any]:
        """GET /images: the finished images."""
        offset, limit = _page(asked)
        found, total = self.store.select(
            offset,
            limit,
            model=asked.argument("model"),
            layer=asked.argument("layer"),
            neuron=asked.number("neuron", 0, 10**9),
            class_name=asked.argument("class"),
            preset=asked.argument("preset"),
            seed=asked.number("seed", 0, LARGEST_SEED),
            octave=asked.number("octave", 1, PAGE_OCTAVES),
        )
        return {"images": found, "total": total, "next": _next(offset, len(found), total)}

    @resource
    def card(self, asked: Asked) -> dict[str, Any]:
        """GET /images/:id: the whole card of an image."""
        card = self.store.card(asked.path["id"])
        if card is None:
            raise Refused(404, f"no finished image {asked.path['id']!r}")
        return card

    @resource
    def responses(self, asked: Asked) -> dict[str, Any]:
        """GET /responses/:layer/:neuron: the works that excite a neuron most."""
        model = self._model(asked.argument("model"))
        layer = model.layer(asked.path["layer"])
        neuron = model.neuron(layer, asked.path["neuron"])
        count = asked.number("n", 1, MOST_WORKS, WORKS) or WORKS
        found = self.works.top(model, layer.name, neuron, count)
        return {
            "model": model.name,
            "layer": layer.name,
            "neuron": neuron,
            "class_name": model.class_name(layer, neuron),
            **found,
        }

    @resource
    def description(self, asked: Asked) -> dict[str, Any]:
        """GET /openapi: the description of all this."""
        return openapi()

    # --- from values to things ---

    def _model(self, name: str | None) -> Network:
        if name is None:
            return self.models[0]
        for model in self.models:
            if model.name.casefold() == name.casefold():
                return model
        hint = nearest(name, self._by_name)
        raise Refused(404, f"no model {name!r}{hint}; models: {', '.join(self._by_name)}")

    def _known_job(self, id: str) -> Job:
        job = self.queue.get(id)
        if job is None:
            raise Refused(404, f"no job {id!r}")
        return job

    def _recipes(self, asked: Asked) -> list[Recipe]:
        """One recipe for every combination of the lists in a request."""
        body = asked.content()
        for key in ("layer", "neuron"):
            if key not in body:
                raise Refused(400, f"{key} is missing")
        model = self._model(_checked("model", body["model"], str) if "model" in body else None)
        layer = _checked("layer", body["layer"], str)
        neurons = _listed("neuron", body["neuron"], int, str)
        octaves = _listed("octave", body.get("octave", OCTAVE), int)
        presets = _listed("preset", body.get("preset", self.preset), str)
        seeds = _listed("seed", body.get("seed", 0), int)
        changes = _checked("settings", body.get("settings", {}), dict)
        if any(not 0 <= seed <= LARGEST_SEED for seed in seeds):
            raise Refused(400, f"seed must be from 0 to {LARGEST_SEED}")
        if len(neurons) * len(octaves) * len(presets) * len(seeds) > MOST_IMAGES:
            raise Refused(413, f"at most {MOST_IMAGES} images may be asked for at once")
        return plan.plan_all(model, layer, neurons, octaves, presets, seeds, changes)

    def _page_of_jobs(self, jobs: Sequence[Job], offset: int, limit: int) -> dict[str, Any]:
        positions = self.queue.positions()
        shown = [self._job(job, positions) for job in jobs[offset : offset + limit]]
        return {"jobs": shown, "total": len(jobs), "next": _next(offset, len(shown), len(jobs))}

    def _job(self, job: Job, positions: Mapping[str, int]) -> dict[str, Any]:
        recipe = job.recipe
        return {
            "id": job.id,
            "state": job.shown_state,
            "model": recipe.model,
            "layer": recipe.layer,
            "neuron": recipe.neuron,
            "class_name": recipe.class_name,
            "octave": recipe.octave,
            "size": recipe.size,
            "preset": recipe.preset,
            "seed": recipe.seed,
            "settings": dict(recipe.changes),
            "title": recipe.title,
            "image": job.path,
            "version": job.version,
            "progress": round(job.progress, 4),
            "activation": job.activation,
            "seconds": round(job.seconds, 3),
            "seconds_left": job.seconds_left(),
            "position": positions.get(job.id),
            "created": job.created,
            "error": job.error,
            "warnings": list(job.warnings),
        }


def open_service(
    models: Iterable[str | Path],
    images: str | Path,
    responses: str | Path | None = None,
    preset: str = PRESET,
    allow_origin: str = "",
) -> Service:
    """Open models, by file or by name, and a folder of images; ``responses`` holds what `measure` left.

    Raises what `models.open_network` raises, and ValueError when there is no model.
    """
    opened = [networks.open_network(source) for source in models]
    return Service(opened, Store(images), Works(images, responses), preset, allow_origin)


def models_in(folder: str | Path) -> list[str | Path]:
    """The finished models of a run, the latest first: those that have a card of their own."""
    finished = [card.with_suffix(".keras") for card in Path(folder).glob("*.json")]
    finished = [model for model in finished if model.is_file()]
    return [*sorted(finished, key=lambda model: model.stat().st_mtime, reverse=True)]


@functools.cache
def openapi() -> dict[str, Any]:
    """The description of the API."""
    return dict(json.loads(files("image_machines.service").joinpath("openapi.json").read_text("utf-8")))


def _summary(network: Network) -> dict[str, Any]:
    return {
        "name": network.name,
        "fingerprint": network.fingerprint,
        "classes": len(network.classes),
        "source": network.source,
    }


def _page(asked: Asked) -> tuple[int, int]:
    offset = asked.number("offset", 0, 10_000_000, 0) or 0
    return offset, asked.number("limit", 1, LONGEST_PAGE, PAGE_LENGTH) or PAGE_LENGTH


def _next(offset: int, shown: int, total: int) -> int | None:
    return offset + shown if offset + shown < total and shown else None


def _checked(name: str, value: Any, *types: type) -> Any:
    """The value, if it is of one of the JSON types."""
    if type(value) not in types:
        wanted = " or ".join({int: "a whole number", str: "text", dict: "an object"}[each] for each in types)
        raise Refused(400, f"{name} must be {wanted}, not {json.dumps(value)[:60]}")
    return value


def _listed(name: str, value: Any, *types: type) -> list[Any]:
    """The values of a list, or the one value, without repeats."""
    values = value if isinstance(value, list) else [value]
    if not values:
        raise Refused(400, f"{name} is an empty list")
    return list(dict.fromkeys(_checked(name, each, *types) for each in values))
