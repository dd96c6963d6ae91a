#!/usr/bin/env python3
"""Remakes validation/co-execution/ from a folder with
stage_isolated_vs_interference.csv and schedules_measured.csv, tables made of the logs in
github.com/ucsc-redwood/better-together:

    tools/import_better_together.py FOLDER [ROOT]

A stage keeps the mean of its runs alone and with every unit busy. A schedule keeps the median, the least
and the most of its measured periods, over all campaigns. Schedules with a chunk that ran nothing go to
dropped.csv (validation/README.md tells the rule)."""
import csv
import pathlib
import statistics
import sys

UNITS = ["little", "medium", "big", "vulkan", "cuda"]
# Folder, and what runs where: cores by cluster as in socs/*.yaml.
DEVICES = {
    "Pixel 7a": ("pixel-7a",
                 {"little": "little:4", "medium": "mid:2", "big": "big:2", "vulkan": "gpu"}),
    "OnePlus 11": ("oneplus-11",
                   {"little": "silver:3", "medium": "gold:4", "big": "prime:1", "vulkan": "gpu"}),
    "Jetson Orin Nano": ("jetson-orin-nano", {"little": "big:6", "cuda": "gpu"}),
    "Jetson Orin Nano 7W": ("jetson-orin-nano-7w", {"little": "big:4", "cuda": "gpu"}),
}
FACTS = {
    "Pixel 7a": ["tensor-g2", "Pixel 7a", "vulkan", "15", "LLVM's OpenMP, default of KMP_BLOCKTIME", "200 ms", ""],
    "OnePlus 11": ["snapdragon-8-gen-2", "OnePlus 11", "vulkan", "15", "LLVM's OpenMP, default of KMP_BLOCKTIME", "200 ms", ""],
    "Jetson Orin Nano": ["jetson-orin-nano", "Jetson Orin Nano 8 GB, 15 W mode", "cuda", "31",
                         "GNU OpenMP, 300,000 spins of some 5 cycles (assumed) at 1.5 GHz", "1 ms", ""],
    "Jetson Orin Nano 7W": ["jetson-orin-nano", "Jetson Orin Nano 8 GB, 7 W mode", "cuda", "31",
                            "GNU OpenMP, 300,000 spins of some 5 cycles (assumed) at 0.96 GHz", "1.6 ms",
                            "gpu_cap: 408 MHz  # NVIDIA's nvpmodel for this mode, as commonly given: assumed\n"],
}
META = """\
# Stages of three applications, one unit at a time and all at once. Table made by
# tools/import_better_together.py.
soc: {soc}
device: {device}
names: [{names}]  # as measured schedules call it
method: a stage in a loop for some seconds, alone or with every unit running that stage; means
date: 2025-05
source: github.com/ucsc-redwood/better-together, branch dataset-final-pact
commit: 05ff324b52502670aacabf558116f10b67ff066e
licence: none given; measured figures only
known: measured

# How its pipelines run, from the program's sources unless a line says otherwise. A worker that waits
# for a task yields in a loop; the GPU's is bound to no core.
tasks: 100
queue: {queue}  # tasks in flight: {ring}
team_spin: {spin}  # of a team after a parallel region: {openmp}
# vulkan: each stage is recorded, submitted and fenced; cuda: launched
gpu_api: {api}
{cap}# Stages made of many launches with counts read back by the host between them (sorts, scans).
host_driven: [tree]
units:
{units}"""


def read(path):
    with open(path, newline="") as f:
        return list(csv.DictReader(f))


def write(path, header, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    print(f"{path}: {len(rows)} rows")


def devices(source, target):
    table = read(source / "stage_isolated_vs_interference.csv")
    for device, (folder, units) in DEVICES.items():
        rows = [r for r in table if r["device"] == device]
        rows.sort(key=lambda r: (r["app"], int(r["stage"]), UNITS.index(r["pu"])))
        write(target / folder / "stages.csv", ["app", "stage", "unit", "alone_ms", "all_busy_ms"],
              [[r["app"], r["stage"], units[r["pu"]], f"{float(r['isolated_ms']):.6g}",
                f"{float(r['interference_ms']):.6g}"] for r in rows])
        soc, title, api, queue, openmp, spin, cap = FACTS[device]
        label = {"vulkan": "GPU", "cuda": "GPU", "little": "Little", "medium": "Medium", "big": "Big"}
        (target / folder / "meta.yaml").write_text(META.format(
            soc=soc, device=title,
            names=", ".join([device, rows[0]["device_id"]]), queue=queue,
            ring="a ring of 16, one left free" if queue == "15" else
            "as the latencies in its logs say, 28 periods (assumed)", spin=spin, openmp=openmp, api=api,
            cap=cap, units="".join(f"  {label[pu]}: \"{spec}\"\n" for pu, spec in units.items())))


def stages(chunk):
    return chunk.split(":")[1].split(",")


def span(chunk):
    first, last = stages(chunk)[0], stages(chunk)[-1]
    return chunk.split(":")[0] + ":" + (first if first == last else f"{first}-{last}")


def schedules(source, folder):
    runs = {}
    for r in read(source / "schedules_measured.csv"):
        runs.setdefault((r["device"], r["app"], r["chunks"]), []).append(r)
    kept, dropped = [], []
    for (device, app, chunks), rows in runs.items():
        periods = [float(r["measured_period_ms"]) for r in rows]
        out = [device, app, "|".join(span(c) for c in chunks.split("|")), len(rows),
               f"{statistics.median(periods):.6g}", f"{min(periods):.6g}", f"{max(periods):.6g}"]
        empty = [i for i, c in enumerate(chunks.split("|")) if len(stages(c)) == 1]
        if empty:
            times = [statistics.median(float(r["chunk_mean_ms"].split("|")[i]) for r in rows) for i in empty]
            dropped.append(out + ["|".join(span(chunks.split("|")[i]) for i in empty),
                                  "|".join(f"{t:.4g}" for t in times)])
        else:
            kept.append(out)
    header = ["device", "app", "chunks", "runs", "period_ms", "least_ms", "most_ms"]
    write(folder / "schedules.csv", header, kept)
    write(folder / "dropped.csv", header + ["ran_nothing", "chunk_ms"], dropped)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    source = pathlib.Path(sys.argv[1])
    root = pathlib.Path(sys.argv[2] if len(sys.argv) == 3 else pathlib.Path(__file__).parent.parent)
    devices(source, root / "validation" / "co-execution")
    schedules(source, root / "validation" / "co-execution")


main()
