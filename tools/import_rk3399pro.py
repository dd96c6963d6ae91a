#!/usr/bin/env python3
"""Raw tables of the RK3399Pro measurements -> a profile folder in our schema.

  tools/import_rk3399pro.py --layers Layers.csv --transfers Transfers.csv --output traces/rk3399pro/armcl-lwga-fp32
      [--clock-steps FreqMeasurements2_5.csv] [--transfer-clocks Transfer_Freq.csv]

Reads the tables of Ehsan-aghapour/LW-GA (Layers.csv, Transfers.csv) or Ehsan-aghapour/CO-UP-Profiling (the
same names and the two optional ones). Writes layers.csv, transfers.csv and, when asked, clock_steps.csv and
transfer_clocks.csv. meta.yaml is written by hand: it says what no table says.
"""
import argparse
import ast
import csv
import os
import statistics
import sys

OPPS_MHZ = {
    "L": [408, 600, 816, 1008, 1200, 1416],
    "B": [408, 600, 816, 1008, 1200, 1416, 1608, 1800],
    "G": [200, 300, 400, 600, 800],
}
UNITS = {"L": "cpu-little", "B": "cpu-big", "G": "gpu", "N": "npu"}
CLOCKS = {"Little": ("little", "L"), "Big": ("big", "B"), "GPU": ("gpu", "G")}
NETWORKS = {
    "alex": "alexnet", "google": "googlenet", "mobile": "mobilenet", "res50": "resnet50", "squeeze": "squeezenet",
    "mobilev1": "mobilenet", "resv1_50": "resnet50", "squeezev1": "squeezenet", "yolov3": "yolov3",
}
PHASES = {"in": "input", "task": "task", "out": "output", "NPU_load": "load", "NPU_run_get": "run", "NPU_fill_tensor": "fill"}


def rows(path):
    with open(path, newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            if any(row.values()):
                yield line, row


def fail(path, line, problem):
    sys.exit(f"import_rk3399pro: {path}:{line}: {problem}")


def network(path, line, name):
    if name.lower() not in NETWORKS:
        fail(path, line, f'unknown network "{name}"; known: {", ".join(NETWORKS)}')
    return NETWORKS[name.lower()]


def short(value):
    return f"{float(value):.6g}"


def write(folder, name, header, table):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    with open(path + ".tmp", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(table)
    os.replace(path + ".tmp", path)
    print(f"{path}: {len(table)} rows")


def layers(path, folder):
    table = []
    for line, row in rows(path):
        unit = row["Component"]
        if unit not in UNITS or row["Metric"] not in PHASES:
            fail(path, line, f'unknown component "{unit}" or metric "{row["Metric"]}"')
        if not row["Time"]:
            continue
        if unit == "N":  # The NPU's own clock is fixed; the table's index is its host's.
            opp, host = "", OPPS_MHZ["B"][int(row["Freq_Host"])]
        else:
            opp = OPPS_MHZ[unit][int(row["Freq"])]
            host = OPPS_MHZ["B"][int(row["Freq_Host"])] if unit == "G" else ""
        power = short(float(row["Power"]) / 1000) if row["Power"] else ""
        table.append([network(path, line, row["Graph"]), row["Layer"], PHASES[row["Metric"]], UNITS[unit], opp, host,
                      short(row["Time"]), power])
    write(folder, "layers.csv", ["network", "layer", "phase", "unit", "opp_mhz", "host_mhz", "time_ms", "power_w"], table)


def transfers(path, folder):
    times = {}
    for line, row in rows(path):
        key = (network(path, line, row["Graph"]), int(row["Layer"]), UNITS[row["Src"]], UNITS[row["Dest"]])
        times.setdefault(key, []).append(float(row["Time"]))
    table = [[*key, short(statistics.median(values)), len(values)] for key, values in sorted(times.items())]
    write(folder, "transfers.csv", ["network", "layer", "from", "to", "time_ms", "samples"], table)


def clock_steps(path, folder):
    table = []
    for _, row in rows(path):
        name, unit = CLOCKS[row["PE"]]
        if row["Freq"] == row["NextFreq"] or (unit == "G" and row["Num_iterations"] != "4000"):
            continue
        delays = [float(row[f"T{i}"]) for i in range(1, 11)]
        table.append([name, OPPS_MHZ[unit][int(row["Freq"])], OPPS_MHZ[unit][int(row["NextFreq"])],
                      short(max(statistics.median(delays), 0) / 1000)])
    write(folder, "clock_steps.csv", ["clock", "from_mhz", "to_mhz", "delay_us"], sorted(table))


def transfer_clocks(path, folder):
    table = []
    for _, row in rows(path):
        source, target = row["order"]
        receiver = ast.literal_eval(row["RecFreq"])
        clock = "little" if target == "L" else "big"
        opps = OPPS_MHZ["L" if target == "L" else "B"]
        table.append([UNITS[source], UNITS[target], clock, opps[receiver[-1]], short(row["transfer_time"]),
                      short(float(row["transfer_power"]) / 1000)])
    write(folder, "transfer_clocks.csv", ["from", "to", "clock", "clock_mhz", "time_ms", "power_w"], sorted(table))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", required=True)
    parser.add_argument("--transfers", required=True)
    parser.add_argument("--clock-steps")
    parser.add_argument("--transfer-clocks")
    parser.add_argument("--output", required=True)
    arguments = parser.parse_args()
    layers(arguments.layers, arguments.output)
    transfers(arguments.transfers, arguments.output)
    if arguments.clock_steps:
        clock_steps(arguments.clock_steps, arguments.output)
    if arguments.transfer_clocks:
        transfer_clocks(arguments.transfer_clocks, arguments.output)


if __name__ == "__main__":
    main()
