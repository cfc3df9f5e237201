"""The library's classes in Keras' registry, before they are imported.

`keras.saving.load_model` finds the classes of a file by their registered
names, which `register_keras_serializable` enters as their modules are
imported. Here modules are imported on first use only; so a stand-in holds
each class' place as soon as Keras is there, and imports it when a file needs
it. Importing the class replaces its stand-in.
"""

import importlib
import importlib.abc
import sys

PACKAGE = "keras_drsi"
# Module -> the classes that it registers.
SERIALIZABLE = {
    "layers.batch_norm": ["BatchNorm", "FoldedBatchNorm"],
    "layers.bottleneck": ["Bottleneck"],
    "layers.c3": ["C3", "C3DR"],
    "layers.cbam": [
        "CBAM",
        "CBAMConv",
        "ChannelAttention",
        "SpatialAttention",
    ],
    "layers.channel_norm": ["ChannelNorm"],
    "layers.conv": ["Conv"],
    "layers.conv_block": ["ConvBlock", "DepthwiseConvBlock"],
    "layers.depthwise_conv": ["DepthwiseConv"],
    "layers.drsi_block": ["DRSIBlock"],
    "layers.fan_in_uniform": ["FanInUniform"],
    "layers.focus": ["Focus"],
    "layers.gnconv": ["GnConv"],
    "layers.hor_block": ["HorBlock", "RHorBlock"],
    "layers.inverted_bottleneck": ["InvertedBottleneck"],
    "layers.res_gnconv": ["Gate", "ResGnConv"],
    "layers.spatial_interaction_conv": ["SpatialInteractionConv"],
    "layers.spp": ["SPP"],
    "layers.transformer_block": ["TransformerBlock"],
    "losses.heatmap_loss": ["HeatmapLoss"],
    "losses.pose_loss": ["PoseLoss"],
    "losses.target_assigner": ["TargetAssigner"],
    "metrics.oks": ["OKS"],
    "models.csdr_net": ["CSDRNet"],
    "models.drsi_net": ["DRSINet"],
    "models.flip_tta": ["FlipTTA"],
    "models.heatmap_supervision": ["HeatmapSupervision"],
    "models.pan": ["ASIPAN", "CBAMPAN", "PAN"],
    "models.pose_decoder": ["PoseDecoder"],
    "models.pose_head": ["ArrayInitializer", "PoseHead", "YoloPoseHead"],
    "optimizers.skip_non_finite": ["SkipNonFinite"],
    "optimizers.warmup_sgd": ["WarmupSGD"],
}


def register_with_keras():
    """Enters all classes into Keras' registry, now or once it is imported."""
    if "keras" in sys.modules:
        _register()
    else:
        sys.meta_path.insert(0, _KerasFinder())


def _register():
    import keras

    from keras_drsi.keypoints.schema import KeypointSchema

    # The one serializable class that does not need Keras.
    keras.saving.register_keras_serializable(PACKAGE)(KeypointSchema)
    registry = keras.saving.get_custom_objects()
    for module, names in SERIALIZABLE.items():
        for name in names:
            registry.setdefault(
                f"{PACKAGE}>{name}", _StandIn(f"{PACKAGE}.{module}", name)
            )


class _StandIn:
    """Holds the place of a class in Keras' registry until it is needed."""

    def __init__(self, module, name):
        self.module = module
        self.name = name

    def __repr__(self):
        return f"<{self.module}.{self.name}, not imported yet>"

    def __call__(self, *args, **kwargs):
        return self._class()(*args, **kwargs)

    def from_config(self, config):
        return self._class().from_config(config)

    def _class(self):
        return getattr(importlib.import_module(self.module), self.name)


class _KerasFinder(importlib.abc.MetaPathFinder):
    """Registers the classes as soon as a program has imported Keras."""

    def find_spec(self, name, path=None, target=None):
        if name != "keras":
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        for finder in others:
            if spec := finder.find_spec(name, path, target):
                spec.loader = _KerasLoader(spec.loader)
                return spec
        return None


class _KerasLoader(importlib.abc.Loader):
    """Keras' own loader, and the registration after it."""

    def __init__(self, loader):
        self.loader = loader

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.loader
        self.loader.exec_module(module)
        _register()
