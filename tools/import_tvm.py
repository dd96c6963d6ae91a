#!/usr/bin/env python3
"""Remakes traces/<soc>/tvm-<precision>/ from a folder with the tables adreno_ops_best.csv and e2e.csv
reduced from the AutoTVM logs of github.com/octoml/qualcomm: templates.csv has every kernel,
operators.csv the best of each operator:

    tools/import_tvm.py FOLDER [TRACES]
"""
import csv
import pathlib
import sys

SOCS = {"SD888_Adreno660(2022 logs)": "snapdragon-888", "SD8Gen1_Adreno730": "snapdragon-8-gen-1"}
DEVICES = {"snapdragon-888": "Realme GT 5G (Adreno 660)", "snapdragon-8-gen-1": "Snapdragon 8 Gen 1 phone (Adreno 730)"}
NETWORKS = {
    "classifier_nhwc": "classifier", "detector_nchw": "detector",
    "faster_float16": "faster-rcnn", "faster_float32": "faster-rcnn", "onnx_faster_rcnn": "faster-rcnn",
    "onnx_ssd_resnet34": "ssd-resnet34", "resnet_float16": "ssd-resnet34", "resnet_float32": "ssd-resnet34",
    "resnet_float16_acc32": "ssd-resnet34", "mace_deeplabv3": "deeplab-v3",
    "mace_inceptionv3": "inception-v3", "mace_inceptionv3_nchw": "inception-v3",
    "mace_mobilenetv1": "mobilenet-v1", "mace_mobilenetv1_nchw": "mobilenet-v1", "mace_mobilenetv1_nhwc": "mobilenet-v1",
    "mace_resnet50_v2": "resnet50-v2", "mace_yolov3": "yolov3", "onnx_yolo_v3": "yolov3",
    "yolov3_float16": "yolov3", "yolov3_float32": "yolov3", "yolov3_float16_acc32": "yolov3",
    "mxnet_vgg16": "vgg16", "vgg16": "vgg16",
}
COLUMNS = ["network", "operator", "kind", "in_channels", "in_height", "in_width", "out_channels", "out_height",
           "out_width", "kernel_h", "kernel_w", "stride_h", "stride_w", "dilation", "groups", "padded", "unit",
           "latency_us", "batch", "tag"]
META = """\
# Best tuned kernels of AutoTVM on {soc}'s GPU. Tables made by tools/import_tvm.py.
runtime: tvm
version: TVM with the image2d templates of Adreno, AutoTVM logs of 2022 and 2023
precision: {precision}
device: {device}
threads: gpu
method: each kernel alone in AutoTVM's loop, best schedule found; networks as the README gives them
date: 2023-09-27
source: github.com/octoml/qualcomm, logs and README of the whole history
commit: d57b94c2dd4c0c1e33c8cd2f68c04982dffc4372
licence: Apache-2.0
known: measured
"""


def ints(text):
    return [int(v) for v in text.split("x")]


def shape(row):
    """Extents of a row, tensors blocked by four channels opened up."""
    task, inp, weight = row["task"], ints(row["input_shape"]), ints(row["weight_shape"])
    if task.startswith("dense"):
        return dict(batch=inp[0], c=inp[1], h=1, w=1, k=weight[0], r=1, s=1, stride=[1, 1], dilation=1, oh=1, ow=1,
                    padded=0)
    packed = len(inp) == 5
    if packed:
        batch, c, h, w = inp[0], inp[1] * 4, inp[2], inp[3]
        k, r, s = weight[0] * 4, weight[2], weight[3]
    elif "nhwc" in task:
        batch, h, w, c = inp
        r, s, k = weight[0], weight[1], weight[3]
    else:
        batch, c, h, w = inp
        k, r, s = weight[0], weight[2], weight[3]
    if task.startswith("depthwise"):
        k = c
    stride, pad, dilation = ints(row["strides"]), ints(row["pad"]), ints(row["dilation"])[0]
    oh = (h + pad[0] + pad[2] - dilation * (r - 1) - 1) // stride[0] + 1
    ow = (w + pad[1] + pad[3] - dilation * (s - 1) - 1) // stride[1] + 1
    return dict(batch=batch, c=c, h=h, w=w, k=k, r=r, s=s, stride=stride, dilation=dilation, oh=oh, ow=ow,
                padded=int(any(pad)))


