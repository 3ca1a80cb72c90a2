"""Portraits: placeholder."""

from __future__ import annotations

from image_machines.collection.brushwork import Surface


def paint_portrait(surface: Surface, seed: int, properties: frozenset[str]) -> str:
    """Paint a portrait onto the surface and return its title."""
    window = surface.window()
    surface.lay("ground", window, 1, (0.2, 0.14, 0.1))
    surface.lay("face", window, surface.edge((window.x**2 * 1.5 + (window.y + 0.1) ** 2) ** 0.5 - 0.2), (0.8, 0.6, 0.5))
    return "Portrait of a Woman"
