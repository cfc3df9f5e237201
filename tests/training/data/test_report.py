from training.data.report import Report


def test_counts_and_lines():
    report = Report("file.json")
    report.skip_image("file.json: image 1: width: expected 1..9, got 0.")
    report.skip_annotation_of_skipped_image()
    report.skip_annotation("file.json: annotation 2: area: expected 1, got 0.")
    report.mend_annotation("file.json: annotation 3: bbox: cut off.")
    assert len(report.lines) == 3
    assert all(line.startswith("file.json: ") for line in report.lines)
    assert str(report) == (
        "file.json: photos skipped: 1, annotations skipped: 2, "
        "annotations mended: 1"
    )


def test_nothing_to_report():
    assert str(Report("file.json")) == "file.json: nothing to skip or to mend"
