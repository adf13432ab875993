"""What PyLaia takes of `nnutils_pytorch`, in PyTorch alone.

Its compiled releases need PyTorch 1.13, which does not run beside a torchvision on Python 3.11.
`benchmarks/peers.py install pylaia` copies this file into PyLaia's environment.
"""

import torch


def mask_image_from_size(images, sizes, mask_value=0):
    """Images (B, C, H, W) with `mask_value` beyond each one's (height, width) in `sizes` (B, 2)."""
    rows = torch.arange(images.shape[2], device=images.device)
    columns = torch.arange(images.shape[3], device=images.device)
    sizes = sizes.to(images.device)
    inside = (rows[None, :, None] < sizes[:, :1, None]) & (
        columns[None, None, :] < sizes[:, 1:, None]
    )
    return images.masked_fill(~inside[:, None], mask_value)


def adaptive_avgpool_2d(images, output_sizes, sizes=None):
    """Means over a grid of each image's own size."""
    return _pooled(torch.nn.functional.adaptive_avg_pool2d, images, output_sizes, sizes)


def adaptive_maxpool_2d(images, output_sizes, sizes=None):
    """Maxima over a grid of each image's own size."""
    return _pooled(torch.nn.functional.adaptive_max_pool2d, images, output_sizes, sizes)


def _pooled(pool, images, output_sizes, sizes):
    if sizes is None:
        return pool(images, output_sizes)
    lines = [
        image[:, :height, :width]
        for image, (height, width) in zip(images, sizes.tolist(), strict=True)
    ]
    height, width = output_sizes
    if width is None:  # as wide as the widest
        width = max(line.shape[2] for line in lines)
        pooled = [pool(line, (height, line.shape[2])) for line in lines]
        return torch.stack(
            [torch.nn.functional.pad(line, (0, width - line.shape[2])) for line in pooled]
        )
    return torch.stack([pool(line, output_sizes) for line in lines])
