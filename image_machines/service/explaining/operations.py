"""The resources that explain works and neurons, each with what it is called with and what it answers."""

from __future__ import annotations

from image_machines.service import looking
from image_machines.service.arguments import LAYER, LIMIT, MODEL, NEURON, OFFSET
from image_machines.service.explaining import answers
from image_machines.service.guard import LARGEST_PICTURE
from image_machines.service.openapi import Operation
from image_machines.service.requests import Argument

MOST_FEATURES = 9

WORK = Argument("work", "A work of the collection, as GET /works names it; or send a picture.", free=True)
SILENT = Argument(
    "silent",
    (
        "Neurons to silence, as layer:number, separated by commas: the verdict without them, and neither "
        "features nor heat."
    ),
    free=True,
)
FEATURES = Argument("features", "At most so many features.", (1, MOST_FEATURES), 5)
NETWORK = Argument("network", "A semantic network by name; left out, the first.", free=True)
SCORE = Argument("score", "One of its scores; left out, the first.", free=True)
BY_LAYER = Argument("layer", "A measured layer, any case; left out, the one that likeness is judged by.")
NEURONS = Argument("n", "At most so many neurons.", (1, looking.MOST_NEURONS), looking.NEURONS)
METHOD = Argument("method", "One of the answer's `methods`; left out, the plain gradient.")
FILE = Argument("file", "Only the work of this very name.", free=True)
CLASS = Argument("class", "Only works of this class, any case.", free=True)
SEARCH = Argument("search", "Only works in whose artist, title, date or class every word stands.", free=True)
PICTURE = (
    f"The body is a picture of at most {LARGEST_PICTURE // 2**20} MB, whatever its name and type say: its "
    "bytes decide. It is held in memory until it is answered, kept nowhere, and only ever decoded, in a "
    "process of its own. Ask GET /inquiries/{id} until the answer is there."
)


ASKED = {202: "Taken. Ask GET /inquiries/{id} for the answer."}

EXPLAINING = {
    "works": Operation(
        "GET",
        "/works",
        summary="The works of the collection.",
        answer=answers.Works,
        says={200: "The works, in the order of the collection; none where there is no collection."},
        arguments=(FILE, CLASS, SEARCH, OFFSET, LIMIT),
    ),
    "work": Operation(
        "GET",
        "/work",
        summary="One work: all that the catalogue says of it, and its picture with all its pixels.",
        answer=answers.WholeWork,
        says={200: "The work."},
        arguments=(FILE,),
        refuses=(404,),
        description=(
            "The picture is copied beside the images when it is asked for: while `ready` is false ask again."
        ),
    ),
    "look": Operation(
        "GET",
        "/looks",
        summary="Which neurons of a layer a work excites most, and which works are nearest to it.",
        answer=answers.Look,
        says={200: "The neurons, and the works."},
        arguments=(WORK, MODEL, BY_LAYER, NEURONS),
        refuses=(404,),
        description=(
            "A neuron is excited as far as the work exceeds what the collection's works make of it: by "
            "standard deviations above their mean. 404 when the work was not yet shown to the model at this "
            "layer."
        ),
    ),
    "look_at": Operation(
        "POST",
        "/looks",
        summary="The same of a picture that is sent.",
        answer=answers.Inquiry,
        says=ASKED,
        arguments=(MODEL, BY_LAYER, NEURONS),
        picture=True,
        refuses=(404, 413, 429),
        description=PICTURE,
    ),
    "map": Operation(
        "GET",
        "/map",
        summary="A map of the collection: every work where it lies by what a model sees in it.",
        answer=answers.Inquiry,
        says={200: "The map, or how far it is: ask GET /inquiries/{id} while it is waiting or working."},
        arguments=(MODEL,),
        refuses=(404, 429),
        description=(
            "Where there is none yet, or only of another network, it is made when it is asked for, of what "
            "was measured; that takes a minute or more."
        ),
    ),
    "explain": Operation(
        "POST",
        "/explanations",
        summary="Why a model calls a picture what it does: features, heat, and the verdict without some.",
        answer=answers.Inquiry,
        says=ASKED,
        arguments=(WORK, MODEL, FEATURES, SILENT),
        picture=True,
        refuses=(404, 413, 429),
        description=PICTURE,
    ),
    "attributes": Operation(
        "POST",
        "/attributes",
        summary="How a semantic network scores a picture: its attributes, where, and what each counts.",
        answer=answers.Inquiry,
        says=ASKED,
        arguments=(WORK, NETWORK, SCORE),
        picture=True,
        refuses=(404, 413, 429),
        description=PICTURE,
    ),
    "semantic_networks": Operation(
        "GET",
        "/semantic-networks",
        summary="The networks that score by named attributes alone.",
        answer=answers.SemanticNetworks,
        says={200: "The networks; none where none was trained."},
    ),
    "account": Operation(
        "GET",
        "/neurons/{layer}/{neuron}",
        summary="Which classes a neuron speaks for, what it looks like on average, where it is at home.",
        answer=answers.Inquiry,
        says={
            200: "The answer, or how far it is: ask again while it is waiting or working.",
        },
        arguments=(LAYER, NEURON, MODEL),
        refuses=(404, 429),
    ),
    "metapicture": Operation(
        "GET",
        "/metapictures/{layer}/{neuron}",
        summary="A neuron's picture by one method, with what it excites and how near it is to the works.",
        answer=answers.Inquiry,
        says={
            200: "The picture, or how far it is: ask GET /inquiries/{id} while it is waiting or working.",
        },
        arguments=(LAYER, NEURON, MODEL, METHOD),
        refuses=(404, 429),
        description=(
            "Every method takes as many gradients from the same noise to the same small size, so that what "
            "differs is the method. A picture is drawn when it is asked for the first time, and kept."
        ),
    ),
    "inquiry": Operation(
        "GET",
        "/inquiries/{id}",
        summary="A question about a work, and its answer once it is there.",
        answer=answers.Inquiry,
        says={200: "The question."},
        arguments=(Argument("id", "The id that the question got."),),
        refuses=(404,),
        description="Answers are held in memory, the last 200 of them; pictures are not.",
    ),
}
