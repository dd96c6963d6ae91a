#!/usr/bin/env python3
"""Tables of qed-usc/mobile-ml-benchmark (dataset/*.csv) -> tables in our schema.

  tools/import_qed_usc.py cpu-networks DATASET traces
      DATASET/tflite_cnn_e2e.csv -> traces/<soc>/tflite-{fp32,int8}/networks.csv, rows of CPU cores;
      rows of other units that are there already stay.
  tools/import_qed_usc.py gpu-networks DATASET traces
      The same for rows of the GPU.
  tools/import_qed_usc.py gpu-operators DATASET traces
      DATASET/tflite_cnn_ops_gpu.csv -> traces/<soc>/tflite-fp32/operators.csv, all of them on the GPU;
      sd_us is how far the times of one operator in several networks lie apart, by kind of operator.

meta.yaml is written by hand: it says what no table says.
"""
import argparse
import csv
import math
import os
import re
import sys

# Device of the tables: our SoC, and its clusters by the tables' name for their cores.
DEVICES = {
    "pixel4": ("snapdragon-855", {"large": "prime", "med": "gold", "small": "silver"}),
    "s10": ("exynos-9820", {"large": "big", "med": "mid", "small": "little"}),
    "mi8se": ("snapdragon-710", {"large": "gold", "small": "silver"}),
    "a03s": ("helio-p35", {"large": "big", "small": "little"}),
    "iphonexs": ("apple-a12", {"large": "big", "small": "little"}),
    "iphone7": ("apple-a10", {"large": "big", "small": "little"}),
}
PRECISIONS = {"float": "fp32", "quant": "int8"}
OPERATORS = {
    "CONV_2D": ("conv", ""), "CONV_2D_GROUP": ("grouped_conv", ""), "DEPTHWISE_CONV_2D": ("depthwise_conv", ""),
    "FULLY_CONNECTED": ("fully_connected", ""), "MEAN": ("reduction", "mean"), "CONCATENATION": ("concat", ""),
    "MAX_POOL_2D": ("pool", "max"), "AVERAGE_POOL_2D": ("pool", "avg"),
}
OPERATOR_COLUMNS = ["network", "operator", "kind", "function", "in_channels", "in_height", "in_width", "out_channels",
                    "out_height", "out_width", "kernel_h", "kernel_w", "stride_h", "stride_w", "dilation", "groups",
                    "inputs", "fused", "fused_elements", "unit", "latency_us", "sd_us"]
NETWORK_COLUMNS = ["network", "unit", "latency_ms", "sd_ms", "gmacs", "weights_m"]


def fail(problem):
    sys.exit(f"import_qed_usc: {problem}")


def short(value):
    return f"{float(value):.6g}"


def write_csv(path, columns, rows):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def cores(device, text):
    """`1large1med` -> `prime:1 gold:1`"""
    clusters = DEVICES[device][1]
    parts = re.findall(r"(\d)(\D+)", text)
    if "".join(n + name for n, name in parts) != text or any(name not in clusters for _, name in parts):
        fail(f'{device}: unknown cores "{text}"; known: {", ".join(clusters)}')
    return " ".join(f"{clusters[name]}:{n}" for n, name in parts)


def kept_rows(path, units):
    """Rows of an earlier table on other units, in our columns."""
    if not os.path.exists(path):
        return []
    with open(path, newline="") as file:
        return [[row.get(c, "") for c in NETWORK_COLUMNS] for row in csv.DictReader(file) if row["unit"] not in units]


def networks(dataset, traces, gpu):
    tables = {}
    with open(os.path.join(dataset, "tflite_cnn_e2e.csv"), newline="") as file:
        for row in csv.DictReader(file):
            for column, text in row.items():
                parts = column.split("|")
                if len(parts) != 4 or (parts[1] == "gpu") != gpu or parts[3] != "mean" or not text:
                    continue
                device, unit, precision, _ = parts
                if device not in DEVICES:
                    fail(f'unknown device "{device}"; known: {", ".join(DEVICES)}')
                std = row["|".join([device, unit, precision, "std"])]
                # FLOPS: two a multiply-accumulate; size: bytes of the float weights; times: us
                tables.setdefault((DEVICES[device][0], PRECISIONS[precision]), []).append([
                    row["model"], unit if gpu else cores(device, unit), short(float(text) / 1e3), short(float(std) / 1e3) if std else "",
                    short(float(row["FLOPS"]) / 2e9), short(float(row["size"]) / 4e6)])
    for (soc, precision), rows in tables.items():
        path = os.path.join(traces, soc, f"tflite-{precision}", "networks.csv")
        rows.sort(key=lambda r: r[1])  # by unit; networks stay in the table's order
        write_csv(path, NETWORK_COLUMNS, rows + kept_rows(path, {r[1] for r in rows}))


