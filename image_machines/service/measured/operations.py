"""The resources on how a collection excites neurons: what each is called with and what it answers."""

from __future__ import annotations

from image_machines.service.arguments import COUNT, LAYER, MODEL, NEURON
from image_machines.service.measured import answers
from image_machines.service.openapi import Operation
from image_machines.service.requests import Argument

AT = Argument(
    "at",
    "The works from this place on in the order of all, 1 the strongest; left out, from the middle.",
    (1, 10_000_000),
)

MEASURED = {
    "distribution": Operation(
        "GET",
        "/distributions/{layer}/{neuron}",
        summary="How strongly all works excite a neuron, what the strongest are, and works from any place.",
        answer=answers.Distribution,
        says={200: "The distribution, and the works from the place asked for on."},
        arguments=(LAYER, NEURON, MODEL, AT, COUNT),
        refuses=(404,),
        description=(
            "`groups` tell what share of the strongest tenth is of a class, a timeframe, a school, an artist "
            "beside what chance gives when the neuron's answers are dealt out to the works at random: for a "
            "timeframe, a school and an artist within the class of a work. Pictures and crops are cut in the "
            "background, as for GET /responses. 404 when the collection was not yet run through the model at "
            "this layer."
        ),
    ),
    "neurons": Operation(
        "GET",
        "/layers/{layer}",
        summary="All neurons of a layer: the class each speaks for, and how far fine-tuning moved it.",
        answer=answers.Neurons,
        says={200: "What is known of the neurons, in their order."},
        arguments=(LAYER, MODEL),
        refuses=(404,),
        description=(
            "Worked out in the background when it is asked for the first time: while `ready` is false ask "
            "again. What is not known is null, and `unmoved` says why."
        ),
    ),
}
