#!/usr/bin/env python3
"""Remakes validation/ai-hub/runs.csv and traces/<soc>/qnn-{fp16,int8}/ from a folder with perf_v0.46.1.csv,
the profile jobs of Qualcomm's AI Hub models (perf.yaml of every model) as one table:

    tools/import_ai_hub.py FOLDER [ROOT]

runs.csv has every job whose time is the NPU's; traces/ those in QNN's own format, of networks that the
zoo draws (models/aihub.cpp)."""
import csv
import pathlib
import re
import sys

COLUMNS = ["model", "component", "precision", "soc", "runtime", "inference_ms", "primary_unit", "layers_gpu",
           "layers_cpu"]
# Chipset as named there: our SoC, its unit, and whether another board stands in for the phone's.
SOCS = {
    "Snapdragon 8 Elite": ("snapdragon-8-elite", "dsp", False),
    "Snapdragon 8 Gen 3": ("snapdragon-8-gen-3", "dsp", False),
    "QCS8550 (SD 8 Gen 2 class)": ("snapdragon-8-gen-2", "dsp", True),
    "QCS8450 (SD 8 Gen 1 class)": ("snapdragon-8-gen-1", "dsp", True),
    "Snapdragon X Elite": ("snapdragon-x-elite", "npu", False),
}
PRECISIONS = {"float": "fp16", "w8a8": "int8"}
# Ways to the same compiled graph, the plainest first.
RUNTIMES = ["qnn_dlc", "qnn_context_binary", "tflite"]
META = """\
# Networks of Qualcomm's AI Hub on the Hexagon tensor processor. Table made by tools/import_ai_hub.py.
runtime: qnn
version: AI Hub models 0.46.1
precision: {precision}
device: {device}
threads: {unit}
method: inference_ms of one profile job; which statistic it is, nobody says; where there is no job of QNN's own, that of TFLite with the QNN delegate
date: 2026-02-12
source: github.com/quic/ai-hub-models, qai_hub_models/models/*/perf.yaml
commit: 52c080d245d2d20c634459208ff2548ce10b3c9f
licence: BSD-3-Clause
known: measured
"""


def zoo(root):
    """(model, component) -> network, as models/aihub.cpp has it."""
    entry = re.compile(r'\{"([^"]+)", "([^"]*)", "([^"]+)"')
    return {(m[1], m[2]): m[3] for m in entry.finditer((root / "models" / "aihub.cpp").read_text())}


def on_npu(row):
    return row["primary_unit"] == "NPU" and row["inference_ms"] and row["runtime"] != "genie"


def write_table(path, columns, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as f:
        writer = csv.DictWriter(f, columns, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{path}: {len(rows)} rows")


def count(text):
    return int(float(text)) if text else 0


def write_traces(root, rows):
    networks = zoo(root)
    for chipset, (soc, unit, stand_in) in SOCS.items():
        for precision, ours in PRECISIONS.items():
            best = {}
            for row in rows:
                name = networks.get((row["model"], row["component"])) or networks.get((row["model"], ""))
                if (row["soc"], row["precision"]) != (chipset, precision) or row["runtime"] not in RUNTIMES:
                    continue
                if name is None or count(row["layers_gpu"]) + count(row["layers_cpu"]) > 0:
                    continue
                rank = RUNTIMES.index(row["runtime"])
                if name not in best or rank < best[name][0]:
                    best[name] = (rank, dict(network=name, unit=unit, latency_ms=row["inference_ms"], tag=row["runtime"]))
            folder = root / "traces" / soc / f"qnn-{ours}"
            write_table(folder / "networks.csv", ["network", "unit", "latency_ms", "tag"],
                        [best[name][1] for name in sorted(best)])
            device = chipset.split(" (")[0] + (" board, standing in for the phone's chip" if stand_in else "")
            (folder / "meta.yaml").write_text(META.format(precision=ours, device=device, unit=unit))


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[2] if len(sys.argv) == 3 else pathlib.Path(__file__).parent.parent)
    with open(pathlib.Path(sys.argv[1]) / "perf_v0.46.1.csv", newline="") as f:
        rows = [row for row in csv.DictReader(f) if on_npu(row)]
    for row in rows:
        row["layers_gpu"], row["layers_cpu"] = count(row["layers_gpu"]), count(row["layers_cpu"])
    write_table(root / "validation" / "ai-hub" / "runs.csv", COLUMNS, rows)
    write_traces(root, rows)


main()
