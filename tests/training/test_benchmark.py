import json
import shutil

import pytest

from keras_drsi.errors import InputError
from training.benchmark import main


def test_counts_images(coco_directory, capsys):
    arguments = ["data", "--data", str(coco_directory), "--split", "val"]
    sizes = ["--input-size", "64", "128", "--batch-size", "2"]
    main([*arguments, *sizes, "--seconds", "0.3", "--json"])
    small, large = json.loads(capsys.readouterr().out)
    assert (small["input_size"], large["input_size"]) == (64, 128)
    for row in (small, large):
        assert row["images"] > 0 and row["images"] % 2 == 0
        # However busy the machine is, it takes the time it was given.
        assert 0 < row["images_per_second"] <= row["images"] / 0.3
        assert 100 < row["mib_halfway"] < 10_000


def test_prints_a_table(coco_directory, tmp_path, capsys):
    shutil.copytree(coco_directory, tmp_path / "coco")
    arguments = ["data", "--data", str(tmp_path / "coco"), "--split", "val"]
    main([*arguments, "--input-size", "64", "--seconds", "0.1"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("4 photos")
    assert lines[-1].split()[0] == "64"


def test_no_time():
    with pytest.raises(InputError, match="--seconds: expected > 0"):
        main(["data", "--data", ".", "--seconds", "0"])
