"""Synthetic people: pictures and exact COCO annotations, without downloads."""

from keras_drsi.data.synthetic.crowd import CALM, EVERYDAY, Crowd
from keras_drsi.data.synthetic.dataset import (
    synthetic_scene,
    write_synthetic_people,
)
