"""The study's figures: a neuron's sheet, a picture's life as a strip, the curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from image_machines import figures, images
from image_machines.images import Picture
from image_machines.network.network import Network
from image_machines.vision import features, objectives, presets
from image_machines.vision.metapictures.sheet import objective
from image_machines.vision.settings import Settings
from studies.common.results import Found
from studies.metapictures import law, paper
from studies.metapictures.classes import SHOWN

PAPER_STEPS = 60  # of each octave, for the paper's 2,000
MOMENTS = 8  # of a life
COLOURS = {
    "class": "#0072b2",
    "middle channel": "#d55e00",
    "late channel": "#009e73",
}
MARKS = {"class": "o", "middle channel": "s", "late channel": "^"}


def caption(row: Found) -> str:
    """A picture's two numbers in words."""
    share = row["faithfulness"]
    excites = f"excites {share:.0%} of plain" if share > 0 else "does not excite it"
    return f"{row['method']}\n{excites}\n{row['spectrum']:.2f} from the works"


def sheet(pictures: Sequence[Picture], rows: Sequence[Found], columns: int = 6) -> Figure:
    """One neuron by every method, under each picture its faithfulness and its distance from the works."""
    return figures.sheet(
        [images.autotone(each) for each in pictures], [caption(row) for row in rows], columns
    )


def classes(network: Network, side: int = 224, steps: int = PAPER_STEPS) -> Figure:
    """The classes of the paper's figures: naive, by the paper's method, by the network's own preset.

    The paper's long steps carry a network that normalises nothing out of the range of pixels; for such a one
    they are kept in it, and the class is set against all others.
    """
    fitting = presets.fitting(network)
    ways = paper.ways(network, side, steps) | {fitting: presets.preset(fitting).at_octave(3)}
    pictures, captions = [], []
    for number in SHOWN:
        for name, settings in ways.items():
            climbed = objectives.neuron(network, network.output_layer, number, settings.score)
            picture = features.picture(features.render(network, climbed, settings).image)
            shown = images.from_picture(picture)
            sure = features.activation(network, objectives.probability(number), shown)
            pictures.append(picture)
            captions.append(f"{network.classes[number]}, {name}: {sure:.2f}")
    return figures.sheet(pictures, captions, 2 * len(ways), 1.6)


def life(
    network: Network, layer: str, neuron: int, method: str, settings: Settings, seed: int = 0
) -> list[Picture]:
    """A picture at MOMENTS moments of its making, evenly spaced, the first step first."""
    total = sum(settings.schedule())
    wanted = {round(each) for each in np.linspace(1, total, MOMENTS)}
    climbed = features.visualize(network, objective(network, layer, neuron, method), settings, seed)
    return [features.picture(frame.image) for number, frame in enumerate(climbed, 1) if number in wanted]


def strips(lives: Mapping[str, Sequence[Picture]], side: float = 0.85) -> Figure:
    """Lives under each other, a line each."""
    with matplotlib.rc_context(figures.STYLE):
        figure = Figure(figsize=(MOMENTS * side + 1.6, len(lives) * side), layout="constrained")
        grid = figure.subplots(len(lives), MOMENTS, squeeze=False)
        for line, (name, pictures) in zip(grid, lives.items(), strict=True):
            for axes in line:
                axes.set_axis_off()
            for axes, picture in zip(line, pictures, strict=False):
                axes.imshow(picture)
            line[0].set_title(name, loc="left", fontsize=7)
    return figure


def curve(rows: Sequence[Found], measure: str = "spectrum", unit: tuple[str, int] | None = None) -> Figure:
    """Faithfulness against distance from the works: a point a method, the best ones joined.

    With ``unit`` that neuron's points; otherwise the methods' means over the neurons of each kind.
    """
    if unit is not None:
        rows = [row for row in rows if (row["layer"], row["neuron"]) == unit]
    rows = law.compared(rows)
    with matplotlib.rc_context(figures.STYLE):
        figure = Figure(figsize=(7, 4.6), layout="constrained")
        axes = figure.subplots()
        for kind in dict.fromkeys(row["kind"] for row in rows):
            means = law.averages([row for row in rows if row["kind"] == kind])
            axes.scatter(
                [mean[measure] for mean in means.values()],
                [mean["faithfulness"] for mean in means.values()],
                s=22,
                color=COLOURS.get(kind, "0.3"),
                marker=MARKS.get(kind, "o"),
                label=kind,
            )
        _frontier(axes, law.averages(rows), measure)
        axes.set(
            xlabel=f"distance from the works: {law.MEASURES[measure]} (more legible to the left)",
            ylabel="excites, of the plain picture",
        )
        axes.legend()
    return figure


def _frontier(axes: matplotlib.axes.Axes, means: Mapping[str, Mapping[str, float]], measure: str) -> None:
    """Names of the methods at their means, and a line through those that none other beats."""
    best = law.frontier(means, measure)
    axes.plot(
        [means[name][measure] for name in best],
        [means[name]["faithfulness"] for name in best],
        color="0.6",
        linewidth=1,
        zorder=0,
    )
    for name, mean in means.items():
        weight = "bold" if name in best else "normal"
        axes.annotate(
            name,
            (mean[measure], mean["faithfulness"]),
            xytext=(4, 3),
            textcoords="offset points",
            fontsize=6,
            fontweight=weight,
        )
