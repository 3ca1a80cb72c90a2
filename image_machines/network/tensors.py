"""Names for what flows through a graph and has no type that all backends share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Tensor: TypeAlias = Any  # what ``keras.ops`` take and give: the backend's tensors, and NumPy's arrays
Operation: TypeAlias = Any  # a layer of Keras, or a bare operation such as ``x / 127.5``
Node: TypeAlias = Any  # one call of an operation in a graph
Function: TypeAlias = Callable[..., Any]  # of tensors, to a tensor or several
