"""Profiles: files of parameters for the chapters, by name."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from image_machines.names import unknown

PROFILES = Path(__file__).resolve().parents[1] / "profiles"


def read(profile: str) -> dict[str, dict[str, Any]]:
    """A profile's tables, by its name (``demo``) or by the path of a .toml file of one's own."""
    path = Path(profile) if profile.endswith(".toml") else PROFILES / f"{profile}.toml"
    if not path.is_file():
        choices = sorted(file.stem for file in PROFILES.glob("*.toml"))
        raise ValueError(f"{unknown('profile', profile, choices)}, or the path of a .toml file")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def defaults(profile: str, chapter: str, architecture: str | None = None) -> dict[str, Any]:
    """A profile's values for a chapter; what it has for an architecture stands before what holds for all."""
    tables = read(profile)
    values = {**tables.get("run", {}), **tables.get(chapter, {})}
    for name, table in tables.get(chapter, {}).get("with", {}).items():
        if name.casefold() == str(architecture or "").casefold():
            values |= table
    return {name: value for name, value in values.items() if name != "with"}
