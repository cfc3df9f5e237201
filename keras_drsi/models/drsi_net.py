"""The pose estimation model: images in; head maps, loss and poses out."""

import keras

from keras_drsi.errors import InputError
from keras_drsi.keypoints import COCO_PERSON, as_schema
from keras_drsi.losses.pose_loss import PoseLoss
from keras_drsi.models.csdr_net import (
    CSDRNet,
    check_image_size,
    images_of_any_size,
    interaction_config,
    scale_repeats,
)
from keras_drsi.models.folding import fold
from keras_drsi.models.freezing import freeze_layers, frozen_layers
from keras_drsi.models.pan import make_neck
from keras_drsi.models.person_anchors import person_anchors
from keras_drsi.models.pose_head import PoseHead, YoloPoseHead
from keras_drsi.models.pose_model import PoseModel
from keras_drsi.models.presets import describe_presets
from keras_drsi.postprocess.decode import decode_pose_maps
from keras_drsi.postprocess.non_max_suppression import non_max_suppression
from keras_drsi.renamed_arguments import rename_arguments

HEADS = {"pose": PoseHead, "yolo_pose": YoloPoseHead}

# Candidates per image that enter non-maximum suppression.
MAX_CANDIDATES = 1024


@keras.saving.register_keras_serializable(package="keras_drsi")
class DRSINet(PoseModel):
    """DRSI-Net: multi-person 2D pose estimation in one forward pass.

    `model(images)` returns raw head maps, `model.predict(images)` decoded
    poses. `model.compile(optimizer)` and `model.fit` train the network: the
    loss is built in, and each of its terms is logged under its name.

    Args:
        width: Float, factor on the channels; 0.25, 0.5, 0.75 and 1 for sizes
            n, s, m and l. Defaults to `0.5`.
        depth: Float, factor on the numbers of blocks; 0.33, 0.33, 0.67 and 1.
            Defaults to `0.33`.
        block_type: String, block of the backbone: `"drsi"`, `"hor"`,
            `"r_hor"`, `"transformer"`, or `"bottleneck"` for CSPDarknet53.
            Defaults to `"drsi"`.
        order: Integer, order n of the gated convolutions in backbone and
            neck. Defaults to `2`.
        residual_divisor: Float, λ in Eq. 5. Defaults to `2.0`.
        neck_type: String, `"pan"`, `"cbam_pan"` or `"asi_pan"`. Defaults to
            `"cbam_pan"`.
        head_type: String, `"pose"`, or `"yolo_pose"` for the channel order of
            YOLO-Pose's weights. Defaults to `"pose"`.
        keypoint_depth: Integer, number of convolution pairs in the keypoint
            branch: 6 for the deep head, 0 for the plain one. Defaults to `6`.
        keypoints: `KeypointSchema`, or an integer K for keypoints without
            names and symmetry. Defaults to COCO's 17 person keypoints.
        anchors: Widths and heights in input pixels, of shape
            `(levels, A, 2)`. Defaults to those of COCO's persons, scaled to
            the input size.
        input_size: Integer side of the square input in pixels, or
            `(height, width)`; multiples of 64. Defaults to `640`.
        score_threshold: Float, poses of a lower score are not predicted.
            Defaults to `0.01`.
        iou_threshold: Float, of two boxes that overlap more than this, only
            the one of higher score is kept. Defaults to `0.65`.
        max_poses: Integer, number P of rows of the predictions. Defaults to
            `100`.
        loss_config: Dict of further arguments of `PoseLoss`, for example
            `{"oks_weight": 0.2}`.
        remat: Boolean, whether training recomputes the activations of the
            backbone's blocks in the backward pass, which takes less memory
            and more time. Defaults to `False`.
        data_format: `"channels_last"` or `"channels_first"`. Defaults to
            `keras.config.image_data_format()`.
        folded: Boolean, whether batch norms are folded into the convolutions,
            see `fold`. Defaults to `False`.
        frozen: List of parts that are not trainable, for example
            `["backbone"]`; layers within others are paths such as
            `"backbone/stage_1"`. `model.backbone.trainable = False` has the
            same effect.
        dtype: Dtype policy, for example `"mixed_bfloat16"`. Head maps, loss
            and poses are float32 in any case.
        name: String, name of the model.
        trainable: Boolean, `False` to freeze all of it. Defaults to `True`.

    Attributes:
        backbone: `CSDRNet`.
        neck: `PAN`, `CBAMPAN` or `ASIPAN`.
        head: `PoseHead` or `YoloPoseHead`.
        presets: Dict of the names that `from_preset` knows, each with a dict
            of `description`, `params`, `input_size` and `trained`.

    Call arguments:
        images: RGB in `[0, 255]`, uint8 or floating point.
        training: Boolean, see `BatchNorm`.

    Input shape:
        - With `channels_last`: `(B, height, width, 3)`.
        - With `channels_first`: `(B, 3, height, width)`.

        Other multiples of 64 than `input_size` work too; the anchors keep
        their size in pixels.

    Output shape:
        `model(images)`: dict of `"P3"` to `"P6"`, each float32 of shape
        `(B, height / stride, width / stride, A, 6 + 3K)` with strides 8, 16,
        32 and 64. The last axis is x, y, w, h, objectness, class, then x, y,
        confidence of each keypoint, all as logits.

        `model.predict(images)`: dict of

        - `boxes`: `(B, P, 4)`, x1, y1, x2, y2.
        - `scores`: `(B, P)`, highest first.
        - `keypoints`: `(B, P, K, 3)`, x, y, confidence.
        - `count`: `(B,)`, number of poses; rows beyond it are zeros.

        All are float32, coordinates in input pixels.

        Targets of `fit`: dict of

        - `boxes`: `(B, M, 4)`, x1, y1, x2, y2.
        - `keypoints`: `(B, M, K, 3)`, x, y, v; v is 0 for not labeled, 1 for
            occluded, 2 for visible.
        - `count`: `(B,)`, number of persons.
        - `areas`: `(B, M)`, segment areas in square pixels; needed by the
            metric `OKS` only.

    Raises:
        InputError: If `block_type`, `neck_type` or `head_type` is unknown, a
            size is not a multiple of 64 or there is no layer of a path in
            `frozen`.

    Example:

    >>> model = DRSINet.from_preset("drsi_net_n", input_size=256, keypoints=5)
    >>> poses = model.predict(keras.ops.zeros((1, 256, 256, 3)), verbose=0)
    >>> poses["keypoints"].shape
    (1, 100, 5, 3)

    Reference:
        Wu and Wang, DRSI-Net: Dual-Residual Spatial Interaction Network for
        Multi-Person Pose Estimation.
    """

    presets = describe_presets()

    def __init__(
        self,
        width=0.5,
        depth=0.33,
        block_type="drsi",
        order=2,
        residual_divisor=2.0,
        neck_type="cbam_pan",
        head_type="pose",
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
        folded=False,
        frozen=(),
        dtype=None,
        name=None,
        trainable=True,
    ):
        dtype = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
        data_format = data_format or keras.config.image_data_format()
        schema = as_schema(keypoints)
        square = isinstance(input_size, int)
        size = (input_size, input_size) if square else tuple(input_size)
        check_image_size(*size)
        if anchors is None:
            anchors = person_anchors(size)
        pose_loss = PoseLoss(schema, anchors, **(loss_config or {}))
        anchors = pose_loss.anchors
        image_shape = (
            (*size, 3) if data_format == "channels_last" else (3, *size)
        )
        interaction = {"order": order, "residual_divisor": residual_divisor}

        # === Layers ===
        shared = {"data_format": data_format, "folded": folded, "dtype": dtype}
        rescale = keras.layers.Rescaling(1 / 255, dtype=dtype, name="rescale")
        backbone = CSDRNet(
            width,
            depth,
            block_type,
            interaction_config(block_type, interaction),
            remat,
            image_shape,
            name="backbone",
            **shared,
        )
        neck = make_neck(
            neck_type, scale_repeats(3, depth), interaction, shared
        )
        if head_type not in HEADS:
            raise InputError(
                f"head_type must be one of {', '.join(HEADS)}, got "
                f"{head_type!r}."
            )
        head = HEADS[head_type](
            len(schema),
            num_anchors=len(anchors[0]),
            keypoint_depth=keypoint_depth,
            name="head",
            **shared,
        )

        # === Functional model ===
        images = keras.Input(image_shape, name="images")
        raw = head(neck(backbone(rescale(images))))
        super().__init__(images, raw, name=name, trainable=trainable)
        # Keras drops a functional model's dtype, and scales the loss of half
        # precision by the model's policy.
        self.dtype_policy = dtype
        self.input_spec = images_of_any_size(image_shape, data_format)
        self.backbone = backbone
        self.neck = neck
        self.head = head

        # === Config ===
        self.width = width
        self.depth = depth
        self.block_type = block_type
        self.order = order
        self.residual_divisor = residual_divisor
        self.neck_type = neck_type
        self.head_type = head_type
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
        self.folded = folded
        freeze_layers(self, frozen)

        self.pose_loss = pose_loss
        self.track_losses(pose_loss.parts)

    @classmethod
    def from_preset(
        cls,
        preset,
        input_size=None,
        keypoints=None,
        initial_weights="preset",
        **overrides,
    ):
        """Instantiates a network from a preset.

        Args:
            preset: One of the names in `DRSINet.presets`, or the path of a
                folder written by `save_to_preset`.
            input_size: Side of the square input in pixels, or
                `(height, width)`; multiples of 64. Defaults to the preset's,
                mostly 640.
            keypoints: `KeypointSchema`, or an integer K. Defaults to the
                preset's, which are COCO's 17 for the named presets.
            initial_weights: `DRSINet`, a `.keras` file, or a YOLO-Pose
                checkpoint, see `load_yolo_pose`. Every weight that fits is
                loaded, together with the anchors and the head type it was
                trained for; a summary of what was loaded and what is
                initialized is printed. Defaults to `"preset"` for the
                preset's own weights, if it has any; `None` for random
                initialization.
            **overrides: Any other argument of `DRSINet`.

        Returns:
            `DRSINet`, not compiled.

        Raises:
            InputError: If the preset or an argument is unknown, which names
                the closest match, or if a file of the folder is missing or
                corrupted.

        Example:

        >>> model = DRSINet.from_preset("drsi_net_n", input_size=128)
        >>> model.save_to_preset("my_preset")
        >>> model = DRSINet.from_preset("my_preset")
        """
        # Reading files stands above models, so it is imported here only.
        from keras_drsi.checkpoints.model_from_preset import model_from_preset

        return model_from_preset(
            cls, preset, input_size, keypoints, initial_weights, overrides
        )

    def save_to_preset(self, folder):
        """Saves architecture and weights to a folder.

        It holds `config.json`, `metadata.json` and `model.weights.h5`, and
        loads with `DRSINet.from_preset(folder)`. Optimizer and metrics are
        not saved; `model.save` does that.

        Args:
            folder: Path of the folder, which must not exist.

        Raises:
            InputError: If the path exists or cannot be written.
        """
        from keras_drsi.checkpoints.preset_folder import save_preset_folder

        save_preset_folder(self, folder)

    def fold(self):
        """Folds batch norms into the convolutions beside them, for inference.

        At inference a batch norm is a per-channel scale and shift, which the
        convolution beside it can take over. This saves a pass over the
        feature map.

        Returns:
            New `DRSINet` with `folded=True`, whose outputs are equal up to
            rounding. It saves, loads and exports like any other.

        Example:

        >>> deployed = model.fold()
        """
        return fold(self)

    def initialize_pose_prior(self, pose):
        """Initializes the head so that it predicts a given pose everywhere.

        OKS, and with it the gradient of its loss, is practically zero for a
        keypoint far from its target (Eq. 12), so that a network whose
        keypoints all start at the center takes long to find them. The mean
        pose of the training data is a start within reach. The biases of all
        outputs are reset.

        Args:
            pose: Array of shape `(K, 2)`, the offset of each keypoint from
                the center of its person's box, in widths and heights of the
                box.
        """
        self.head.initialize_pose_prior(pose, self.anchors)

    def decode_predictions(self, raw):
        """Decodes raw head maps into poses.

        Args:
            raw: Dict of head maps, as `model(images)` returns them.

        Returns:
            Dict of `boxes`, `scores`, `keypoints` and `count`, as
            `model.predict` returns them.
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
            "block_type": self.block_type,
            "order": self.order,
            "residual_divisor": self.residual_divisor,
            "neck_type": self.neck_type,
            "head_type": self.head_type,
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
            "folded": self.folded,
            "frozen": frozen_layers(self),
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
        }

    @classmethod
    def from_config(cls, config):
        schema = keras.saving.deserialize_keras_object(config["keypoints"])
        return cls(**{**rename_arguments(config), "keypoints": schema})
