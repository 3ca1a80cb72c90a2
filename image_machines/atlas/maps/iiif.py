"""IIIF: what viewers of other makers, such as Mirador, need to open the pyramids of a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from image_machines.atlas.maps.pyramid import Sheet

CONTEXT = "http://iiif.io/api/presentation/3/context.json"


def manifest(title: str, sheets: Mapping[str, tuple[str, Sheet]], address: str) -> dict[str, Any]:
    """A manifest of IIIF's Presentation API 3 (https://iiif.io/api/presentation/3.0/), a canvas a sheet.

    ``sheets``: by the name of its folder, how a sheet is called, and the sheet. ``address`` is that of the
    page's folder.
    """
    return {
        "@context": CONTEXT,
        "id": f"{address}/manifest.json",
        "type": "Manifest",
        "label": {"en": [title]},
        "items": [_canvas(name, label, sheet, address) for name, (label, sheet) in sheets.items()],
    }


def _canvas(name: str, label: str, sheet: Sheet, address: str) -> dict[str, Any]:
    canvas, service = f"{address}/canvas/{name}", f"{address}/{name}"
    sides = {"width": sheet.width, "height": sheet.height}
    scale = sheet.scales[-1]
    size = "max" if scale == 1 else f"{sheet.width // scale},{sheet.height // scale}"
    body = {
        "id": f"{service}/full/{size}/0/default.jpg",
        "type": "Image",
        "format": "image/jpeg",
        **sides,
        "service": [{"id": service, "type": "ImageService3", "profile": "level0"}],
    }
    painting = {
        "id": f"{canvas}/painting",
        "type": "Annotation",
        "motivation": "painting",
        "target": canvas,
        "body": body,
    }
    page = {"id": f"{canvas}/page", "type": "AnnotationPage", "items": [painting]}
    return {"id": canvas, "type": "Canvas", "label": {"en": [label]}, **sides, "items": [page]}
