"""Where it pays to fold a batch norm on the fly."""

import keras


def folding_pays():
    """Whether inference is faster with batch norms folded in every call.

    It saves PyTorch a tenth of the time. TensorFlow would otherwise fuse the
    norm into a oneDNN kernel that takes ten times as long for a single image
    on a CPU without AVX-512. XLA fuses by itself.
    """
    return keras.backend.backend() in ("tensorflow", "torch")
