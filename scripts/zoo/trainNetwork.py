"""Trains a PyTorch network so that it survives quantization, and exports it to ONNX."""

import io
import time
from dataclasses import dataclass
from typing import Callable

import numpy as np
import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional

OPSET = 17


@dataclass(frozen=True)
class Training:
    """
    How a network is trained. Exact graphs take worst-case intervals, so large sums of absolute weights cost precision:
    `sum_decay` pulls on them, and no weight leaves ±`max_weight`.
    """

    epochs: int
    rate: float
    batch: int = 64
    weight_decay: float = 0.01
    sum_decay: float = 0.0
    smoothing: float = 0.03
    max_weight: float = 127 / 128


def train(network: nn.Module, inputs: Tensor, targets: Tensor, training: Training, vary: Callable[[Tensor], Tensor]) -> None:
    """Trains in place with AdamW and one cycle of rates; classes by cross entropy, real targets by the mean squared error."""
    started = time.monotonic()
    optimizer = torch.optim.AdamW(network.parameters(), training.rate, weight_decay=training.weight_decay)
    steps = training.epochs * -(-len(inputs) // training.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, training.rate, total_steps=steps)
    matrices = [parameter for parameter in network.parameters() if parameter.dim() > 1]
    network.train()
    for epoch in range(training.epochs):
        total = 0.0
        for chosen in torch.randperm(len(inputs)).split(training.batch):
            answers = network(vary(inputs[chosen]))
            if targets.is_floating_point():
                loss = functional.mse_loss(answers, targets[chosen])
            else:
                loss = functional.cross_entropy(answers, targets[chosen], label_smoothing=training.smoothing)
            total += loss.item() * len(chosen)
            if training.sum_decay > 0:
                loss = loss + training.sum_decay * sum(matrix.abs().sum() for matrix in matrices)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            with torch.no_grad():
                for parameter in network.parameters():
                    parameter.clamp_(-training.max_weight, training.max_weight)
        if (epoch + 1) % 10 == 0:
            print(f"  epoch {epoch + 1} of {training.epochs}, loss {total / len(inputs):.4f}, {time.monotonic() - started:.0f} s")
    network.eval()


def vary_digits(images: Tensor) -> Tensor:
    """Turns, scales, shears and shifts each image a little, then rounds to the 4 bits that the exact input has."""
    count = len(images)

    def spread(limit: float) -> Tensor:
        return (torch.rand(count) * 2 - 1) * limit

    angle, shear, scale = spread(0.2), spread(0.15), 1 + spread(0.1)
    rows = torch.stack([
        torch.stack([scale * torch.cos(angle), scale * (torch.sin(angle) + shear), spread(0.12)], 1),
        torch.stack([-scale * torch.sin(angle), scale * torch.cos(angle), spread(0.12)], 1),
    ], 1)
    grid = functional.affine_grid(rows, list(images.shape), align_corners=False)
    warped = functional.grid_sample(images, grid, align_corners=False)
    # One digit in eight stays as it is.
    kept = (torch.rand(count) < 0.125).reshape(-1, 1, 1, 1)
    return round_input(torch.where(kept, images, warped), 4)


def round_input(values: Tensor, bits: int) -> Tensor:
    """Real inputs 0 … 1 on the grid that an exact input of so many bits has."""
    return (values * 2**bits + 0.5).floor().clamp(0, 2**bits - 1) / 2**bits


def export(network: nn.Module, example: Tensor, name: str, *, keep_norms: bool = False, fixed_batch: bool = False) -> bytes:
    """
    The network as ONNX bytes with a symbolic batch, or a batch of 1 where reshapes would otherwise be computed from it;
    `keep_norms` leaves BatchNormalization in the file.
    """
    network.eval()
    target = io.BytesIO()
    mode = torch.onnx.TrainingMode.PRESERVE if keep_norms else torch.onnx.TrainingMode.EVAL
    torch.onnx.export(
        network, (example,), target, opset_version=OPSET, training=mode, do_constant_folding=not keep_norms, dynamo=False,
        input_names=["input"], output_names=["output"],
        dynamic_axes=None if fixed_batch else {"input": {0: "batch"}, "output": {0: "batch"}})
    model = onnx.load_from_string(target.getvalue())
    model.graph.name = name
    return model.SerializeToString()


def as_images(pixels: np.ndarray, size: int, divisor: int) -> Tensor:
    """Rows of grey bytes as `[n, 1, size, size]` with values 0 … 1."""
    return torch.from_numpy(pixels.astype(np.float32) / divisor).reshape(-1, 1, size, size)
