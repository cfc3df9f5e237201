import json
import shutil

import keras
import pytest

from benchmarks.cli import installed_versions, main
from keras_drsi.errors import InputError


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
        assert len(row["mib"]) == 4 and 100 < min(row["mib"])
        assert max(row["mib"]) < 10_000


def test_versions_of_what_is_timed():
    versions = dict(v.split() for v in installed_versions().split(", "))
    assert versions["keras"] == keras.version()
    assert {"tensorflow", "jax", "torch"} <= set(versions)


def test_an_epoch_of_repeated_images(coco_directory, capsys):
    arguments = ["data", "--data", str(coco_directory), "--split", "val"]
    size = ["--input-size", "64", "--batch-size", "3", "--images", "20"]
    main([*arguments, *size, "--json"])
    (row,) = json.loads(capsys.readouterr().out)
    assert row["images"] == 18  # whole batches
    assert len(row["mib"]) == 4


def test_prints_a_table(coco_directory, tmp_path, capsys):
    shutil.copytree(coco_directory, tmp_path / "coco")
    arguments = ["data", "--data", str(tmp_path / "coco"), "--split", "val"]
    main([*arguments, "--input-size", "64", "--seconds", "0.1"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("4 images")
    assert lines[-1].split()[0] == "64"


@pytest.mark.parametrize("option", ["--seconds", "--images"])
def test_nothing_to_measure(option):
    with pytest.raises(InputError, match=f"{option}: expected > 0, got 0"):
        main(["data", "--data", ".", option, "0"])
