"""What the tests share: the real paintings and weights where they are at hand."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

OPENING_CLOSED = (
    "try { localStorage.setItem('image-machines-opening', 'closed'); } catch { /* no page yet */ }"
)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real paintings and weights; tests that use it carry the mark ``shared``."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the paintings and weights in {SHARED}")
    return SHARED


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A headless Chromium of the system's; Playwright brings none. One a module: its loop stops others."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def fresh(chromium: Any, script: str = "", patience: float = 60, **options: Any) -> Iterator[Any]:
    """A window that nothing is kept in, its ``script`` run before any page's; no error in theirs may come."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, **options)
    context.set_default_timeout(1000 * patience)
    if script:
        context.add_init_script(script)
    window = context.new_page()
    errors: list[str] = []
    window.on("pageerror", lambda error: errors.append(str(error)))
    yield window
    context.close()
    assert errors == []


@pytest.fixture
def window(chromium: Any, written: Path) -> Iterator[Any]:
    """A page with a canvas that the module has ``written``, from disk."""
    with fresh(chromium, reduced_motion="reduce") as window:
        window.goto(written.as_uri())
        window.wait_for_function("loaded.size > 0")
        yield window


@pytest.fixture(scope="session")
def tiny_network() -> Any:
    """A network with random weights: early, conv, norm, features, late, pool, dense, predictions.

    A map has half the image's side from early to features and a quarter at late; three classes.
    """
    import keras
    import numpy as np

    from image_machines.network.identity import fingerprint
    from image_machines.network.network import Network
    from image_machines.network.pixels import PIXEL_RANGES

    keras.utils.set_random_seed(0)
    layers = keras.layers
    inputs = keras.Input((None, None, 3))
    tensor = layers.Conv2D(8, 5, strides=2, padding="same", activation="relu", name="early")(inputs)
    tensor = layers.Conv2D(16, 3, padding="same", use_bias=False, name="conv")(tensor)
    tensor = layers.BatchNormalization(name="norm")(tensor)
    tensor = layers.ReLU(name="features")(tensor)
    tensor = layers.Conv2D(24, 3, strides=2, padding="same", activation="relu", name="late")(tensor)
    tensor = layers.GlobalAveragePooling2D(name="pool")(tensor)
    tensor = layers.Dense(10, activation="relu", name="dense")(tensor)
    model = keras.Model(inputs, layers.Dense(3, activation="softmax", name="predictions")(tensor))
    random = np.random.default_rng(0)
    scale, variance = random.uniform(0.5, 1.5, 16), random.uniform(0.5, 2, 16)
    shift, mean = random.normal(0, 0.3, (2, 16))
    model.get_layer("norm").set_weights([scale, shift, mean, variance])
    return Network(
        name="tiny",
        graph=model,
        pixels=PIXEL_RANGES["-1..1"],
        classes=("portrait", "landscape", "still-life"),
        fingerprint=fingerprint(model, PIXEL_RANGES["-1..1"]),
        source="random",
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """With REQUIRE_SHARED set, fail the run when tests on the real paintings were skipped or left out."""
    if not os.environ.get("REQUIRE_SHARED"):
        return
    ran = [report for report in terminalreporter.stats.get("passed", []) if "shared" in report.keywords]
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "shared" in report.keywords]
    terminalreporter.write_line(
        f"on the real paintings and weights: {len(ran)} passed, {len(skipped)} skipped"
    )
    if skipped or not ran:
        terminalreporter.write_line(
            "the tests marked 'shared' did not run, though REQUIRE_SHARED is set", red=True
        )
        terminalreporter._session.exitstatus = pytest.ExitCode.TESTS_FAILED
