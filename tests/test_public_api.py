"""The names that programs may import, and how packages give them."""

import ast
import importlib
import pathlib
import subprocess
import sys

import pytest

REPOSITORY = pathlib.Path(__file__).parents[1]
PUBLIC = {
    "keras_drsi": "COCO_PERSON CSDRNet DRSINet InputError KeypointSchema OKS "
    "PRESETS PosePredictor PoseResult WarmupSGD",
    "keras_drsi.callbacks": "EvaluateAP LearningCurves RunLog RunState "
    "SamplePredictions SameStart SaveBest SkippedSteps WeightAverage",
    "keras_drsi.checkpoints": "WarmStart convert load_trained_model "
    "load_yolo_pose shrink warm_start yolo_pose_tensors",
    "keras_drsi.data": "Augmentation CocoImage CocoPoses Persons Share "
    "anchors_for evaluation_batches find_anchors mean_pose read_coco "
    "read_schema_file steps_per_epoch training_batches verify_photos",
    "keras_drsi.data.synthetic": "CALM Crowd EVERYDAY synthetic_scene "
    "write_synthetic_people",
    "keras_drsi.evaluation": "compare_backends draw_curves draw_predictions "
    "evaluate_files evaluate_model keypoint_errors pose_distance "
    "predict_results",
    "keras_drsi.export": "ExportOptions export quantize",
    "keras_drsi.formats": "ExportFormat ExportedModel FORMATS INPUT_NAME "
    "check_path format_of is_exported",
    "keras_drsi.inference": "PosePredictor PoseResult draw_poses gallery "
    "open_source predict_files",
    "keras_drsi.keypoints": "COCO_PERSON KeypointSchema LEFT_RGB MIDDLE_RGB "
    "RIGHT_RGB as_schema left_right_pairs",
    "keras_drsi.layers": "BatchNorm Bottleneck C3 C3DR CBAM CBAMConv "
    "ChannelAttention ChannelNorm Conv ConvBlock DRSIBlock DepthwiseConv "
    "DepthwiseConvBlock FanInUniform Focus Gate GnConv HorBlock "
    "InvertedBottleneck RHorBlock ResGnConv SPP SpatialAttention "
    "SpatialInteractionConv TransformerBlock",
    "keras_drsi.losses": "PoseLoss TargetAssigner",
    "keras_drsi.metrics": "CocoKeypointAP OKS coco_oks coco_results",
    "keras_drsi.models": "ASIPAN CBAMPAN CSDRNet DRSINet FlipTTA ModelCost PAN "
    "PRESETS PoseDecoder PoseHead PoseModel Preset YoloPoseHead measure_cost",
    "keras_drsi.optimizers": "SkipNonFinite WarmupSGD",
}
LAZY = [
    ".".join(path.parent.relative_to(REPOSITORY).parts)
    for path in sorted(REPOSITORY.glob("keras_drsi/**/__init__.py"))
    if "make_lazy" in path.read_text()
]


def imported_names(package):
    """Dict of what the `__init__.py` of a package imports, and from where."""
    path = REPOSITORY / package.replace(".", "/") / "__init__.py"
    return {
        alias.name: node.module
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if node.module.startswith(f"{package}.")
    }


@pytest.mark.parametrize("package", PUBLIC)
def test_public_names(package):
    names = PUBLIC[package].split()
    module = importlib.import_module(package)
    for name in names:
        assert getattr(module, name) is not None
    helpers = {"make_lazy", "register_with_keras", "__version__"}
    assert set(imported_names(package)) - helpers == set(names)
    if package in LAZY:
        assert module.__all__ == sorted(names)


@pytest.mark.parametrize("package", LAZY)
def test_editors_see_what_is_imported_lazily(package):
    module = importlib.import_module(package)
    for name, source in imported_names(package).items():
        if name in module.__all__:
            expected = getattr(importlib.import_module(source), name)
            assert getattr(module, name) is expected


def modules_after(program):
    """Names of the modules that are imported after a program."""
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=True,
    )
    return set(done.stdout.split())


HEAVY = {"keras", "tensorflow", "torch", "jax", "cv2", "tqdm", "pycocotools"}


@pytest.mark.parametrize("package", ["keras_drsi", *LAZY])
def test_a_package_alone_is_light(package):
    assert not modules_after(f"import {package}") & {*HEAVY, "numpy"}


@pytest.mark.parametrize(
    "program",
    [
        "from keras_drsi import PRESETS, InputError, KeypointSchema",
        "from keras_drsi import PosePredictor, PoseResult",
        "from keras_drsi.data import Augmentation, Share",
        "from keras_drsi.data.synthetic import CALM, EVERYDAY",
        "from keras_drsi.export import ExportOptions, export",
        "from keras_drsi.models.paper_tables import PAPER_ROWS",
    ],
)
def test_what_needs_no_framework(program):
    assert not modules_after(program) & HEAVY
