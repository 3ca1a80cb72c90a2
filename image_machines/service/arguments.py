"""The arguments that requests may have."""

from __future__ import annotations

from image_machines.atlas.job import STATES
from image_machines.service import answers
from image_machines.service.requests import Argument
from image_machines.vision.settings import PAGE_OCTAVES

PAGE_LENGTH, LONGEST_PAGE = 100, 500
WORKS, MOST_WORKS = 9, 50
EXPERIMENT, MOST_TRIALS = 20, 60

LAYER = Argument("layer", "Layer by name, any case, e.g. mixed5.")
NEURON = Argument("neuron", "Number of the neuron, from 0; for the layer of classes a class name also.")
OCTAVE = Argument(
    "octave",
    (
        "Size: octave k ends at int(900 / 1.2**(10 - k)) pixels: 174, 209, 251, 301, 361, 434, 520, 625, "
        "750, 900 where the preset says final_size 900."
    ),
    (1, PAGE_OCTAVES),
)
MODEL = Argument("model", "Name of the model; left out, the first of GET /models.")
PRESET_NAME = Argument("preset", "Left out, the service's own.")
SEED = Argument("seed", "Of the noise that it begins with.", (0, answers.LARGEST_SEED), 0)
ID = Argument("id", "The id of a job and of its image.")
IDS = Argument(
    "ids",
    (
        "Only these ids, separated by commas; unknown ones are left out: the way to poll all unfinished "
        "at once."
    ),
    free=True,
)
STATE = Argument("state", "Only jobs in this state.", choices=STATES)
OFFSET = Argument(
    "offset",
    "Skip so many: the answer's `next` is the offset of the following page, null at the end.",
    (0, 10_000_000),
    0,
)
LIMIT = Argument("limit", "At most so many.", (1, LONGEST_PAGE), PAGE_LENGTH)
FILTERS = {  # of the finished images, by the names of their entries
    "model": Argument("model", "Only this model's."),
    "layer": Argument("layer", "Only this layer's, any case."),
    "neuron": Argument("neuron", "Only this neuron's.", (0, 10**9)),
    "class_name": Argument("class", "Only the class of this name, any case."),
    "preset": Argument("preset", "Only this preset's."),
    "seed": Argument("seed", "Only this seed's.", (0, answers.LARGEST_SEED)),
    "octave": Argument("octave", "Only this octave's.", (1, PAGE_OCTAVES)),
    "search": Argument(
        "search",
        (
            "Only those of which every word stands in the caption, the class, the layer, `layer:neuron`, "
            "the preset, `seed 3` or `octave 6`, or says `shuffled` or `untrained`; the model's name is "
            "not looked at."
        ),
        free=True,
    ),
}
COUNT = Argument("n", "So many works.", (1, MOST_WORKS), WORKS)
TRIALS = Argument("n", "So many questions.", (3, MOST_TRIALS), EXPERIMENT)
CHANCE = Argument("seed", "Of the chance that draws the questions.", (0, answers.LARGEST_SEED), 0)
