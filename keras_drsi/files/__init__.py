"""Files read and written: JSON, images, new ones."""
