"""The four chapters as functions: read their parameters, fill them from a profile, run them in order.

A chapter is a notebook with one cell tagged ``parameters``. That cell lists every setting once, as
``name: type = None  # meaning``. A profile is a TOML file with a table per chapter (and a table ``run`` for
what they share); it gives every setting that the cell, or whoever runs the notebook, leaves at None.
"""

from __future__ import annotations

import ast
import html
import io
import json
import logging
import re
import shlex
import sys
import time
import tokenize
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from image_machines import files
from image_machines.names import nearest

if TYPE_CHECKING:
    from image_machines.vision.features import Frame

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent
PROFILES = Path(__file__).resolve().parent / "profiles"
TYPES: dict[str, type] = {type_.__name__: type_ for type_ in (bool, int, float, str, list, dict)}
CHAPTERS = {
    "wga": "the collection",
    "train": "the network learns it",
    "test": "how well, and what it gets wrong",
    "explain": "what its neurons look for",
}


class ChapterFailed(RuntimeError):
    """A cell of a chapter raised an error; the executed notebook shows where."""


@dataclass(frozen=True)
class Parameter:
    """One setting of a chapter: its name, its type, and what it means."""

    name: str
    types: tuple[type, ...]
    meaning: str

    def check(self, value: Any) -> Any:
        """The value, if it has a declared type (an int may stand for a float); ValueError otherwise."""
        if float in self.types and type(value) is int:
            return value if int in self.types else float(value)
        if type(value) not in self.types:
            raise ValueError(f"{self.name} must be {self.kind}, not {value!r} ({type(value).__name__})")
        return value

    def parse(self, text: str) -> Any:
        """The value that a word on the command line stands for; ValueError when it has another type."""
        if self.types == (str,):
            return text
        if bool in self.types and text.lower() in ("true", "false"):
            return text.lower() == "true"
        try:
            return self.check(ast.literal_eval(text))
        except (SyntaxError, ValueError):
            return self.check(text)

    @property
    def kind(self) -> str:
        return " or ".join(type_.__name__ for type_ in self.types)


@dataclass(frozen=True)
class Settings:
    """The settings of one chapter, as attributes; shown in a notebook as a table of values and origins."""

    values: Mapping[str, Any]
    origins: Mapping[str, str]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self.values:
            raise AttributeError(f"no setting {name!r}; settings: {', '.join(self.values)}")
        return self.values[name]

    def given(self, *names: str, **renamed: str) -> dict[str, Any]:
        """Those of the named settings that have a value; ``renamed`` are settings with the name they get."""
        wanted = {**{name: name for name in names}, **renamed}
        return {new: self.values[name] for name, new in wanted.items() if self.values[name] is not None}

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{name}</td><td><code>{html.escape(repr(value))}</code></td>"
            f"<td>{html.escape(self.origins[name])}</td></tr>"
            for name, value in self.values.items()
        )
        return f"<table><tr><th>setting</th><th>value</th><th>from</th></tr>{rows}</table>"


def settings(chapter: str, profile: str, given: Mapping[str, Any]) -> Settings:
    """The settings of a chapter, called from the notebook as ``settings("train", profile, globals())``.

    ``given`` holds the annotated names of the parameters cell. A value other than None stays; the rest come
    from the profile's table for this chapter, then from its table ``run``; what neither gives stays None.
    ``folder`` is where the run keeps everything: by default ``runs/<profile>`` in the project.
    Raises ValueError for an unknown profile and for a value of the wrong type.
    """
    declared = {name: kind for name, kind in given.get("__annotations__", {}).items() if name in given}
    tables = read_profile(profile)
    defaults = {**tables.get("run", {}), **tables.get(chapter, {})}
    values: dict[str, Any] = {"profile": profile}
    origins = {"profile": "this notebook"}
    for name, kind in declared.items():
        here = given[name] is not None
        values[name] = given[name] if here else defaults.get(name)
        origins[name] = "this notebook" if here else f"profile {profile}" if name in defaults else "not set"
        if values[name] is not None:
            values[name] = Parameter(name, get_args(kind) or (kind,), "").check(values[name])
    if values.get("folder") is None:
        values["folder"], origins["folder"] = str(ROOT / "runs" / Path(profile).stem), f"profile {profile}"
    values["folder"] = Path(values["folder"])
    return Settings(values, origins)


