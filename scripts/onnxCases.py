"""Writes test/fixtures/onnx/cases.json.gz: ONNX's official node test cases of the operators that the importer reads.

Each case is a model of one node, or of the function that defines it, with inputs and the outputs that ONNX's authors expect. They come
from the package `onnx` (Apache-2.0), whose version pins the operator sets: 1.16.2 ends at opset 21 and ai.onnx.ml 5. A case is taken when
all its operators are read and it is small. Models that declare a set before 13 hold operators that 13 left as they were, so they are
raised to it.

    python3 -m venv .cache/onnx && .cache/onnx/bin/pip install onnx==1.16.2 numpy==1.26.4
    .cache/onnx/bin/python scripts/onnxCases.py
"""

import base64
import gzip
import json
import os
import subprocess

import onnx
from onnx import numpy_helper

VERSION = "1.16.2"
LARGEST = 150_000  # base64 characters of a case's tensors
ROOT = os.path.join(os.path.dirname(__file__), "..")
TARGET = os.path.join(ROOT, "test", "fixtures", "onnx", "cases.json.gz")
# float, uint8, int8, uint16, int16, int32, int64, bool, float16, double, uint32, uint64
TYPES = (1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13)
# training, older versions of an operator, functions expanded for one version again, and a type that the data hold as integers
LEFT_OUT = ("training", "_old", "_ver18_expanded", "expanded_ver18", "BFLOAT16")


def supported_operators():
    listed = subprocess.run(
        ["node", os.path.join(ROOT, "scripts", "generateOperators.ts"), "--names"],
        check=True,
        capture_output=True,
        text=True,
    )
    return {tuple(name.split("/")) for name in listed.stdout.split()}


def read_tensor(path, value):
    if value.type.WhichOneof("value") != "tensor_type":
        return None
    tensor = onnx.TensorProto()
    with open(path, "rb") as file:
        tensor.ParseFromString(file.read())
    if tensor.data_type not in TYPES:
        return None
    array = numpy_helper.to_array(tensor)
    if array.dtype.kind not in "fiub":
        return None
    data = array.astype(array.dtype.newbyteorder("<")).tobytes()
    return {
        "name": value.name,
        "type": tensor.data_type,
        "shape": list(array.shape),
        "data": base64.b64encode(data).decode(),
    }


def read_case(folder, operators):
    model = onnx.load(os.path.join(folder, "model.onnx"))
    graph = model.graph
    used = {(node.domain.removeprefix("ai.onnx.") or "onnx", node.op_type) for node in graph.node}
    data = os.path.join(folder, "test_data_set_0")
    if not used <= operators or not graph.input or model.functions or not os.path.isdir(data):
        return None
    if any(entry.domain == "" and entry.version > 21 for entry in model.opset_import):
        return None
    read = lambda kind, values: [
        read_tensor(os.path.join(data, f"{kind}_{index}.pb"), value) for index, value in enumerate(values)
    ]
    inputs, outputs = read("input", graph.input), read("output", graph.output)
    tensors = inputs + outputs
    if any(tensor is None for tensor in tensors) or sum(len(tensor["data"]) for tensor in tensors) > LARGEST:
        return None
    for entry in model.opset_import:
        if entry.domain == "":
            entry.version = max(entry.version, 13)
    model.ClearField("producer_name")
    graph.ClearField("doc_string")
    return {
        "name": os.path.basename(folder),
        "model": base64.b64encode(model.SerializeToString(deterministic=True)).decode(),
        "inputs": inputs,
        "outputs": outputs,
    }


def main():
    if onnx.__version__ != VERSION:
        raise SystemExit(f"onnx is {onnx.__version__}; the cases are those of {VERSION}, so install that.")
    folder = os.path.join(os.path.dirname(onnx.__file__), "backend", "test", "data", "node")
    names = sorted(name for name in os.listdir(folder) if not any(word in name for word in LEFT_OUT))
    operators = supported_operators()
    cases = [case for case in (read_case(os.path.join(folder, name), operators) for name in names) if case]
    content = json.dumps({"source": f"onnx {VERSION}", "cases": cases}, separators=(",", ":")).encode()
    os.makedirs(os.path.dirname(TARGET), exist_ok=True)
    with open(TARGET, "wb") as file:
        # without a time, so that the same cases give the same bytes
        file.write(gzip.compress(content, 9, mtime=0))
    print(f"{len(cases)} cases, {os.path.getsize(TARGET)} bytes")


if __name__ == "__main__":
    main()
