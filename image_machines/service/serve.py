"""Start the service: the kernel gateway, as one process, on the second part of ``explain.ipynb``.

The notebook's parameters get their values, the cells that are neither settings nor service are left out, and
the gateway runs the rest once in its kernel and then on request.
"""

from __future__ import annotations

import copy
import logging
import os
import re
import secrets
import socket
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from ipykernel.kernelspec import KERNEL_NAME
from kernel_gateway.gatewayapp import KernelGatewayApp  # type: ignore[import-untyped]
from traitlets.config import Config

from image_machines import machine

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "explain.ipynb"
PAGE = ROOT / "interface.html"
PERSONALITY = "image_machines.service.gateway"
KEPT_TAGS = {"parameters", "settings", "service"}
LAST_PORT = 65535
LONGEST_SOCKET_FOLDER = 45  # characters: a socket's whole path has some 100 at most, its name 55
RESOURCE = re.compile(r"#\s+(ResponseInfo\s+)?(GET|PUT|POST|DELETE)\s+/")


class Gateway(KernelGatewayApp):
    """The kernel gateway, quiet but for what its owner needs to know."""

    failed = False

    def ready(self) -> None:
        """Say where the service is, once it answers."""
        token = f"?token={self.auth_token}" if self.auth_token else ""
        log.info("The page: http://%s:%s/%s   (Ctrl-C ends it)", _shown(self.ip), self.port, token)


def serve(
    profile: str = "demo",
    folder: str | Path | None = None,
    models: Sequence[str] = (),
    images: str | Path | None = None,
    preset: str | None = None,
    port: int = 6006,
    host: str = "127.0.0.1",
    token: str = "",
    allow_origin: str = "",
    notebook: str | Path = NOTEBOOK,
    pixels: str | None = None,
    classes: Sequence[str] | None = None,
) -> int:
    """Serve page, images and API until Ctrl-C or a signal; returns the exit status.

    ``folder`` is a run's, by default the profile's; ``models`` (files, or names of architectures) and
    ``images`` (a folder) are the run's own unless given. The service is for this machine unless ``host`` says
    otherwise; then whoever asks needs ``token``, by default the gateway's own KG_AUTH_TOKEN, made up when
    there is none. ``allow_origin`` is another origin whose pages may ask ("null": pages opened from disk).
    ``pixels`` and ``classes`` are for models that do not say them themselves.
    Raises ValueError for a port that is taken, and when there is no model.
    """
    port = _free_port(host, port)
    run = Path(folder or ROOT / "runs" / Path(profile).stem).resolve()
    shown = Path(images).resolve() if images is not None else run / "images"
    if not models and not any((run / "model").glob("*.json")):
        raise ValueError(f"there is no model in {run / 'model'}: `make run` makes one, or name a file")
    shown.mkdir(parents=True, exist_ok=True)
    log.info("Opening %s; the page answers in some seconds.", ", ".join(map(str, models)) or run / "model")
    token = token or os.environ.get("KG_AUTH_TOKEN", "")
    if not token and not machine.is_loopback(host):
        token = secrets.token_urlsafe(18)
        log.info("bound to %s, so whoever asks needs the token %s", host, token)
    given = {"profile": profile, "folder": str(run), "models": list(models) or None, "images": str(shown)}
    given |= {"preset": preset, "pixels": pixels, "classes": list(classes) if classes else None}
    with tempfile.TemporaryDirectory(prefix="image-machines-") as temporary:
        seed = Path(temporary) / "service.ipynb"
        nbformat.write(prepare(nbformat.read(str(notebook), 4), given), str(seed))
        return _run(seed, shown, port, host, token, allow_origin)


def _run(seed: Path, images: Path, port: int, host: str, token: str, allow_origin: str) -> int:
    """The gateway on a prepared notebook, until it ends."""
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    gateway = Gateway.instance(
        config=Config(
            Gateway={
                "api": PERSONALITY,
                "seed_uri": str(seed),
                "ip": host,
                "port": port,
                "port_retries": 0,
                "auth_token": token,
                "allow_origin": allow_origin,
                "force_kernel_name": KERNEL_NAME,
                "log_level": logging.WARNING,
                "answer_yes": True,
            },
            KernelManager={
                "transport": _transport(seed.parent),
                "autorestart": False,  # a new kernel would have neither models nor queue
            },
            ServicePersonality={"images": str(images), "page": str(PAGE)},
        )
    )
    os.environ["JUPYTER_RUNTIME_DIR"] = str(seed.parent)
    os.environ["IMAGE_MACHINES_SERVICE"] = "1"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # two processes share a card
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    logging.getLogger("tornado.access").setLevel(logging.ERROR)
    gateway.initialize([])
    gateway.start()
    return 1 if gateway.failed else 0


def _transport(folder: Path) -> str:
    """Sockets in a folder of our own, where others find no port to try; ports where its path is too long."""
    return "ipc" if os.name == "posix" and len(str(folder)) <= LONGEST_SOCKET_FOLDER else "tcp"


def prepare(notebook: Any, parameters: Mapping[str, Any]) -> Any:
    """A copy of the notebook with the cells that the service needs, and the values of its parameters.

    Kept are the cells tagged parameters, settings or service, and the resources. Raises ValueError for a
    parameter that the notebook does not have.
    """
    prepared = copy.deepcopy(notebook)
    cells = []
    for cell in notebook.cells:
        tags = set(cell.metadata.get("tags", ()))
        if cell.cell_type != "code" or not (tags & KEPT_TAGS or RESOURCE.match(cell.source)):
            continue
        cells.append(copy.deepcopy(cell))
        if "parameters" in tags:
            _check_names(cell.source, parameters)
            values = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
            cells.append(nbformat.v4.new_code_cell(values, metadata={"tags": ["injected-parameters"]}))
    prepared.cells = cells
    return prepared


def _free_port(host: str, port: int) -> int:
    """The port, if it is free; one that is, for 0. Raises ValueError for any other."""
    if not 0 <= port <= LAST_PORT:
        raise ValueError(f"a port is a whole number from 0 to {LAST_PORT}, not {port}; 0 takes a free one")
    try:
        with socket.create_server((host, port)) as server:
            return int(server.getsockname()[1])
    except OSError as error:
        raise ValueError(f"port {port} of {host} cannot be had ({error.strerror}): give another") from error


def _check_names(source: str, parameters: Mapping[str, Any]) -> None:
    known = re.findall(r"^(\w+)\s*(?::[^=\n]+)?=", source, re.MULTILINE)
    for name in parameters:
        if name not in known:
            raise ValueError(f"the notebook has no parameter {name!r}; parameters: {', '.join(known)}")


def _shown(host: str) -> str:
    """An address that a browser understands."""
    host = "127.0.0.1" if host in ("0.0.0.0", "") else host
    return f"[{host}]" if ":" in host else host
