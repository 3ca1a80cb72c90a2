"""The resources that explain works and neurons, as methods of the service."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from image_machines.decoding import looks_like_picture
from image_machines.network.network import Network
from image_machines.service import looking
from image_machines.service.arguments import LIMIT, MODEL, OFFSET
from image_machines.service.explaining import answers
from image_machines.service.explaining.explainer import Explainer
from image_machines.service.explaining.inquiries import Inquiry
from image_machines.service.explaining.operations import (
    BY_LAYER,
    CLASS,
    FEATURES,
    FILE,
    METHOD,
    NETWORK,
    NEURONS,
    SCORE,
    SEARCH,
    SILENT,
    WORK,
)
from image_machines.service.requests import Asked, Refused
from image_machines.service.resources import resource
from image_machines.service.shown import following
from image_machines.service.works import Works

MOST_SILENT = 100
ANSWERS = {
    "explanation": ("explanation", answers.Explanation),
    "verdict": ("explanation", answers.Explanation),
    "account": ("account", answers.Account),
    "attributes": ("attributes", answers.Attributes),
    "metapicture": ("metapicture", answers.Metapicture),
    "map": ("map", answers.CollectionMap),
}
LOOK = "look"  # the answer that the collection is needed for
OF_WORKS = ("explanation", "attributes")  # answers that name the work


class Explaining:
    """What a service answers about works and neurons."""

    works: Works
    explainer: Explainer

    def _model(self, name: str | None) -> Network:
        raise NotImplementedError

    @resource
    def list_works(self, asked: Asked) -> answers.Works:
        self.explainer.inquiries.warm()  # who looks at works is about to ask why
        offset = asked.value(OFFSET)
        found = self.explainer.collection.select(asked.value(FILE), asked.value(CLASS), asked.value(SEARCH))
        part = found[offset : offset + asked.value(LIMIT)]
        shown = [self._listed(record) for record in part]
        ready = self.works.are_ready(work.picture for work in shown)
        return answers.Works(
            works=shown, ready=ready, total=len(found), next=following(offset, len(shown), len(found))
        )

    @resource
    def work(self, asked: Asked) -> answers.WholeWork:
        file = asked.value(FILE)
        if file is None:
            raise Refused(400, "file says which work is meant; none was named")
        source = self.explainer.collection.path(file)
        (record,) = self.explainer.collection.select(file, None, None)
        said = self.works.describe(record)
        whole = self.works.whole(source)
        return answers.WholeWork(
            **(said | looking.details(record, said["painted"])),
            picture=self.works.shown(source),
            whole=whole,
            ready=self.works.are_ready([whole]),
        )

    @resource
    def look(self, asked: Asked) -> answers.Look:
        model, file = self._model(asked.value(MODEL)), asked.value(WORK)
        if file is None:
            raise Refused(400, "work says which work is meant; none was named")
        self.explainer.collection.path(file)
        measured = self.works.measured(model)
        layer = measured.layer(asked.value(BY_LAYER) or looking.chief(model, measured)).name
        look, nearest = looking.of_work(model, measured, file, layer, asked.value(NEURONS))
        return self._looked(look, nearest, file)

    @resource
    def look_at(self, asked: Asked) -> tuple[int, answers.Inquiry]:
        model, picture = self._model(asked.value(MODEL)), self._sent(asked)
        layer = asked.value(BY_LAYER)
        if layer is not None:
            layer = self.works.measured(model).layer(layer).name
        return 202, self._told(self.explainer.look(model.name, picture, layer, asked.value(NEURONS)))

    @resource
    def map(self, asked: Asked) -> answers.Inquiry:
        return self._told(self.explainer.map(self._model(asked.value(MODEL)), self.works.images))

    @resource
    def explain(self, asked: Asked) -> tuple[int, answers.Inquiry]:
        model = self._model(asked.value(MODEL))
        silent = _neurons(model, asked.value(SILENT))
        picture = self._picture(asked)
        inquiry = self.explainer.explanation(model.name, picture, asked.value(FEATURES), silent)
        return 202, self._told(inquiry, asked.value(WORK))

    @resource
    def attributes(self, asked: Asked) -> tuple[int, answers.Inquiry]:
        picture = self._picture(asked)
        inquiry = self.explainer.attributes(asked.value(NETWORK), asked.value(SCORE), picture)
        return 202, self._told(inquiry, asked.value(WORK))

    @resource
    def semantic_networks(self, asked: Asked) -> answers.SemanticNetworks:
        return answers.SemanticNetworks(
            networks=[
                answers.SemanticNetwork(
                    name=each.name, attributes=list(each.attributes), scores=list(each.scores)
                )
                for each in self.explainer.scorers()
            ]
        )

    @resource
    def account(self, asked: Asked) -> answers.Inquiry:
        model = self._model(asked.value(MODEL))
        layer = model.layer(asked.path["layer"])
        neuron = model.neuron(layer, asked.path["neuron"])
        return self._told(self.explainer.account(model.name, layer.name, neuron))

    @resource
    def metapicture(self, asked: Asked) -> answers.Inquiry:
        model = self._model(asked.value(MODEL))
        layer = model.layer(asked.path["layer"])
        neuron = model.neuron(layer, asked.path["neuron"])
        return self._told(self.explainer.metapicture(model, layer.name, neuron, asked.value(METHOD)))

    @resource
    def inquiry(self, asked: Asked) -> answers.Inquiry:
        known = self.explainer.inquiries.get(asked.path["id"])
        if known is None:
            raise Refused(404, f"no question {asked.path['id']!r}, or its answer is forgotten: ask again")
        return self._told(known)

    def _picture(self, asked: Asked) -> bytes | str:
        """The picture that was sent, or the file of the work that was named."""
        file, sent = asked.value(WORK), asked.attached
        if (file is None) == (not sent):
            both = "both" if sent else "neither"
            raise Refused(400, f"name a work of the collection, or send a picture; {both} came")
        if file is not None:
            return str(self.explainer.collection.path(file))
        return self._sent(asked)

    def _sent(self, asked: Asked) -> bytes:
        """The picture that was sent."""
        sent = asked.attached
        if not looks_like_picture(io.BytesIO(sent)):
            raise Refused(400, "what was sent is no picture: its bytes are those of no format that is known")
        return sent

    def _looked(
        self, look: Mapping[str, Any], nearest: Sequence[tuple[str, float]], file: str | None
    ) -> answers.Look:
        """A look with what is said of the nearest works; one that the collection has lost is left out."""
        known = {record["file"]: record for record in self.explainer.collection.records}
        near = [
            answers.Near(**self._listed(known[each]).model_dump(by_alias=True), likeness=likeness)
            for each, likeness in nearest
            if each in known
        ]
        ready = self.works.are_ready(each.picture for each in near)
        return answers.Look(**look, work=file, nearest=near, ready=ready)

    def _listed(self, record: dict[str, str]) -> answers.ListedWork:
        source = self.explainer.collection.path(record["file"])
        described = self.works.describe(record)
        return answers.ListedWork(**described, picture=self.works.shown(source))

    def _told(self, inquiry: Inquiry, work: str | None = None) -> answers.Inquiry:
        inquiry.work = work or inquiry.work
        answer: dict[str, Any] = {}
        if inquiry.answer is not None:
            answer = self._answered(inquiry)
        return answers.Inquiry(
            id=inquiry.id,
            state=inquiry.state,  # type: ignore[arg-type]
            position=self.explainer.inquiries.position(inquiry),
            note=inquiry.note,
            error=inquiry.error,
            **answer,
        )

    def _answered(self, inquiry: Inquiry) -> dict[str, Any]:
        """An answer by its name."""
        if inquiry.question == LOOK:
            look, nearest = inquiry.answer
            return {LOOK: self._looked(look, nearest, None)}
        name, kind = ANSWERS[inquiry.question]
        of_work = {"work": inquiry.work} if name in OF_WORKS else {}
        return {name: kind(**inquiry.answer, **of_work)}


def _neurons(model: Network, text: str | None) -> list[tuple[str, int]]:
    """The neurons that a text names as layer:number; raises what the model raises for one it has not."""
    found = []
    for word in (text or "").split(","):
        if not word.strip():
            continue
        name, _, number = word.strip().rpartition(":")
        layer = model.layer(name)
        found.append((layer.name, model.neuron(layer, number)))
    if len(found) > MOST_SILENT:
        raise Refused(400, f"at most {MOST_SILENT} neurons may be silent at once, not {len(found)}")
    return found
