#!/usr/bin/env python3
"""Raw tables of the RK3399Pro measurements -> tables in our schema.

A profile folder:
  tools/import_rk3399pro.py --layers Layers.csv --transfers Transfers.csv --output traces/rk3399pro/armcl-lwga-fp32
      [--clock-steps FreqMeasurements2_5.csv] [--transfer-clocks Transfer_Freq.csv]
      [--transfer-sizes Transfer_Data_Size_Max_Freq.csv Transfer_Data_Size_Min_Freq.csv]
Measured mappings, one table in and one out:
  tools/import_rk3399pro.py --mappings TABLE.csv --output validation/rk3399pro-mappings/lwga-alexnet.csv

Reads the tables of Ehsan-aghapour/LW-GA (Layers.csv, Transfers.csv) or Ehsan-aghapour/CO-UP-Profiling (the
same names and the two optional ones). Writes layers.csv, transfers.csv and, when asked, clock_steps.csv,
transfer_clocks.csv and transfer_sizes.csv (`kernels` is the source's own measure of size). meta.yaml is written by hand: it says what no table says.
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
    "mobilev1": "mobilenet", "resv1_50": "resnet50-v1", "squeezev1": "squeezenet", "yolov3": "yolov3",
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
    write_file(os.path.join(folder, name), header, table)


def write_file(path, header, table):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
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


def transfers(path, folder, sender_layers):
    times = {}
    for line, row in rows(path):
        key = (network(path, line, row["Graph"]), int(row["Layer"]) + (1 if sender_layers else 0), UNITS[row["Src"]], UNITS[row["Dest"]])
        times.setdefault(key, []).append(float(row["Time"]))
    table = [[*key, short(statistics.median(values)), len(values)] for key, values in sorted(times.items())]
    write(folder, "transfers.csv", ["network", "layer", "from", "to", "time_ms", "samples"], table)


def mend_outliers(delays):
    """A step up that takes over twice as long as both steps up to the neighbouring OPPs is an outlier: theirs."""
    for (clock, start, target), delay in sorted(delays.items()):
        opps = OPPS_MHZ[next(unit for name, unit in CLOCKS.values() if name == clock)]
        at = opps.index(target)
        beside = [delays[clock, start, opps[i]] for i in (at - 1, at + 1)
                  if 0 <= i < len(opps) and opps[i] > start and (clock, start, opps[i]) in delays]
        if target > start and len(beside) == 2 and delay > 2 * max(beside):
            delays[clock, start, target] = max(beside)
            print(f"clock {clock} {start} -> {target} MHz: {delay:.0f} us mended to {max(beside):.0f}")


def clock_steps(path, folder):
    delays = {}
    for _, row in rows(path):
        name, unit = CLOCKS[row["PE"]]
        if row["Freq"] == row["NextFreq"] or (unit == "G" and row["Num_iterations"] != "4000"):
            continue
        key = (name, OPPS_MHZ[unit][int(row["Freq"])], OPPS_MHZ[unit][int(row["NextFreq"])])
        delays[key] = max(statistics.median(float(row[f"T{i}"]) for i in range(1, 11)), 0) / 1000
    mend_outliers(delays)
    table = [[*key, short(delay)] for key, delay in sorted(delays.items())]
    write(folder, "clock_steps.csv", ["clock", "from_mhz", "to_mhz", "delay_us"], table)


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


def clocks_of(unit, step):
    """"600/1800" for the GPU and its host, "1416" for a CPU; the NPU shows its host's clock."""
    if step[0] in ("max", "min"):
        pick = -1 if step[0] == "max" else 0
        return f"{OPPS_MHZ['G'][pick]}/{OPPS_MHZ['B'][pick]}" if unit == "G" else str(OPPS_MHZ[unit.replace("N", "B")][pick])
    if unit == "G":
        return f"{OPPS_MHZ['G'][step[0]]}/{OPPS_MHZ['B'][step[1]]}"
    return str(OPPS_MHZ[unit.replace("N", "B")][step[0]])


def transfer_sizes(paths, folder):
    table = []
    for clocks, path in paths:
        for _, row in rows(path):
            source, target = row["order"]
            table.append([UNITS[source], UNITS[target], clocks, short(row["kernels"]), short(row["transfer_time"]),
                          short(float(row["transfer_power"]) / 1000)])
    write(folder, "transfer_sizes.csv", ["from", "to", "clocks", "kernels", "time_ms", "power_w"], sorted(table))


def mappings(path, output):
    table = []
    for line, row in rows(path):
        steps = ast.literal_eval(row["freq"])
        if len(steps) == 1:
            steps *= len(row["order"])
        if len(steps) != len(row["order"]):
            fail(path, line, f"{len(steps)} clocks for {len(row['order'])} layers")
        clocks = " ".join(clocks_of(unit, step) for unit, step in zip(row["order"], steps))
        measured = [short(row[key]) if row[key] else "" for key in ("total_time", "total_e")]
        published = [short(row[key]) if row.get(key) else "" for key in ("Predicted_Time", "Predicted_Energy")]
        table.append([network(path, line, row["graph"]), row["order"], clocks, *measured, *published])
    write_file(output, ["network", "units", "clocks_mhz", "time_ms", "energy_mj", "published_time_ms", "published_energy_mj"],
               table)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers")
    parser.add_argument("--transfers")
    parser.add_argument("--sender-layers", action="store_true",
                        help="the Layer of the transfers is the one that sends (CO-UP); else the one that receives")
    parser.add_argument("--mappings")
    parser.add_argument("--clock-steps")
    parser.add_argument("--transfer-clocks")
    parser.add_argument("--transfer-sizes", nargs=2, metavar=("HIGHEST", "LOWEST"),
                        help="hand-overs by size at the highest and at the lowest clocks")
    parser.add_argument("--output", required=True)
    arguments = parser.parse_args()
    if arguments.mappings:
        mappings(arguments.mappings, arguments.output)
    if arguments.layers:
        layers(arguments.layers, arguments.output)
    if arguments.transfers:
        transfers(arguments.transfers, arguments.output, arguments.sender_layers)
    if arguments.clock_steps:
        clock_steps(arguments.clock_steps, arguments.output)
    if arguments.transfer_sizes:
        transfer_sizes(list(zip(("highest", "lowest"), arguments.transfer_sizes)), arguments.output)
    if arguments.transfer_clocks:
        transfer_clocks(arguments.transfer_clocks, arguments.output)


if __name__ == "__main__":
    main()
