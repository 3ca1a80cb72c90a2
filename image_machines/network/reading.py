"""Reading: a file that somebody brings becomes a Keras model, or one sentence says why it does not."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import keras

from image_machines.network.errors import cause, quiet_loading
from image_machines.network.graph import inner_layers
from image_machines.network.limits import refusal

SUFFIXES = (".keras", ".h5", ".hdf5")
HDF5 = b"\x89HDF\r\n\x1a\n"
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


OWN = "has a layer of its own, {!r}, whose code it does not hold"
STRANGE = (  # what Keras complains of, and what the model has that it cannot have
    (r"Could not locate (?:class|function) '(\w+)'", OWN),
    (r"Unknown layer: '(TFOpLambda|SlicingOpLambda)'", "holds bare operations of Keras 2 ({!r})"),
    (r"Unknown layer: '(\w+)'", "has a layer of its own, or a bare operation that HDF5 cannot hold: {!r}"),
    (r"a `?(Lambda)`? layer", "has a {} layer, whose code would run unseen"),
)
REBUILD = "rebuild it of Keras's own layers, such as Rescaling, and save it from Keras 3 as .keras"


def read(path: Path) -> keras.Model:
    """The network in a .keras or .h5 file, in safe mode; ValueError or FileNotFoundError in one sentence."""
    model = opened(path)
    if reason := refusal(model):
        raise ValueError(f"{path.name} {reason}")
    return model


def opened(path: Path) -> keras.Model:
    """The model in a file, whatever it takes and gives."""
    kind = _check_file(path)
    try:
        with tempfile.TemporaryDirectory() as folder, quiet_loading():
            plain = _as_keras_reads_it(path, Path(folder) / f"model{kind}")
            model: Any = keras.models.load_model(plain, compile=False, safe_mode=True)
    except Exception as error:
        raise ValueError(f"{path.name} {_complaint(error)}") from error
    return model


def _complaint(error: Exception) -> str:
    """Why a file does not load, as a sentence goes on after its name."""
    for sign, sentence in STRANGE:
        if found := re.search(sign, str(error)):
            return f"does not load as a Keras model: it {sentence.format(found[1])}; {REBUILD}"
    return f"does not load as a Keras model: {cause(error)}"


def _as_keras_reads_it(path: Path, plain: Path) -> Path:
    """The file under a name by which Keras knows its kind, without what only Keras 2 wrote into it."""
    if plain.suffix == ".h5" and (config := _without_groups(path)):
        import h5py

        shutil.copyfile(path, plain)
        with h5py.File(plain, "r+") as content:
            content.attrs["model_config"] = config
        return plain
    if path.suffix == plain.suffix:
        return path
    shutil.copyfile(path, plain)
    return plain


def _without_groups(path: Path) -> str:
    """The configuration in a file of Keras 2, where its depthwise layers have groups; "" where none has.

    They were always 1, and Keras 3 has no word for them (Teachable Machine's models are of this kind).
    """
    import h5py

    with h5py.File(path) as content:
        text = content.attrs["model_config"]
    config = json.loads(text)
    layers = [each for each in _parts(config) if each.get("class_name") == "DepthwiseConv2D"]
    strange = [each["config"] for each in layers if each["config"].get("groups") == 1]
    for each in strange:
        del each["groups"]
    return json.dumps(config) if strange else ""


def _parts(value: Any) -> list[dict[str, Any]]:
    """All objects in a JSON value."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [*([value] if isinstance(value, dict) else []), *(part for each in inner for part in _parts(each))]


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
            known = [size for size in each.inputs[0].shape[1:3] if size]
            if known:
                return int(max(known))
    return None


def _check_file(path: Path) -> str:
    """The kind of a file that may hold a model, ".keras" or ".h5", by its content; ValueError otherwise."""
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
    with path.open("rb") as file:
        begin = file.read(64)
    if begin.startswith(b"version https://git-lfs"):
        raise ValueError(f"{path.name} is a pointer of Git LFS and not the file itself: run git lfs pull")
    is_hdf5 = begin.startswith(HDF5) or (suffix != ".keras" and not begin.startswith(b"PK"))
    (_check_hdf5 if is_hdf5 else _check_archive)(path)
    return ".h5" if is_hdf5 else ".keras"


def _check_archive(path: Path) -> None:
    """Raise ValueError unless all of a .keras file is there."""
    broken = f"{path.name} is damaged: it is no whole .keras archive; copy or save it again"
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.testzip() is not None:
                raise ValueError(broken)
            names = archive.namelist()
            config = archive.read("config.json") if "config.json" in names else b""
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as error:
        raise ValueError(broken) from error
    if "config.json" not in names:
        raise ValueError(f"{path.name} is damaged: its archive holds no config.json, so no model")
    if b"class_name" not in config:
        raise ValueError(f"{path.name} is damaged: the config.json in its archive describes no model")


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
