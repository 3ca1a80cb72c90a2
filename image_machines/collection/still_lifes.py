"""Still lifes: placeholder."""

from __future__ import annotations

from image_machines.collection.brushwork import Surface


def paint_still_life(surface: Surface, seed: int, properties: frozenset[str]) -> str:
    """Paint a still life onto the surface and return its title."""
    window = surface.window()
    surface.lay("ground", window, 1, (0.2, 0.14, 0.1))
    surface.lay("table", window, surface.edge(0.1 - window.y), (0.5, 0.4, 0.3))
    surface.lay("fruit", window, surface.edge((window.x**2 + (window.y - 0.1) ** 2) ** 0.5 - 0.1), (0.8, 0.2, 0.1))
    return "Still Life with Apples"
