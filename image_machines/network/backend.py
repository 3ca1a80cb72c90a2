"""The backend: which one Keras runs on, what its devices gain from, how it is told to repeat itself."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import keras

from image_machines import machine

PRECISIONS = ("fastest", "float32", "bfloat16", "float16")  # of training; float16 on GPUs alone


def name() -> str:
    """ "tensorflow", "jax" or "torch"."""
    return str(keras.backend.backend())


@cache
def fastest_precision() -> str:
    """ "bfloat16" where images gain from it, else "float32"."""
    if has_accelerator():
        return "bfloat16"
    return "bfloat16" if name() == "tensorflow" and machine.cpu_has_bfloat16() else "float32"


def fastest_for(graph: keras.Model) -> str:
    """The precision that training and scoring a network gain from; a rule, not a race, so that runs repeat.

    GPUs: matrix units for 16 bits came with compute capability 7, and bfloat16, which needs no scaling of the
    loss, with 8. CPUs with bfloat16 instructions: InceptionV3 trains 1.4 times as fast, networks of depthwise
    convolutions (MobileNetV2: 0.9) do not gain.
    """
    capability = gpu_capability()
    if capability is not None:
        return "bfloat16" if capability >= 8 else "float16" if capability >= 7 else "float32"
    depthwise = any("Depthwise" in type(layer).__name__ for layer in graph.layers)
    return "bfloat16" if machine.cpu_has_bfloat16() and not depthwise else "float32"


def chosen(precision: str, graph: keras.Model) -> str:
    """A precision by its name, "fastest" as what this machine gains from with this network."""
    return fastest_for(graph) if precision == "fastest" else precision


def policy(precision: str) -> str:
    """What Keras calls a precision: "float32", "mixed_bfloat16", "mixed_float16"."""
    return precision if precision == "float32" else f"mixed_{precision}"


def compiles_training() -> bool:
    """Whether XLA makes training faster: on TensorFlow it compiles for minutes and gains little."""
    return name() == "jax"


def settle_sums() -> None:
    """Let TensorFlow add up in a fixed order on a GPU too, so that the same seed gives the same weights."""
    if name() == "tensorflow" and gpu_capability() is not None:
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


@cache
def gpu_capability() -> float | None:
    """Compute capability of the first GPU that the backend sees, None without one."""
    found: Any = {"tensorflow": _of_tensorflow, "jax": _of_jax, "torch": _of_torch}[name()]()
    return float(".".join(map(str, found))) if isinstance(found, tuple) else float(found) if found else None


def _of_tensorflow() -> Any:
    import tensorflow as tf

    devices = tf.config.list_physical_devices("GPU")
    return (
        tf.config.experimental.get_device_details(devices[0]).get("compute_capability") if devices else None
    )


def _of_jax() -> Any:
    import jax

    return getattr(jax.devices()[0], "compute_capability", None)


def _of_torch() -> Any:
    import torch

    return torch.cuda.get_device_capability() if torch.cuda.is_available() else None


def has_accelerator() -> bool:
    """Whether JAX or TensorFlow computes on anything but the processor."""
    if name() == "jax":
        import jax

        return bool(jax.default_backend() != "cpu")
    if name() == "tensorflow":
        import tensorflow as tf

        return bool(tf.config.list_physical_devices("GPU"))
    return False


def versions() -> dict[str, str]:
    """Versions of what a trained network, or an image made from one, depends on, for cards."""
    found = {"python": platform.python_version(), "backend": name(), "machine": platform.machine()}
    for package in ("image-machines", "keras", "numpy", "pillow", name()):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
