"""Convolutions by PyTorch, on views of channels-last feature maps."""


def convolve_with_torch(x, kernel, bias, stride, data_format):
    """Convolves a feature map padded by `k // 2` zeros on every side.

    Args:
        x: (B, H, W, C) tensor, or (B, C, H, W) with `channels_first`.
        kernel: (k, k, C, D) tensor with odd k.
        bias: (D,) tensor, or None.
        stride: 1 or 2.
        data_format: `"channels_last"` or `"channels_first"`.
    """
    import torch

    pointwise = kernel.shape[0] == stride == 1
    if pointwise and data_format == "channels_last":
        # The same product without a transposed kernel.
        return torch.nn.functional.linear(x, kernel[0, 0].T, bias)
    return _convolve(
        x, kernel, bias, stride, data_format, kernel.shape[-1], groups=1
    )


def convolve_depthwise_with_torch(x, kernel, bias, data_format):
    """Convolves each channel with its own kernel at stride 1.

    Args:
        x: (B, H, W, C) tensor, or (B, C, H, W) with `channels_first`.
        kernel: (k, k, C, 1) tensor with odd k.
        bias: (C,) tensor, or None.
        data_format: `"channels_last"` or `"channels_first"`.
    """
    channels = kernel.shape[2]
    return _convolve(x, kernel, bias, 1, data_format, channels, groups=channels)


def _convolve(x, kernel, bias, stride, data_format, filters, groups):
    import torch

    channels_last = data_format == "channels_last"
    if channels_last:
        # A view: PyTorch's kernels accept this memory format as it is.
        x = x.permute(0, 3, 1, 2)
    x = torch.nn.functional.conv2d(
        x,
        _to_torch_order(kernel, filters),
        bias,
        stride=stride,
        padding=kernel.shape[0] // 2,
        groups=groups,
    )
    return x.permute(0, 2, 3, 1) if channels_last else x


def _to_torch_order(kernel, filters):
    """(k, k, ...) to (filters, ..., k, k).

    One transposition of a matrix, for which PyTorch has a fast kernel.
    """
    height, width = kernel.shape[:2]
    rows = kernel.reshape(-1, filters).T.contiguous()
    return rows.reshape(filters, height, width, -1).permute(0, 3, 1, 2)
