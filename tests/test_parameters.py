"""Parameters of notebooks, profiles, and what a person may write in their place."""

from __future__ import annotations

import nbformat
import pytest

from image_machines.notebooks import chapters, overrides, parameters, profiles

CELL = """
profile = "demo"             # which profile
epochs: int = None           # passes over the pictures
rate: float = None           # step of the optimiser
name: str = None             # what to call the model
search: dict = None          # class -> query
neuron: int | list = None    # one neuron or several
verbose: bool = None         # say more
architecture: str = None     # the network
"""


@pytest.fixture
def learn(tmp_path, monkeypatch):
    """A project of one chapter, ``learn``, with a profile ``quick`` of its own."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_markdown_cell("# Learn"), nbformat.v4.new_code_cell(CELL)]
    notebook.cells[1].metadata.tags = ["parameters"]
    nbformat.write(notebook, tmp_path / "learn.ipynb")
    (tmp_path / "quick.toml").write_text('[run]\nname = "small"\n[learn]\nepochs = 3  # enough\nrate = 1\n')
    monkeypatch.setattr(chapters, "ROOT", tmp_path)
    monkeypatch.setattr(profiles, "PROFILES", tmp_path)
    return [tmp_path / "learn.ipynb"]


def given(**values):
    """What ``globals()`` holds after the parameters cell ran with some values changed."""
    names: dict = {}
    exec(compile(CELL, "cell", "exec", dont_inherit=True), names)
    return {**names, "profile": "quick", **values}


def test_a_profile_fills_what_the_notebook_leaves_open(learn, tmp_path):
    chosen = parameters.of("learn", given(epochs=7))
    assert (chosen.epochs, chosen.rate, chosen.name, chosen.search) == (7, 1.0, "small", None)
    assert isinstance(chosen.rate, float)
    assert chosen.folder == tmp_path / "runs" / "quick"
    assert "profile quick" in chosen._repr_html_() and "this notebook" in chosen._repr_html_()


def test_what_a_profile_has_for_an_architecture_comes_before_what_holds_for_all(learn, tmp_path):
    (tmp_path / "quick.toml").write_text(
        "[learn]\nepochs = 3\nrate = 1\n[learn.with.SqueezeNet]\nepochs = 9\n"
    )
    assert parameters.of("learn", given()).epochs == 3
    chosen = parameters.of("learn", given(architecture="squeezenet"))
    assert (chosen.epochs, chosen.rate) == (9, 1.0)
    assert parameters.of("learn", given(architecture="SqueezeNet", epochs=7)).epochs == 7


def test_a_notebook_s_own_names_are_read_without_being_handed_over(learn):
    names = given(epochs=7)
    exec("chosen = parameters.of('learn')", names | {"parameters": parameters}, names)
    assert names["chosen"].epochs == 7


def test_a_value_of_the_wrong_type_is_refused_in_the_notebook(learn):
    with pytest.raises(ValueError, match=r"epochs must be int, not 'four' \(str\)"):
        parameters.of("learn", given(epochs="four"))
    with pytest.raises(ValueError, match="epochs must be int, not True"):
        parameters.of("learn", given(epochs=True))


def test_an_unknown_profile_lists_the_choices(learn):
    with pytest.raises(ValueError, match="no profile 'papre'; choices: quick, or the path"):
        profiles.read("papre")


def test_an_unknown_setting_lists_what_there_is(learn):
    with pytest.raises(
        AttributeError, match=r"no parameter 'epoch' \(did you mean 'epochs', .*; parameters: profile, epochs"
    ):
        parameters.of("learn", given()).epoch  # noqa: B018


def test_parameters_are_read_with_their_types_and_meanings(learn, tmp_path):
    read = {parameter.name: parameter for parameter in parameters.declared(tmp_path / "learn.ipynb")}
    assert list(read) == ["epochs", "rate", "name", "search", "neuron", "verbose", "architecture"]
    assert read["neuron"].kind == "int or list"
    assert read["epochs"].meaning == "passes over the pictures"


def test_overrides_take_the_declared_types(learn):
    text = """epochs=4 rate=1e-3 name=7 neuron=[1,2] verbose=true search='{"a": {"TYPE": "still-life"}}'"""
    assert overrides.parse(text, learn) == {
        "epochs": 4,
        "rate": 0.001,
        "name": "7",
        "neuron": [1, 2],
        "verbose": True,
        "search": {"a": {"TYPE": "still-life"}},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epoch=4", r"no parameter 'epoch' in 'epoch=4' \(did you mean 'epochs', "),
        ("epochs", "no parameter 'epochs' in 'epochs'"),
        ("epochs=four", r"epochs must be int, not 'four' \(str\)"),
        ("epochs=4.5", r"epochs must be int, not '4.5'"),
        ("verbose=1", "verbose must be bool"),
        ("search=[1]", "search must be dict"),
    ],
)
def test_a_wrong_override_lists_the_parameters(learn, text, message):
    with pytest.raises(ValueError, match=message) as caught:
        overrides.parse(text, learn)
    assert "passes over the pictures" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (r"name=C:\Users\me\art", r"C:\Users\me\art"),
        (r"name=\\server\share\new", r"\\server\share\new"),
        (r"name=C:\art\ epochs=1", "C:\\art\\"),
        (r'name="C:\My Pictures\art" epochs=1', r"C:\My Pictures\art"),
        (r"'name=C:\My Pictures\' epochs=1", "C:\\My Pictures\\"),
        ("name=/home/O'Brien/art epochs=1", "/home/O'Brien/art"),
        ("name=http://localhost/#art epochs=1", "http://localhost/#art"),
    ],
)
def test_a_path_arrives_as_typed(learn, text, name):
    assert overrides.parse(text, learn)["name"] == name


def test_a_list_without_brackets_is_told_how_to_be_written():
    (classes,) = parameters.read("classes: list = None")
    with pytest.raises(ValueError, match=r"""must be list, not 'a,b'; write classes='\["a", "b"\]'"""):
        classes.parse("a,b")


def test_a_dict_without_quotes_is_told_how_to_be_written(learn):
    with pytest.raises(ValueError, match='put it in quotes, as in search=\'{"a": "b"}\''):
        overrides.parse('search={"portrait":{"TYPE":"portrait"}}', learn)
    assert overrides.parse("""search='{"a": "b"}'""", learn) == {"search": {"a": "b"}}
