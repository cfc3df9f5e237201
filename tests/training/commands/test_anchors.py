import json

import numpy as np

from training.commands import anchors
from training.runs.settings import TrainingSettings


def test_command_on_a_file_of_boxes(tmp_path, capsys):
    rng = np.random.default_rng(0)
    np.savez(
        tmp_path / "boxes.npz",
        image_wh=np.full((50, 2), 640),
        box_wh=rng.uniform(5, 300, (50, 2)),
    )
    anchors.main(["--boxes", str(tmp_path / "boxes.npz")])
    *_, last = capsys.readouterr().out.splitlines()
    printed = json.loads("{" + last + "}")
    assert np.shape(printed["anchors"]) == (4, 3, 2)
    TrainingSettings.from_dict(printed)
