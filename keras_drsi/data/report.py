"""What was skipped or mended while reading a data set, and why."""

MOST_LINES = 10


class Report:
    """One line for each problem, and counts.

    Args:
        file: path of the annotation file.

    Attributes:
        lines: list of str, each naming file, entry, field, what was expected
            and what was found.
        skipped_images: number of photos left out.
        skipped_annotations: number of annotations left out, those of skipped
            photos included.
        mended_annotations: number of values put right, such as a box cut off
            at the border of its photo.
        notes: list of str, what was assumed about the whole set.
    """

    def __init__(self, file):
        self.file = file
        self.lines = []
        self.notes = []
        self.skipped_images = 0
        self.skipped_annotations = 0
        self.mended_annotations = 0

    def skip_image(self, problem):
        self.skipped_images += 1
        self.lines.append(f"{problem} The photo is skipped.")

    def skip_annotation(self, problem):
        self.skipped_annotations += 1
        self.lines.append(f"{problem} The annotation is skipped.")

    def skip_annotation_of_skipped_image(self):
        # The photo has a line already.
        self.skipped_annotations += 1

    def mend_annotation(self, problem):
        self.mended_annotations += 1
        self.lines.append(problem)

    def add_note(self, note):
        self.notes.append(note)

    def __str__(self):
        counts = {
            "photos skipped": self.skipped_images,
            "annotations skipped": self.skipped_annotations,
            "annotations mended": self.mended_annotations,
        }
        found = [f"{what}: {count}" for what, count in counts.items() if count]
        found = ", ".join(found) or "nothing to skip or to mend"
        lines = [f"  {line}" for line in self.lines[:MOST_LINES]]
        if (more := len(self.lines) - len(lines)) > 0:
            lines.append(f"  and {more} more")
        return "\n".join([f"{self.file}: {found}", *lines, *self.notes])
