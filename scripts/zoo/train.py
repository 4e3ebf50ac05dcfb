"""
Trains and exports the models of test/fixtures/zoo. Everything follows from fixed seeds on two threads.

    python3 -m venv .cache/zoo && .cache/zoo/bin/pip install -r scripts/zoo/requirements.txt
    node scripts/bootstrap.mjs .cache/zoo/bin/python scripts/zoo/train.py              all of them
    node scripts/bootstrap.mjs .cache/zoo/bin/python scripts/zoo/train.py lenet5 …     some of them
"""

import random
import sys
import time
from typing import Callable

import numpy as np
import torch

import datasets
import networks
import tables
from fixture import FOLDER, finish
from quantizeFile import quantize_file
from trainNetwork import Training, as_images, export, train, vary_digits


def train_lenet5() -> None:
    pixels, labels, data = datasets.load_mnist()
    network = networks.lenet5()
    train(network, as_images(pixels, 28, 255), torch.from_numpy(labels.astype(np.int64)),
          Training(epochs=40, rate=0.004, sum_decay=2e-5), vary_digits)
    (FOLDER / "lenet5.onnx").write_bytes(export(network, torch.zeros(1, 1, 28, 28), "lenet5"))
    finish("lenet5", task="classification", about="LeNet-5 without padding, ReLU and maxima, on MNIST", data=data,
           metric="accuracy", bits=4, shape=[1, 28, 28])


def train_resnet() -> None:
    pixels, labels, data = datasets.load_mnist()
    network = networks.resnet()
    train(network, as_images(pixels, 28, 255), torch.from_numpy(labels.astype(np.int64)),
          Training(epochs=40, rate=0.01, sum_decay=2e-5, max_weight=2.0), vary_digits)
    (FOLDER / "resnet.onnx").write_bytes(export(network, torch.zeros(1, 1, 28, 28), "resnet", keep_norms=True))
    finish("resnet", task="classification", about="three residual blocks with BatchNormalization, on MNIST", data=data,
           metric="accuracy", bits=4, shape=[1, 28, 28])


def train_autoencoder() -> None:
    pixels, _, data = datasets.load_digits()
    network = networks.autoencoder()
    images = as_images(pixels, 8, 16)
    train(network, images, images, Training(epochs=150, rate=0.01, weight_decay=1e-3, max_weight=2.0), lambda batch: batch)
    (FOLDER / "autoencoder.onnx").write_bytes(export(network, torch.zeros(1, 1, 8, 8), "autoencoder"))
    finish("autoencoder", task="reconstruction", about="8×8 digits to 16 numbers and back, with transposed convolutions",
           data=data, metric="reconstruction", bits=5, shape=[1, 8, 8])


def train_transformer() -> None:
    codes, following, data = datasets.load_text()
    network = networks.Transformer(len(datasets.ALPHABET), datasets.CONTEXT)
    train(network, torch.from_numpy(codes.astype(np.int64)), torch.from_numpy(following.astype(np.int64)),
          Training(epochs=5, rate=0.005, batch=256, smoothing=0.0, max_weight=2.0), lambda batch: batch)
    example = torch.zeros(1, datasets.CONTEXT, dtype=torch.int64)
    (FOLDER / "transformer.onnx").write_bytes(export(network, example, "transformer", fixed_batch=True))
    finish("transformer", task="classification", about="next character from eight: attention, LayerNorm, GELU, one block",
           data=data, metric="accuracy", bits=5, shape=[datasets.CONTEXT], dtype=np.int64)


def quantize_lenet5(name: str, about: str, *, integer_operators: bool) -> Callable[[], None]:
    def run() -> None:
        pixels, _, data = datasets.load_mnist()
        inputs = (pixels[:datasets.CALIBRATION].reshape(-1, 1, 28, 28) / 255).astype(np.float32)
        quantize_file(FOLDER / "lenet5.onnx", FOLDER / f"{name}.onnx", inputs, integer_operators=integer_operators)
        finish(name, task="classification", about=about, data=data, metric="accuracy", bits=8, shape=[1, 28, 28])

    return run


def measure_example(name: str, about: str) -> Callable[[], None]:
    """An example model that `npm run train` trains and writes: only measured here."""

    def run() -> None:
        _, _, data = datasets.load_mnist()
        finish(f"mnist-{name}", task="classification", about=about, data=data, metric="accuracy", bits=4, shape=[1, 28, 28],
               file=f"../models/mnist-{name}.onnx", script="scripts/trainModels.ts", command=f"npm run train -- {name}")

    return run


def train_table(name: str, about: str, make: Callable[[], object], load: Callable[[], tuple], *, bits: int = 12,
                task: str = "classification") -> Callable[[], None]:
    def run() -> None:
        rows, targets, data = load()
        tables.fit_and_export(make(), (rows / data.divisor).astype(np.float32), targets, FOLDER / f"{name}.onnx")
        finish(name, task=task, about=about, data=data, metric="accuracy" if task == "classification" else "error", bits=bits,
               shape=[rows.shape[1]])

    return run


def cancer() -> tuple:
    return datasets.load_table("breast_cancer")


RECIPES: dict[str, Callable[[], None]] = {
    "mnist-mlp": measure_example("mlp", "784-64-10 with ReLU, on MNIST"),
    "mnist-cnn": measure_example("cnn", "two convolutions and a linear layer, on MNIST"),
    "lenet5": train_lenet5,
    "lenet5-qdq": quantize_lenet5(
        "lenet5-qdq", "lenet5 by onnxruntime's quantizer, in QDQ form", integer_operators=False),
    "lenet5-qlinear": quantize_lenet5(
        "lenet5-qlinear", "lenet5 by onnxruntime's quantizer, with integer operators", integer_operators=True),
    "resnet": train_resnet,
    "autoencoder": train_autoencoder,
    "transformer": train_transformer,
    "logistic-regression": train_table(
        "logistic-regression", "standardised logistic regression with ZipMap", tables.logistic_regression, cancer),
    "xgboost": train_table("xgboost", "60 boosted trees of depth 3, by XGBoost", tables.xgboost_trees, cancer),
    "lightgbm": train_table("lightgbm", "60 boosted trees of 7 leaves, by LightGBM", tables.lightgbm_trees, cancer),
    "random-forest": train_table(
        "random-forest", "30 trees of depth 7 for ten classes, by scikit-learn", tables.random_forest, datasets.load_digits,
        bits=5),
    "linear-svm": train_table(
        "linear-svm", "standardised linear SVM, by scikit-learn", tables.linear_svm, cancer),
    "ridge": train_table(
        "ridge", "standardised linear regression, by scikit-learn", tables.ridge, lambda: datasets.load_table("diabetes"),
        task="regression"),
    "boosted-regressor": train_table(
        "boosted-regressor", "60 boosted trees of depth 3 for a real number, by scikit-learn", tables.boosted_regressor,
        lambda: datasets.load_table("diabetes"), task="regression"),
    "xgboost-100x6": train_table(
        "xgboost-100x6", "100 trees of depth 6 on 20 features of 12 bits, for the cost of an ensemble", tables.xgboost_large,
        datasets.make_table),
}


def main(names: list[str]) -> None:
    unknown = [name for name in names if name not in RECIPES]
    if unknown:
        sys.exit(f"There is no model {unknown[0]!r}; choose from {', '.join(RECIPES)}.")
    torch.set_num_threads(2)
    torch.use_deterministic_algorithms(True)
    for name in names or RECIPES:
        random.seed(7)
        np.random.seed(7)
        torch.manual_seed(7)
        started = time.monotonic()
        RECIPES[name]()
        print(f"{name}: {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
