"""COCO in, batches out."""

from keras_drsi.data.coco import read_coco
from keras_drsi.data.pipeline import evaluation_batches, training_batches
