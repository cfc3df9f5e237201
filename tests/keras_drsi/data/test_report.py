from keras_drsi.data.report import Report


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
        "annotations mended: 1\n" + "\n".join(f"  {x}" for x in report.lines)
    )


def test_nothing_to_report():
    assert str(Report("file.json")) == "file.json: nothing to skip or to mend"


def test_only_the_first_lines_are_shown():
    report = Report("file.json")
    for number in range(12):
        report.skip_image(f"file.json: image {number}: too small.")
    lines = str(report).splitlines()
    assert len(lines) == 12
    assert "image 9:" in lines[-2]
    assert lines[-1] == "  and 2 more"
