"""How good a model is, and what is wrong with its poses."""

from keras_drsi.evaluation.evaluate_model import evaluate_model
