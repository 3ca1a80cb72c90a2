"""The resources on how a collection excites neurons, as methods of the service."""

from __future__ import annotations

from typing import Any

from image_machines.network.network import Network
from image_machines.network.responses import Responses
from image_machines.service.arguments import COUNT, MODEL
from image_machines.service.measured import answers, telling
from image_machines.service.measured.operations import AT
from image_machines.service.measured.prepared import Prepared
from image_machines.service.requests import Asked
from image_machines.service.resources import resource
from image_machines.service.works import Works


class Measured:
    """What a service answers about neurons from the responses to the whole collection."""

    works: Works
    prepared: Prepared

    def _model(self, name: str | None) -> Network:
        raise NotImplementedError

    @resource
    def distribution(self, asked: Asked) -> answers.Distribution:
        model = self._model(asked.value(MODEL))
        layer = model.layer(asked.path["layer"])
        neuron = model.neuron(layer, asked.path["neuron"])
        measured = self.works.measured(model)
        told = telling.spread(measured, measured.layer(layer.name).name, neuron)
        count = asked.value(COUNT)
        at = asked.value(AT) or max((told["pictures"] - count) // 2 + 1, 1)
        return answers.Distribution(
            model=model.name,
            layer=layer.name,
            neuron=neuron,
            class_name=model.class_name(layer, neuron),
            **told,
            **self.works.examples(measured, layer.name, neuron, at, count),
        )

    @resource
    def neurons(self, asked: Asked) -> answers.Neurons:
        model = self._model(asked.value(MODEL))
        layer = model.layer(asked.path["layer"])
        before = model.architecture if model.architecture not in ("", model.name) else None
        known: dict[str, Any] = {
            "model": model.name,
            "layer": layer.name,
            "width": layer.width,
            "before": before,
        }
        if layer.name not in self.works.layers(model):
            return answers.Neurons(**known, **NOTHING)
        measured = self.works.measured(model)
        told = self.prepared.get(
            (measured, layer.name, before), lambda: self._known(measured, layer.name, before)
        )
        return answers.Neurons(**known, **(told or NOTHING | {"ready": False, "unmoved": None}))

    def _known(self, measured: Responses, layer: str, before: str | None) -> dict[str, Any]:
        """What the responses tell of a layer's neurons."""
        classes, beyond = telling.spoken_for(measured, layer)
        past = before and telling.comparable(measured, self.works.of(before, measured.size), layer)
        unmoved = "not measured before" if before else "began as none"
        return {
            "ready": True,
            "pictures": measured.done,
            "classes": classes,
            "beyond": beyond,
            "moved": telling.moved(measured, past, layer) if past else None,
            "unmoved": None if past else unmoved,
        }


NOTHING: dict[str, Any] = {
    "ready": True,
    "pictures": 0,
    "classes": None,
    "beyond": None,
    "moved": None,
    "unmoved": "not measured",
}
