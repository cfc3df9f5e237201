"""Pictures that are complete under their name, or absent."""

import cv2

from keras_drsi.errors import InputError
from keras_drsi.files.new_file import new_file


def write_picture(picture, path):
    """Writes a picture in the format of its name's ending.

    Args:
        picture: (height, width, 3) uint8 RGB.
        path: path of the file, which may be there already.

    Raises:
        InputError: if it cannot be written.
    """
    with new_file(path) as unfinished:
        bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
        if not cv2.imwrite(str(unfinished), bgr):
            raise InputError(f"{path}: cannot be written.")
