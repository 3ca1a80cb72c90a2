"""The command line."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import nbformat
import pytest

from image_machines import files
from image_machines.__main__ import main, summary
from image_machines.notebooks import chapters

NOTEBOOK = """
folder: str = None  # of the run
word: str | list = None  # to be said
"""


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one study, ``echo``, that writes down the word it is given."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell(NOTEBOOK, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("print(word, 'in', folder)"),
    ]
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python", "language": "python"}
    folder = tmp_path / "studies" / "echo"
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / "notebook.ipynb")
    monkeypatch.setattr(chapters, "ROOT", tmp_path)
    return tmp_path


def test_a_study_runs_with_its_settings_beside_the_run_it_reads(
    study: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING")
    assert main(["run", "--profile", "demo", "--study", "echo", "--set", "word=hello"]) == 0
    executed = nbformat.read(study / "runs" / "demo" / "studies" / "echo.ipynb", 4)
    (said,) = [output["text"] for cell in executed.cells for output in cell.get("outputs", [])]
    assert said == f"hello in {study / 'runs' / 'demo'}\n"
    assert (capfd.readouterr().err, caplog.text) == ("", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--study", "ecco"], "no study 'ecco' (did you mean 'echo'?); choices: echo"),
        (["--study", "echo", "--set", "wort=a"], "no parameter 'wort' in 'wort=a' (did you mean 'word'?)"),
        (["--study", "echo", "--profile", "demi"], "no profile 'demi' (did you mean 'demo'?)"),
    ],
)
def test_what_is_not_there_is_said_with_the_choices_and_makes_nothing(
    study: Path, caplog: pytest.LogCaptureFixture, arguments: list[str], said: str
) -> None:
    assert main(["run", *arguments]) == 2
    assert said in caplog.text
    assert not (study / "runs").exists()


def test_a_run_says_what_it_left_and_counts_controls_apart(tmp_path: Path) -> None:
    files.write_json(tmp_path / "metrics.json", {"accuracy": {"val": 0.912}})
    entries = [{"control": None}, {"control": None}, {"control": "shuffled"}]
    files.write_json(tmp_path / "images" / "index.json", {"images": entries})
    said = summary(tmp_path)
    assert "91.2% of the validation pictures" in said
    assert "2 images of what its neurons look for, and 1 from shuffled weights" in said
    assert said.endswith(f"make serve PROFILE={tmp_path.name}")


def test_the_parameters_are_an_answer_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parameters"]) == 0
    answer = capsys.readouterr()
    assert "passes over the training pictures" in answer.out and answer.err == ""


@pytest.mark.parametrize(
    ("words", "profile", "named"),
    [
        (["STUDY=a"], "paintings", "a"),
        (["STUDY=relevance"], "demo", "relevance"),
        (["STUDY=metapictures"], "demo", "metapictures"),
        (["STUDY=atlas"], "demo", "atlas"),
        (["STUDY=a", "PROFILE=demo"], "demo", "a"),
        ([], "demo", ""),
    ],
)
def test_make_hands_the_study_on_and_takes_the_paintings_for_it(
    words: list[str], profile: str, named: str
) -> None:
    given = ("PROFILE", "STUDY", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")  # of a make that runs the tests
    environment = {name: value for name, value in os.environ.items() if name not in given}
    echo = "--eval=say: ; @echo $(PROFILE) $(STUDY)"
    done = subprocess.run(
        ["make", echo, "say", *words],
        cwd=Path(__file__).parent.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [profile, *([named] if named else [])]
