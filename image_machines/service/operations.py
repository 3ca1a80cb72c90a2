"""The resources of the API, each with what it is called with and what it answers, once: `api` obeys them."""

from __future__ import annotations

from image_machines.service import answers
from image_machines.service.arguments import (
    CHANCE,
    COUNT,
    FILTERS,
    ID,
    IDS,
    LAYER,
    LIMIT,
    MODEL,
    NEURON,
    OCTAVE,
    OFFSET,
    PRESET_NAME,
    SEED,
    STATE,
    TRIALS,
)
from image_machines.service.explaining.operations import EXPLAINING
from image_machines.service.measured.operations import MEASURED
from image_machines.service.openapi import Operation
from image_machines.service.requests import Argument

OPERATIONS = {
    "activation": Operation(
        "GET",
        "/activations/{layer}/{neuron}/{octave}",
        summary="The 2018 call: ask for an image, get its path at once.",
        answer=None,
        says={200: "The path of the image."},
        arguments=(LAYER, NEURON, OCTAVE, MODEL, PRESET_NAME, SEED),
        refuses=(404, 429, 507),
        description=(
            "The text of the answer is the path of a JPEG, relative to the page. The file exists from "
            "this moment (a grey placeholder first), is never half-written, and is replaced as the image "
            "grows, until it is finished. Asking again for the same image gives the same path and starts "
            "nothing."
        ),
    ),
    "status": Operation(
        "GET",
        "/status",
        summary="What the service is doing; answers as long as it lives.",
        answer=answers.Status,
        says={200: "The state of the service."},
    ),
    "models": Operation(
        "GET",
        "/models",
        summary="The models at hand, the default first.",
        answer=answers.Models,
        says={200: "The models."},
    ),
    "model": Operation(
        "GET",
        "/models/{model}",
        summary="One model: classes and layers.",
        answer=answers.Model,
        says={200: "The model."},
        arguments=(Argument("model", "Name as in GET /models."),),
        refuses=(404,),
    ),
    "presets": Operation(
        "GET",
        "/presets",
        summary="The presets with every parameter, and what may be changed.",
        answer=answers.Presets,
        says={200: "The presets."},
    ),
    "estimate": Operation(
        "POST",
        "/estimates",
        summary="What the same POST /jobs would cost; starts nothing.",
        answer=answers.Estimate,
        says={200: "The cost."},
        body=True,
        refuses=(404, 413),
    ),
    "submit": Operation(
        "POST",
        "/jobs",
        summary="Ask for images: one job for every combination of neuron, octave, preset and seed.",
        answer=answers.Jobs,
        says={
            200: "Every image was finished or under way already.",
            202: "Taken: at least one job is new.",
        },
        body=True,
        refuses=(404, 413, 429, 507),
        description=(
            "All of them or none are taken. The same image asked for twice is one job; one that is "
            "finished is answered as done, without rendering. A higher octave goes first, first come "
            "first served among equals; a more urgent job takes over after the iteration under way, and "
            "the other resumes where it was."
        ),
    ),
    "jobs": Operation(
        "GET",
        "/jobs",
        summary="The jobs of this server's life, newest first.",
        answer=answers.Jobs,
        says={200: "The jobs."},
        arguments=(IDS, STATE, OFFSET, LIMIT),
        description="What the server before it did not finish is among them, as failed.",
    ),
    "cancel_all": Operation(
        "DELETE",
        "/jobs",
        summary="Cancel every job that waits or runs, or those of them that are named.",
        answer=answers.Jobs,
        says={200: "The jobs that were cancelled."},
        arguments=(IDS,),
    ),
    "job": Operation(
        "GET",
        "/jobs/{id}",
        summary="One job.",
        answer=answers.Job,
        says={200: "The job."},
        arguments=(ID,),
        refuses=(404,),
    ),
    "cancel": Operation(
        "DELETE",
        "/jobs/{id}",
        summary="Cancel a job that waits or runs; it stops after the iteration under way.",
        answer=answers.Job,
        says={200: "The job, cancelled. Its unfinished image is removed; asked for again, it starts anew."},
        arguments=(ID,),
        refuses=(404, 409),
    ),
    "images": Operation(
        "GET",
        "/images",
        summary="The finished images, newest first.",
        answer=answers.Images,
        says={200: "The images."},
        arguments=(*FILTERS.values(), OFFSET, LIMIT),
        description=(
            "The same list, in one piece, lies beside the images as images/index.json and, for a page "
            "opened from disk, images/index.js (which sets `window.IMAGES`)."
        ),
    ),
    "card": Operation(
        "GET",
        "/images/{id}",
        summary="The whole provenance card of a finished image.",
        answer=answers.Card,
        says={200: "The card."},
        arguments=(ID,),
        refuses=(404,),
    ),
    "jury": Operation(
        "GET",
        "/images/{id}/jury",
        summary="What other networks take a class's image for, and the same image from shuffled weights.",
        answer=answers.Jury,
        says={200: "What they said."},
        arguments=(ID,),
        refuses=(404,),
        description=(
            "Asked for the first time it begins in the background, when no job runs or waits: the image is "
            "drawn from the network's shuffled weights, and both are shown to the other networks at hand. "
            "While `ready` is false ask again; what was said then stands on the image's card. It is null for "
            "an image of no class, and where no other network is at hand."
        ),
    ),
    "responses": Operation(
        "GET",
        "/responses/{layer}/{neuron}",
        summary="The works of the collection that excite a neuron most, each with the crop that fired.",
        answer=answers.Responses,
        says={200: "The works, strongest first."},
        arguments=(LAYER, NEURON, MODEL, COUNT),
        refuses=(404,),
        description=(
            "Pictures and crops are cut in the background: while `ready` is false ask again (each file, "
            "once it exists, is whole). 404 when the collection was not yet run through the model at this "
            "layer."
        ),
    ),
    **MEASURED,
    "experiment": Operation(
        "GET",
        "/experiment",
        summary="The reader's experiment: which of two works excites a neuron more, and does its image help?",
        answer=answers.Experiment,
        says={200: "The questions, in their order."},
        arguments=(MODEL, TRIALS, CHANCE),
        refuses=(404,),
        description=(
            "After Borowski and others (ICLR 2021). Each question is about a neuron that has a finished "
            "image and measured responses. One of its two works is among the strongest, the other among the "
            "weakest, and neither among those shown. The three conditions come equally often, in an order "
            "drawn by the seed, and the stronger work is as often on the left as on the right. The answer "
            "has what was measured, for the page to score by; no reader's answer is ever sent. While `ready` "
            "is false ask again."
        ),
    ),
    **EXPLAINING,
    "description": Operation(
        "GET",
        "/openapi",
        summary="This description.",
        answer=answers.Description,
        says={200: "OpenAPI 3.1."},
    ),
}
