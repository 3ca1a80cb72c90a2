"""Landscapes: sky, hills behind hills, water, trees, a path, buildings; far things turn blue and pale.

Units: the surface's height is 1, (0, 0) its middle, y goes down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from image_machines.painter.buildings import BUILDINGS, lay_building
from image_machines.painter.colour import Field, mix, ramp, shades, step
from image_machines.painter.noise import blur, dice, noise, resize
from image_machines.painter.prospects import WEATHERS, Prospect, Weather
from image_machines.painter.scenery import set_birds, set_boats, set_disc, set_figures
from image_machines.painter.surface import Surface
from image_machines.painter.trees import lay_growth, lay_tree


@dataclass(frozen=True)
class Scene:
    """What there is to be seen in a landscape."""

    water: str  # "", lake or sea
    path: bool
    building: str  # a name in BUILDINGS, or ""
    trees: int
    ranges: int  # of hills, one behind the other
    disc: bool  # sun or moon
    birds: bool
    boats: bool
    figures: bool


def paint_landscape(surface: Surface, seed: int, properties: frozenset[str]) -> str:
    """Paint a landscape onto the surface and return its title; "blue-shift" is the aerial perspective."""
    plan = dice(seed, "landscape")
    weather = WEATHERS[plan.integers(len(WEATHERS))]
    scene = _scene(plan, weather)
    horizon = float(plan.uniform(-0.10, 0.14) if scene.water != "sea" else plan.uniform(0.0, 0.16))
    view = Prospect(surface, seed, weather, float(plan.choice([-1, 1])), horizon, "blue-shift" in properties)
    _sky(view)
    if scene.disc:
        set_disc(view)
    if scene.birds:
        set_birds(view)
    ground = _country(view, scene)
    lay_growth(view, ground)
    if scene.path:
        _path(view)
    if scene.figures:
        set_figures(view)
    for index in range(scene.trees):
        lay_tree(view, index, ground)
    return _title(scene, weather, plan)


def _scene(plan: np.random.Generator, weather: Weather) -> Scene:
    """Choose what there is to be seen."""
    water = str(plan.choice(["", "lake", "sea"], p=[0.45, 0.38, 0.17]))
    return Scene(
        water=water,
        path=not water and bool(plan.random() < 0.5),
        building=str(plan.choice(["", *BUILDINGS])) if water != "sea" else "",
        trees=int(plan.choice([0, 1, 2, 3, 6], p=[0.15, 0.25, 0.25, 0.2, 0.15])) if water != "sea" else 0,
        ranges=int(plan.integers(4, 7)),
        disc=weather.title == "Moonlight" or (weather.title == "Evening" and bool(plan.random() < 0.7)),
        birds=weather.title != "Moonlight" and bool(plan.random() < 0.5),
        boats=water == "sea" or (water == "lake" and bool(plan.random() < 0.5)),
        figures=not water and bool(plan.random() < 0.55),
    )


def _country(view: Prospect, scene: Scene) -> Field:
    """Lay hills and water from the far range to the foreground; return the height of the foreground."""
    last = scene.ranges - 1
    crest = _hill(view, 0, 0.0)
    for index in range(1, scene.ranges):
        nearness = index / last
        if index == last and scene.water:
            _water(view, 0.004 if scene.water == "sea" else 0.11)
            if scene.boats:
                set_boats(view, view.horizon + (0.02 if scene.water == "sea" else 0.11))
        if scene.water == "sea" and index < last:
            continue
        crest = _hill(view, index, nearness)
        if 0.2 < nearness < 1:
            _wood(view, index, nearness, crest)
        # With water in front, only the far third of the ground stays dry.
        if scene.building and index == (max(1, int(0.44 * last)) if scene.water else last - 1):
            lay_building(view, scene.building, nearness, crest)
    return crest


def _title(scene: Scene, weather: Weather, plan: np.random.Generator) -> str:
    """Name the landscape after what is to be seen in it."""
    if scene.water == "sea":
        return f"{plan.choice(['Ships at Sea', 'Sailing Boats off the Coast', 'The Bay'])}, {weather.title}"
    choices = ["Hills", "Wide Landscape", "Mountain Valley", "Open Country"]
    if scene.water:
        choices = ["River Landscape", "Lake", "River Valley", "Calm Water", "View over a Lake"]
    elif scene.path:
        choices = ["Road through the Hills", "Country Road", "The Way Home", "Path in the Hills"]
    extra = f" with a {scene.building}" if scene.building else " with Trees" if scene.trees else ""
    return f"{plan.choice(choices)}{extra}, {weather.title}"


def _sky(view: Prospect) -> None:
    """Lay the sky: a gradient, a glow on the side of the light, clouds that flatten towards the horizon."""
    weather, horizon = view.weather, view.horizon
    window = view.surface.window(bottom=horizon + 0.25)
    x, y = window.x[:, ::2], window.y[::2]
    height = np.clip((horizon - y) / (horizon + 0.5), 0, 1)
    glow = np.exp(-(((x - view.side * 0.5) / 0.6) ** 2) - (height / 0.5) ** 2) * 0.5
    colour = mix(mix(weather.horizon, weather.zenith, height**0.75), weather.horizon, glow)
    far = 1 / (height + 0.22)
    shift = dice(view.seed, "clouds").uniform(0, 40, 2).astype(np.float32)
    u, v = x * far * 1.1 + shift[0], far * 2.2 + shift[1] + 0 * x
    density = noise(dice(view.seed, "cloud shapes"), u, v, 5, 0.55)
    towards_light = noise(dice(view.seed, "cloud shapes"), u + view.side * 0.16, v + 0.14, 5, 0.55)
    cover = step(0.0, 0.55, density + weather.clouds) * step(0.0, 0.12, height)
    light = np.clip(0.55 + (density - towards_light) * 1.3, 0, 1)
    colour = mix(colour, mix(weather.cloud_dark, weather.cloud_light, light), cover * 0.92)
    view.surface.lay("sky", window, 1, resize(colour, window.shape), 0.5 * resize(density, window.shape), 0)


def _hill(view: Prospect, index: int, nearness: float) -> Field:
    """Lay one range of hills and return the height of its crest, (1, W)."""
    rolls = dice(view.seed, f"hill {index}")
    base = view.horizon + (0.44 - view.horizon) * nearness**1.6
    everywhere = view.surface.window()
    tall = float(rolls.uniform(0.04, 0.16)) * (1 - nearness) ** 1.2 + 0.03
    shift = float(rolls.uniform(0, 60))
    wave = noise(rolls, everywhere.x * (2.2 + nearness) + shift, np.zeros((1, 1), np.float32), 4, 0.42)
    if nearness < 0.4 and rolls.random() < 0.5:  # rocky peaks
        wave = 0.8 * wave + 0.9 - 1.5 * np.sqrt(wave**2 + 0.01)
    crest = base - tall * (0.3 + wave)
    window = view.surface.window(top=float(crest.min()) - 0.01)
    patches = noise(rolls, window.x * 3 + shift, window.y * 12, 5, 0.6)
    slope = np.clip(np.gradient(blur(crest, 1)[0], view.surface.pixel)[None, :] * view.side, -1, 1)
    depth = window.y - crest
    sunk = np.exp(-np.clip(depth + 0.02 * patches, 0, 1) / (0.05 + 0.08 * (1 - nearness)))
    light = 0.48 + 0.26 * patches - 0.32 * slope * sunk - 0.35 * nearness * step(0.02, 0.25, depth)
    land = np.asarray(view.weather.land) * rolls.uniform(0.85, 1.12) * (1 + 0.03 * rolls.uniform(-1, 1, 3))
    colour = view.away(ramp(np.clip(light, 0.02, 0.9), shades(tuple(land))), nearness)
    flow = np.arctan(np.gradient(crest[0], view.surface.pixel))[None, :]
    name = "far hills" if nearness < 0.3 else "middle hills" if nearness < 0.75 else "near ground"
    view.surface.lay(name, window, view.surface.edge(-depth, 1.5), colour, flow, 0)
    return crest


def _wood(view: Prospect, index: int, nearness: float, crest: Field) -> None:
    """Lay a band of trees along a crest."""
    rolls = dice(view.seed, f"wood {index}")
    size = 0.012 + 0.05 * nearness**1.5
    everywhere = view.surface.window()
    shift = float(rolls.uniform(0, 60))
    zero = np.zeros((1, 1), np.float32)
    groups = step(-0.1, 0.5, noise(rolls, everywhere.x * 3 + shift, zero, 2))
    tops = groups * (0.8 + 0.6 * noise(rolls, everywhere.x / size * 0.6 + shift, zero, 3, 0.6)) * size
    top = crest - tops
    window = view.surface.window(top=float(top.min()) - 0.01, bottom=float(crest.max()) + size)
    clumps = noise(rolls, window.x / size * 0.9, window.y / size * 0.9, 3, 0.6)
    foot = crest + size * 0.25 * groups
    inside = np.maximum(top - window.y, window.y - foot) + 0.12 * size * clumps
    light = 0.42 + 0.25 * clumps - 0.5 * (window.y - top) / size * 0.5
    colour = view.away(ramp(np.clip(light, 0.02, 0.8), shades(view.weather.leaf)), nearness)
    cover = view.surface.edge(inside, 1.5) * (groups > 0.05)
    view.surface.lay("trees", window, cover, colour, 1.2, 0.15)


def _water(view: Prospect, below: float) -> None:
    """Lay water that mirrors what stands above its far shore, ``below`` the horizon."""
    rolls = dice(view.seed, "water")
    surface = view.surface
    shore = view.horizon + below
    window = surface.window(top=shore - 0.02)
    zero = np.zeros((1, 1), np.float32)
    bank = shore + 0.13 * below * noise(rolls, window.x * 3, zero, 3)
    ripple = noise(rolls, window.x * 3, window.y * 60, 3) * (window.y - shore) * surface.unit * 0.10
    top = int((shore + 0.5) * surface.unit)
    rows = np.arange(window.rows.start, window.rows.stop)[:, None]
    source = np.clip(2 * top - rows + ripple, 0, surface.height - 1).astype(int)
    mirrored = surface.colour[source, np.arange(surface.width)[None, :]]
    swell = noise(rolls, window.x * 2, window.y * 45, 3)
    streak = step(0.25, 0.9, swell)
    colour = mix(mirrored * (0.86 + 0.10 * swell)[..., None], view.weather.horizon, 0.12 + 0.25 * streak)
    surface.lay("water", window, surface.edge(bank - window.y, 1.5), colour, 0.0, 0.15)


def _path(view: Prospect) -> None:
    """Lay a road that winds from the foreground into the hills."""
    rolls = dice(view.seed, "path")
    start = view.horizon + 0.06
    window = view.surface.window(top=start)
    depth = np.clip((window.y - start) / (0.5 - start), 0, 1)
    swing = float(rolls.uniform(0.15, 0.35)) * view.reach * float(rolls.choice([-1, 1]))
    middle = swing * np.sin(5.5 * (1 - depth) ** 1.5 + float(rolls.uniform(0, 1))) * (0.25 + depth)
    half = 0.004 + 0.10 * depth**1.6
    ragged = noise(rolls, window.x * 14, window.y * 30, 3) * half * 0.25
    cover = view.surface.edge(np.abs(window.x - middle) - half + ragged, 2) * 0.85
    if "building" in view.surface.parts:  # the road passes behind it
        number = view.surface.parts.index("building") + 1
        cover = cover * (view.surface.labels[window.rows, window.columns] != number)
    light = 0.62 + 0.2 * noise(rolls, window.x * 6, window.y * 40, 3) - 0.25 * depth
    colour = ramp(np.clip(light, 0, 1), shades((0.70, 0.58, 0.38)))
    view.surface.lay("path", window, cover, colour * view.weather.brightness, 0.1, 0.1)
