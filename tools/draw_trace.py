#!/usr/bin/env python3
"""Draws the trace that `partita run --trace FILE` writes as a static SVG timeline.

  tools/draw_trace.py TRACE.json --output TIMELINE.svg

A row per unit and per hand-over between units, in the order they first work; colour is the kind of task,
lightness the request. Below: the counters of the trace (power, memory bandwidth, clocks that change) as steps.
"""
import argparse
import json
import math
import re
import sys
from html import escape

# Okabe and Ito's palette, which stays distinct under the common colour vision deficiencies.
COLOURS = {
    "compute": "#0072B2", "input": "#E69F00", "transform": "#CC79A7", "map": "#56B4E9", "sync": "#D55E00",
    "copy": "#009E73", "cast": "#F0E442", "unmap": "#999999", "dvfs": "#000000",
}
UNKNOWN = "#666666"
COUNTERS = {"power": "#D55E00", "memory bandwidth": "#009E73"}
LIGHTNESS = (0.72, 0.52, 0.32, 0.12, -0.12, -0.34)  # share of white mixed in; negative: of black
MOST = 1e15  # of microseconds: 30 years
INK, FAINT, GRID = "#222222", "#5f6670", "#e3e6ea"
WIDTH, LEFT, RIGHT = 1000, 168, 22
UNIT_ROW, THIN_ROW, GAP, COUNTER_ROW = 46, 14, 8, 50
RUN_LABEL = 14  # room above the slices of a unit's row for the number of the request


class TraceError(Exception):
    pass


def number(event, key):
    value = event.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < MOST:
        raise TraceError(f'event "{event.get("name", "")}": {key}: not a number below {MOST:.0e}')
    return value


class Row:
    def __init__(self, name, order):
        self.name, self.order, self.slices = name, order, []
        self.y = self.height = 0

    @property
    def is_unit(self):
        return any(s["kind"] in ("compute", "input") for s in self.slices)

    def modes(self):
        return sorted({s["args"]["mode"] for s in self.slices if "mode" in s["args"]})


