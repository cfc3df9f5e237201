"""Rotations by degrees about the axes: x the person's left, y up, z ahead."""

import math

import numpy as np


def about_x(degrees):
    c, s = _cos_sin(degrees)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def about_y(degrees):
    c, s = _cos_sin(degrees)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def about_z(degrees):
    c, s = _cos_sin(degrees)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _cos_sin(degrees):
    radians = math.radians(degrees)
    return math.cos(radians), math.sin(radians)
