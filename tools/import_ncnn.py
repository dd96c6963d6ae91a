#!/usr/bin/env python3
"""Rows of ncnn's benchmark tables (mobile SoCs) -> validation/ncnn/runs.csv.

  tools/import_ncnn.py FOLDER validation/ncnn

FOLDER holds benchncnn_mobile.csv: device, soc, unit, cores, num_threads, powersave, gpu_device, model,
min_ms, max_ms, avg_ms, quality_flag, first_seen_in_readme. Rows are taken as they are; what is not a
measurement is an error.
"""
import argparse
import csv
import os
import sys

COLUMNS = ["device", "soc", "unit", "cores", "num_threads", "powersave", "gpu_device", "model", "min_ms", "max_ms",
           "avg_ms", "quality_flag", "first_seen_in_readme"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("target")
    arguments = parser.parse_args()
    path = os.path.join(arguments.source, "benchncnn_mobile.csv")
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows or list(rows[0]) != COLUMNS:
        sys.exit(f"import_ncnn: {path}: columns are not {', '.join(COLUMNS)}")
    for line, row in enumerate(rows, 2):
        if not 0 < float(row["min_ms"]) <= float(row["avg_ms"]) <= float(row["max_ms"]):
            sys.exit(f"import_ncnn: {path}:{line}: needs 0 < min <= avg <= max")
    os.makedirs(arguments.target, exist_ok=True)
    with open(os.path.join(arguments.target, "runs.csv"), "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
