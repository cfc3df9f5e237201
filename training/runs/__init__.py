"""One training run: its settings, folder, devices and course."""
