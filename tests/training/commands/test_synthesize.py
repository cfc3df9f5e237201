import os

import pytest

from keras_drsi.errors import InputError
from training.commands.synthesize import main


def test_writes_what_is_asked_for(tmp_path, capsys):
    out = tmp_path / "people"
    main(["--out", str(out), "--train", "2", "--val", "1", "--image-size",
          "96", "64", "--seed", "3"])  # fmt: skip
    assert len(os.listdir(out / "train2017")) == 2
    assert len(os.listdir(out / "val2017")) == 1
    assert str(out) in capsys.readouterr().out


def test_never_overwrites(tmp_path):
    (tmp_path / "mine").write_text("")
    with pytest.raises(InputError, match=str(tmp_path)):
        main(["--out", str(tmp_path), "--train", "1", "--val", "1"])
