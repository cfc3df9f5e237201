"""COCO's keypoint AP of a model, or of a file of results."""

from keras_drsi.errors import InputError
from keras_drsi.evaluation.pose_evaluation import PoseEvaluation
from keras_drsi.keypoints import COCO_PERSON, KeypointSchema
from keras_drsi.metrics.coco_ground_truth import CocoGroundTruth
from keras_drsi.metrics.coco_results import coco_results
from keras_drsi.progress_bar import progress_bar


def evaluate_model(model, poses, input_size, batch_size, evaluation=None):
    """Runs a model over a data set and compares its poses with the truth.

    Images are streamed: memory holds a few batches and at most 20 poses
    for each image.

    Args:
        model: model whose `predict_on_batch` gives decoded poses.
        poses: `CocoPoses`.
        input_size: multiple of 64, or (height, width), in pixels.
        batch_size: images at a time.
        evaluation: `PoseEvaluation` of the data set, for repeated use; by
            default a new one.

    Returns:
        the figures (see `PoseEvaluation.evaluate`), and the poses in COCO's
        results format.
    """
    evaluation = evaluation or pose_evaluation(poses)
    results = predict_results(
        model, poses, input_size, batch_size, evaluation.category_id
    )
    return evaluation.evaluate(results), results


def pose_evaluation(poses):
    """`PoseEvaluation` of what is usable in a data set, a `CocoPoses`.

    The persons come from the annotation file itself, not from the records,
    whose boxes are clipped and crowds merged.
    """
    return PoseEvaluation(
        poses.annotation_file,
        poses.schema,
        image_ids=[image.id for image in poses.images],
        annotation_ids=[
            annotation_id
            for image in poses.images
            for annotation_id in (*image.annotation_ids, *image.ignored_ids)
        ],
    )


def predict_results(model, poses, input_size, batch_size, category_id=1):
    """The poses a model finds, in COCO's results format.

    Args: see `evaluate_model`; `category_id` goes into each entry.

    Returns:
        list of dicts, as `coco_results` makes them.
    """
    from keras_drsi.data.pipeline import evaluation_batches, letterboxes

    frames = letterboxes(poses, input_size)
    image_ids = [image.id for image in poses.images]
    data_format = getattr(model, "data_format", "channels_last")
    batches = evaluation_batches(poses, input_size, batch_size, data_format)
    results = []
    total = len(image_ids)
    with progress_bar(total=total, desc="evaluate", leave=False) as bar:
        for number, (images, _) in enumerate(batches):
            batch = slice(number * batch_size, (number + 1) * batch_size)
            results += coco_results(
                model.predict_on_batch(images.numpy()),
                image_ids[batch],
                frames[batch],
                category_id,
            )
            bar.update(len(image_ids[batch]))
    return results


def evaluate_files(ground_truth, results, sigmas=None):
    """Compares a results file with an annotation file.

    Args:
        ground_truth: path of a COCO keypoint annotation file.
        results: path of a file in COCO's results format.
        sigmas: floats, one for each keypoint; needed for keypoints other
            than COCO's.

    Returns:
        the figures, as `PoseEvaluation.evaluate` gives them.
    """
    schema = _schema_of(CocoGroundTruth(ground_truth), sigmas)
    return PoseEvaluation(ground_truth, schema).evaluate(results)


def _schema_of(truth, sigmas):
    names = tuple(truth.category.get("keypoints") or ())
    if sigmas is None:
        if names != COCO_PERSON.names:
            raise InputError(
                f"{truth.name}: category {truth.category['id']} has other "
                "keypoints than COCO's persons, whose sigmas are not known; "
                f"give {len(names)} numbers with --sigmas."
            )
        return COCO_PERSON
    return KeypointSchema.from_coco_category(truth.category, sigmas)


def ap_table(metrics):
    """The ten numbers as a table of text."""
    columns = ("", "50", "75", "_M", "_L")
    heads = ("0.50:0.95", "0.50", "0.75", "medium", "large")
    lines = ["OKS " + "".join(f"{head:>10}" for head in heads)]
    for kind in ("AP", "AR"):
        numbers = [metrics[kind + column] for column in columns]
        cells = [f"{n:.4f}" if n >= 0 else "none" for n in numbers]
        lines.append(f"{kind}  " + "".join(f"{cell:>10}" for cell in cells))
    return "\n".join(lines)
