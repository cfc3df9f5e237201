"""Options of an export."""

import dataclasses

from keras_drsi.errors import InputError
from keras_drsi.formats import FORMATS

OPSET = 17
OPSETS = range(13, 19)  # the model requires 13, tf2onnx supports up to 18
INPUT_TYPES = ("float32", "uint8")


@dataclasses.dataclass(frozen=True)
class ExportOptions:
    """Options of `export`.

    Args:
        format: string, one of `FORMATS`. Defaults to `"onnx"`.
        poses: boolean, whether to include decoding and non-maximum
            suppression. If `False`, the outputs are the raw head maps.
            Defaults to `False`.
        batch_size: integer, the fixed batch size, or None for a dynamic one.
            Defaults to None.
        input_type: string, dtype of the images, `"float32"` or `"uint8"`, with
            values in [0, 255] in either case. Defaults to `"float32"`.
        opset: integer, version of the ONNX operator set, one of `OPSETS`, for
            the format `"onnx"` only. Defaults to 17.

    Raises:
        InputError: if an option has an unsupported value.
    """

    format: str = "onnx"
    poses: bool = False
    batch_size: int | None = None
    input_type: str = "float32"
    opset: int = OPSET

    def __post_init__(self):
        for name, known in (("format", FORMATS), ("input_type", INPUT_TYPES)):
            if getattr(self, name) not in known:
                raise InputError(
                    f"{name}: expected one of {', '.join(known)}, got "
                    f"{getattr(self, name)!r}."
                )
        if self.batch_size is not None and self.batch_size < 1:
            raise InputError(
                f"batch_size: expected >= 1, got {self.batch_size}."
            )
        if self.opset not in OPSETS:
            raise InputError(
                f"opset: expected {OPSETS[0]} to {OPSETS[-1]}, got "
                f"{self.opset}."
            )
