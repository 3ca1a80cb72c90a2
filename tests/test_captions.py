"""Captions: what is written under a picture."""

from __future__ import annotations

import pytest

from image_machines.collection import captions


@pytest.mark.parametrize(
    ("author", "spoken"),
    [
        ("AACHEN, Hans von", "Hans von Aachen"),
        ("CRANACH, Lucas the Elder", "Lucas Cranach the Elder"),
        ("MIERIS, Frans van, the Elder", "Frans van Mieris the Elder"),
        ("MIJTENS, Martin I", "Martin Mijtens I"),
        ("GOYA Y LUCIENTES, Francisco de", "Francisco de Goya y Lucientes"),
        ("ABBATE, Niccolò dell'", "Niccolò dell'Abbate"),
        ("LEONARDO da Vinci", "Leonardo da Vinci"),
        ("UNKNOWN MASTER, German", "Unknown Master, German"),
        ("", ""),
    ],
)
def test_artists_are_named_as_spoken(author, spoken):
    assert captions.artist(author) == spoken


def test_a_caption_leaves_out_what_is_empty():
    known = {"author": "AACHEN, Hans von", "title": "Allegory", "date": "1598"}
    assert captions.caption(known) == "Hans von Aachen, Allegory, 1598"
    assert captions.caption({"title": "Allegory", "date": "-"}) == "Allegory"
    assert captions.caption({"file": "train/portrait/met-1.jpg"}) == "met-1"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("met 436558", "untitled"),
        ("cleveland 1947.196", "untitled"),
        ("rijksmuseum SK-A-745", "untitled"),
        ("unknown stillife 197", "untitled"),
        ("Composition 8", "Composition 8"),
        ("landscape 1867", "landscape 1867"),
        ("the marsh", "the marsh"),
        ("Paul Cezanne, still life 1867", "Paul Cezanne, still life 1867"),
    ],
)
def test_a_museum_s_number_is_no_title(text, shown):
    assert captions.readable(text) == shown
