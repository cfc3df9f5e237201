"""How large a network grows in training, and an end if it is unsound."""

import keras
import numpy as np

from keras_drsi.callbacks.evaluation_schedule import is_evaluated
from keras_drsi.callbacks.weight_average import averaged
from keras_drsi.errors import InputError
from keras_drsi.models.activations import STAGES, stage_of, trace_activations
from keras_drsi.models.inference_gap import inference_gap

# Measured: up to 3 in trainings that went well; hundreds to tens of thousands
# where the rate was too high for the moving averages to follow.
LARGEST_GAP = 100.0
# Moving averages start at 0 and 1 and forget that at 3 % a step.
SETTLED_STEPS = 500
ADVICE = (
    "A new run with a lower learning rate, or another optimizer, may help; it "
    "can start from an earlier file."
)


class SoundnessLog(keras.callbacks.Callback):
    """Logs how large activations and weights are, and stops a broken run.

    A layer that the loss keeps pushing one way can grow without bound while
    the losses fall: batch norms take its scale away in training, until
    inference, with their moving averages, overflows. At every evaluation a few
    fixed images are run through the network, and the logs get

    - `activation_{stage}`: the largest absolute activation within a stage in
      inference, its residual stream included
    - `weight_{stage}`: the largest absolute trainable weight
    - `share_{stage}_min`, `share_{stage}_max`: of the blocks of a stage, the
      smallest and largest share that one adds to the residual stream,
      rms(y - x) / rms(x)
    - `inference_gap`: see `inference_gap`

    for the stages `stem`, `stage_1` to `stage_5`, `neck` and `head`; shares
    for those with residual blocks. All that is logged is finite.

    It has to stand before `SaveBest` and `RunState` in the list of callbacks,
    so that they do not keep a broken network, and before `RunLog`.

    Args:
        images: (B, H, W, 3), or (B, 3, H, W) with `channels_first`; RGB in
            0..255. A few of the validation data.
        every: number of epochs from one evaluation to the next, see
            `is_evaluated`.
        average: `WeightAverage` whose network is looked at; by default the
            one in training.

    Raises:
        InputError: from `fit`, if an activation in inference is not finite,
            or, after the first 500 steps, the outputs differ from those with
            batch statistics by more than 100 times the rms of the latter.

    Example:

    >>> from keras_drsi.callbacks import EvaluateAP, SaveBest, SoundnessLog
    >>> model.fit(
    ...     batches,
    ...     callbacks=[
    ...         EvaluateAP(poses, 64, batch_size=2),
    ...         SoundnessLog(images[:4]),
    ...         SaveBest("best.keras"),
    ...     ],
    ... )
    """

    def __init__(self, images, every=1, average=None):
        super().__init__()
        self.images = images
        self.every = every
        self.average = average

    def on_epoch_end(self, epoch, logs=None):
        if not is_evaluated(epoch, self.every, self.params.get("epochs")):
            return
        network = averaged(self.model, self.average)
        trace = trace_activations(network, self.images)
        for activation in trace:
            if not np.isfinite(activation.largest):
                raise InputError(
                    f"epoch {epoch + 1}: inference: expected finite values, "
                    f"got {activation.largest} from the layer "
                    f"{activation.layer}. {ADVICE}"
                )
        gap = inference_gap(network, self.images)
        if self._has_settled() and not gap <= LARGEST_GAP:
            largest = max(trace, key=lambda activation: activation.largest)
            raise InputError(
                f"epoch {epoch + 1}: inference: expected outputs within "
                f"{LARGEST_GAP:.0f} times the rms of those with batch "
                f"statistics, got {gap:.3g}; the largest activation is "
                f"{largest.largest:.3g}, of the layer {largest.layer}. {ADVICE}"
            )
        if logs is not None:
            logs["inference_gap"] = gap
            logs.update(_largest_by_stage(trace))
            logs.update(_largest_weights(network))
            logs.update(_residual_shares(trace))

    def _has_settled(self):
        """Whether the moving averages can have followed the network."""
        optimizer = self.model.optimizer if self.model.compiled else None
        if optimizer is None:
            return True
        steps = keras.ops.convert_to_numpy(optimizer.iterations)
        return int(steps) >= SETTLED_STEPS


def _largest_by_stage(trace):
    largest = {}
    for activation in trace:
        name = f"activation_{activation.stage}"
        largest[name] = max(largest.get(name, 0.0), activation.largest)
    return largest


def _largest_weights(network):
    largest = {f"weight_{stage}": 0.0 for stage in STAGES}
    for weight in network.trainable_weights:
        name = f"weight_{stage_of(weight.path)}"
        values = np.abs(keras.ops.convert_to_numpy(weight))
        largest[name] = max(largest[name], float(values.max()))
    return largest


def _residual_shares(trace):
    shares = {}
    for activation in trace:
        if activation.residual_share is not None:
            of_stage = shares.setdefault(activation.stage, [])
            of_stage.append(activation.residual_share)
    return {
        f"share_{stage}_{name}": choose(of_stage)
        for stage, of_stage in shares.items()
        for name, choose in (("min", min), ("max", max))
    }
