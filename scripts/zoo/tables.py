"""Models of tables: linear ones, trees and forests, trained with their own libraries and exported to ai.onnx.ml operators."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxmltools
from lightgbm import LGBMClassifier
from onnxmltools.convert.common.data_types import FloatTensorType as MlFloatTensorType
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from xgboost import XGBClassifier

OPSETS = {"": 17, "ai.onnx.ml": 3}
# The newest that onnxmltools knows.
BOOSTED_OPSET = 15


def logistic_regression() -> Any:
    """Standardised features and one weight for each."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.1, random_state=0))


def linear_svm() -> Any:
    """Standardised features and one hyperplane."""
    return make_pipeline(StandardScaler(), SVC(kernel="linear", C=0.1, random_state=0))


def ridge() -> Any:
    """Linear regression with a quadratic penalty."""
    return make_pipeline(StandardScaler(), Ridge(10.0))


def random_forest() -> Any:
    """30 trees that vote with the shares of their leaves."""
    return RandomForestClassifier(n_estimators=30, max_depth=7, min_samples_leaf=2, random_state=0, n_jobs=2)


def boosted_regressor() -> Any:
    """60 shallow trees whose leaves add up to a real number."""
    return GradientBoostingRegressor(n_estimators=60, max_depth=3, learning_rate=0.07, subsample=0.8, random_state=0)


def xgboost_trees() -> Any:
    """60 trees of depth 3 by XGBoost."""
    return XGBClassifier(n_estimators=60, max_depth=3, learning_rate=0.2, subsample=0.8, random_state=0, n_jobs=2)


def xgboost_large() -> Any:
    """100 trees of depth 6 by XGBoost, as full as the data allows."""
    return XGBClassifier(n_estimators=100, max_depth=6, learning_rate=0.15, min_child_weight=0, reg_lambda=0.5, subsample=0.9,
                         random_state=0, n_jobs=2)


def lightgbm_trees() -> Any:
    """60 trees of 7 leaves by LightGBM."""
    return LGBMClassifier(n_estimators=60, num_leaves=7, learning_rate=0.12, subsample=0.8, subsample_freq=1, random_state=0,
                          n_jobs=2, deterministic=True, force_row_wise=True, verbose=-1)


def fit_and_export(estimator: Any, inputs: np.ndarray, targets: np.ndarray, file: Path) -> None:
    """Fits to real inputs 0 … 1 and writes the ONNX file. The logistic regression keeps its ZipMap, the others have none."""
    estimator.fit(inputs, targets if np.issubdtype(targets.dtype, np.floating) else targets.astype(np.int64))
    shape = [None, inputs.shape[1]]
    if isinstance(estimator, XGBClassifier):
        model = onnxmltools.convert_xgboost(
            estimator, initial_types=[("input", MlFloatTensorType(shape))], target_opset=BOOSTED_OPSET)
    elif isinstance(estimator, LGBMClassifier):
        model = onnxmltools.convert_lightgbm(
            estimator, initial_types=[("input", MlFloatTensorType(shape))], target_opset=BOOSTED_OPSET, zipmap=False)
    else:
        options = {id(estimator): {"zipmap": False}} if isinstance(estimator, RandomForestClassifier) else None
        model = to_onnx(estimator, initial_types=[("input", FloatTensorType(shape))], target_opset=OPSETS, options=options)
    # Exporters draw a random name, and list the domains in the order of a set.
    model.graph.name = file.stem
    domains = sorted(model.opset_import, key=lambda one: one.domain)
    del model.opset_import[:]
    model.opset_import.extend(domains)
    file.write_bytes(model.SerializeToString())
