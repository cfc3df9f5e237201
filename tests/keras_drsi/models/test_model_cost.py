"""Counts against the paper's tables; see `keras_drsi.models.paper_tables`."""

import math

import pytest

from keras_drsi import DRSINet
from keras_drsi.models.model_cost import measure_cost
from keras_drsi.models.paper_tables import PAPER_ROWS

OURS = [row for row in PAPER_ROWS if "DRSI-Net" in row.row]
ABLATIONS = [row for row in PAPER_ROWS if row.table in (3, 4) and row.gmacs]


def complexity(row):
    model = DRSINet.from_preset(row.preset, input_size=row.input_size)
    return measure_cost(model)


@pytest.mark.parametrize(
    "row", OURS, ids=lambda row: f"{row.row}-{row.input_size}"
)
def test_printed_digits_after_truncation(row):
    gmacs = complexity(row).paper_macs / 1e9
    assert math.floor(gmacs * 10) / 10 == row.gmacs


@pytest.mark.parametrize("row", ABLATIONS, ids=lambda row: row.preset)
def test_ablations_within_one_percent(row):
    gmacs = complexity(row).paper_macs / 1e9
    assert gmacs == pytest.approx(row.gmacs, rel=0.01)
