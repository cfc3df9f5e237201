"""The figures of the paper's tables that a configuration here stands for."""

import dataclasses
import functools


@dataclasses.dataclass(frozen=True)
class PaperRow:
    """One row of a table of the paper, COCO val2017.

    Args:
        table: number of the table.
        row: the method's name there.
        preset: the preset that is this row's network.
        input_size: side of the input in pixels.
        gmacs: as printed, or None.
        params: millions of parameters as printed, or None.
        ap: average precision in percent, or None.
        ap50: the same at OKS 0.5.
    """

    table: int
    row: str
    preset: str
    input_size: int
    gmacs: float | None
    params: float | None = None
    ap: float | None = None
    ap50: float | None = None


PAPER_ROWS = (
    PaperRow(1, "YOLOPose-s6", "yolo_pose_s", 960, 22.8, 15.1, 63.8, 87.6),
    PaperRow(1, "YOLOPose-m6", "yolo_pose_m", 960, 66.3, 41.4, 67.4, 89.1),
    PaperRow(1, "YOLOPose-l6", "yolo_pose_l", 960, 145.6, 87.0, 69.4, 90.2),
    PaperRow(1, "DRSI-Net-s", "drsi_net_s", 960, 24.6, 15.4, 65.3, 87.8),
    PaperRow(1, "DRSI-Net-m", "drsi_net_m", 960, 64.4, 36.8, 68.8, 89.5),
    PaperRow(1, "DRSI-Net-l", "drsi_net_l", 960, 145.6, 79.7, 71.5, 90.6),
    PaperRow(3, "1 Transformer", "drsi_net_s_transformer", 640, None),
    PaperRow(3, "2 Hor", "drsi_net_s_hor", 640, 10.8, None, 57.6, 84.0),
    PaperRow(3, "3 R-Hor", "drsi_net_s_r_hor", 640, 10.8, None, 58.3, 84.4),
    PaperRow(3, "4 DRSI", "drsi_net_s", 640, 10.9, None, 59.5, 85.0),
    PaperRow(
        4, "1 CSPDarknet53, PAN", "yolo_pose_s", 640, 10.3, None, 57.5, 84.3
    ),
    PaperRow(
        4,
        "2 CSPDarknet53, CBAM-PAN",
        "csp_darknet53_s_cbam_pan",
        640,
        10.2,
        None,
        58.6,
        84.8,
    ),
    PaperRow(
        4,
        "3 CSPDarknet53, ASI-PAN",
        "csp_darknet53_s_asi_pan",
        640,
        11.1,
        None,
        58.6,
        84.7,
    ),
    PaperRow(
        4, "4 CSDR-Net, PAN", "csdr_net_s_pan", 640, 10.9, None, 58.7, 85.4
    ),
    PaperRow(
        4, "5 CSDR-Net, CBAM-PAN", "drsi_net_s", 640, 10.9, None, 59.5, 85.0
    ),
    PaperRow(
        4, "6 CSDR-Net, ASI-PAN", "drsi_net_s_asi", 640, 11.8, None, 59.6, 84.8
    ),
    PaperRow(6, "DRSI-Net-s", "drsi_net_s", 1280, 43.7, None, 66.0, 88.7),
    PaperRow(6, "DRSI-Net-s", "drsi_net_s", 960, 24.6, None, 65.3, 87.8),
    PaperRow(6, "DRSI-Net-s", "drsi_net_s", 640, 10.9, None, 59.5, 85.0),
    PaperRow(6, "DRSI-Net-s", "drsi_net_s", 512, 7.0, None, 54.9, 82.1),
    PaperRow(6, "DRSI-Net-s", "drsi_net_s", 448, 5.3, None, 51.4, 80.2),
    PaperRow(6, "DRSI-Net-s", "drsi_net_s", 384, 3.9, None, 47.3, 75.9),
    PaperRow(6, "YOLOPose-s", "yolo_pose_s", 1280, 40.6, None, 64.9, 88.4),
    PaperRow(6, "YOLOPose-s", "yolo_pose_s", 960, 22.8, None, 63.8, 87.6),
    PaperRow(6, "YOLOPose-s", "yolo_pose_s", 640, 10.1, None, 57.5, 84.3),
    PaperRow(6, "YOLOPose-s", "yolo_pose_s", 512, 6.5, None, 52.3, 80.9),
    PaperRow(6, "YOLOPose-s", "yolo_pose_s", 448, 4.9, None, 49.0, 78.0),
    PaperRow(6, "YOLOPose-s", "yolo_pose_s", 384, 3.6, None, 44.9, 74.2),
)


@functools.cache
def preset_cost(preset, input_size):
    """`ModelCost` of a preset at a square input size."""
    from keras_drsi.models.drsi_net import DRSINet
    from keras_drsi.models.model_cost import measure_cost

    model = DRSINet.from_preset(preset, input_size=input_size)
    return measure_cost(model)


def profile_row(row):
    """One `PaperRow` measured.

    Returns:
        Dict of table, row, input_size, params, gmacs (the paper's counting),
        gmacs_conv (convolutions alone), params_paper (parameters) and
        gmacs_paper; None where the paper gives no figure.
    """
    cost = preset_cost(row.preset, row.input_size)
    return {
        "table": row.table,
        "row": row.row,
        "input_size": row.input_size,
        "params": cost.params,
        "gmacs": cost.paper_macs / 1e9,
        "gmacs_conv": cost.conv_macs / 1e9,
        "params_paper": row.params and round(row.params * 1e6),
        "gmacs_paper": row.gmacs,
    }


def format_table(table, rows):
    """Rows of one table as lines of text."""
    lines = [
        f"Table {table}",
        f"  {'row':<26}{'input':>6}{'params':>13}{'paper':>9}"
        f"{'GMACS':>10}{'paper':>8}{'conv only':>11}",
    ]
    for row in rows:
        params_paper = row["params_paper"]
        gmacs_paper = row["gmacs_paper"]
        lines.append(
            f"  {row['row']:<26}{row['input_size']:>6}{row['params']:>13,}"
            f"{f'{params_paper / 1e6:.1f}M' if params_paper else '-':>9}"
            f"{row['gmacs']:>10.3f}"
            f"{f'{gmacs_paper:.1f}' if gmacs_paper else '-':>8}"
            f"{row['gmacs_conv']:>11.3f}"
        )
    return "\n".join(lines)
