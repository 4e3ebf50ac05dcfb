"""Writes one model of the zoo: its ONNX file, its data file and its entry in zoo.json."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

FOLDER = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "zoo"
INDEX = FOLDER / "zoo.json"
SCRIPT = "scripts/zoo/train.py"


@dataclass(frozen=True)
class Data:
    """Inputs of a model as whole numbers, real = stored / divisor, and a class or a real number for each held-out input."""

    name: str
    about: str
    divisor: int
    calibration: np.ndarray
    held_out: np.ndarray
    labels: np.ndarray


def write_data(data: Data) -> dict:
    """Writes `<name>.bin.gz`: the calibration inputs, the held-out inputs, then the held-out labels, little-endian."""
    stored = np.concatenate([data.calibration, data.held_out])
    kind = np.dtype(np.uint8 if stored.max() < 256 else np.uint16)
    if stored.min() < 0 or stored.max() > np.iinfo(kind).max:
        raise ValueError(f"{data.name} holds values outside 0 … {np.iinfo(kind).max}; scale them first.")
    content = stored.astype(kind.newbyteorder("<")).tobytes()
    whole = np.issubdtype(data.labels.dtype, np.integer)
    content += data.labels.astype(np.uint8 if whole else "<f4").tobytes()
    entry = {
        "file": f"{data.name}.bin.gz",
        "about": data.about,
        "storedAs": f"uint{8 * kind.itemsize}",
        "divisor": data.divisor,
        "elements": int(np.prod(stored.shape[1:])),
        "calibration": len(data.calibration),
        "heldOut": len(data.held_out),
        "labelsAs": "uint8" if whole else "float32",
    }
    # Without a time stamp the same content gives the same bytes.
    (FOLDER / entry["file"]).write_bytes(gzip.compress(content, 9, mtime=0))
    return entry


def run_onnx(file: Path, inputs: np.ndarray, output: int) -> np.ndarray:
    """The output number `output` of a model for each input, one at a time, as a worker would ask for it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    wanted = session.get_outputs()[output].name
    return np.concatenate([np.asarray(session.run([wanted], {name: row[None]})[0]) for row in inputs])


def check_onnx(file: Path) -> onnx.ModelProto:
    """Loads a model and refuses what a plain importer could not read."""
    model = onnx.load(str(file))
    onnx.checker.check_model(model, full_check=True)
    if model.functions:
        raise ValueError(f"{file.name} holds functions; export it without.")
    if any(tensor.external_data for tensor in model.graph.initializer):
        raise ValueError(f"{file.name} keeps weights in another file; inline them.")
    return model


def add_entry(entry: dict) -> None:
    """Adds or replaces the entry of this name in zoo.json, in the order of names."""
    entries = json.loads(INDEX.read_text())["models"] if INDEX.exists() else []
    entries = [other for other in entries if other["name"] != entry["name"]] + [entry]
    entries.sort(key=lambda one: one["name"])
    INDEX.write_text(json.dumps({"models": entries}, indent=2, ensure_ascii=False) + "\n")


def finish(name: str, *, task: str, about: str, data: Data, metric: str, bits: int, shape: list[int], output: int = 0,
           file: str | None = None, script: str = SCRIPT, command: str | None = None, dtype: type = np.float32) -> None:
    """Checks the written ONNX file, measures it under onnxruntime on the held-out data and records both."""
    path = FOLDER / (file or f"{name}.onnx")
    model = check_onnx(path)
    inputs = (data.held_out.reshape(-1, *shape) / data.divisor).astype(dtype)
    answers = run_onnx(path, inputs, output)
    if metric == "accuracy":
        # A classifier of ai.onnx.ml answers with the label itself, a network with a score for each class.
        guesses = answers if answers.ndim == 1 else answers.argmax(axis=1)
        measured = {"floatAccuracy": round(float((guesses == data.labels).mean()), 4)}
    else:
        target = inputs if metric == "reconstruction" else data.labels
        measured = {"floatError": float(f"{np.mean((answers.reshape(len(inputs), -1) - target.reshape(len(inputs), -1)) ** 2):.4g}")}
    operators = sorted({node.op_type for node in model.graph.node})
    add_entry({
        "name": name,
        "file": file or f"{name}.onnx",
        "task": task,
        "about": about,
        "operators": operators,
        "inputType": np.dtype(dtype).name,
        "inputShape": [1, *shape],
        "output": model.graph.output[output].name,
        "data": write_data(data),
        **measured,
        "inputBits": bits,
        "script": script,
        "command": command or f"node scripts/bootstrap.mjs .cache/zoo/bin/python {SCRIPT} {name}",
    })
    print(f"{name}: {measured}, {path.stat().st_size} bytes, {', '.join(operators)}")
