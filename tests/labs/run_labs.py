"""Do the labs run, answers and all, from the first cell to the last?

Run with the folder of the package in PYTHONPATH; arguments choose labs: `run_labs.py 1 3`.
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = pathlib.Path(__file__).resolve().parents[2]
LABS = ROOT / "docs" / "labs"
AT_ONCE = 2  # Kernels take a while to start.
SECONDS = 300  # For one cell; a lab that hangs must end some time.


def write_kernel(folder):
    """A kernel of this interpreter, whatever the machine's own is."""
    kernel = pathlib.Path(folder) / "kernels" / "partita-labs"
    kernel.mkdir(parents=True)
    spec = {
        "argv": [sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "labs",
        "language": "python",
    }
    (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


def run(lab, folder):
    notebook = nbformat.read(lab, as_version=4)
    kept = [c for c in notebook.cells if c.cell_type == "code" and (c.outputs or c.execution_count)]
    if kept:
        return f"{len(kept)} cells with outputs; tools/make_labs writes it without"
    if not any("answer" in c.metadata.get("tags", []) for c in notebook.cells):
        return "no cell is an answer"
    client = NotebookClient(
        notebook, timeout=SECONDS, kernel_name="partita-labs", resources={"metadata": {"path": folder}}
    )
    try:
        client.execute()
    except CellExecutionError as error:
        return str(error)
    pictures = sum(
        "image/png" in output.get("data", {})
        for c in notebook.cells if c.cell_type == "code" for output in c.outputs
    )
    return None if pictures else "it draws no picture"


def timed(lab, folder):
    began = time.monotonic()
    return run(lab, folder), time.monotonic() - began


def main(chosen):
    if subprocess.run([sys.executable, ROOT / "tools" / "make_labs", "--check"], check=False).returncode:
        sys.exit("write them with tools/make_labs")
    labs = [
        lab for lab in sorted(LABS.glob("*.ipynb"))
        if not chosen or any(lab.stem.startswith(f"{number}-") for number in chosen)
    ]
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        write_kernel(folder)
        os.environ["JUPYTER_PATH"] = folder
        os.environ["IPYTHONDIR"] = os.environ["MPLCONFIGDIR"] = folder
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for lab, (wrong, seconds) in zip(labs, pool.map(lambda lab: timed(lab, folder), labs)):
                print(f"{lab.stem}: {wrong or 'runs'} ({seconds:.1f} s)", flush=True)
                failed += [lab.stem] if wrong else []
    if not labs:
        sys.exit("no labs in docs/labs")
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
