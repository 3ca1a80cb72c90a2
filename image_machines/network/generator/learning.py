"""How a decoder learns: the losses of pixels, of features, and of a critic (Dosovitskiy and Brox 2016)."""

from __future__ import annotations

from dataclasses import dataclass

import keras
from keras import ops

from image_machines.network.tensors import Function, Tensor


@dataclass(frozen=True)
class Weights:
    """What the decoder's losses count."""

    pixels: float
    features: float
    critic: float


class Learner(keras.Model):
    """A decoder and its critic, which learn together from batches of codes and images.

    ``compare`` gives the features, a tuple of maps, in which images are compared. Both learn by one loss: the
    critic's images do not pass gradients on to the decoder, and the decoder's critic does not learn.
    """

    def __init__(
        self, decoder: keras.Model, critic: keras.Model, compare: Function, weights: Weights
    ) -> None:
        super().__init__()
        self.decoder, self.critic = decoder, critic
        self.compare, self.counts = compare, weights
        self.means = {name: keras.metrics.Mean(name) for name in ("pixels", "features", "critic")}
        decoder.build(decoder.input_shape)
        critic.build(critic.input_shape)
        self.built = True

    def call(self, code: Tensor, training: bool = False) -> Tensor:
        return self.decoder(code)

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor = None,
        y_pred: Tensor = None,
        sample_weight: Tensor = None,
        training: bool = True,
    ) -> Tensor:
        """The loss of one batch of images ``y`` and what the decoder made of their codes."""
        made, real = ops.cast(y_pred, "float32"), y
        pixels = ops.mean(ops.abs(made - real))
        features = self._features(made, real)
        loss = self.counts.pixels * pixels + self.counts.features * features
        parts = {"pixels": pixels, "features": features}
        if self.counts.critic:
            parts["critic"] = self._telling(made, real)
            loss = loss + parts["critic"] - self.counts.critic * self._fooling(made)
        for name, value in parts.items():
            self.means[name].update_state(value)
        return loss

    def _features(self, made: Tensor, real: Tensor) -> Tensor:
        """Squared distance of features, as a share of their squared length, mean over the maps."""
        shares = []
        for both in self.compare(ops.concatenate([made, real])):
            ours, theirs = ops.split(both, 2)
            theirs = ops.stop_gradient(theirs)
            shares.append(ops.mean(ops.square(ours - theirs)) / (ops.mean(ops.square(theirs)) + 1e-6))
        return sum(shares) / len(shares)

    def _telling(self, made: Tensor, real: Tensor) -> Tensor:
        """What the critic loses: it should say more than 1 of real images and less than -1 of made ones."""
        ours, theirs = ops.split(self.critic(ops.concatenate([ops.stop_gradient(made), real])), 2)
        return ops.mean(ops.relu(1 + ours)) + ops.mean(ops.relu(1 - theirs))

    def _fooling(self, made: Tensor) -> Tensor:
        """How real the critic, as it is, takes the made images to be."""
        fixed = [ops.stop_gradient(each.value) for each in self.critic.trainable_variables]
        said, _ = self.critic.stateless_call(fixed, [], made)
        return ops.mean(said)
