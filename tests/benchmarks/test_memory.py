from benchmarks.cli import main
from benchmarks.memory import measure_memory, memory_table


def test_every_kind_of_network():
    # PyTorch's batch norm refuses the single value of one image's P6 at 64.
    measured = measure_memory("drsi_net_n", 64, 2, backends=["torch"])
    assert list(measured) == ["reference", "torch", "torch remat"]
    for row in measured.values():
        assert 0 < row["mib"] < 4000 and row["seconds"] > 0


def test_table(monkeypatch, capsys):
    found = {
        "reference": {"mib": 1000.0, "seconds": 1.0},
        "torch": {"mib": 1100.0, "seconds": 1.25},
    }
    monkeypatch.setattr("benchmarks.memory.measure_memory", lambda *args: found)
    main(["memory", "--preset", "drsi_net_n", "--batch-size", "2"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "drsi_net_n, a training step of 2 images at 640"
    assert lines[-1].split() == ["torch", "1100", "1.10", "1.25"]
    assert memory_table(found) in "\n".join(lines)
