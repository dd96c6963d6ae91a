#!/usr/bin/env python3
"""Remakes the tables of validation/thermal/ from the raw ones:

    tools/import_thermal.py timeseries.csv health_trace.csv [INTO]

timeseries.csv: runs of a language model on a Galaxy S25 (file, t_s, temp_c, gpu_freq_hz, gpu_load,
cpu_load, cpu0_khz to cpu7_khz, phase). health_trace.csv: what sbc-bench printed beside its benchmarks
(result, device, section, line). Left out: runs on something else (no GPU clock), runs of one sample, and
lines without a clock or a temperature.
"""
import csv
import pathlib
import re
import sys

PHASES = {"ModelLoadStart": "load", "PrefillStart": "prefill", "DecodingStart": "decode", "End": "decode"}
LINE = re.compile(r"\s*(\d+):(\d+):(\d+): +([\d./]+)MHz +[\d.]+ +(\d+)%.*?(-?[\d.]+)°C")


def write(path, columns, rows):
    with open(path, "w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    print(f"{path}: {len(rows)} rows")


def mhz(row, cores):
    return f"{max(float(row[f'cpu{c}_khz'] or 0) for c in cores) / 1e3:.6g}"


def percent(text):
    return f"{float(text):.3g}" if text else ""


def phone(path, into):
    runs = {}
    for row in csv.DictReader(open(path)):
        runs.setdefault(row["file"], []).append(row)
    rows = []
    for name, samples in runs.items():
        if len(samples) < 2 or not float(samples[0]["gpu_freq_hz"] or 0):
            continue
        short = name.removeprefix("profile_").removesuffix(".json")
        backend = "gpu" if "opencl" in short else "cpu"
        for s in samples:
            rows.append([short, backend, s["t_s"], PHASES.get(s["phase"], ""), s["temp_c"],
                         percent(s["cpu_load"]), percent(s["gpu_load"]), mhz(s, range(6)), mhz(s, (6, 7)),
                         f"{float(s['gpu_freq_hz']) / 1e6:.6g}"])
    write(into / "galaxy-s25.csv", ["run", "backend", "t_s", "phase", "temperature_c", "cpu_load_percent",
                                    "gpu_load_percent", "gold_mhz", "prime_mhz", "gpu_mhz"], rows)


def boards(path, into):
    rows, last, start = [], {}, {}
    for row in csv.DictReader(open(path)):
        found = LINE.match(row["line"])
        if not found:
            continue
        h, m, s, clocks, load, celsius = found.groups()
        t = int(h) * 3600 + int(m) * 60 + int(s)
        result = row["result"]
        while t < last.get(result, t) - 3600:  # Past midnight.
            t += 86400
        last[result] = t
        start.setdefault(result, t)
        rows.append([result, row["device"], row["section"].removeprefix("running "), t - start[result],
                     clocks, load, celsius])
    write(into / "boards.csv", ["result", "device", "section", "t_s", "clocks_mhz", "load_percent",
                                "temperature_c"], rows)


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else "validation/thermal")
    phone(sys.argv[1], target)
    boards(sys.argv[2], target)
