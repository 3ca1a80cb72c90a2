"""Opening the service: the process that makes images begins first, and loads beside this one what it needs.

This module loads no Keras itself, or that process would wait for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from image_machines.atlas.worker import Worker

if TYPE_CHECKING:
    from image_machines.service.api import Service

NO_MODEL = "there is no model to show: `make run` makes one, or name a file or an architecture"


def open_service(
    models: Iterable[str | Path],
    images: str | Path,
    run: str | Path | None = None,
    preset: str | None = None,
    pixels: str | None = None,
    classes: Sequence[str] | None = None,
    jurors: Sequence[str] | None = None,
    generators: str | Path | None = None,
) -> Service:
    """Open models, by file or by name, and a folder of images; ``run`` is the folder of the run they are of.

    Its works lie in ``data``, what `responses.measure` left in ``responses``.
    ``pixels`` and ``classes`` are for models that do not say them themselves. ``jurors`` are networks that
    say what they take a class's image for, by default these models and what else is at hand. ``generators``
    is a folder of generators: each is offered as a preset by its name, since requests name no files.
    Raises what `models.open_network` raises, and ValueError when there is no model.
    """
    sources = [str(source) for source in models]
    if not sources:
        raise ValueError(NO_MODEL)
    at_hand = all(Path(source).is_file() for source in sources)  # or weights come once, over the network
    first = Worker(sources, None, pixels, classes)
    from image_machines.atlas import jury, make  # from here on Keras is loaded
    from image_machines.atlas.store import Store
    from image_machines.network.models import open_network
    from image_machines.service import api
    from image_machines.service.collection import Collection
    from image_machines.service.explaining.explainer import Explainer
    from image_machines.service.explaining.inquiries import Inquiries
    from image_machines.service.works import Works
    from image_machines.vision.presets import fitting, offer_generators

    try:
        offer_generators(generators)
        devices = make.devices()
        if at_hand:
            first.settle(devices[0])
        opened = [open_network(source, pixels, classes) for source in sources]
        if not at_hand:
            first.settle(devices[0])
        more = {device: Worker(sources, device, pixels, classes) for device in devices[1:]}
        workers = {devices[0]: first, **more}
        if jurors is None:
            jurors = [*jury.at_hand(), *(each.opened_from for each in opened if each.classes)]
        folder = None if run is None else Path(run)
        explainer = Explainer(
            Collection(folder),
            Inquiries(None if folder is None else str(folder), str(images), pixels, classes),
            {network.name: source for network, source in zip(opened, sources, strict=True)},
            folder and folder / "semantic_maps",
        )
        return api.Service(
            opened,
            workers,
            Store(images),
            Works(images, folder and folder / "responses"),
            explainer,
            preset or fitting(opened[0]),
            jurors=jurors,
        )
    except BaseException:
        first.close()
        raise


def models_in(folder: str | Path) -> list[str | Path]:
    """The finished models of a run, the latest first: those that have a card of their own."""
    finished = [card.with_suffix(".keras") for card in Path(folder).glob("*.json")]
    finished = [model for model in finished if model.is_file()]
    return [*sorted(finished, key=lambda model: model.stat().st_mtime, reverse=True)]