def whole(text, otherwise):
    return otherwise if text == "-" else int(text)


def linked(kernel):
    """Operators fused into a kernel, and how many of them read another tensor: additions, but for those after a
    multiplication, which are a batch normalisation's."""
    links = [re.sub(r"_\d+$", "", part) for part in kernel.split("_linked_:_")[1:]]
    before = links[: links.index("mul")] if "mul" in links else links
    return len(links), before.count("add")


def operator(row, kernel):
    """Columns from kind to fused_elements."""
    if row["operation"] not in OPERATORS:
        fail(f'unknown operation "{row["operation"]}"; known: {", ".join(OPERATORS)}')
    kind, function = OPERATORS[row["operation"]]
    inputs, size = int(row["Input_channel"]), whole(row["Input_shape"], 1)
    out_size, filters = whole(row["Output_shape"], 1), whole(row["Filter"], inputs)
    stride, window, groups = whole(row["Stride"], 1), whole(row["Kernel"], 1), whole(row["Group"], 1)
    if kind == "depthwise_conv":
        filters, groups = inputs * filters, inputs
    if kind == "reduction":  # its output is in channels
        out_size, window, stride, filters = 1, size, 1, inputs
    tensors = 1
    if kind == "concat":
        window, tensors = 1, window
    fused, readers = linked(kernel)
    return [kind, function, inputs, size, size, filters, out_size, out_size, window, window, stride, stride, 1, groups,
            tensors, fused, readers * filters * out_size * out_size]


def group_of(columns):
    """From kind on: a kind, and whether on a single pixel."""
    return columns[0], columns[3] == 1


def spreads(rows):
    """By group: how far times of the same operator in several networks lie apart, relative; 68 % are nearer."""
    same = {}
    for row in rows:  # everything but the network, the name and the time
        same.setdefault(tuple(row[2:-1]), []).append((row[0], math.log(float(row[-1]))))
    apart = {}
    for key, times in same.items():
        networks = len({network for network, _ in times})
        if networks > 1:
            middle = sorted(t for _, t in times)[len(times) // 2]
            widen = math.sqrt(networks / (networks - 1))
            apart.setdefault(group_of(key), []).extend(abs(t - middle) * widen for _, t in times)
    return {group: sorted(values)[len(values) * 68 // 100] for group, values in apart.items()}


def gpu_operators(dataset, traces):
    tables = {}
    with open(os.path.join(dataset, "tflite_cnn_ops_gpu.csv"), newline="") as file:
        for row in csv.DictReader(file):
            for column, text in row.items():
                parts = column.split("|")
                if len(parts) != 3 or parts[2] != "float" or not text:
                    continue
                kernel = row[f"{parts[0]}|gpu|kernel"]
                name = re.sub(r"_linked.*", "", kernel)
                tables.setdefault(DEVICES[parts[0]][0], []).append(
                    [row["model"], name] + operator(row, kernel) + ["gpu", short(text)])
    latency = OPERATOR_COLUMNS.index("latency_us")
    for soc, rows in tables.items():
        spread = spreads(rows)
        for row in rows:
            row.append(f"{float(row[latency]) * spread[group_of(row[2:])]:.3g}" if group_of(row[2:]) in spread else "")
        write_csv(os.path.join(traces, soc, "tflite-fp32", "operators.csv"), OPERATOR_COLUMNS, rows)


COMMANDS = {
    "cpu-networks": lambda dataset, traces: networks(dataset, traces, False),
    "gpu-networks": lambda dataset, traces: networks(dataset, traces, True),
    "gpu-operators": gpu_operators,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in COMMANDS:
        command = commands.add_parser(name)
        command.add_argument("dataset")
        command.add_argument("traces")
    arguments = parser.parse_args()
    COMMANDS[arguments.command](arguments.dataset, arguments.traces)


if __name__ == "__main__":
    main()
