import json

import pytest

from keras_drsi.models.paper_tables import PAPER_ROWS
from training.commands import profile


def test_json_of_a_table(capsys):
    profile.main(["--table", "3", "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert [row["row"] for row in rows] == [
        row.row for row in PAPER_ROWS if row.table == 3
    ]
    assert set(rows[0]) == {
        "table",
        "row",
        "input_size",
        "params",
        "gmacs",
        "gmacs_conv",
        "params_paper",
        "gmacs_paper",
    }
    assert rows[0]["gmacs_paper"] is None and rows[0]["params_paper"] is None
    assert rows[3]["params"] == 15_428_184


def test_text(capsys):
    profile.main(["--table", "3"])
    assert "4 DRSI" in capsys.readouterr().out


def test_table_that_is_not_profiled(capsys):
    with pytest.raises(SystemExit):
        profile.main(["--table", "2"])
