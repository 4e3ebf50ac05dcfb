"""
One step of EZKL on one model, as a process of its own that runEzkl.ts measures from outside:

    python scripts/benchPeers/ezklStep.py <settings|srs|setup|witness|prove|verify|contract> <folder> <model.onnx> <memory in MiB>

The folder holds what the steps leave for each other; calibration.json and input.json are put there before.
"""

import asyncio
import json
import os
import resource
import sys
from pathlib import Path

import ezkl


def write_settings(folder: Path, model: str) -> None:
    """Default settings, with what a job needs: the answer public, the weights fixed in the keys. Calibrated on real digits."""
    args = ezkl.PyRunArgs()
    args.input_visibility = "private"
    args.output_visibility = "public"
    args.param_visibility = "fixed"
    args.variables = [("batch", 1), ("batch_size", 1)]
    settings = str(folder / "settings.json")
    check(ezkl.gen_settings(model, settings, py_run_args=args), "gen_settings")
    check(ezkl.calibrate_settings(str(folder / "calibration.json"), model, settings, "resources"), "calibrate_settings")
    check(ezkl.compile_circuit(model, str(folder / "model.compiled"), settings), "compile_circuit")


def write_srs(folder: Path) -> None:
    """A reference string from randomness of this machine, for measuring only."""
    settings = json.loads((folder / "settings.json").read_text())
    ezkl.gen_srs(str(folder / "kzg.srs"), settings["run_args"]["logrows"])


async def write_contract(folder: Path) -> None:
    """The verifier in Solidity for this key, and the call that verifies the proof."""
    source = folder / "verifier.sol"
    try:
        await ezkl.create_evm_verifier(
            str(folder / "vk.key"), str(folder / "settings.json"), str(source), str(folder / "verifier.abi"),
            str(folder / "kzg.srs"))
    except RuntimeError:
        # After the source it wants an ABI, for which it asks the network for a compiler. The source is all that is needed.
        if not source.exists():
            raise
    ezkl.encode_evm_calldata(str(folder / "proof.json"), str(folder / "calldata.bin"))


def run(step: str, folder: Path, model: str) -> None:
    compiled, srs = str(folder / "model.compiled"), str(folder / "kzg.srs")
    proving, verifying = str(folder / "pk.key"), str(folder / "vk.key")
    witness, proof = str(folder / "witness.json"), str(folder / "proof.json")
    if step == "settings":
        write_settings(folder, model)
    elif step == "srs":
        write_srs(folder)
    elif step == "setup":
        check(ezkl.setup(compiled, verifying, proving, srs), step)
    elif step == "witness":
        ezkl.gen_witness(str(folder / "input.json"), compiled, witness)
    elif step == "prove":
        check(ezkl.prove(witness, compiled, proving, proof, srs), step)
    elif step == "verify":
        check(ezkl.verify(proof, str(folder / "settings.json"), verifying, srs), step)
    elif step == "contract":
        asyncio.run(write_contract(folder))
    else:
        sys.exit(f"There is no step {step!r}.")


def check(done: object, what: str) -> None:
    if not done:
        sys.exit(f"EZKL's {what} answered {done!r}.")


if __name__ == "__main__":
    name, directory, onnx_file, memory_mb = sys.argv[1:]
    limit = int(memory_mb) * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    run(name, Path(directory), onnx_file)
    # Threads of the package may still run while Python takes itself apart, which now and then ends in a crash.
    sys.stdout.flush()
    os._exit(0)
