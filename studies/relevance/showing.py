"""What the notebook shows: curves, a feature's face, heat over a work, removal, in pictures and words."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from image_machines import figures, images
from image_machines.atlas.make import keep, make
from image_machines.atlas.plan import plan
from image_machines.atlas.store import Store
from image_machines.attribution import averages, distribution
from image_machines.attribution.explanation import Explanation, explain, without
from image_machines.attribution.features import Feature
from image_machines.attribution.heatmaps import Heat
from image_machines.collection.captions import caption
from image_machines.images import Picture
from image_machines.vision.presets import fitting
from studies.common.pages import markdown
from studies.relevance.study import Study

TILE = 160
OCTAVE = 2  # 209 px, of the images that excite a feature
STRENGTH = 0.65  # of the heat over a work; the rest is the work
HEAT = "cividis"  # colours that the colour-blind tell apart as others do


def curve(study: Study) -> Figure:
    """Accuracy on the works held out, and the number of features, against mu."""
    points = study.relevance.curve
    mus = [point.mu for point in points]
    chance = 1 / len(study.relevance.classes)
    with matplotlib.rc_context(figures.STYLE):
        figure = Figure(figsize=(7, 2.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        left.plot(mus, [point.accuracy for point in points])
        left.set(xscale="log", xlabel="mu", ylabel="named as the network does", ylim=(chance, 1.01))
        for number, name in enumerate(study.relevance.classes):
            right.plot(mus, [point.features[number] for point in points], label=name)
        right.set(xscale="log", xlabel="mu", ylabel="features")
        right.legend()
        for axes in (left, right):
            axes.axvline(study.relevance.mu, linestyle=":", color="0.5")
    return figure


def listed(study: Study, most: int = 5) -> str:
    """The heaviest features of each class, as a table."""
    rows = [
        [name, str(feature), f"{feature.weight:.2f}", f"{study.sees(feature)} of {study.network.size} px"]
        for name in study.relevance.classes
        for feature in study.relevance.of(name)[:most]
    ]
    return markdown(["class", "feature", "weight", "sees"], rows)


def face(study: Study, feature: Feature, crops: int = 9) -> Figure:
    """A feature: its visualisation, its average over 100 works, and its best crops with captions."""
    found = study.measured.top(feature.layer, feature.neuron, crops)
    average = averages.average(study.measured, feature.layer, feature.neuron, side=TILE)
    pictures = [visualised(study, feature), images.autotone(average)]
    pictures += [each.box.cut(images.read(study.measured.pictures / each.file)) for each in found]
    captions = [f"{feature}, made from noise", f"{feature}, mean of the works that excite it most"]
    captions += [caption(each.record) for each in found]
    return figures.sheet([square(each) for each in pictures], captions, columns=6, side=1.9)


def visualised(study: Study, feature: Feature) -> Picture:
    """The image that excites a feature; made once and kept, with its card, in the run's folder."""
    store = Store(study.folder / "images")
    recipe = plan(study.network, feature.layer, feature.neuron, OCTAVE, fitting(study.network), 0)
    if store.find(recipe.id) is None:
        keep(store, make(study.network, recipe))
    return images.read(store.file(store.path(recipe)))


def square(picture: Picture, side: int = TILE) -> Picture:
    """A picture as a square tile."""
    return np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC))


def over(picture: Picture, heat: Heat, strength: float = STRENGTH) -> Picture:
    """Heat over a work: the work in grey, the heat in colours that all eyes tell apart."""
    grey = picture.mean(axis=-1, keepdims=True).repeat(3, axis=-1)
    colours = matplotlib.colormaps[HEAT](np.clip(heat / max(np.quantile(heat, 0.99), 1e-6), 0, 1))[..., :3]
    return ((1 - strength) * grey + strength * 255 * colours).round().astype(np.uint8)


def explained(study: Study, work: int, most: int = 5) -> tuple[Figure, str]:
    """A work's explanation, as pictures and as a sentence."""
    picture = study.picture(work)
    found = explain(study.network, picture, study.relevance, most)
    tiles = [picture, *(over(picture, each.heat) for each in found.supports)]
    captions = [caption(study.measured.records[work])]
    captions += [f"{each.feature} adds {each.contribution:.2f}" for each in found.supports]
    figure = figures.sheet([square(each) for each in tiles], captions, columns=6, side=1.7)
    return figure, said(study, work, found)


def said(study: Study, work: int, found: Explanation) -> str:
    """The verdict, what it goes by, and what it becomes without these features."""
    chosen = [each.feature for each in found.supports]
    after = without(study.network, study.picture(work), chosen)
    becomes = max(after, key=lambda name: after[name])
    turned = (
        f"it stays {found.name}, {after[found.name]:.2f}"
        if becomes == found.name
        else f"it becomes {becomes}, {after[becomes]:.2f}, and {found.name} falls to {after[found.name]:.2f}"
    )
    return (
        f"**{found.name}, {found.probability:.2f}**, because of {', '.join(map(str, chosen))}. "
        f"Without them {turned}."
    )


def spread(study: Study, features: Sequence[Feature]) -> str:
    """Where in the catalogue each feature is strong, a line each; held against works of the same subject."""
    subjects = [row["class"] for row in study.measured.records]
    lines = []
    for feature in features:
        found = distribution.groups(study.strength(feature), study.measured.records, within=subjects)
        lines.append(f"- **{feature}**: {distribution.sentence(found)}.\n")
    return "".join(lines)
