"""Boxes, affine maps and the letterbox."""
