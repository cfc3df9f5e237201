"""Mapping from the variables of `yolo_pose_*` models to YOLO-Pose tensors.

YOLO-Pose numbers its layers in the order of its configuration file, which
includes upsampling and concatenation.
"""

STEM = "model.0.conv"
STAGES = (  # strided Conv, C3
    ("model.1", "model.2"),
    ("model.3", "model.4"),
    ("model.5", "model.6"),
    ("model.7", "model.8"),
)
LAST_STAGE_DOWN, LAST_STAGE_POOL, LAST_STAGE = "model.9", "model.10", "model.11"
TOP_DOWN = (  # 1x1 Conv, C3
    ("model.12", "model.15"),
    ("model.16", "model.19"),
    ("model.20", "model.23"),
)
BOTTOM_UP = (  # strided Conv, C3
    ("model.24", "model.26"),
    ("model.27", "model.29"),
    ("model.30", "model.32"),
)
HEAD = "model.33"

# Permutations from PyTorch's kernels (out, in, height, width) to Keras'.
KERNEL_AXES = (2, 3, 1, 0)
DEPTHWISE_AXES = (2, 3, 0, 1)
VECTOR_AXES = (0,)


def named_variables(model):
    """Pairs every weight of a model with its tensor in YOLO-Pose.

    Args:
        model: `DRSINet` with bottlenecks and plain PAN, e.g. `yolo_pose_s`.

    Yields:
        Tuple of the Keras variable, the name of the tensor, and the
        permutation of the tensor's axes that gives the variable.
    """
    yield from _backbone(model.backbone)
    yield from _neck(model.neck)
    yield from _head(model.head)


def _backbone(backbone):
    layer = backbone.get_layer
    yield from _conv(layer("stem").convolution, STEM)
    for index, (down, stage) in enumerate(STAGES, start=1):
        yield from _conv(layer(f"stage_{index}_down"), down)
        yield from _c3(layer(f"stage_{index}"), stage)
    yield from _conv(layer("stage_5_down"), LAST_STAGE_DOWN)
    yield from _conv(layer("stage_5_pool").reduce, f"{LAST_STAGE_POOL}.cv1")
    yield from _conv(layer("stage_5_pool").fuse, f"{LAST_STAGE_POOL}.cv2")
    yield from _c3(layer("stage_5"), LAST_STAGE)


def _neck(neck):
    for convs, fusions, names in (
        (neck.laterals, neck.top_down, TOP_DOWN),
        (neck.downsamples, neck.bottom_up, BOTTOM_UP),
    ):
        for conv, fusion, (conv_name, fusion_name) in zip(
            convs, fusions, names
        ):
            yield from _conv(conv, conv_name)
            yield from _c3(fusion, fusion_name)


def _head(head):
    for level, (box_conv, branch) in enumerate(
        zip(head.box_convs, head.keypoint_branches)
    ):
        yield from _bare_conv(box_conv, f"{HEAD}.m.{level}")
        name = f"{HEAD}.m_kpt.{level}"
        *convs, output = branch
        for index, conv in enumerate(convs):
            axes = KERNEL_AXES if index % 2 else DEPTHWISE_AXES
            yield from _conv(conv, f"{name}.{index}", axes)
        # A branch of depth 0 is the output convolution alone, not a list.
        yield from _bare_conv(output, f"{name}.{len(convs)}" if convs else name)


def _c3(c3, name):
    yield from _conv(c3.blocks_in, f"{name}.cv1")
    yield from _conv(c3.bypass, f"{name}.cv2")
    yield from _conv(c3.fuse, f"{name}.cv3")
    for index, block in enumerate(c3.blocks):
        yield from _conv(block.pointwise, f"{name}.m.{index}.cv1")
        yield from _conv(block.spatial, f"{name}.m.{index}.cv2")


def _conv(block, name, axes=KERNEL_AXES):
    yield block.convolution.kernel, f"{name}.conv.weight", axes
    norm = block.norm
    for variable, tensor in (
        (norm.gamma, "weight"),
        (norm.beta, "bias"),
        (norm.moving_mean, "running_mean"),
        (norm.moving_variance, "running_var"),
    ):
        yield variable, f"{name}.bn.{tensor}", VECTOR_AXES


def _bare_conv(conv, name):
    yield conv.kernel, f"{name}.weight", KERNEL_AXES
    yield conv.bias, f"{name}.bias", VECTOR_AXES
