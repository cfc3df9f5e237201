"""Predictions beside the truth, as a picture."""

import numpy as np

PICTURES = 6
SCORE_THRESHOLD = 0.3
# A network that has learnt little finds a hundred people everywhere.
MOST_POSES = 20


def draw_predictions(model, poses, picture, count=PICTURES):
    """Draws a model's poses beside the truth for the first few images.

    Args:
        model: `DRSINet`.
        poses: `CocoPoses`.
        picture: path of the PNG to write.
        count: number of images.
    """
    from keras_drsi.data.pipeline import evaluation_batches
    from keras_drsi.files.image_file import write_image
    from keras_drsi.inference.to_data_format import to_data_format
    from keras_drsi.inference.visualize import gallery

    count = min(count, len(poses))
    batches = evaluation_batches(poses, model.input_size, count)
    images, targets = next(iter(batches))
    images = images.numpy()
    predictions = model.predict_on_batch(
        to_data_format(images, model.data_format)
    )
    drawn = gallery(
        list(images),
        [_confident(_row(predictions, index)) for index in range(count)],
        [
            _row({name: v.numpy() for name, v in targets.items()}, index)
            for index in range(count)
        ],
        poses.schema,
    )
    write_image(drawn, picture)


def _row(batch, index):
    return {name: np.asarray(values)[index] for name, values in batch.items()}


def _confident(prediction):
    # Sorted by score, so that the confident ones are the first rows.
    count = int((prediction["scores"] > SCORE_THRESHOLD).sum())
    return {**prediction, "count": min(count, MOST_POSES)}
