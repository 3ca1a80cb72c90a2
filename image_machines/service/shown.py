"""From things to what is answered of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from image_machines.atlas import cards, plan
from image_machines.atlas.job import Job
from image_machines.atlas.recipe import Recipe
from image_machines.network.blocks import Position
from image_machines.network.layers import Layer
from image_machines.network.network import Network
from image_machines.service import answers
from image_machines.vision.presets import PRESETS, TITLES


def summary(model: Network) -> answers.ModelSummary:
    """A model in the list of models."""
    same = ("name", "fingerprint", "source", "architecture")
    return answers.ModelSummary(**{name: getattr(model, name) for name in same}, classes=len(model.classes))


def model(network: Network, preset: str, measured: Collection[str]) -> answers.Model:
    """A model with its layers; ``measured`` are those whose responses are known."""
    landmarks = network.landmarks
    return answers.Model(
        name=network.name,
        fingerprint=network.fingerprint,
        source=network.source,
        classes=list(network.classes),
        classes_layer=network.classes_layer,
        sizes=plan.sizes(preset),
        layers=[
            _layer(each, network.positions[each.name], each in landmarks, each.name in measured)
            for each in network.layers.values()
        ],
    )


def _layer(layer: Layer, position: Position, is_landmark: bool, is_measured: bool) -> answers.Layer:
    same = ("name", "kind", "width", "map_size", "stride", "receptive_field", "visualizable")
    return answers.Layer(
        **{name: getattr(layer, name) for name in same},
        landmark=is_landmark,
        responses=is_measured,
        sources=list(position.sources),
        block=position.block,
        branch=position.branch,
    )


def preset(name: str) -> answers.Preset:
    """A preset with every parameter."""
    return answers.Preset(
        name=name, title=TITLES[name], settings=PRESETS[name].to_json(), sizes=plan.sizes(name)
    )


def priced(recipe: Recipe, seconds: float) -> answers.Priced:
    """What an image would take."""
    same = ("id", "neuron", "octave", "size", "preset", "seed")
    return answers.Priced(**{name: getattr(recipe, name) for name in same}, seconds=seconds)


def page_of_jobs(jobs: Sequence[Job], offset: int, limit: int, positions: Mapping[str, int]) -> answers.Jobs:
    """Some of the jobs, and where the next ones begin; ``positions`` are places in the queue, by id."""
    shown = [job(each, positions) for each in jobs[offset : offset + limit]]
    return answers.Jobs(jobs=shown, total=len(jobs), next=following(offset, len(shown), len(jobs)))


def job(made: Job, positions: Mapping[str, int]) -> answers.Job:
    """An image on its way."""
    recipe = made.recipe
    same = ("model", "layer", "neuron", "class_name", "octave", "size", "preset", "seed", "title")
    alike = ("id", "version", "activation", "created", "error")
    return answers.Job(
        state=made.shown_state,  # type: ignore[arg-type]
        **{name: getattr(recipe, name) for name in same},
        **{name: getattr(made, name) for name in alike},
        settings=dict(recipe.changes),
        control=cards.control(recipe),
        image=made.path,
        progress=round(made.progress, 4),
        seconds=round(made.seconds, 3),
        seconds_left=made.seconds_left(),
        position=positions.get(made.id),
        warnings=list(made.warnings),
    )


def following(offset: int, shown: int, total: int) -> int | None:
    """Where the page after this one begins, None when it is the last."""
    return offset + shown if offset + shown < total and shown else None