class Trace:
    """The events of a trace, checked and sorted into rows, counters and arrows; times in ms."""

    def __init__(self, path):
        document = read_json(path)
        events = document.get("traceEvents") if isinstance(document, dict) else document
        if not isinstance(events, list) or not all(isinstance(e, dict) for e in events):
            raise TraceError("traceEvents: not a list of events")
        about = document.get("otherData") if isinstance(document, dict) else None
        self.about = about if isinstance(about, dict) else {}
        self.process, self.rows, self.counters, self.arrows = "", {}, {}, {}
        for event in events:
            self.read(event)
        self.end_ms = max((s["end"] for row in self.rows.values() for s in row.slices), default=0)
        if self.end_ms <= 0:
            raise TraceError('traceEvents: no slice (ph "X") that takes time')
        for samples in self.counters.values():
            samples.sort(key=lambda sample: sample[0])

    def read(self, event):
        phase, args, name = event.get("ph"), event.get("args"), str(event.get("name", ""))
        args = args if isinstance(args, dict) else {}
        if phase == "M" and name == "process_name":
            self.process = str(args.get("name", ""))
        elif phase == "M" and name == "thread_name":
            self.row(event).name = str(args.get("name", ""))
        elif phase == "M" and name == "thread_sort_index":
            self.row(event).order = number(args, "sort_index")
        elif phase == "X":
            start, length = number(event, "ts") / 1000, number(event, "dur") / 1000
            if start < 0 or length < 0:
                raise TraceError(f'event "{name}": ts and dur must not be negative')
            request = args.get("request")
            self.row(event).slices.append({
                "name": str(args.get("operator", name)), "kind": str(event.get("cat", "task")), "start": start,
                "end": start + length, "request": request if isinstance(request, int) else None, "args": args})
        elif phase == "C":
            self.counters.setdefault(name, []).append((number(event, "ts") / 1000, number(args, "value")))
        elif phase in ("s", "f"):
            ends = self.arrows.setdefault(str(event.get("id")), {})
            ends[phase] = (self.row(event), number(event, "ts") / 1000)

    def row(self, event):
        tid = event.get("tid")
        if not isinstance(tid, int):
            raise TraceError(f'event "{event.get("name", "")}": tid: not a whole number')
        return self.rows.setdefault(tid, Row(f"track {tid}", tid))

    def requests(self):
        found = {s["request"] for row in self.rows.values() for s in row.slices}
        return sorted(r for r in found if r is not None)

    def title(self):
        where = self.process or str(self.about.get("soc", ""))
        model = str(self.about.get("model", ""))
        return f"{model} on {where}" if model and where else model or where or "Timeline"

    def subtitle(self):
        parts = [f"{key} {self.about[key]}" for key in ("runtime", "objective") if key in self.about]
        count = len(self.requests())
        if count > 0:
            parts.append(f"{count} request" + ("" if count == 1 else "s"))
        return " · ".join(parts)


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except OSError as error:
        raise TraceError(error.strerror or "cannot be read") from error
    except UnicodeDecodeError as error:
        raise TraceError("not a text file in UTF-8") from error
    except json.JSONDecodeError as error:
        raise TraceError(f"not JSON: line {error.lineno}, column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise TraceError("not a trace: nested too deep") from error


def number_text(value):
    return f"{value:.4g}"


def coordinate(value):
    return f"{value:.2f}".rstrip("0").rstrip(".")


def shade(colour, share):
    towards = 255 if share > 0 else 0
    channels = [int(colour[i:i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(c + (towards - c) * abs(share)):02x}" for c in channels)


def is_dark(colour):
    red, green, blue = (int(colour[i:i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140


def tick_step(span, most):
    step = 10 ** math.floor(math.log10(span / most))
    return next(step * f for f in (1, 2, 5, 10, 20) if span / (step * f) <= most)


def text_width(text, size):
    return len(text) * size * 0.58


def fitting(name, size):
    """The size at which a row's name still fits left of the row."""
    return min(size, size * (LEFT - 24) / max(text_width(name, size), 1))


class Drawing:
    def __init__(self, trace):
        self.trace, self.out = trace, []
        self.levels = {r: LIGHTNESS[i % len(LIGHTNESS)] for i, r in enumerate(trace.requests())}
        if len(self.levels) == 1:
            self.levels = dict.fromkeys(self.levels, 0.12)

    def x(self, ms):
        return LEFT + (WIDTH - LEFT - RIGHT) * ms / self.trace.end_ms

    def add(self, tag, content=None, **attributes):
        given = "".join(f' {key.replace("_", "-")}="{coordinate(v) if isinstance(v, (int, float)) else escape(v)}"'
                        for key, v in attributes.items())
        self.out.append(f"<{tag}{given}/>" if content is None else f"<{tag}{given}>{content}</{tag}>")

    def text(self, x, y, content, size=11, fill=INK, **more):
        self.add("text", plain(content), x=x, y=y, font_size=size, fill=fill, **more)

    def svg(self):
        busy = sorted((r for r in self.trace.rows.values() if r.slices),
                      key=lambda r: (min(s["start"] for s in r.slices), r.order))
        idle = sorted((r for r in self.trace.rows.values() if not r.slices), key=lambda r: r.order)
        self.text(16, 27, self.trace.title(), size=16, font_weight="bold")
        self.text(16, 45, self.trace.subtitle(), size=11, fill=FAINT)
        top = self.legend(66) + 14
        y = top
        for row in busy:
            row.y, row.height = y, UNIT_ROW if row.is_unit else THIN_ROW
            y += row.height + GAP
        grid_at = len(self.out)
        for row in busy:
            self.row(row)
        self.arrows()
        if idle:
            self.text(LEFT - 12, y + 9, "idle", size=10, fill=FAINT, text_anchor="end")
            self.text(LEFT, y + 9, ", ".join(r.name for r in idle), size=10, fill=FAINT)
            y += THIN_ROW + GAP
        y += 8
        for name, samples in self.shown_counters():
            self.counter(name, samples, y)
            y += COUNTER_ROW + 12
        grid = self.grid(top - 4, y - 6)
        self.out[grid_at:grid_at] = grid
        return self.document(y + 26)

    def document(self, height):
        head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
                f'viewBox="0 0 {WIDTH} {height}" font-family="Helvetica, Arial, \'DejaVu Sans\', sans-serif" '
                f'role="img">')
        title = f"<title>{plain(self.trace.title())}: timeline</title>"
        back = (f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="6" fill="#ffffff" '
                f'stroke="{GRID}"/>')
        return "\n".join([head, title, back, *self.out, "</svg>"]) + "\n"

    def legend(self, y):
        x = LEFT
        kinds = {s["kind"] for row in self.trace.rows.values() for s in row.slices}
        for kind in [k for k in COLOURS if k in kinds] + sorted(kinds - set(COLOURS)):
            width = 22 + text_width(kind, 11) + 16
            if x + width > WIDTH - RIGHT:
                x, y = LEFT, y + 18
            self.add("rect", x=x, y=y - 9, width=16, height=10, rx=1.5, fill=COLOURS.get(kind, UNKNOWN))
            self.text(x + 22, y, kind)
            x += width
        shown = list(self.levels)[:len(LIGHTNESS)]
        if len(self.levels) > 1:
            note = f"requests {shown[0]} to {shown[-1]}" + (", then again" if len(self.levels) > len(shown) else "")
            wide = 14 * len(shown) + 6 + text_width(note, 11)
            if x + wide > WIDTH - RIGHT:
                x, y = LEFT, y + 18
            for i, request in enumerate(shown):
                self.add("rect", x=x + 14 * i, y=y - 9, width=14, height=10,
                         fill=shade(COLOURS["compute"], self.levels[request]))
            self.text(x + 14 * len(shown) + 6, y, note)
            x += wide + 16
        note = "in the slices: operators"
        if x + text_width(note, 11) <= WIDTH - RIGHT:
            self.text(x, y, note, fill=FAINT)
        return y

    def grid(self, top, bottom):
        drawn, self.out = self.out, []
        step = tick_step(self.trace.end_ms, 10)
        for i in range(int(self.trace.end_ms / step * (1 + 1e-9)) + 1):
            x = self.x(i * step)
            self.add("line", x1=x, y1=top, x2=x, y2=bottom, stroke=GRID, stroke_width=1)
            self.text(x, bottom + 15, number_text(i * step), fill=FAINT, text_anchor="middle")
        self.text(LEFT - 12, bottom + 15, "time (ms)", fill=FAINT, text_anchor="end")
        lines, self.out = self.out, drawn
        return lines

    def row(self, row):
        modes = row.modes()
        if row.is_unit:
            single = modes[0].split("@", 1) if len(modes) == 1 else []
            middle = row.y + RUN_LABEL + (row.height - RUN_LABEL) / 2 + 4
            if len(single) == 2:
                clocks = "@ " + re.sub(r"(?<=\d)(?=[kMG]?Hz)", " ", single[1]).replace("/host ", ", host ")
                self.text(LEFT - 12, middle + 8, clocks, size=9.5, fill=FAINT, text_anchor="end")
                middle -= 5
            self.text(LEFT - 12, middle, row.name, size=fitting(row.name, 13), font_weight="bold", text_anchor="end")
        else:
            self.text(LEFT - 12, row.y + 11, row.name, size=fitting(row.name, 10), fill=FAINT, text_anchor="end")
        top = row.y + RUN_LABEL if row.is_unit else row.y
        self.add("rect", x=LEFT, y=top, width=WIDTH - LEFT - RIGHT, height=row.y + row.height - top, fill="#f1f3f5")
        slices = sorted(row.slices, key=lambda s: (s["start"], s["end"]))
        for one in slices:
            self.slice(one, top, row.y + row.height - top)
        if row.is_unit and len(self.levels) > 1:
            self.run_labels(slices, top)

    def slice(self, one, top, height):
        x, width = self.x(one["start"]), self.x(one["end"]) - self.x(one["start"])
        # Hand-overs are hairlines at this scale: no lighter than the eye needs to see them.
        level = min(self.levels.get(one["request"], 0), 1 if height > THIN_ROW else 0.3)
        fill = shade(COLOURS.get(one["kind"], UNKNOWN), level)
        # White edges part the slices; a slice too narrow for them is drawn whole.
        edge = {"stroke": "#ffffff", "stroke_width": 0.8} if width > 4 else {}
        about = [one["name"], one["kind"], f'{number_text(one["end"] - one["start"])} ms',
                 *(f"{key} {one['args'][key]}" for key in ("request", "shape", "mode") if key in one["args"])]
        self.add("rect", f"<title>{plain(', '.join(about))}</title>", x=x, y=top, width=max(width, 1.6), height=height,
                 fill=fill, **edge)
        size = 11 if height > 20 else 9
        if text_width(one["name"], size) + 5 <= width:
            self.text(x + width / 2, top + height / 2 + size * 0.36, one["name"], size=size, text_anchor="middle",
                      fill="#ffffff" if is_dark(fill) else INK, pointer_events="none")

    def run_labels(self, slices, top):
        """Names a request above its first slice of every run of slices of that request."""
        before, free = None, 0
        for one in slices:
            if one["request"] != before and one["request"] is not None:
                x = self.x(one["start"])
                run = [s for s in slices if s["request"] == one["request"] and s["start"] >= one["start"]]
                room = self.x(run[-1]["end"]) - x
                label = next((t for t in (f'request {one["request"]}', str(one["request"]))
                              if text_width(t, 9.5) <= room), None)
                if label and x >= free:
                    self.text(x + 1, top - 4, label, size=9.5, fill=FAINT)
                    free = x + text_width(label, 9.5) + 4
            before = one["request"]

    def arrows(self):
        """Lines from the end of a slice to the start of what waited for it, in another row."""
        for ends in self.trace.arrows.values():
            if len(ends) < 2 or any(not row.slices for row, _ in ends.values()):
                continue
            (source, leave), (target, reach) = ends["s"], ends["f"]
            down = target.y > source.y
            y1 = source.y + source.height if down else source.y + (RUN_LABEL if source.is_unit else 0)
            y2 = target.y + (RUN_LABEL if target.is_unit else 0) if down else target.y + target.height
            x1, x2, bend = self.x(leave), self.x(reach), (y2 - y1) / 2
            path = " ".join(["M", coordinate(x1), coordinate(y1), "C", coordinate(x1), coordinate(y1 + bend),
                             coordinate(x2), coordinate(y2 - bend), coordinate(x2), coordinate(y2)])
            self.add("path", d=path, fill="none", stroke=INK, stroke_width=0.8, stroke_opacity="0.7")

    def shown_counters(self):
        """All but clocks that never change: the label of their row names those."""
        names = sorted(self.trace.counters, key=lambda n: ([not n.startswith(c) for c in COUNTERS], n))
        return [(n, self.trace.counters[n]) for n in names
                if not n.startswith("clock of ") or len({value for _, value in self.trace.counters[n]}) > 1]

    def counter(self, name, samples, y):
        highest = max(max(value for _, value in samples), 0) or 1
        step = tick_step(highest, 3)
        limit = step * math.ceil(highest / step - 1e-9)
        colour = next((c for start, c in COUNTERS.items() if name.startswith(start)), COLOURS["compute"])

        def height_of(value):
            return y + COUNTER_ROW * (1 - max(value, 0) / limit)

        quantity, _, unit = name.partition(" (")
        self.text(LEFT - 36, y + COUNTER_ROW / 2 - 1, quantity, size=11, text_anchor="end", font_weight="bold")
        self.text(LEFT - 36, y + COUNTER_ROW / 2 + 12, unit.rstrip(")"), size=10, fill=FAINT, text_anchor="end")
        for value in (0, limit):
            level = height_of(value)
            self.add("line", x1=LEFT, y1=level, x2=WIDTH - RIGHT, y2=level, stroke=GRID, stroke_width=1)
            self.text(LEFT - 6, level + 3.5, number_text(value), size=9.5, fill=FAINT, text_anchor="end")
        steps, at = [], None
        for ms, value in samples:
            if ms > self.trace.end_ms:
                break
            steps += [f"H{coordinate(self.x(ms))}"] if at is not None else [f"M{coordinate(self.x(ms))}"]
            steps[-1] += f" V{coordinate(height_of(value))}" if at is not None else f" {coordinate(height_of(value))}"
            at = ms
        if at is None:
            return
        line = " ".join(steps) + f" H{coordinate(self.x(self.trace.end_ms))}"
        area = f"{line} V{coordinate(y + COUNTER_ROW)} H{coordinate(self.x(samples[0][0]))} Z"
        self.add("path", d=area, fill=colour, fill_opacity="0.14")
        self.add("path", d=line, fill="none", stroke=colour, stroke_width=1.4)


def plain(text):
    """Text for XML, which has no place for control characters, escaped or not."""
    return escape("".join(c if c.isprintable() else " " for c in text), quote=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trace", metavar="TRACE.json", help="what `partita run --trace TRACE.json` has written")
    parser.add_argument("-o", "--output", metavar="FILE", help="the SVG to write (default: standard output)")
    options = parser.parse_args()
    try:
        picture = Drawing(Trace(options.trace)).svg().encode("utf-8")
    except TraceError as error:
        sys.exit(fail(f"{options.trace}: {error}"))
    if options.output is None:
        sys.stdout.buffer.write(picture)
        return
    try:
        with open(options.output, "wb") as file:
            file.write(picture)
    except OSError as error:
        sys.exit(fail(f"{options.output}: {error.strerror}"))


def fail(message):
    print(f"draw_trace.py: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
