#!/usr/bin/env python3
"""Remakes traces/rk3588/rknn-int8/ from a folder with rk3588_npu_per_layer.csv, a transcript of RKNN's
eval_perf logs:

    tools/import_rknn.py FOLDER [TRACES]

Layers on the CPU are left out; shapes are those of the log, windows and strides follow from them."""
import csv
import pathlib
import sys

COLUMNS = ["network", "operator", "kind", "function", "in_channels", "in_height", "in_width", "out_channels",
           "out_height", "out_width", "kernel_h", "kernel_w", "stride_h", "stride_w", "dilation", "groups", "inputs",
           "fused", "fused_elements", "unit", "latency_us"]
META = """\
# Layers of YOLOv5s-ReLU on one core of the RK3588's NPU. Table made by tools/import_rknn.py.
runtime: rknn
version: RKNN Toolkit 2 (1.5 or so; the log does not say)
precision: int8
device: board with an RK3588 (NPU at 1 GHz)
threads: one of three cores
method: layer by layer, as the toolkit's eval_perf lists them (synchronised after each layer)
date: unknown
source: published eval_perf log
commit: none
licence: none given; measured figures only
known: measured
"""
KINDS = {"Concat": "concat", "MaxPool": "pool"}


def extents(text):
    return [[int(v) for v in shape.split(",")] for shape in text.split(";")]


def layer(row):
    shapes, out = extents(row["in_shapes_nchw"]), extents(row["out_shape_nchw"])[0]
    first = shapes[0]
    r = dict(network=row["model"].replace("_int8", "").replace("_", "-"), operator=f"{row['op']}_{row['id']}",
             kind=KINDS.get(row["op"]), function="", in_channels=first[1], in_height=first[2], in_width=first[3],
             out_channels=out[1], out_height=out[2], out_width=out[3], kernel_h=1, kernel_w=1, stride_h=1, stride_w=1,
             dilation=1, groups=1, inputs=len(shapes), fused=0, fused_elements=0, unit="npu",
             latency_us=row["time_us"])
    if row["op"].startswith("Conv"):
        if "Concat" == row["op"]:
            return r
        transposed, weights = "Transpose" in row["op"], shapes[1]
        r.update(kind="deconv" if transposed else "conv", kernel_h=weights[2], kernel_w=weights[3], inputs=1)
        if weights[1] == 1 and first[1] > 1:
            r.update(groups=first[1], kind="deconv" if transposed else "depthwise_conv")
        near, far = (first, out) if transposed else (out, first)
        r.update(stride_h=max(1, far[2] // near[2]), stride_w=max(1, far[3] // near[3]))
        rest = shapes[2:]
        r.update(fused=len(rest), fused_elements=sum(s[0] * s[1] * s[2] * s[3] for s in rest))
    elif row["op"] == "Concat":
        # One channel count for all: the table has room for the first.
        r.update(in_channels=out[1])
    elif row["op"] == "MaxPool":
        r.update(function="max", kernel_h=5, kernel_w=5)
    if r["kind"] is None:
        sys.exit(f"{row['op']}: unknown operator")
    return r


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    traces = pathlib.Path(sys.argv[2] if len(sys.argv) == 3 else pathlib.Path(__file__).parent.parent / "traces")
    with open(pathlib.Path(sys.argv[1]) / "rk3588_npu_per_layer.csv", newline="") as f:
        rows = [layer(row) for row in csv.DictReader(f) if row["target"] == "NPU"]
    folder = traces / "rk3588" / "rknn-int8"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "operators.csv", "w", newline="") as f:
        writer = csv.DictWriter(f, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    (folder / "meta.yaml").write_text(META)
    print(f"{folder}: {len(rows)} layers")


main()
