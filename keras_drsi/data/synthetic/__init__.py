"""Synthetic people: images and exact COCO annotations, without downloads."""

from typing import TYPE_CHECKING

from keras_drsi.lazy import make_lazy

if TYPE_CHECKING:
    from keras_drsi.data.synthetic.crowd import CALM, EVERYDAY, Crowd
    from keras_drsi.data.synthetic.dataset import (
        synthetic_scene,
        write_synthetic_people,
    )

make_lazy(
    __name__,
    {
        "crowd": ["CALM", "EVERYDAY", "Crowd"],
        "dataset": ["synthetic_scene", "write_synthetic_people"],
    },
)
