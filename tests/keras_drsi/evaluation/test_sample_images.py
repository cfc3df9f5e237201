"""Predictions beside the truth, for networks of either layout."""

import cv2
import numpy as np

from keras_drsi.data.coco import read_coco
from keras_drsi.evaluation.sample_images import draw_predictions
from keras_drsi.models.drsi_net import DRSINet


def test_both_layouts_give_the_same_picture(
    coco_directory, tiny_network, tmp_path
):
    poses = read_coco(coco_directory, "val")
    pictures, weights = [], None
    for layout in ("channels_last", "channels_first"):
        model = DRSINet.from_preset(
            "drsi_net_n", input_size=64, data_format=layout, **tiny_network
        )
        weights = weights or model.get_weights()
        model.set_weights(weights)
        draw_predictions(model, poses, tmp_path / f"{layout}.png", count=2)
        pictures.append(cv2.imread(str(tmp_path / f"{layout}.png")))
    np.testing.assert_array_equal(*pictures)
