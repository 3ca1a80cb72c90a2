"""Concepts of a network's last map, for the eye: what excites each, and where it is found in works.

A concept is no neuron, so there is no card for its picture; it lies in ``relevance/concepts/`` of the run's
folder, under a name that depends on the network and on the direction.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from image_machines import figures, files, images
from image_machines.attribution import concepts, gradients
from image_machines.attribution.concepts import Concepts
from image_machines.collection.captions import caption
from image_machines.images import Picture
from image_machines.network.responses import crop_box
from image_machines.vision import features, objectives
from image_machines.vision.presets import fitting, preset
from studies.relevance import parts
from studies.relevance.study import Study

OCTAVE = 2  # 209 px
TILE, CROPS = 160, 10


@dataclass(frozen=True, eq=False)
class Found:
    """Concepts, how strong each is at every position of the works' maps (works, h, w, k), and what they add.

    ``weights`` (classes, k) are those of mu-lasso. Row i of ``strengths`` belongs to the work ``works[i]``.
    """

    concepts: Concepts
    works: list[int]
    strengths: NDArray[np.float32]
    weights: NDArray[np.float64]

    def chief(self, place: int) -> int:
        """The concept that adds most to a class, on average over the works."""
        return int((self.weights[place] * parts.lengths(self.strengths).mean(axis=0)).argmax())


def found(study: Study, seed: int = 0) -> Found:
    """The concepts of the study's last map, from the works that its features were chosen on."""
    works, layer = study.learned_from, study.layers[-1]
    maps = gradients.maps_of(study.network, study.images(works), layer)
    factorised = concepts.factorised(layer, maps, parts.CONCEPTS, seed)
    strengths = factorised.strengths(maps)
    labels = np.eye(len(study.relevance.classes))[study.predictions[works]]
    return Found(factorised, works, strengths, parts.weighed(parts.lengths(strengths), labels))


def face(study: Study, known: Found, number: int) -> Figure:
    """A concept: what excites it, made from noise, and its best places in works, with captions."""
    at = known.strengths[..., number]
    rows = np.argsort(-at.max(axis=(1, 2)), kind="stable")[:CROPS]
    layer = study.network.find(known.concepts.layer)
    shown, captions = [drawn(study, known.concepts, number)], [f"concept {number}, made from noise"]
    for row in rows:
        work = known.works[row]
        place = np.unravel_index(at[row].argmax(), at[row].shape)
        box = crop_box(layer, study.network.size, int(place[0]), int(place[1]))
        shown.append(box.cut(study.picture(work)))
        captions.append(caption(study.measured.records[work]))
    tiles = [
        np.asarray(Image.fromarray(each).resize((TILE, TILE), Image.Resampling.BICUBIC)) for each in shown
    ]
    return figures.sheet(tiles, captions, columns=6, side=1.9)


def drawn(study: Study, known: Concepts, number: int) -> Picture:
    """The image that excites a concept; made once."""
    vector = known.directions[number]
    key = hashlib.sha256(study.network.fingerprint.encode() + vector.round(4).tobytes()).hexdigest()[:16]
    file = study.folder / "relevance" / "concepts" / f"{key}.png"
    if not file.is_file():
        settings = preset(fitting(study.network)).at_octave(OCTAVE)
        made = features.render(study.network, objectives.direction(known.layer, vector), settings)
        picture = features.picture(made.image)
        with files.replacing(file) as temporary:
            Image.fromarray(picture).save(temporary)
    return images.read(file)
