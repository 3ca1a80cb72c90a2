"""Measure everything that promises a speed: print a table, write ``bench/results.json``.

Run: ``python -m bench``, or ``python -m bench features download`` for some of the modules. Numbers of modules
that were not run, or that had not what they need, are kept. Ratios are of runs that take turns (A B A B):
the speed of a machine wanders.
"""

from __future__ import annotations

import argparse
import importlib
import json
import traceback
from pathlib import Path
from typing import Any

from image_machines import machine

HERE = Path(__file__).resolve().parent
MODULES = ("download", "training", "semantic", "features", "networks", "attribution", "atlas", "maps")
MODULES += ("peers", "service", "explanations", "gallery")
ASKED = ("gpu",)  # only when they are named
TARGET = HERE / "results.json"


def main() -> None:
    """Run the modules named on the command line, all of them by default."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="module", help=f"of {', '.join(MODULES)}; default: all")
    names = parser.parse_args().modules or [name for name in MODULES if (HERE / f"{name}.py").is_file()]
    for name in names:
        if name not in MODULES + ASKED:
            parser.error(f"no module {name!r}; choices: {', '.join(MODULES + ASKED)}")
    kept = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.is_file() else []
    ability = {"bfloat16": machine.cpu_has_bfloat16()}  # without it the ratios of "fastest" are others
    for name in names:
        print(f"\n{name}", flush=True)
        try:
            rows = importlib.import_module(f"bench.{name}").results()
        except Exception:
            traceback.print_exc()
            print(f"{name} failed; its earlier numbers are kept", flush=True)
            continue
        show(rows)
        if not rows:
            continue  # what it needs is not at hand, and it has said so
        kept = [row for row in kept if row.get("module") != name] + [
            {"module": name, **row, **ability} for row in rows
        ]
        write(kept)
    print(f"\n{len(kept)} numbers in {TARGET}")


def show(rows: list[dict[str, Any]]) -> None:
    """A line for each number."""
    for row in rows:
        print(f"  {row['name']:<88} {row['value']!s:>22}   {row['bound'] or ''}", flush=True)


def write(rows: list[dict[str, Any]]) -> None:
    """Write the file in one piece."""
    temporary = TARGET.with_suffix(".json.part")
    temporary.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(TARGET)


if __name__ == "__main__":
    main()
