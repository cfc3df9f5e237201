from keras_drsi.formats import FORMATS
from tests.random_norms import random_network
from training.commands.export import main


def test_every_option_reaches_the_file(tmp_path, capsys):
    weights, out = tmp_path / "model.keras", tmp_path / "saved"
    random_network(
        input_size=64, keypoints=3, block_type="bottleneck", neck_type="pan"
    ).save(weights)
    main(
        ["--weights", str(weights), "--out", str(out), "--poses"]
        + ["--format", "saved_model", "--batch-size", "2"]
        + ["--input-type", "uint8"]
    )
    assert "largest relative difference" in capsys.readouterr().out
    about = FORMATS["saved_model"].metadata(out)
    assert about["poses"]
    assert about["input"]["batch_size"] == 2
    assert about["input"]["type"] == "uint8"
