from training.commands.compare_networks import main


def test_command_makes_its_own_people_once(monkeypatch, tmp_path, capsys):
    made = []
    zeros = {"AP": 0.0, "AP50": 0.0, "AR": 0.0}
    monkeypatch.setattr(
        "keras_drsi.data.synthetic.write_synthetic_people",
        lambda folder, *arguments, **more: made.append(folder.mkdir()),
    )
    batch_sizes = []

    def compare(data, out, settings, *arguments):
        batch_sizes.append(settings.batch_size)
        return {"drsi": [{"parameters": 1, **zeros}]}

    monkeypatch.setattr(
        "training.commands.compare_networks.compare_networks", compare
    )
    main(["--out", str(tmp_path)])
    main(["--out", str(tmp_path), "--batch-size", "8"])
    assert batch_sizes == [16, 8]
    assert len(made) == 1
    assert (tmp_path / "data").is_dir()
    assert "drsi" in capsys.readouterr().out
