"""Levels of the feature pyramid on which poses are predicted."""

# Stride in input pixels, from the finest level to the coarsest.
LEVEL_STRIDES = {"P3": 8, "P4": 16, "P5": 32, "P6": 64}