def read_profile(profile: str) -> dict[str, dict[str, Any]]:
    """Read a profile by name (``demo``) or by the path of a .toml file of one's own: a dict of tables."""
    path = Path(profile) if profile.endswith(".toml") else PROFILES / f"{profile}.toml"
    if not path.is_file():
        choices = ", ".join(sorted(file.stem for file in PROFILES.glob("*.toml")))
        raise ValueError(f"no profile {profile!r}; choices: {choices}, or the path of a .toml file")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def parameters(notebook: str | Path) -> list[Parameter]:
    """The settings that a notebook's parameters cell declares, in its order."""
    cells = json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]
    tagged = [cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1:
        raise ValueError(f"{notebook} must have one cell tagged 'parameters', not {len(tagged)}")
    source = "".join(tagged[0]["source"])
    comments = _comments(source)
    return [
        Parameter(node.target.id, _types(ast.unparse(node.annotation)), comments.get(node.lineno, ""))
        for node in ast.parse(source).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]


def _types(annotation: str) -> tuple[type, ...]:
    """The types that an annotation like ``int | list`` names."""
    return tuple(TYPES[name.strip()] for name in annotation.split("|"))


def _comments(source: str) -> dict[int, str]:
    """Line number to comment, for every comment in a piece of Python."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}


def parse_overrides(text: str, chapters: Iterable[str] = tuple(CHAPTERS)) -> dict[str, Any]:
    """Parse ``"epochs=4 source=http://127.0.0.1:8000"`` into values of the types the chapters declare.

    Quotes hold a value with spaces together; all other signs, backslashes too, arrive as typed. Dicts and
    lists are written as in Python or JSON. Raises ValueError, listing every parameter, for an unknown name or
    a value of the wrong type.
    """
    known = {
        parameter.name: parameter
        for chapter in chapters
        for parameter in parameters(ROOT / f"{chapter}.ipynb")
    }
    overrides: dict[str, Any] = {}
    for word in _words(text):
        name, equals, value = word.partition("=")
        if not equals or name not in known:
            hint = nearest(name, known)
            raise ValueError(f"no parameter {name!r} in {word!r}{hint}\n{describe_parameters(chapters)}")
        try:
            overrides[name] = known[name].parse(value)
        except ValueError as error:
            raise ValueError(f"{error}\n{describe_parameters(chapters)}") from None
    return overrides


def _words(text: str) -> list[str]:
    """The words of a line, quotes taken off; a quote that nothing closes is a letter, as in O'Brien."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.escape, lexer.commenters = True, "", ""
    try:
        return list(lexer)
    except ValueError:
        return text.split()


def describe_parameters(chapters: Iterable[str] = tuple(CHAPTERS)) -> str:
    """The parameters of the chapters as text, one a line: name, type, meaning."""
    lines = []
    for chapter in chapters:
        lines.append(f"{chapter}.ipynb")
        lines += [
            f"  {parameter.name:<22} {parameter.kind:<12} {parameter.meaning}"
            for parameter in parameters(ROOT / f"{chapter}.ipynb")
        ]
    return "\n".join(lines)


def run(
    profile: str = "demo",
    overrides: Mapping[str, Any] | None = None,
    folder: str | Path | None = None,
    chapters: Iterable[str] = tuple(CHAPTERS),
) -> Path:
    """Run the chapters top to bottom with a profile and leave the executed notebooks in the run's folder.

    Progress bars and logs of the kernels go to standard error as they come. What an earlier run completed is
    reused by the chapters themselves. Returns the folder; raises ChapterFailed when a cell raises an error.
    """
    from papermill import PapermillExecutionError, execute_notebook  # here, so that settings read fast

    logging.getLogger("papermill").setLevel(logging.WARNING)

    chapters = tuple(chapters)
    target = Path(folder or ROOT / "runs" / Path(profile).stem).resolve()
    target.mkdir(parents=True, exist_ok=True)
    common = {"profile": profile, "folder": str(target), **(overrides or {})}
    for number, chapter in enumerate(chapters, 1):
        log.info("%d of %d  %s.ipynb: %s", number, len(chapters), chapter, CHAPTERS[chapter])
        source = ROOT / f"{chapter}.ipynb"
        accepted = {"profile", *(parameter.name for parameter in parameters(source))}
        executed = target / f"{chapter}.ipynb"
        try:
            execute_notebook(
                str(source),
                str(executed),
                {name: value for name, value in common.items() if name in accepted},
                cwd=str(ROOT),
                progress_bar=False,
                stderr_file=sys.stderr,
                extra_arguments=["--log-level=40"],
            )
        except PapermillExecutionError as error:
            raise ChapterFailed(
                f"{chapter}.ipynb stopped with {error.ename}: {error.evalue}\nThe trace is in {executed}"
            ) from error
        finally:
            _settle_progress_bars(executed)
    return target


def _settle_progress_bars(notebook: Path) -> None:
    """Keep of every line that was drawn over and over only its last state."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        outputs: list[dict[str, Any]] = []
        for output in cell.get("outputs", []):
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])
                if outputs and outputs[-1].get("name") == output["name"]:
                    output["text"] = outputs.pop()["text"] + output["text"]
            outputs.append(output)
        for output in outputs:
            if output["output_type"] == "stream":
                output["text"] = re.sub(r"[^\n]*\r(?!\n)", "", output["text"])
        if outputs:
            cell["outputs"] = outputs
    files.write_json(notebook, content)


def watch(frames: Iterable[Frame], title: str, every: float = 0.5) -> Frame:
    """Show an image while it grows, with a progress bar; returns the last frame, the finished image.

    ``every`` is in seconds: a picture is drawn no more often than that.
    """
    from IPython.display import display  # here and below: what only a running notebook needs
    from PIL import Image
    from tqdm import tqdm

    from image_machines.vision import features

    shown, next_look = display(display_id=True), 0.0
    with tqdm(total=100, desc=title, unit="%", bar_format="{l_bar}{bar}| {elapsed}<{remaining}") as bar:
        for frame in frames:
            bar.update(round(100 * frame.done) - bar.n)
            if time.monotonic() >= next_look or frame.done == 1:
                shown.update(Image.fromarray(features.picture(frame.image)))
                next_look = time.monotonic() + every
    return frame
