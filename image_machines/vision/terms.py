"""The kinds of term: from a layer's map (N, h, w, C) or units (N, C) to one number per image, (N,)."""

from __future__ import annotations

from collections.abc import Callable

from keras import ops

from image_machines.network.tensors import Tensor


def _direction(read: Tensor, vector: Tensor, place: Tensor, border: int) -> Tensor:
    if len(read.shape) == 2:
        return ops.sum(read * vector, axis=-1)
    return _interior_mean(_projected(read, vector), border)


def _quadratic(read: Tensor, vector: Tensor, place: Tensor, border: int) -> Tensor:
    """Squares that keep their sign, so that a neuron below zero still climbs."""
    if len(read.shape) == 2:
        own = ops.sum(read * vector, axis=-1)
        return own * ops.abs(own)
    projected = _projected(read, vector)
    return _interior_mean(projected * ops.abs(projected), border)


def _log_odds(read: Tensor, vector: Tensor, place: Tensor, border: int) -> Tensor:
    """The unit's log-odds against all others, from logits (N, C); of a single unit, the logit itself."""
    own = ops.sum(read * vector, axis=-1)
    if read.shape[-1] == 1:
        return own
    return own - ops.logsumexp(ops.where(vector > 0, -1e9, read), axis=-1)


def _unit(read: Tensor, vector: Tensor, place: Tensor, border: int) -> Tensor:
    if len(read.shape) == 2:
        return ops.sum(read * vector, axis=-1)
    projected = _projected(read, vector)
    rows = _chosen(ops.shape(projected)[1], place[:, 0])
    columns = _chosen(ops.shape(projected)[2], place[:, 1])
    return ops.sum(projected * rows[:, :, None] * columns[:, None, :], axis=(1, 2))


def _layer(read: Tensor, vector: Tensor, place: Tensor, border: int) -> Tensor:
    squares = ops.mean(ops.square(read), axis=-1)
    return squares if len(read.shape) == 2 else _interior_mean(squares, border)


def _diversity(read: Tensor, vector: Tensor, place: Tensor, border: int) -> Tensor:
    flat = ops.reshape(read, (ops.shape(read)[0], -1, read.shape[-1]))
    gram = ops.matmul(ops.transpose(flat, (0, 2, 1)), flat)
    gram = ops.reshape(gram, (ops.shape(read)[0], -1))
    gram = gram * ops.rsqrt(ops.sum(ops.square(gram), axis=-1, keepdims=True) + 1e-12)
    cosines = ops.matmul(gram, ops.transpose(gram))
    others = ops.cast(ops.maximum(ops.shape(read)[0] - 1, 1), "float32")
    return -(ops.sum(cosines, axis=-1) - ops.sum(ops.square(gram), axis=-1)) / others


KINDS: dict[str, Callable[[Tensor, Tensor, Tensor, int], Tensor]] = {
    "direction": _direction,
    "quadratic": _quadratic,
    "log-odds": _log_odds,
    "unit": _unit,
    "layer": _layer,
    "diversity": _diversity,
}


def _projected(read: Tensor, vector: Tensor) -> Tensor:
    """The map's product with a vector per image: (N, h, w)."""
    return ops.sum(read * vector[:, None, None, :], axis=-1)


def _interior_mean(values: Tensor, border: int) -> Tensor:
    """Mean (N,) of (N, h, w) without the border, which shrinks where it would leave nothing."""
    rows = _interior(ops.shape(values)[1], border)
    columns = _interior(ops.shape(values)[2], border)
    inside = rows[:, None] * columns[None, :]
    return ops.sum(values * inside, axis=(1, 2)) / ops.sum(inside)


def _interior(length: Tensor, border: int) -> Tensor:
    """1 inside, 0 on the border, for each position of an axis; at least one position is inside."""
    distance = ops.arange(length)
    distance = ops.minimum(distance, length - 1 - distance)
    return ops.cast(distance >= ops.minimum(border, (length - 1) // 2), "float32")


def _chosen(length: Tensor, place: Tensor) -> Tensor:
    """One-hot (N, length) of the position that ``place`` (N,) names: a fraction below 1, or a whole number.

    A fraction 0.5 is the middle; a number beyond the map is its last position.
    """
    longest = ops.cast(length, "float32")
    position = ops.where((place > 0) & (place < 1), ops.floor(place * longest), place)
    position = ops.clip(position, 0.0, longest - 1)
    return ops.cast(ops.arange(length)[None, :] == ops.cast(position, "int32")[:, None], "float32")
