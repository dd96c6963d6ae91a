#!/usr/bin/env python3
"""Remakes traces/snapdragon-8-elite/ggml-fp16/ and ggml-fp32/ from a folder with
s25_ggml_op_perf.csv, single operators of ggml on a Galaxy S25 (columns backend, op, params,
us_per_run):

    tools/import_galaxy_s25.py FOLDER [TRACES]

Left out, as no cost here is made of them: weights of fewer than 16 bits and bfloat16 (neither is a
precision of this simulator, and no unit of this SoC runs ggml in int8), rotary embeddings and
copies of 16-bit activations (ggml keeps activations in 32), rotary embeddings of several modalities,
transposes of rows of 786432 elements, additions by index (mixtures of experts), sorting, and the rows of backend `GPU+HTP`, which do not say
which of the two ran them.
"""
import csv
import pathlib
import re
import sys

SOC = "snapdragon-8-elite"
UNITS = {"CPU": "prime:2 gold:6", "GPU_OpenCL_Adreno830": "gpu"}
PLAIN_ROPE = ("0", "2")  # Pairs beside each other, or half a head apart; others are of several modalities.
WIDEST = 100000
WEIGHTS = {"f16": "fp16", "f32": "fp32"}
COLUMNS = ["network", "operator", "kind", "function", "in_channels", "in_height", "in_width",
           "out_channels", "out_height", "out_width", "kernel_h", "kernel_w", "stride_h", "stride_w",
           "dilation", "groups", "inputs", "fused", "fused_elements", "unit", "latency_us", "tag"]
META = """\
# Single operators of ggml on the Galaxy S25. Tables made by tools/import_galaxy_s25.py.
runtime: ggml
version: of the repository's commit
precision: {precision}
device: Samsung Galaxy S25 (Snapdragon 8 Elite for Galaxy, Adreno 830)
threads: all eight cores, the harness's default (the table does not say), or the GPU through OpenCL
method: >-
  each operator alone, mean of many runs (6 to 300000), one session of one phone. {content}
date: 2026-06-13
source: github.com/hedone21/llm_rs2, operator table of ggml's performance harness
commit: 31a97d305d30022038cb9747952faf8ea7a7c2ef
licence: none given (no licence file); measured figures only
known: measured
"""
CONTENT = {
    "fp32": "Products with 32-bit weights, and the operators on activations, which ggml keeps in 32 bits.",
    "fp16": "Products with 16-bit weights and attention over 16-bit keys and values.",
}
CAVEAT = (" The CPU's products of one token were disturbed: nine formats of the same weights in a row,"
          " 33 to 235 MB, took 6.5 to 7.7 ms, two tokens right after them 1.3 to 7 ms.")


def numbers(text):
    return [int(v) for v in text.strip("[]").split(",")]


def product(p):
    """ggml: m rows of weights, n of activations; bs matrices, each shared by nr of the other side."""
    m, n, k = (int(p[key]) for key in "mnk")
    weights, shared = (numbers(p[key])[0] for key in ("bs", "nr"))
    if weights == shared == 1:
        return "fully_connected", "", (k, n, 1), (m, n, 1), 1, 1, 0, f"{m}x{k}-{n}"
    batch = weights * shared
    return "matmul", "", (k, n, batch), (m, n, batch), 1, 2, weights * m * k, f"{m}x{k}-{n}-{batch}"


def attention(p):
    heads, size = int(p["nh"]) * numbers(p["nr23"])[0], int(p["hsk"])
    keys, queries = int(p["kv"]), int(p["nb"])
    width = heads * size
    return ("attention", "", (width, keys, 1), (width, queries, 1), heads, 3, 0,
            f"{heads}x{size}-{keys}-{queries}")


def by_rows(kind, function, extents, out=None, further=0, name=None):
    """Extents innermost first, as ggml has them: rows of extents[0] channels."""
    rows = 1
    for e in extents[1:]:
        rows *= e
    shape = (extents[0], rows, 1)
    return (kind, function, shape, out or shape, 1, 2 if further else 1, further,
            name or "x".join(map(str, extents)))


def copied(p):
    extents = numbers(p["ne"])
    order = numbers(p["permute_src"])
    if p["_src_transpose"] == "1":
        order = [1, 0, 2, 3]
    order = order if any(order) else [0, 1, 2, 3]
    flat = by_rows("permute", "", extents)
    if order[0] == 0:
        return flat
    moved = [extents[order.index(axis)] for axis in range(4)]
    return by_rows("permute", "", extents, out=by_rows("permute", "", moved)[2])


def read(op, p):
    """Kind, function, input and output extents, groups, inputs, further elements read, shape; nothing
    for what is left out."""
    if op == "MUL_MAT":
        return product(p) if p["type_a"] in WEIGHTS else None
    if op == "FLASH_ATTN_EXT":
        return attention(p)
    if op == "SOFT_MAX":
        return by_rows("softmax", "", numbers(p["ne"]))
    if op == "ROPE":
        plain = p["type"] == "f32" and p["mode"] in PLAIN_ROPE
        return by_rows("elementwise", "rope", numbers(p["ne_a"])) if plain else None
    if op == "ADD":
        extents = [a * b for a, b in zip(numbers(p["ne"]), numbers(p["nr"]))]
        return by_rows("elementwise", "add", extents, further=numbers(p["ne"])[0])
    if op == "SUM_ROWS":
        extents = numbers(p["ne"])
        return by_rows("reduction", "sum", extents, out=(1, extents[1], 1))
    if op == "CPY" and p["type_src"] == "f32" and p["type_dst"] in WEIGHTS:
        return copied(p) if numbers(p["ne"])[0] < WIDEST else None
    return None


def tag_of(op, p):
    if op == "ROPE":
        return f"mode {p['mode']}, view {p['v']}, factors {p['ff']}"
    if op == "CPY":
        return f"{p['type_src']} to {p['type_dst']}"
    return ""


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    traces = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else pathlib.Path(__file__).parents[1] / "traces"
    tables = {"fp16": [], "fp32": []}
    for row in csv.DictReader(open(pathlib.Path(sys.argv[1]) / "s25_ggml_op_perf.csv")):
        p = dict(re.findall(r"(\w+)=(\[[^\]]*\]|[^,]*)", row["params"]))
        got = read(row["op"], p) if row["backend"] in UNITS else None
        if not got:
            continue
        kind, function, inp, out, groups, inputs, further, shape = got
        name = row["op"].lower().replace("_", "-")
        precision = "fp16" if row["op"] == "FLASH_ATTN_EXT" else WEIGHTS.get(p.get("type_a"), "fp32")
        # One network a shape: what is left out together.
        tables[precision].append([f"{name}-{shape}", name, kind, function, *inp, *out, 1, 1, 1, 1, 1, groups,
                                  inputs, 0, further, UNITS[row["backend"]], row["us_per_run"], tag_of(row["op"], p)])
    for precision, rows in tables.items():
        target = traces / SOC / f"ggml-{precision}"
        target.mkdir(parents=True, exist_ok=True)
        (target / "meta.yaml").write_text(META.format(precision=precision, content=CONTENT[precision] + CAVEAT))
        with open(target / "operators.csv", "w", newline="") as f:
            table = csv.writer(f, lineterminator="\n")
            table.writerow(COLUMNS)
            table.writerows(rows)


if __name__ == "__main__":
    main()
