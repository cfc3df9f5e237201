"""The task model: images in, head maps, losses and poses out."""

import inspect

import keras

from keras_drsi.errors import InputError
from keras_drsi.keypoints import COCO_PERSON, as_schema
from keras_drsi.losses.pose_loss import PoseLoss
from keras_drsi.models.csdr_net import (
    CSDRNet,
    check_image_size,
    images_of_any_size,
    scale_repeats,
)
from keras_drsi.models.fusion import fuse
from keras_drsi.models.pan import make_neck
from keras_drsi.models.person_anchors import person_anchors
from keras_drsi.models.pose_head import PoseHead, YoloPoseHead
from keras_drsi.models.pose_model import PoseModel
from keras_drsi.models.presets import closest_name, find_preset
from keras_drsi.postprocess.decode import decode_pose_maps
from keras_drsi.postprocess.non_max_suppression import non_max_suppression

HEADS = {"pose": PoseHead, "yolo_pose": YoloPoseHead}

# Anchor positions of an image that take part in non-maximum suppression.
MAX_CANDIDATES = 1024


@keras.saving.register_keras_serializable(package="keras_drsi")
class DRSINet(PoseModel):
    """DRSI-Net: multi-person 2D pose estimation in one forward pass.

    `model(images)` gives raw head maps, `model.predict(images)` decoded
    poses. `model.compile(optimizer)` and `model.fit` train it: the loss is
    part of the model, and every part of it is logged under its name.

    Args:
        width: factor on the channels; 0.25, 0.5, 0.75, 1 for n, s, m, l.
        depth: factor on the numbers of blocks; 0.33, 0.33, 0.67, 1.
        block: block of the backbone: `"drsi"`, `"hor"`, `"r_hor"`,
            `"transformer"`, or `"bottleneck"` for CSPDarknet53.
        order: order n of the backbone's and neck's gated convolutions.
        residual_divisor: the λ of Eq. 5.
        neck: `"pan"`, `"cbam_pan"` or `"asi_pan"`.
        head: `"pose"`, or `"yolo_pose"` for YOLO-Pose's order of channels.
        keypoint_depth: pairs of convolutions in the keypoint head, 6 for the
            deep head, 0 for the plain one.
        keypoints: `KeypointSchema`, or an integer K for keypoints without
            names and symmetry.
        anchors: (levels, A, 2) widths and heights in input pixels, or None
            for those of COCO's persons scaled to the input.
        input_size: side of the square input, or (height, width); multiples
            of 64.
        score_threshold: poses of a lower score are not predicted.
        iou_threshold: of two boxes overlapping more than this, only the one
            of higher score is kept.
        max_poses: number P of rows of the predictions.
        loss_config: further arguments of `PoseLoss`, for example
            `{"oks_weight": 0.2}`.
        remat: whether training computes the activations of the backbone's
            blocks twice instead of keeping them: less memory for more time.
        data_format: `"channels_last"` or `"channels_first"`.
        fused: whether batch norms are part of the convolutions; see `fuse`.
        dtype: precision, for example `"mixed_bfloat16"`. Head maps, loss and
            poses are in float32 throughout.

    Call arguments:
        images: RGB in 0..255, uint8 or floating point.

    Input shape:
        (B, height, width, 3), or (B, 3, height, width) with
        `channels_first`; any multiples of 64, anchors staying as they are in
        pixels.

    Output shape:
        `model(images)`: dict of "P3" to "P6", each (B, height / stride,
        width / stride, A, 6 + 3K) float32 with strides 8, 16, 32, 64; on the
        last axis x, y, w, h, objectness, class, then K times x, y,
        confidence, all before activation.

        `model.predict(images)`: dict of `boxes` (B, P, 4) xyxy, `scores`
        (B, P), `keypoints` (B, P, K, 3) as x, y, confidence, `count` (B,);
        float32 in input pixels, best score first, zeros beyond the count.

        Targets for `fit`: dict of `boxes` (B, M, 4) xyxy, `keypoints`
        (B, M, K, 3) as x, y, v with v = 0 for not labelled, 1 for occluded,
        2 for visible, and `count` (B,); the metric `OKS` needs `areas` (B, M)
        of the persons' segments as well, in square pixels.

    Raises:
        InputError: for an unknown block, neck or head or a size that is not a
            multiple of 64.

    Example:

    >>> model = DRSINet.from_preset("drsi_net_n", input_size=256, keypoints=5)
    >>> poses = model.predict(keras.ops.zeros((1, 256, 256, 3)), verbose=0)
    >>> poses["keypoints"].shape
    (1, 100, 5, 3)

    Reference:
        Wu and Wang, DRSI-Net: Dual-Residual Spatial Interaction Network for
        Multi-Person Pose Estimation.
    """

    def __init__(
        self,
        width=0.5,
        depth=0.33,
        block="drsi",
        order=2,
        residual_divisor=2.0,
        neck="cbam_pan",
        head="pose",
        keypoint_depth=6,
        keypoints=COCO_PERSON,
        anchors=None,
        input_size=640,
        score_threshold=0.01,
        iou_threshold=0.65,
        max_poses=100,
        loss_config=None,
        remat=False,
        data_format=None,
        fused=False,
        dtype=None,
        **kwargs,
    ):
        dtype = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
        data_format = data_format or keras.config.image_data_format()
        schema = as_schema(keypoints)
        square = isinstance(input_size, int)
        size = (input_size, input_size) if square else tuple(input_size)
        check_image_size(*size)
        anchors = _as_anchors(
            person_anchors(size) if anchors is None else anchors
        )
        image_shape = (
            (*size, 3) if data_format == "channels_last" else (3, *size)
        )
        interaction = {"order": order, "residual_divisor": residual_divisor}

        # === Layers ===
        shared = {"data_format": data_format, "fused": fused, "dtype": dtype}
        rescale = keras.layers.Rescaling(1 / 255, dtype=dtype, name="rescale")
        backbone = CSDRNet(
            width,
            depth,
            block,
            _block_config(block, interaction),
            remat,
            image_shape,
            name="backbone",
            **shared,
        )
        neck_layer = make_neck(
            neck, scale_repeats(3, depth), interaction, shared
        )
        if head not in HEADS:
            raise InputError(
                f"head must be one of {', '.join(HEADS)}, got {head!r}."
            )
        head_layer = HEADS[head](
            len(schema),
            num_anchors=len(anchors[0]),
            keypoint_depth=keypoint_depth,
            name="head",
            **shared,
        )

        # === Functional model ===
        images = keras.Input(image_shape, name="images")
        raw = head_layer(neck_layer(backbone(rescale(images))))
        super().__init__(images, raw, **kwargs)
        # Keras drops a functional model's dtype, and scales the loss of half
        # precision by the model's policy.
        self.dtype_policy = dtype
        self.input_spec = images_of_any_size(image_shape, data_format)

        # === Config ===
        self.width = width
        self.depth = depth
        self.block = block
        self.order = order
        self.residual_divisor = residual_divisor
        self.neck = neck
        self.head = head
        self.keypoint_depth = keypoint_depth
        self.keypoints = schema
        self.anchors = anchors
        self.input_size = size
        self.score_threshold = score_threshold
        self.iou_threshold = iou_threshold
        self.max_poses = max_poses
        self.loss_config = dict(loss_config or {})
        self.remat = remat
        self.data_format = data_format
        self.fused = fused

        self.pose_loss = PoseLoss(schema, anchors, **self.loss_config)
        self.loss_trackers = [
            keras.metrics.Mean(name) for name in self.pose_loss.parts
        ]

    @classmethod
    def from_preset(
        cls,
        name,
        input_size=None,
        keypoints=COCO_PERSON,
        initial_weights="preset",
        **overrides,
    ):
        """Makes the network of a preset.

        Args:
            name: one of `keras_drsi.PRESETS`.
            input_size: side of the square input, or (height, width);
                multiples of 64. By default the preset's, mostly 640.
            keypoints: `KeypointSchema`, or an integer K.
            initial_weights: `DRSINet`, a `.keras` file, or a checkpoint of
                YOLO-Pose, see `load_yolo_pose`. Every weight that fits is
                carried over, with the anchors and the order of the head's
                channels it was trained for; what was carried and what starts
                fresh is printed. `"preset"` for those of the preset, if it
                has any, None for fresh weights throughout.
            **overrides: any other argument of `DRSINet`.

        Raises:
            InputError: for an unknown preset or argument, naming the closest
                one.
        """
        known = list(inspect.signature(cls.__init__).parameters)[1:-1]
        for argument in overrides:
            if argument not in (*known, "name", "trainable"):
                raise InputError(
                    f"from_preset: unknown argument {argument!r}"
                    f"{closest_name(argument, known)}."
                )
        preset = find_preset(name)
        config = {
            "name": name,
            **preset.config,
            "input_size": (
                preset.input_size if input_size is None else input_size
            ),
            "keypoints": keypoints,
            **overrides,
        }
        own_weights = initial_weights == "preset"
        if own_weights:
            initial_weights = preset.weights and preset.weights.path()
        if initial_weights is None:
            return cls(**config)
        from keras_drsi.checkpoints import load_trained_model
        from keras_drsi.checkpoints.warm_start import head_config, warm_start

        source = initial_weights
        if not isinstance(source, cls):
            source = load_trained_model(source)
        if source.fused or overrides.get("fused"):
            raise InputError(
                "from_preset: expected initial weights and network with batch "
                "norms, got a fused one; fuse() it afterwards."
            )
        model = cls(**{**config, **head_config(source), **overrides})
        started = warm_start(model, source)
        if started.fresh or not own_weights:
            print(started)
        return model

    def fuse(self):
        """The same network without batch norms, for inference.

        At inference a batch norm is a factor and a summand per channel, which
        the convolution beside it can take over: one pass over the map less.

        Returns:
            a new `DRSINet` with `fused=True`; its outputs are equal up to
            rounding. It saves, loads and exports as any other.

        Example:

        >>> deployed = model.fuse()
        """
        return fuse(self)

    def initialize_pose_prior(self, pose):
        """Makes the network's first guess of every person a given pose.

        OKS, and with it the gradient of its loss, is practically zero for a
        keypoint far from its place (Eq. 12), so that a network that starts
        with all keypoints at the centre needs long to find them. The mean
        pose of the training data is a start within reach. The biases of all
        outputs start anew with it.

        Args:
            pose: (K, 2), each keypoint's offset from the centre of its
                person's box, in widths and heights of the box.
        """
        self.get_layer("head").initialize_pose_prior(pose, self.anchors)

    def decode_predictions(self, raw):
        """Turns raw head maps into poses.

        Args:
            raw: dict of head maps, as `model(images)` gives them.

        Returns:
            Dict of `boxes`, `scores`, `keypoints` and `count`, as
            `model.predict` gives them.
        """
        return non_max_suppression(
            decode_pose_maps(raw, self.anchors, MAX_CANDIDATES),
            iou_threshold=self.iou_threshold,
            score_threshold=self.score_threshold,
            max_poses=self.max_poses,
        )

    def get_config(self):
        return {
            "width": self.width,
            "depth": self.depth,
            "block": self.block,
            "order": self.order,
            "residual_divisor": self.residual_divisor,
            "neck": self.neck,
            "head": self.head,
            "keypoint_depth": self.keypoint_depth,
            "keypoints": keras.saving.serialize_keras_object(self.keypoints),
            "anchors": self.anchors,
            "input_size": self.input_size,
            "score_threshold": self.score_threshold,
            "iou_threshold": self.iou_threshold,
            "max_poses": self.max_poses,
            "loss_config": self.loss_config,
            "remat": self.remat,
            "data_format": self.data_format,
            "fused": self.fused,
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
        }

    @classmethod
    def from_config(cls, config):
        schema = keras.saving.deserialize_keras_object(config["keypoints"])
        return cls(**{**config, "keypoints": schema})


def _as_anchors(anchors):
    return tuple(
        tuple((float(width), float(height)) for width, height in level)
        for level in anchors
    )


def _block_config(block, interaction):
    if block in ("drsi", "r_hor"):
        return interaction
    if block == "hor":
        return {"order": interaction["order"]}
    return {}
