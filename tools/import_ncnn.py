#!/usr/bin/env python3
"""Rows of ncnn's benchmark tables (mobile SoCs) -> traces/<soc>/ncnn-fp16 and ncnn-int8.

  tools/import_ncnn.py FOLDER .

FOLDER holds benchncnn_mobile.csv: device, soc, unit, cores, num_threads, powersave, gpu_device, model,
min_ms, max_ms, avg_ms, quality_flag, first_seen_in_readme. Rows are taken as they are; what is not a
measurement is an error. The second argument is the checkout: its socs/ say which cores the threads ran on.
Rows of SoCs without a description are counted and left out.

Int8 networks of Vulkan runs are run by ncnn on the CPU: their unit is the host's cores. `unlike` says why
no unit of the description stands for a row: threads (more than cores), clock (of a board over- or
underclocked), implausible (flagged in the table as faster than the GPU can be; all of a board's GPU rows
where one in ten is). `sd_ms` is the largest standard deviation that least, mean and most allow.
"""
import argparse
import collections
import csv
import os
import re
import sys

import yaml

COLUMNS = ["device", "soc", "unit", "cores", "num_threads", "powersave", "gpu_device", "model", "min_ms", "max_ms",
           "avg_ms", "quality_flag", "first_seen_in_readme"]
HEADER = ["network", "unit", "latency_ms", "sd_ms", "min_ms", "max_ms", "board", "version", "cores", "threads", "vulkan",
          "unlike", "tag"]
NAMES = {"AGX Orin": "jetson-agx-orin", "AGX Xavier": "jetson-agx-xavier", "BCM2711": "raspberry-pi-4",
         "BCM2712": "raspberry-pi-5", "Orin Nano": "jetson-orin-nano", "TX2": "jetson-tx2"}
META = """# Table made by tools/import_ncnn.py.
runtime: ncnn
version: benchmark tables of 2021 to 2026; column version says since when a row was in them
precision: {precision}  # {meaning}
device: {devices}
threads: column threads, on the cores that powersave names (all, little, big); unit says which those are
method: benchncnn, 4 to 10 runs after a warm-up, contributed by users; mean (latency_ms), least and most
date: 2026-07-22
source: github.com/Tencent/ncnn, benchmark/README.md
commit: a4d2ea1d4422c9e849f166fd7a4aefb52f942f6a
licence: BSD-3-Clause
known: measured
"""
MEANING = {"fp16": "where the cores have ARMv8.2 arithmetic, else fp32", "int8": "networks quantised by ncnn"}


def soc_name(text):
    if text in NAMES:
        return NAMES[text]
    return re.sub(r"[^a-z0-9]+", "-", text.lower().replace("+", " plus")).strip("-")


def number(value):
    """`{value: 3.4 GHz, ...}` or the text itself, in MHz for clocks."""
    if isinstance(value, dict):
        value = value["value"]
    amount, _, unit = str(value).partition(" ")
    return float(amount) * {"GHz": 1000, "MHz": 1, "": 1}[unit]


def clusters_of(path):
    """(name, cores, MHz, MACs per cycle), the fastest first."""
    with open(path, encoding="utf-8") as file:
        soc = yaml.safe_load(file)
    clusters = []
    for name, cluster in soc["clusters"].items():
        if not isinstance(cluster, dict):
            continue
        clock = number(soc["domains"][cluster["domain"]]["opps"][-1]["frequency"])
        width = number(cluster["per_core"]["fp32"]["macs_per_cycle"])
        clusters.append((name, int(number(cluster["cores"])), clock, width))
    return sorted(clusters, key=lambda c: -c[2] * c[3])


def cores_used(clusters, cores, threads):
    """As ncnn parts cores: at the mean of the highest and the lowest clock."""
    mean = (max(c[2] for c in clusters) + min(c[2] for c in clusters)) / 2
    if cores == "big":
        usable = [c for c in clusters if c[2] >= mean]
    elif cores == "little":
        usable = clusters[-1:]
    else:
        usable = clusters
    left, parts = threads, []
    for name, count, _, _ in usable:
        if left > 0:
            parts.append(f"{name}:{min(count, left)}")
            left -= min(count, left)
    return " ".join(parts), left > 0


def other_clock(device, clusters):
    said = [float(t) for t in re.findall(r"([0-9]+(?:\.[0-9]+)?)\s*[Gg][Hh]z", device)]
    top = max(c[2] for c in clusters) / 1000
    return bool(said) and not 0.88 < max(said) / top < 1.12


def converted(row, clusters, suspect):
    int8 = row["model"].endswith("_int8")
    vulkan = row["unit"] != "CPU"
    threads = int(row["num_threads"])
    unit, crowded = cores_used(clusters, row["cores"], threads)
    if vulkan and not int8:
        unit, crowded = "gpu", False
    implausible = unit == "gpu" and ("implausible" in row["quality_flag"] or row["device"] in suspect)
    unlike = ("implausible" if implausible else "threads" if crowded
              else "clock" if other_clock(row["device"], clusters) else "")
    tag = "noisy" if "noisy" in row["quality_flag"] else "flagged" if row["quality_flag"] else ""
    least, mean, most = (float(row[k]) for k in ("min_ms", "avg_ms", "max_ms"))
    deviation = f"{((most - mean) * (mean - least)) ** 0.5:.3g}"
    return [row["model"].lower().replace("_", "-"), unit, row["avg_ms"], deviation, row["min_ms"], row["max_ms"],
            row["device"], row["first_seen_in_readme"], row["cores"], threads, int(vulkan), unlike, tag]


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows or list(rows[0]) != COLUMNS:
        sys.exit(f"import_ncnn: {path}: columns are not {', '.join(COLUMNS)}")
    for line, row in enumerate(rows, 2):
        if not 0 < float(row["min_ms"]) <= float(row["avg_ms"]) <= float(row["max_ms"]):
            sys.exit(f"import_ncnn: {path}:{line}: needs 0 < min <= avg <= max")
    return rows


def write(folder, precision, rows):
    os.makedirs(folder, exist_ok=True)
    boards = list(dict.fromkeys(re.sub(r"\s*\(.*", "", r[6].split(",")[0]) for r in rows))
    with open(os.path.join(folder, "meta.yaml"), "w", encoding="utf-8") as file:
        file.write(META.format(precision=precision, meaning=MEANING[precision], devices="; ".join(boards)))
    with open(os.path.join(folder, "networks.csv"), "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("checkout")
    arguments = parser.parse_args()
    rows = read(os.path.join(arguments.source, "benchncnn_mobile.csv"))
    gpu = collections.Counter(r["device"] for r in rows if r["unit"] != "CPU")
    bad = collections.Counter(r["device"] for r in rows if "implausible" in r["quality_flag"])
    suspect = {device for device, count in bad.items() if count > 0.1 * gpu[device]}
    tables, missing, described = {}, collections.Counter(), {}
    for row in rows:
        soc = soc_name(row["soc"])
        path = os.path.join(arguments.checkout, "socs", soc + ".yaml")
        if not os.path.exists(path):
            missing[row["soc"]] += 1
            continue
        if soc not in described:
            described[soc] = clusters_of(path)
        precision = "int8" if row["model"].endswith("_int8") else "fp16"
        tables.setdefault((soc, precision), []).append(converted(row, described[soc], suspect))
    for (soc, precision), table in tables.items():
        write(os.path.join(arguments.checkout, "traces", soc, f"ncnn-{precision}"), precision, table)
    for soc, count in missing.items():
        print(f"import_ncnn: {soc}: no description, {count} rows left out")


if __name__ == "__main__":
    main()
