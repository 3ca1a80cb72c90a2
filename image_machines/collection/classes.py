"""Classes: which artworks of a catalogue the network shall learn to tell apart."""

from __future__ import annotations

import logging
import unicodedata
from collections import Counter, defaultdict

from image_machines.collection.artworks import Artwork, Catalogue
from image_machines.collection.queries import Questions, query
from image_machines.images import PICTURE_SUFFIXES
from image_machines.names import safe_name

log = logging.getLogger(__name__)

Classes = dict[str, list[Artwork]]


def select(catalogue: Catalogue, search_dicts: Questions | None = None, suggested: bool = False) -> Classes:
    """The artworks of each class, in the catalogue's order.

    A class is a query (see queries.query). A collection that names classes itself, in subfolders or in a
    column ``class`` (or ``label``, ``category``), needs none; queries that are only ``suggested`` hold there
    where it has all the columns that they ask for. Artworks that several classes claim belong to none. Raises
    ValueError for fewer than two classes, a class without artworks, and names that cannot be folders.
    """
    if search_dicts and not (suggested and _does_without(catalogue, search_dicts)):
        classes = {name: query(catalogue, wanted) for name, wanted in search_dicts.items()}
    elif "class" in catalogue.columns:
        classes = _named_classes(catalogue)
    else:
        columns = ", ".join(catalogue.columns)
        raise ValueError(f"search_dicts must say what the classes are; columns: {columns}")
    _check_names(classes)
    return _without_shared(classes)


def _does_without(catalogue: Catalogue, search_dicts: Questions) -> bool:
    """Whether queries that were made for another collection give way to the classes that this one names."""
    asked = [column for wanted in search_dicts.values() for column in wanted]
    try:
        for column in asked:
            catalogue.column(column)
    except ValueError as error:
        if "class" in catalogue.columns:
            log.warning("the profile's search_dicts do not fit (%s); the collection's own classes do", error)
            return True
    return False


def _named_classes(catalogue: Catalogue) -> Classes:
    classes: Classes = defaultdict(list)
    for artwork in catalogue.artworks:
        if name := unicodedata.normalize("NFC", artwork.values["class"]):
            classes[name].append(artwork)
    return dict(sorted(classes.items()))


def _check_names(classes: Classes) -> None:
    if len(classes) < 2:
        raise ValueError(f"a network needs at least two classes to tell apart, not {list(classes)}")
    for name in classes:
        if safe_name(f"{name}.jpg", PICTURE_SUFFIXES) != f"{name}.jpg":
            raise ValueError(f"class {name!r} cannot be the name of a folder on every system")
    if len({name.casefold() for name in classes}) < len(classes):
        raise ValueError(f"class names must differ in more than case: {', '.join(classes)}")


def _without_shared(classes: Classes) -> Classes:
    claims = Counter(artwork.file for artworks in classes.values() for artwork in artworks)
    shared = sum(count > 1 for count in claims.values())
    if not shared:
        return classes
    log.warning("%d artworks belong to several classes and are left out", shared)
    kept = {name: [work for work in works if claims[work.file] == 1] for name, works in classes.items()}
    for name, works in kept.items():
        if not works:
            raise ValueError(f"class {name!r} has no artwork of its own: other classes claim them all")
    return kept
