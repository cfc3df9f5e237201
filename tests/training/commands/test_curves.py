from training.commands.curves import main


def test_curves_of_a_run_or_of_its_log(tmp_path, capsys):
    log = tmp_path / "log.csv"
    log.write_text("epoch,loss\n0,8.0\n1,4.0\n")
    of_run, of_log = tmp_path / "run.png", tmp_path / "log.png"
    main([str(tmp_path), "--out", str(of_run)])
    assert str(of_run) in capsys.readouterr().out
    main([str(log), "--out", str(of_log)])
    assert of_run.read_bytes() == of_log.read_bytes()
