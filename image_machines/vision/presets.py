"""Presets: named compositions of parametrisation, regularisers and schedule, each with its source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from image_machines import files
from image_machines.names import safe_name, unknown
from image_machines.network import gradient
from image_machines.network.models import read_card
from image_machines.network.network import Network
from image_machines.vision.parametrizations import Fourier, Generated, MaCo
from image_machines.vision.parametrizations.generated import LARGEST
from image_machines.vision.regularizers import Decay, Denoise, Jitter, Natural, Rotate, Scale
from image_machines.vision.settings import Settings

PAPER_2018 = Settings()  # Offert, "Images of Image Machines", ECCV workshops 2018, and its notebooks

# Offert and Bell, "Perceptual bias and technical metapictures", AI & Society 2020, note 5: SGD(lr=0.4,
# weight_decay=1e-4), 3 octaves of 2,000 iterations, x1.5 to 672 px, a shift of up to 32 px for each octave, a
# total-variation filter every 20 iterations.
METAPICTURES_2020 = Settings(
    octaves=3,
    octave_scale=1.5,
    final_size=672,
    iterations=2000,
    step=0.4,
    optimizer="sgd",
    regularizers=(Jitter(pixels=32, hold=True), Denoise(weight=0.02, every=20), Decay(rate=0.4 * 1e-4)),
    detail=False,
    precision="fastest",
    score="logit",
)

# The gradient and nothing else (Offert and Bell 2020, figure of the naive image): true to the network, and
# noise.
NAIVE = Settings(
    octaves=1,
    iterations=100,
    regularizers=(),
    precision="fastest",
    score="logit",
)

# Olah, Mordvintsev and Schubert, "Feature visualization", Distill 2017, with Lucid's transforms and Adam's
# 0.05; the first half of the size takes most of the iterations.
FOURIER = Settings(
    octaves=2,
    octave_scale=2.0,
    iterations=(256, 32),
    step=0.05,
    optimizer="adam",
    regularizers=(Jitter(pixels=8), Scale(low=0.9, high=1.1), Rotate(degrees=10.0), Jitter(pixels=4)),
    parametrization=Fourier(decay=1.0),
    detail=False,
    precision="fastest",
    score="logit",
)

# Fel et al., "Unlocking feature visualization for deeper networks with magnitude constrained optimization",
# 2023.
MACO = Settings(
    octaves=2,
    octave_scale=2.0,
    iterations=(256, 32),
    step=0.05,
    optimizer="adam",
    regularizers=(Jitter(pixels=8), Scale(low=0.9, high=1.1), Rotate(degrees=10.0)),
    parametrization=MaCo(),
    detail=False,
    precision="fastest",
    score="logit",
)

# Found by trial (bench/NOTES.md): large forms in the small octaves, on an image that trembles, by a gradient
# with the waves and colours of photographs (Olah et al. 2017); then their contrast is lowered, and finer ones
# follow.
QUICK = Settings(
    octaves=10,
    octave_scale=1.2,
    final_size=900,
    iterations=(100, 0, 0, 36, 0, 14, 0, 8, 0, 16),
    step=0.008,
    optimizer="momentum",
    momentum=0.6,
    regularizers=(
        Jitter(pixels=16, end=0.37),
        Natural(decay=1.5, end=0.37),
        Natural(decay=1.25, begin=0.37),
        Decay(rate=0.1, begin=0.37, end=0.5),
    ),
    detail=False,
    precision="fastest",
    score="logit",
)

# As quick, for networks that normalise nothing (bench/NOTES.md), found by trial on SqueezeNet: these answer
# ever stronger to ever brighter pixels, so that an image is painted in waves that cannot leave the range, and
# to what all classes share, so that a class is set against the others.
WAVES = QUICK.replace(
    step=0.05,
    optimizer="adam",
    regularizers=(Jitter(pixels=8), Scale(low=0.9, high=1.1), Jitter(pixels=4)),
    parametrization=Fourier(decay=1.0),
    score="log-odds",
)

# The code of a generator, as in Nguyen et al., "Synthesizing the preferred inputs for neurons in neural
# networks via deep generator networks", 2016; steps are in standard deviations of the code.
GENERATED = Settings(
    octaves=1,
    final_size=224,
    iterations=160,
    step=0.05,
    optimizer="adam",
    regularizers=(Jitter(pixels=8),),
    detail=False,
    precision="fastest",
    score="logit",
)

PRESETS: dict[str, Settings] = {
    "quick": QUICK,
    "waves": WAVES,
    "paper-2018": PAPER_2018,
    "metapictures-2020": METAPICTURES_2020,
    "naive": NAIVE,
    "fourier": FOURIER,
    "maco": MACO,
}


TITLES: dict[str, str] = {  # the presets in words
    "quick": "In seconds: large forms first, then finer ones, with the waves and colours of photographs.",
    "waves": "As quick, for networks such as SqueezeNet and VGG, of which that shows little.",
    "paper-2018": "As in Images of Image Machines: ten octaves, a median filter every four steps.",
    "metapictures-2020": "As in Perceptual Bias and Technical Metapictures: jitter and total variation.",
    "naive": "The gradient and nothing else: true to the network, and noise to people.",
    "fourier": "Painted in frequencies, and shaken while it grows (Olah and others 2017).",
    "maco": "Frequencies as strong as in photographs; only their phases are free (Fel and others 2023).",
}


def offer_generators(folder: str | Path | None) -> list[str]:
    """Make a preset of every finished generator in a folder, by its file's name; returns the presets' names.

    Whoever may name presets but no files can use them so.
    """
    offered: list[str] = []
    for file in sorted(Path(folder).glob("*.keras")) if folder is not None else ():
        if read_card(file).get("epochs_done"):
            name = f"generator-{safe_name(file.stem, url=True)}"
            PRESETS[name] = generated(file)
            TITLES[name] = f"Only pictures as the generator {file.stem} makes them, of the works it learned."
            offered.append(name)
    return offered


def generated(file: str | Path) -> Settings:
    """The settings for the pictures of a generator, of a size that suits most networks."""
    form = Generated(file=files.portable(file)).pinned()
    size = min(GENERATED.final_size, LARGEST * form.opened().size)
    return GENERATED.replace(parametrization=form, final_size=size)


def preset(name: str) -> Settings:
    """The settings of that name; raises ValueError that lists the choices."""
    if name not in PRESETS:
        raise ValueError(unknown("preset", name, PRESETS))
    return PRESETS[name]


def fitting(network: Network) -> str:
    """The preset that suits a network: "quick" where its layers normalise, "waves" where not.

    A batch norm that has learned no statistics, as in a network of random weights, normalises nothing. With
    depthwise convolutions, as in MobileNets, both end in fine texture: there "fourier" (bench/NOTES.md).
    """
    layers = network.graph.layers
    if any(map(_is_depthwise, layers)):
        return "fourier"
    return "quick" if any(map(_normalises, layers)) else "waves"


def _is_depthwise(layer: Any) -> bool:
    return type(layer).__name__.startswith(("DepthwiseConv", "SeparableConv"))


def _normalises(layer: Any) -> bool:
    kind = type(layer).__name__
    if kind == "BatchNormalization":
        return bool((gradient.to_array(layer.moving_variance) != 1).any())
    return kind.endswith("Normalization") and kind != "Normalization"  # that is of pixels
