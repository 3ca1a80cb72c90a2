"""The explainer: which questions may be asked of which networks, and of which works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from image_machines.names import unknown
from image_machines.network.models import read_card
from image_machines.network.network import Network
from image_machines.network.semantic.variants import variant
from image_machines.service.collection import Collection
from image_machines.service.explaining import mapping
from image_machines.service.explaining.inquiries import DONE, FAILED, Inquiries, Inquiry
from image_machines.service.requests import Refused
from image_machines.vision.metapictures import sheet
from image_machines.vision.metapictures.methods import PLAIN, methods


@dataclass(frozen=True)
class Scorer:
    """A semantic network in a file, by what its card says."""

    name: str
    file: Path
    attributes: tuple[str, ...]
    scores: tuple[str, ...]


@dataclass
class Explainer:
    """Questions about the works of ``collection``, and about the networks that ``sources`` open, by name.

    ``semantic`` is the folder in which semantic networks are looked for.
    """

    collection: Collection
    inquiries: Inquiries
    sources: Mapping[str, str]
    semantic: Path | None = None
    _accounts: dict[tuple[str, str, int], Inquiry] = field(default_factory=dict)
    _maps: dict[str, Inquiry] = field(default_factory=dict)
    _drawn: dict[tuple[str, str, int, str], Inquiry] = field(default_factory=dict)

    def explanation(
        self, model: str, picture: bytes | str, features: int, silent: Sequence[tuple[str, int]]
    ) -> Inquiry:
        """Ask why a network says of a picture what it says, or what it says while neurons are silent."""
        asked: dict[str, Any] = {"source": self.sources[model], "picture": picture}
        if silent:
            return self.inquiries.ask("verdict", **asked, silent=list(silent))
        return self.inquiries.ask("explanation", **asked, features=features)

    def look(self, model: str, picture: bytes, layer: str | None, count: int) -> Inquiry:
        """Ask which neurons a picture excites most, and which works are nearest to it."""
        asked = {"picture": picture, "layer": layer or "", "count": count}
        return self.inquiries.ask("look", source=self.sources[model], **asked)

    def map(self, model: Network, images: Path) -> Inquiry:
        """The map of the collection as a model sees it; it is made where there is none, once at a time."""
        beside = images.parent
        path = mapping.found(beside, model.fingerprint)
        if path is not None:
            return Inquiry("map", {}, state=DONE, answer={"path": path})
        known = self._maps.get(model.name)
        if known is None or known.state in (DONE, FAILED):
            known = self.inquiries.ask("map", source=self.sources[model.name], beside=str(beside))
            self._maps[model.name] = known
        return known

    def account(self, model: str, layer: str, neuron: int) -> Inquiry:
        """Ask what a neuron counts for; once, unless that failed."""
        key = model, layer, neuron
        known = self._accounts.get(key)
        if known is None or known.state == FAILED:
            known = self.inquiries.ask("account", source=self.sources[model], layer=layer, neuron=neuron)
            self._accounts[key] = known
        return known

    def metapicture(self, model: Network, layer: str, neuron: int, method: str | None) -> Inquiry:
        """Ask for a neuron's picture by a method; while that is drawn, the same question is the same."""
        known = sheet.compared(model, layer, methods())
        if method is not None and method not in known:
            raise Refused(404, unknown("method", method, known))
        asked = {"layer": layer, "neuron": neuron, "method": method or PLAIN}
        key = model.name, layer, neuron, method or PLAIN
        for done in [key for key, each in self._drawn.items() if each.state in (DONE, FAILED)]:
            del self._drawn[done]
        if key not in self._drawn:
            source = self.sources[model.name]
            self._drawn[key] = self.inquiries.ask("metapicture", source=source, **asked)
        return self._drawn[key]

    def attributes(self, network: str | None, score: str | None, picture: bytes | str) -> Inquiry:
        """Ask how a semantic network scores a picture."""
        scorer = self._scorer(network)
        if score is not None and score not in scorer.scores:
            raise Refused(400, unknown("score", score, scorer.scores))
        return self.inquiries.ask(
            "attributes", file=str(scorer.file), picture=picture, score=score or scorer.scores[0]
        )

    def scorers(self) -> list[Scorer]:
        """The semantic networks at hand, the latest first."""
        if self.semantic is None or not self.semantic.is_dir():
            return []
        files = sorted(self.semantic.glob("**/*.keras"), key=lambda file: -file.stat().st_mtime)
        return [scorer for scorer in map(_scorer, files) if scorer is not None]

    def close(self) -> None:
        self.inquiries.close()

    def _scorer(self, name: str | None) -> Scorer:
        known = {scorer.name: scorer for scorer in self.scorers()}
        if name is None and known:
            return next(iter(known.values()))
        if name not in known:
            raise Refused(404, unknown("semantic network", name, known))
        return known[name]


def _scorer(file: Path) -> Scorer | None:
    """What the card of a network's file says of its semantic head; None where it has none."""
    try:
        card = read_card(file)
    except (OSError, ValueError):
        return None
    told = card.get("semantic")
    if not told or not file.with_suffix(".json").is_file():  # a checkpoint shares the card of its run
        return None
    scores = variant(str(told["variant"])).scores
    return Scorer(str(card.get("name") or file.stem), file, tuple(told["attributes"]), scores)
