"""The fine-tuned network and its relatives: before training, with weights shuffled, trained a second time.

They lie as ``.keras`` files in ``runs/studies/model/``, so that the card of every picture of theirs names a
file it can be made again from. The second network is a training of another seed (the step ``choices``).
"""

from __future__ import annotations

from pathlib import Path

from image_machines.network import controls, models
from image_machines.notebooks.chapters import ROOT
from studies.common.runs import network_file

RUN = ROOT / "runs" / "paintings"
FOLDER = ROOT / "runs" / "studies"
SECOND = ROOT / "runs" / "choices" / "mixed5-1" / "mixed5.keras"


def tuned_file(run: Path = RUN) -> Path:
    """The network that the profile `paintings` trained; raises FileNotFoundError that says how to get it."""
    return network_file(run, "make run PROFILE=paintings")


def before_file(weights: str = "imagenet") -> Path:
    """InceptionV3 as the training on ImageNet left it, which all layers up to `mixed10` began with."""
    path = FOLDER / "model" / "InceptionV3.keras"
    if not path.is_file():
        models.save(models.build("InceptionV3", weights), path)
    return path


def shuffled_file(tuned: Path, seed: int = 0) -> Path:
    """The fine-tuned network with the weights of every kernel in another order."""
    path = FOLDER / "model" / f"{tuned.stem}-shuffled.keras"
    if not path.is_file():
        models.save(controls.shuffled(models.load(tuned), seed), path)
    return path
