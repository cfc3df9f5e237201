"""Synthetic people: pictures and exact COCO annotations, without downloads."""

from training.data.synthetic.crowd import CALM, EVERYDAY, Crowd
from training.data.synthetic.dataset import (
    synthetic_scene,
    write_synthetic_people,
)
