from keras_drsi.evaluation.evaluation_table import evaluation_table

FIGURES = {
    "AP": 0.25,
    "mean_pose_AP": 0.5,
    "box_AP": 0.1234,
    "box_AP50": 0.2345,
    "matched_persons": 0.5,
    "matched_OKS": 0.4,
    "matched_OKS_mean_pose": 0.3,
    "matched_PCK": 0.2,
    "matched_PCK_mean_pose": 0.1,
    "ghosts": 12.5,
    "keypoints": {"tip": {"matched_PCK": 0.75, "matched_PCK_mean_pose": 0.125}},
}


def test_network_and_mean_pose_side_by_side():
    table = evaluation_table(FIGURES)
    rows = [line.split() for line in table.splitlines()]
    assert ["AP", "0.2500", "0.5000", "-0.2500"] in rows
    assert ["tip", "0.7500", "0.1250", "+0.6250"] in rows
    assert "box AP 0.1234, box AP50 0.2345; 50.0%" in table
    assert "ghosts for each 100 empty images: 12.5" in table


def test_without_empty_images_there_is_no_number_of_ghosts():
    assert "no empty images" in evaluation_table({**FIGURES, "ghosts": -1.0})
