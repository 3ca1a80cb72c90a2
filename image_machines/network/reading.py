"""Reading: a file that somebody brings becomes a Keras model, or one sentence says why it does not."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import keras

from image_machines.network.errors import cause, quiet_loading
from image_machines.network.graph import inner_layers
from image_machines.network.limits import refusal

SUFFIXES = (".keras", ".h5", ".hdf5")
ADVICE = "save it from Keras 3 with model.save('name.keras')"
FOREIGN = {  # suffix -> what such a file is
    ".pt": "a PyTorch file, and this program reads Keras models",
    ".pth": "a PyTorch file, and this program reads Keras models",
    ".ckpt": "a checkpoint of weights without their layers, and this program reads whole Keras models",
    ".safetensors": "a file of weights without their layers, and this program reads whole Keras models",
    ".onnx": "an ONNX graph, and this program reads Keras models",
    ".tflite": "a TensorFlow Lite graph, and this program reads Keras models",
    ".pb": "a TensorFlow graph, and this program reads Keras models",
    ".npz": "a file of arrays, and this program reads Keras models",
    ".json": "a card or a description without weights, and this program reads whole Keras models",
}


def read(path: Path) -> keras.Model:
    """The model in a .keras or .h5 file, in safe mode; ValueError or FileNotFoundError in one sentence."""
    _check_file(path)
    try:
        with quiet_loading():
            model: Any = keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        raise ValueError(f"{path.name} does not load as a Keras model: {cause(error)}") from error
    if reason := refusal(model):
        raise ValueError(f"{path.name} {reason}")
    return model


def own_size(model: keras.Model) -> int | None:
    """The side in pixels of the pictures that a model was made for, None where it does not say.

    It is that of its input, of the input of a model inside it, or what its first layers scale pictures to.
    """
    for layer in inner_layers(model):
        if type(layer).__name__ in ("Resizing", "CenterCrop", "RandomCrop"):
            return int(max(layer.height, layer.width))
        if layer.weights and not isinstance(layer, keras.Model):
            break
    for each in inner_layers(model):
        if isinstance(each, keras.Model) and each.inputs and len(each.inputs[0].shape) == 4:
            height, width = each.inputs[0].shape[1:3]
            if height and width:
                return int(max(height, width))
    return None


def _check_file(path: Path) -> None:
    suffix = path.suffix.lower()
    if path.is_dir():
        kind = "a folder of TensorFlow's (a SavedModel)" if (path / "saved_model.pb").exists() else "a folder"
        raise ValueError(f"{path} is {kind}, and a model is one file; {ADVICE}")
    if not path.is_file():
        raise FileNotFoundError(f"no model at {path}")
    if path.name.lower().endswith((".weights.h5", ".weights.hdf5")):
        raise ValueError(_weights_alone(path))
    if suffix in FOREIGN:
        raise ValueError(f"{path.name} is {FOREIGN[suffix]}; {ADVICE}")
    if suffix not in SUFFIXES:
        raise ValueError(f"{path.name} is no model: its name ends in none of {', '.join(SUFFIXES)}")
    if suffix == ".keras":
        _check_archive(path)
    else:
        _check_hdf5(path)


def _check_archive(path: Path) -> None:
    """Raise ValueError unless all of a .keras file is there."""
    broken = f"{path.name} is damaged: it is no whole .keras archive; copy or save it again"
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.testzip() is not None:
                raise ValueError(broken)
            names = archive.namelist()
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as error:
        raise ValueError(broken) from error
    if "config.json" not in names:
        raise ValueError(f"{path.name} is damaged: its archive holds no config.json, so no model")


def _check_hdf5(path: Path) -> None:
    """Raise ValueError unless an HDF5 file can be read and holds a model with its layers."""
    import h5py

    try:
        with h5py.File(path) as content:
            whole = "model_config" in content.attrs
    except OSError as error:
        raise ValueError(
            f"{path.name} is damaged: it is no whole HDF5 file; copy or save it again"
        ) from error
    if not whole:
        raise ValueError(_weights_alone(path))


def _weights_alone(path: Path) -> str:
    return (
        f"{path.name} holds weights without their layers; name the architecture and give the file as its "
        f"weights, or {ADVICE}"
    )
