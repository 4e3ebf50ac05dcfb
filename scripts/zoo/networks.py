"""The shapes of the zoo's neural networks, as people write them in PyTorch."""

import math

import torch
from torch import Tensor, nn


def lenet5() -> nn.Module:
    """LeNet-5 (LeCun et al., 1998) on 28×28 without padding, with ReLU and maxima as it is built today."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(256, 120), nn.ReLU(),
        nn.Linear(120, 84), nn.ReLU(),
        nn.Linear(84, 10),
    )


class Residual(nn.Module):
    """Two 3×3 convolutions beside a short cut (He et al., 2015); the short cut is 1×1 where the shape changes."""

    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, out, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(out)
        self.second = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(out)
        same = channels == out and stride == 1
        self.short = nn.Identity() if same else nn.Sequential(
            nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.first_norm(self.first(x)))
        return torch.relu(self.second_norm(self.second(y)) + self.short(x))


def resnet() -> nn.Module:
    """Three residual blocks on 14×14, 7×7 and 4×4 with 4, 8 and 16 channels, and a mean over each channel."""
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, 2, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
        Residual(4, 4, 1), Residual(4, 8, 2), Residual(8, 16, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10),
    )


def autoencoder() -> nn.Module:
    """8×8 to 16 numbers and back, with convolutions that halve and transposed ones that double."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU(),
        nn.Conv2d(8, 16, 3, 2, 1), nn.ReLU(),
        nn.Conv2d(16, 4, 1), nn.Tanh(),
        nn.ConvTranspose2d(4, 16, 2, 2), nn.ReLU(),
        nn.ConvTranspose2d(16, 1, 2, 2), nn.Sigmoid(),
    )


class Block(nn.Module):
    """Attention over all positions, then a GELU layer, each beside a short cut and behind a LayerNorm."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.query, self.key, self.value, self.merge = (nn.Linear(width, width) for _ in range(4))
        self.hidden_norm = nn.LayerNorm(width)
        self.hidden = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        length, width = int(x.shape[1]), int(x.shape[2])
        normed = self.attention_norm(x)
        query, key, value = (
            layer(normed).reshape(-1, length, self.heads, width // self.heads).transpose(1, 2)
            for layer in (self.query, self.key, self.value))
        weights = torch.softmax(query @ key.transpose(2, 3) / math.sqrt(width // self.heads), dim=-1)
        x = x + self.merge((weights @ value).transpose(1, 2).reshape(-1, length, width))
        return x + self.hidden(self.hidden_norm(x))


class Transformer(nn.Module):
    """
    Scores of the next character from the characters before it. The context is complete whenever the model is asked, so that
    each position may look at all of them and no mask is needed.
    """

    def __init__(self, letters: int, context: int, *, width: int = 32, heads: int = 2, blocks: int = 1) -> None:
        super().__init__()
        self.letters = nn.Embedding(letters, width)
        self.positions = nn.Parameter(torch.randn(context, width) * 0.02)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(blocks)))
        self.norm = nn.LayerNorm(width)
        self.scores = nn.Linear(width, letters)

    def forward(self, codes: Tensor) -> Tensor:
        x = self.blocks(self.letters(codes) + self.positions)
        return self.scores(self.norm(x[:, -1]))