def accumulators(rows):
    """fp16 rows: 16, 32, or ? where two rows of one kernel do not say which sums in fp32."""
    groups = {}
    for i, row in enumerate(rows):
        key = tuple(row[c] for c in ("soc", "task", "dtype", "input_shape", "weight_shape", "strides", "pad",
                                     "dilation"))
        groups.setdefault(key, []).append(i)
    result = [""] * len(rows)
    for members in groups.values():
        for i in members:
            models = rows[i]["models"].split(";")
            if rows[i]["dtype"] == "float32":
                result[i] = "32"
            elif "_acc32." in rows[i]["task"] or any("acc32" in m for m in models):
                result[i] = "32"
            elif any(m.endswith("float16") for m in models) or len(members) == 1:
                result[i] = "16"
            else:
                result[i] = "?"
        if len(members) == 2:
            for a, b in (members, members[::-1]):
                if result[a] == "?" and result[b] != "?":
                    result[a] = "16" if result[b] == "32" else "32"
    return result


def deployed(table):
    """Of each operator the fastest template, accumulating in its own precision: what TVM would run."""
    best = {}
    for row in table:
        precise = row[-1].split("/")[1]
        if precise == "acc32" and any("acc16" in r[-1] or "acc?" in r[-1] for r in table):
            continue
        key = tuple(row[1:16])
        if key not in best or float(row[17]) < float(best[key][17]):
            best[key] = row
    return list(best.values())


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    traces = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else pathlib.Path(__file__).parents[1] / "traces"
    rows = [r for r in csv.DictReader(open(folder / "adreno_ops_best.csv")) if r["soc"] in SOCS]
    tables = {}
    for row, acc in zip(rows, accumulators(rows)):
        if "mali" in row["task"]:  # a template of another GPU, never tuned for this one
            continue
        x = shape(row)
        kind = ("depthwise_conv" if row["task"].startswith("depthwise")
                else "fully_connected" if row["task"].startswith("dense") else "conv")
        tag = row["task"].split(".")[0].replace("_acc32", "")
        packed = len(ints(row["input_shape"])) == 5
        precision = "fp32" if row["dtype"] == "float32" else "fp16"
        out = [";".join(sorted({NETWORKS[m] for m in row["models"].split(";")})),
               f"{kind}-{x['c']}-{x['h']}x{x['w']}-{x['k']}", kind, x["c"], x["h"] * x["batch"], x["w"], x["k"],
               x["oh"] * x["batch"], x["ow"], x["r"], x["s"], x["stride"][0], x["stride"][1], x["dilation"],
               x["c"] if kind == "depthwise_conv" else 1, x["padded"], "gpu", f"{float(row['best_ms']) * 1e3:.3f}",
               x["batch"], tag + f"/acc{acc}" + ("/packed" if packed else "")]
        tables.setdefault((SOCS[row["soc"]], precision), []).append(out)
    networks = {}
    for row in csv.DictReader(open(folder / "e2e.csv")):
        if row["soc"].split("(")[0] not in {s.split("(")[0] for s in SOCS}:
            continue
        soc = next(v for k, v in SOCS.items() if k.split("(")[0] == row["soc"].split("(")[0])
        precision = "fp32" if row["precision"] == "fp32" else "fp16"
        acc = "16" if row["precision"] == "fp16" else "32"
        campaign = "2022" if "2022" in row["source"] else "2023"
        networks.setdefault((soc, precision), []).append(
            [NETWORKS[row["model"]], "gpu", row["e2e_ms"], f"{campaign}/{row['executor']}/acc{acc}"])
    for (soc, precision), table in sorted(tables.items()):
        target = traces / soc / f"tvm-{precision}"
        target.mkdir(parents=True, exist_ok=True)
        (target / "meta.yaml").write_text(META.format(soc=soc, precision=precision, device=DEVICES[soc]))
        for name, some in (("templates.csv", table), ("operators.csv", deployed(table))):
            with open(target / name, "w", newline="") as f:
                csv.writer(f, lineterminator="\n").writerows([COLUMNS] + some)
        if (soc, precision) in networks:
            with open(target / "networks.csv", "w", newline="") as f:
                csv.writer(f, lineterminator="\n").writerows(
                    [["network", "unit", "latency_ms", "tag"]] + networks[soc, precision])


if __name__ == "__main__":
    main()
