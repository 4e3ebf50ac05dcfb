"""Quantizes an ONNX file to 8 bits with onnxruntime's own tool, as people do who ship int8 models."""

import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.onnx_model import ONNXModel


class Inputs(CalibrationDataReader):
    """Hands calibration inputs to the tool, one at a time."""

    def __init__(self, name: str, inputs: np.ndarray) -> None:
        self.feeds = iter([{name: row[None]} for row in inputs])

    def get_next(self) -> dict | None:
        return next(self.feeds, None)


def quantize_file(source: Path, target: Path, inputs: np.ndarray, *, integer_operators: bool) -> None:
    """
    Writes `source` with int8 weights and uint8 activations: QuantizeLinear and DequantizeLinear around each operator, a scale
    for each output channel; or with `integer_operators` QLinearConv and QLinearMatMul, one scale for each tensor.
    """
    model = onnx.load(str(source))
    wanted = None
    if integer_operators:
        # An integer Gemm is no operator of ONNX, an integer MatMul is.
        ONNXModel(model).replace_gemm_with_matmul()
        wanted = ["Conv", "MatMul", "MaxPool"]
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "model.onnx"
        onnx.save(model, str(prepared))
        quantize_static(
            str(prepared), str(target), Inputs(model.graph.input[0].name, inputs), op_types_to_quantize=wanted,
            quant_format=QuantFormat.QOperator if integer_operators else QuantFormat.QDQ, per_channel=not integer_operators,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
    written = onnx.load(str(target))
    used = {node.domain for node in written.graph.node}
    domains = sorted((one for one in written.opset_import if one.domain in used), key=lambda one: one.domain)
    del written.opset_import[:]
    written.opset_import.extend(domains)
    onnx.save(written, str(target))
