"""The kernel gateway's notebook-http mode, with what a service on somebody's own machine needs besides.

``KernelGatewayApp.api = "image_machines.service.gateway"`` serves the annotated cells as ever, and: the page
and the images at ``/public/``, and nothing else of the disk; one origin, one known host, the token also for
files; JSON for every error; preflight requests; an end when the kernel dies.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from kernel_gateway.notebook_http import NotebookHTTPPersonality  # type: ignore[import-untyped]
from kernel_gateway.notebook_http import handlers as notebook_handlers
from traitlets import Unicode

from image_machines.service.calls import PICTURED, Calls, CellHandler, PictureHandler
from image_machines.service.pages import FileHandler, MapHandler, Missing, PageHandler, Start

LOOKS_EVERY = 1.0  # seconds between two looks whether the kernel lives
CLOSING = 5.0  # seconds that the service may take to put its folder in order


class ServicePersonality(NotebookHTTPPersonality):
    """The cells of the notebook, the images and the page."""

    watch: asyncio.Task[None] | None = None  # begins once the notebook has run
    images = Unicode(config=True, help="The folder of images, served at /public/images/")
    page = Unicode(config=True, help="The page served at /public/interface.html")

    @cached_property
    def heard(self) -> asyncio.Event:
        """Set once the kernel answers; requests that come before wait for it."""
        return asyncio.Event()

    @cached_property
    def calls(self) -> Calls:
        """What runs in the kernel, once there is one."""
        ((kernel, client),) = self.kernel_pool.kernel_clients.items()
        calls = Calls(client, self.log)
        self.kernel_pool.on_recv(kernel, calls.receive)
        return calls

    def create_request_handlers(self) -> list[Any]:
        """The routes: the cells', then those of the files."""
        routes = super().create_request_handlers()
        cells = [
            (route[0], PictureHandler if route[0] in PICTURED else CellHandler, route[2])
            for route in routes
            if route[1] is notebook_handlers.NotebookAPIHandler
        ]
        folder = Path(self.images).resolve()
        return [
            *cells,
            ("/", Start),
            (r"/public/images/(.*)", FileHandler, {"path": str(folder)}),
            (r"/public/(map(?:-[\w.-]+)?/.+)", MapHandler, {"path": str(folder.parent)}),
            (r"/public/([^/]+)", PageHandler, {"path": str(folder.parent), "fallback": self.page}),
            (r".*", Missing),
        ]

    async def init_configurables(self) -> None:
        """Start the kernel with the notebook; end the server when that fails, or when the kernel dies."""
        try:
            await super().init_configurables()
        except Exception as error:
            self.log.critical("the service cannot start: %s", _reason(error))
            self.parent.failed = True
            self.parent.io_loop.stop()
            return
        await self.calls.join()
        self.heard.set()
        self.watch = asyncio.create_task(self._watch())
        self.parent.ready()

    async def _watch(self) -> None:
        """End the server when a kernel has died: with it went models and queue."""
        manager = self.parent.kernel_manager
        kernels = [manager.get_kernel(kernel) for kernel in manager.list_kernel_ids()]
        while all([await kernel.is_alive() for kernel in kernels]):
            await asyncio.sleep(LOOKS_EVERY)
        self.log.critical("the kernel died, and with it models and queue; the server ends")
        self.parent.failed = True
        self.parent.io_loop.stop()

    async def shutdown(self) -> None:
        """Let the service put its folder in order, then stop the kernel."""
        if self.watch is not None:
            self.watch.cancel()
        if self.kernel_pool.managed_pool_initialized.done():
            with suppress(Exception):
                await asyncio.wait_for(self.calls.run("service.close()"), CLOSING)
        await super().shutdown()


def _reason(error: BaseException) -> str:
    """The kernel's own words, where a cell of the notebook failed."""
    content = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], dict) else {}
    return f"{content['ename']}: {content['evalue']}" if "ename" in content else str(error)


def create_personality(*arguments: Any, **options: Any) -> ServicePersonality:
    """What the kernel gateway calls."""
    return ServicePersonality(*arguments, **options)
