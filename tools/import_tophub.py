#!/usr/bin/env python3
"""Remakes traces/<soc>/tvm-fp32/ from a folder with tophub_ops.csv, the best schedules of
github.com/tlc-pack/tophub, for its CPUs with a description in socs/:

    tools/import_tophub.py FOLDER [TRACES]
"""
import csv
import json
import pathlib
import sys

COLUMNS = ["network", "operator", "kind", "in_channels", "in_height", "in_width", "out_channels", "out_height",
           "out_width", "kernel_h", "kernel_w", "stride_h", "stride_w", "dilation", "groups", "padded", "unit",
           "latency_us", "tag"]
# Name in the table, SoC, cores TVM's target uses, device.
DEVICES = [("snapdragon835", "snapdragon-835", "gold:4", "Snapdragon 835 phone"),
           ("kirin970", "kirin-970", "big:4", "Kirin 970 phone"),
           ("rk3399", "rk3399", "big:2", "RK3399 board"),
           ("bcm2837", "bcm2837", "cpu:4", "Raspberry Pi 3, 32-bit system")]
META = """\
# Best tuned kernels of TVM on the big cores. Table made by tools/import_tophub.py.
runtime: tvm
version: TopHub arm_cpu v0.08
precision: fp32
device: {device}
threads: "{unit}"
method: each kernel alone in AutoTVM's loop, best schedule found
date: not given; arm_cpu_v0.08
source: github.com/tlc-pack/tophub, tophub/arm_cpu_v0.08.log
commit: f05376ec3855afd2779433982b4c668a6d1120fa
licence: none given (Apache TVM project data); measured figures only
known: measured
"""


def best_kernels(folder, device):
    best = {}
    for row in csv.DictReader(open(folder / "tophub_ops.csv")):
        if row["device_or_model"] != device + "/arm_cpu" or row["log"] != "arm_cpu_v0.08":
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
    return best


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    traces = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else pathlib.Path(__file__).parents[1] / "traces"
    for name, soc, unit, device in DEVICES:
        target = traces / soc / "tvm-fp32"
        target.mkdir(parents=True, exist_ok=True)
        (target / "meta.yaml").write_text(META.format(device=device, unit=unit))
        with open(target / "operators.csv", "w", newline="") as f:
            table = csv.writer(f, lineterminator="\n")
            table.writerow(COLUMNS)
            for key, (time, tag) in best_kernels(pathlib.Path(sys.argv[1]), name).items():
                table.writerow(["tophub", f"{key[0]}-{key[1]}-{key[2]}x{key[3]}-{key[4]}", *key, unit, f"{time:.3f}",
                                tag])


if __name__ == "__main__":
    main()
