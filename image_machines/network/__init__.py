"""Who looks: the networks, their training, their scores and their responses."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _without_greetings() -> Iterator[None]:
    """Swallow what TensorFlow's libraries write to standard error while they load; its exceptions still rise.

    No setting silences these lines: they are written before the libraries' logging reads its settings.
    """
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # optimisations tried in vain are reported as errors
with _without_greetings():
    import keras

    if keras.backend.backend() == "tensorflow":
        keras.ops.zeros(1)  # finds the devices, and says at length which there are not
