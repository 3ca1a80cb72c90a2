"""Strided layers: what gradients are told of convolutions and poolings that skip positions.

The gradient of a layer with stride s reaches only every s-th place of what came before, or more often than
the places between: a grid that belongs to the network and not to the picture. Under "nearest" the gradient is
enlarged to stride 1 by its nearest neighbour, shared out equally, and then led back through the same kernel
moved pixel by pixel. An average is a convolution whose weights are equal, and is led back as one; through a
pooling that takes the largest the gradient is only enlarged. Values never change. Source: Oramas, Wang and
Tuytelaars 2019, "Visual explanation by interpretation", section on artefacts of strided operations.
"""

from __future__ import annotations

from typing import Literal

from keras import layers, ops

from image_machines.network.tensors import Function, Operation, Tensor

Resampling = Literal["grid", "nearest"]
Sizes = tuple[int, int]


def is_strided(operation: Operation) -> bool:
    """Whether a layer or bare operation skips positions of what it takes."""
    enlarges = type(operation).__name__.endswith("Transpose")
    steps = getattr(operation, "strides", None) or getattr(operation, "pool_size", None) or 1
    return max(_pair(steps)) > 1 and not enlarges


def mended(operation: Operation, call: Function, kernel: Tensor = None) -> Function:
    """The call of a strided layer, its gradient resampled by nearest neighbour; any other call as it is.

    ``kernel`` is that of a convolution: (kh, kw, C, D), of a depthwise one (kh, kw, C, 1). ``call`` may hold
    no variables. Raises ValueError for a strided layer of another kind.
    """
    if not is_strided(operation):
        return call
    back = _back(operation, kernel)

    def strided(x: Tensor, **options: object) -> Tensor:
        @ops.custom_gradient
        def both(x: Tensor) -> tuple[Tensor, Function]:
            def gradient(*arguments: Tensor, upstream: Tensor = None) -> Tensor:
                return back(arguments[0] if upstream is None else upstream, ops.shape(x))

            return call(x, **options), gradient

        return both(x)

    return strided


def _back(operation: Operation, kernel: Tensor) -> Function:
    """From the gradient (N, h, w, D) of a layer's result, and the shape of what it took, to its gradient."""
    if isinstance(operation, layers.AveragePooling2D):
        return lambda upstream, shape: _through(
            operation, _even(operation, upstream), _depthwise, upstream, shape
        )
    if isinstance(operation, layers.MaxPooling2D):
        return lambda upstream, shape: _through_largest(operation, upstream, shape)
    if kernel is not None and len(kernel.shape) == 4 and _pair(operation.dilation_rate) == (1, 1):
        if isinstance(operation, layers.DepthwiseConv2D) and kernel.shape[-1] == 1:
            return lambda upstream, shape: _through(operation, kernel, _depthwise, upstream, shape)
        if type(operation) is layers.Conv2D and operation.groups == 1:
            return lambda upstream, shape: _through(operation, kernel, _transposed, upstream, shape)
    raise ValueError(
        f"the strided layer {operation.name!r} ({type(operation).__name__}) has no gradient by nearest "
        "neighbour; those that have: Conv2D of one group, DepthwiseConv2D of one multiplier, MaxPooling2D, "
        "AveragePooling2D"
    )


def _through(
    operation: Operation, kernel: Tensor, led_back: Function, upstream: Tensor, shape: Tensor
) -> Tensor:
    """Back through a convolution that moves pixel by pixel."""
    windows, steps = (int(kernel.shape[0]), int(kernel.shape[1])), _pair(operation.strides)
    befores = []
    for axis, (window, step) in enumerate(zip(windows, steps, strict=True), 1):
        before, padding = _padding(operation, shape[axis], ops.shape(upstream)[axis], window, step)
        places = ops.arange(shape[axis] + padding - window + 1)
        upstream = _nearest(upstream, (places + step // 2) // step, axis)
        befores.append(before)
    found = led_back(upstream / (steps[0] * steps[1]), ops.cast(kernel, upstream.dtype))
    top, left = befores
    return found[:, top : top + shape[1], left : left + shape[2]]


def _through_largest(operation: Operation, upstream: Tensor, shape: Tensor) -> Tensor:
    """Every pixel gets a share of the window whose middle is nearest."""
    windows, steps = _pair(operation.pool_size), _pair(operation.strides)
    for axis, (window, step) in enumerate(zip(windows, steps, strict=True), 1):
        before, _ = _padding(operation, shape[axis], ops.shape(upstream)[axis], window, step)
        places = ops.arange(shape[axis]) + before
        upstream = _nearest(upstream, (2 * places - (window - 1) + step) // (2 * step), axis)
    return upstream / (steps[0] * steps[1])


def _even(operation: Operation, upstream: Tensor) -> Tensor:
    """The kernel (kh, kw, C, 1) of an average."""
    rows, columns = _pair(operation.pool_size)
    return ops.ones((rows, columns, upstream.shape[-1], 1), upstream.dtype) / (rows * columns)


def _transposed(upstream: Tensor, kernel: Tensor) -> Tensor:
    return ops.conv_transpose(upstream, kernel, 1, "valid", data_format="channels_last")


def _depthwise(upstream: Tensor, kernel: Tensor) -> Tensor:
    rows, columns = int(kernel.shape[0]) - 1, int(kernel.shape[1]) - 1
    widened = ops.pad(upstream, ((0, 0), (rows, rows), (columns, columns), (0, 0)))
    return ops.depthwise_conv(widened, ops.flip(kernel, axis=(0, 1)), 1, "valid", data_format="channels_last")


def _padding(
    operation: Operation, size: Tensor, results: Tensor, window: int, step: int
) -> tuple[Tensor, Tensor]:
    """How many pixels "same" puts before the first one, and in all."""
    if operation.padding != "same":
        return 0, 0
    padding = (results - 1) * step + window - size
    padding = max(padding, 0) if isinstance(padding, int) else ops.maximum(padding, 0)  # JAX slices by ints
    return padding // 2, padding


def _nearest(values: Tensor, indices: Tensor, axis: int) -> Tensor:
    return ops.take(values, ops.clip(indices, 0, ops.shape(values)[axis] - 1), axis=axis)


def _pair(value: Tensor) -> Sizes:
    return (int(value[0]), int(value[-1])) if isinstance(value, list | tuple) else (int(value), int(value))
