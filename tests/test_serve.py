"""The notebook as the gateway gets it."""

from __future__ import annotations

import socket
from pathlib import Path

import nbformat
import pytest

from image_machines.__main__ import main
from image_machines.service import serve

NOTEBOOK = nbformat.read(str(Path(serve.NOTEBOOK)), 4)


def test_only_the_cells_of_the_service_are_left_and_the_parameters_have_their_values() -> None:
    prepared = serve.prepare(NOTEBOOK, {"profile": "paper", "models": ["x.keras"]})
    ids = [cell.get("id") for cell in prepared.cells]
    assert ids[0] == "parameters"
    assert prepared.cells[1].source == "profile = 'paper'\nmodels = ['x.keras']"
    assert ids[2:4] == ["settings", "service-open"]
    assert all(serve.RESOURCE.match(cell.source) for cell in prepared.cells[4:])
    assert len(prepared.cells) > 30
    assert len(NOTEBOOK.cells) > len(prepared.cells)


def test_a_parameter_that_the_notebook_lacks_is_named() -> None:
    with pytest.raises(ValueError, match="no parameter 'modles'; parameters: profile, folder"):
        serve.prepare(NOTEBOOK, {"modles": []})


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ValueError, match=f"port {port} of 127.0.0.1 cannot be had"):
            serve.serve(folder=tmp_path, port=port)


def test_a_port_is_one_that_there_is_and_0_takes_a_free_one() -> None:
    for port in (-1, 65536):
        with pytest.raises(ValueError, match=f"a port is a whole number from 0 to 65535, not {port}"):
            serve._free_port("127.0.0.1", port)
    assert 0 < serve._free_port("127.0.0.1", 0) <= 65535
    with pytest.raises(ValueError, match="port 80 of no.such.host.invalid cannot be had"):
        serve._free_port("no.such.host.invalid", 80)


def test_a_folder_without_a_model_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no model in .*nowhere/model: `make run` makes one"):
        serve.serve(folder=tmp_path / "nowhere", port=0)
    assert not (tmp_path / "nowhere").exists()


def test_a_profile_that_is_none_is_named_before_anything_is_made(caplog: pytest.LogCaptureFixture) -> None:
    assert main(["serve", "--profile", "demmo"]) == 2
    assert "no profile 'demmo' (did you mean 'demo'" in caplog.text


def test_every_resource_says_status_and_headers() -> None:
    sources = [cell.source.splitlines()[0] for cell in NOTEBOOK.cells if cell.cell_type == "code"]
    handlers = [line for line in sources if line.startswith("# ") and "ResponseInfo" not in line]
    for line in handlers:
        assert f"# ResponseInfo {line.removeprefix('# ')}" in sources
