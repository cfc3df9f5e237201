import cv2
import pytest

from keras_drsi.data.coco import read_coco
from keras_drsi.errors import InputError
from training.commands.check_labels import main


def test_command(coco_directory, tmp_path, capsys):
    out = tmp_path / "labels"
    arguments = ["--data", str(coco_directory), "--split", "val"]
    main([*arguments, "--out", str(out)])
    assert cv2.imread(str(out / "labels.png")) is not None
    assert "left_wrist" in capsys.readouterr().out
    # What it writes is a schema to train with.
    poses = read_coco(coco_directory, "val", schema_file=out / "schema.json")
    assert poses.schema == read_coco(coco_directory, "val").schema
    with pytest.raises(InputError, match="already exists"):
        main([*arguments, "--out", str(out)])
