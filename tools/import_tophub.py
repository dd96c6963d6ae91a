#!/usr/bin/env python3
"""Remakes traces/snapdragon-835/tvm-fp32/ from a folder with tophub_ops.csv, the best schedules of
github.com/tlc-pack/tophub (of its CPUs the one with a description in socs/):

    tools/import_tophub.py FOLDER [TRACES]
"""
import csv
import json
import pathlib
import sys

COLUMNS = ["network", "operator", "kind", "in_channels", "in_height", "in_width", "out_channels", "out_height",
           "out_width", "kernel_h", "kernel_w", "stride_h", "stride_w", "dilation", "groups", "padded", "unit",
           "latency_us", "tag"]
META = """\
# Best tuned kernels of TVM on the Snapdragon 835's big cores. Table made by tools/import_tophub.py.
runtime: tvm
version: TopHub arm_cpu v0.08
precision: fp32
device: Snapdragon 835 phone
threads: gold 4
method: each kernel alone in AutoTVM's loop, best schedule found
date: not given; arm_cpu_v0.08
source: github.com/tlc-pack/tophub, tophub/arm_cpu_v0.08.log
commit: f05376ec3855afd2779433982b4c668a6d1120fa
licence: none given (Apache TVM project data); measured figures only
known: measured
"""


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    traces = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else pathlib.Path(__file__).parents[1] / "traces"
    best = {}
    for row in csv.DictReader(open(pathlib.Path(sys.argv[1]) / "tophub_ops.csv")):
        if row["device_or_model"] != "snapdragon835/arm_cpu" or row["log"] != "arm_cpu_v0.08":
            continue
        inp, weight, stride, pad, dilation = json.loads(row["args"])[:5]
        (_, c, h, w), (k, _, r, s) = inp[1], weight[1]
        depthwise = row["task"].startswith("depthwise")
        kind = "depthwise_conv" if depthwise else "conv"
        oh = (h + pad[0] + pad[2] - dilation[0] * (r - 1) - 1) // stride[0] + 1
        ow = (w + pad[1] + pad[3] - dilation[1] * (s - 1) - 1) // stride[1] + 1
        key = (kind, c, h, w, c if depthwise else k, oh, ow, r, s, *stride, dilation[0], c if depthwise else 1,
               int(any(pad)))
        time, tag = float(row["mean_s"]) * 1e6, row["task"].split(".")[0]
        if key not in best or time < best[key][0]:
            best[key] = (time, tag)
    target = traces / "snapdragon-835" / "tvm-fp32"
    target.mkdir(parents=True, exist_ok=True)
    (target / "meta.yaml").write_text(META)
    with open(target / "operators.csv", "w", newline="") as f:
        table = csv.writer(f, lineterminator="\n")
        table.writerow(COLUMNS)
        for key, (time, tag) in best.items():
            table.writerow(["tophub", f"{key[0]}-{key[1]}-{key[2]}x{key[3]}-{key[4]}", *key, "gold:4", f"{time:.3f}", tag])


if __name__ == "__main__":
    main()
