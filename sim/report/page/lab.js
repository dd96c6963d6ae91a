// The lab page: state in the address, questions to the engine, its answers drawn.
"use strict";

// Okabe and Ito: told apart by the colour-blind.
const PARTS = [
  ["compute_s", "computing", "#0072b2"], ["input_s", "loading the input", "#56b4e9"],
  ["transfer_s", "moving tensors", "#e69f00"], ["sync_s", "synchronising", "#cc79a7"],
  ["contention_s", "sharing the bus", "#d55e00"], ["waiting_s", "waiting for a busy unit", "#f0e442"],
  ["dvfs_s", "clocks on their way", "#009e73"], ["startup_s", "starting up", "#8c8c8c"],
];
const LANE = 46, TOP = 8, BUS = 70, LEFT = 110, AXIS = 22;

const by = (id) => document.getElementById(id);
const make = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);
const draw = (name, attributes = {}, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes))
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  element.append(...children);
  return element;
}

function quantity(value, unit) {
  const steps = [["G", 1e9], ["M", 1e6], ["k", 1e3], ["", 1], ["m", 1e-3], ["µ", 1e-6], ["n", 1e-9]];
  if (!(Math.abs(value) > 0)) return `0 ${unit}`;
  const [prefix, size] = steps.find(([, least]) => Math.abs(value) >= least * 0.9995) || steps.at(-1);
  return `${(value / size).toPrecision(3)} ${prefix}${unit}`;
}
const percent = (part) => `${(100 * part).toFixed(part < 0.1 ? 1 : 0)} %`;

// State: everything that is asked; it lives in the address after #, so a link holds it.
let state = { soc: "snapdragon-855", model: "googlenet", partitioner: "heft", objective: "latency", clocks: {}, changes: {}, moves: {} };
let choices = null, answer = null, chosen = null, view = null, drag = null;

function toLink() {
  const link = new URLSearchParams();
  for (const key of ["soc", "model", "partitioner", "objective"]) link.set(key, state[key]);
  for (const [domain, hz] of Object.entries(state.clocks)) link.set(`clock.${domain}`, hz);
  for (const [key, value] of Object.entries(state.changes)) link.set(`change.${key}`, value);
  for (const [op, move] of Object.entries(state.moves))
    link.set(`move.${op}`, move.unit ?? [...move.units, move.cut, move.part].join("|"));
  return `#${link}`;
}
function fromLink(text) {
  for (const [key, value] of new URLSearchParams(text.replace(/^#/, ""))) {
    const dot = key.indexOf("."), kind = key.slice(0, dot), name = key.slice(dot + 1);
    if (dot < 0) { if (key in state && typeof state[key] === "string") state[key] = value; }
    else if (kind === "clock") state.clocks[name] = Number(value);
    else if (kind === "change") state.changes[name] = value;
    else if (kind === "move") {
      const parts = value.split("|");
      state.moves[name] = parts.length === 1 ? { unit: value }
        : { units: parts.slice(0, 2), cut: parts[2], part: Number(parts[3]) };
    }
  }
}

// One question at a time; while it is away only the newest state is kept.
let asking = false, again = false;
async function ask() {
  history.replaceState(null, "", toLink());
  if (asking) { again = true; return; }
  asking = true;
  document.body.classList.add("asking");
  try {
    const said = await fetch("/api/evaluate", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(state),
    });
    const got = await said.json();
    if (!said.ok) throw new Error(got.error);
    answer = got;
    by("problem").hidden = true;
    show();
  } catch (error) {
    by("problem").textContent = error.message;
    by("problem").hidden = false;
  }
  asking = false;
  if (again) { again = false; ask(); } else document.body.classList.remove("asking");
}

function change(part) {
  Object.assign(state, part);
  ask();
}
function move(op, to) {
  state.moves = { ...state.moves, [op]: to };
  ask();
}
function unmove(op) {
  const { [op]: gone, ...rest } = state.moves;
  change({ moves: rest });
}

// The units a plan may use; a link to another device is drawn too where something is on it.
const lanes = () => answer.units.map((unit, i) => ({ ...unit, index: i }))
  .filter((unit) => unit.kind !== "network" || answer.tasks.some((task) => task.unit === unit.index));
const end = () => Math.max(1e-9, ...answer.tasks.map((task) => task.finish_s));
const operator = (name) => answer.operators.find((op) => op.name === name);

function why(task) {
  const unit = answer.units[task.unit].name, op = operator(task.op), took = task.finish_s - task.start_s;
  const lines = [`${task.kind === "compute" ? "" : `${task.kind}: `}${task.op ?? ""} on ${unit}`];
  if (op && task.kind === "compute") lines.push(`${op.kind} ${op.shape}, ${quantity(op.macs, "MAC")}`);
  lines.push(`${quantity(took, "s")} from ${quantity(task.start_s, "s")}`);
  if (took > task.alone_s * 1.001) lines.push(`${quantity(task.alone_s, "s")} alone: the bus slows it`);
  const waited = task.start_s - task.ready_s;
  if (waited > 1e-9) lines.push(`ready ${quantity(waited, "s")} before: its unit was busy`);
  if (task.bytes > 0) lines.push(`${quantity(task.bytes, "B")} of memory traffic`);
  if (op && task.kind === "compute")
    lines.push("whole, alone: " + lanes().map((l) => `${l.name} ${op.alone_s[l.index] === null ? "cannot" : quantity(op.alone_s[l.index], "s")}`).join(", "));
  return lines.join("\n");
}

function tip(text, event) {
  const box = by("tip"), frame = by("picture").getBoundingClientRect();
  box.hidden = !text;
  if (!text) return;
  box.textContent = text;
  box.style.left = `${Math.max(0, Math.min(event.clientX - frame.left + 14, frame.width - box.offsetWidth - 4))}px`;
  box.style.top = `${event.clientY - frame.top + 16}px`;
}

function drawTimeline() {
  const rows = lanes(), width = by("timeline").clientWidth || 900;
  if (!view || view.all) view = { from: 0, to: end(), all: true };
  const height = TOP + rows.length * LANE + 10 + BUS + AXIS;
  const x = (s) => LEFT + ((s - view.from) / (view.to - view.from)) * (width - LEFT - 8);
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "group", "aria-label": "Tasks by unit over time" });
  svg.append(draw("clipPath", { id: "inside" }, draw("rect", { x: LEFT, y: 0, width: width - LEFT - 8, height })));
  rows.forEach((row, r) => {
    const y = TOP + r * LANE;
    svg.append(draw("rect", { class: "lane", "data-unit": row.name, x: LEFT, y, width: width - LEFT - 8, height: LANE - 6 }),
      draw("text", { x: 4, y: y + 17 }, row.name),
      draw("text", { class: "faint", x: 4, y: y + 32 }, `${percent(answer.utilisation[row.name] ?? 0)} busy`));
  });
  const inside = draw("g", { "clip-path": "url(#inside)" });
  drawAxis(inside, x, width, height);
  const rowOf = new Map(rows.map((row, r) => [row.index, r]));
  answer.tasks.forEach((task, i) => {
    if (task.finish_s < view.from || task.start_s > view.to || task.finish_s === task.start_s) return;
    inside.append(drawTask(task, i, rows[rowOf.get(task.unit)], rowOf.get(task.unit), x));
  });
  drawBus(svg, inside, x, TOP + rows.length * LANE + 4, width);
  svg.append(inside);
  svg.addEventListener("pointerdown", grab);
  svg.addEventListener("wheel", (event) => { event.preventDefault(); zoom(event.deltaY > 0 ? 1.25 : 0.8, event); }, { passive: false });
  const focused = document.activeElement?.getAttribute?.("data-op");
  by("timeline").replaceChildren(svg);
  if (focused) svg.querySelector(`[data-op="${CSS.escape(focused)}"]`)?.focus();
}

function drawAxis(into, x, width, height) {
  const span = view.to - view.from, rough = span / 8, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  for (let s = Math.ceil(view.from / step) * step; s <= view.to; s += step)
    into.append(draw("line", { class: "grid", x1: x(s), x2: x(s), y1: TOP, y2: height - AXIS }),
      draw("text", { class: "faint", x: x(s) + 2, y: height - 7 }, quantity(s, "s")));
}

function drawTask(task, i, row, r, x) {
  const compute = task.kind === "compute", y = TOP + r * LANE + (compute ? 3 : 27);
  const bar = draw("rect", {
    class: `task ${task.kind}${task.op in state.moves ? " moved" : ""}${compute && task.op === chosen ? " chosen" : ""}`,
    x: x(task.start_s), y, width: Math.max(0.6, x(task.finish_s) - x(task.start_s)), height: compute ? 22 : 10,
    fill: row.colour, "fill-opacity": compute ? 1 : 0.55, "data-task": i, "data-op": compute ? task.op : undefined,
    tabindex: compute ? 0 : undefined, role: compute ? "button" : undefined,
    "aria-label": compute ? `${task.op} on ${row.name}, ${quantity(task.finish_s - task.start_s, "s")}; arrows up and down move it` : undefined,
    onpointermove: (event) => { if (!drag) tip(why(task), event); },
    onpointerleave: () => tip(""),
  });
  if (compute) bar.addEventListener("keydown", (event) => step(event, task.op, row.index));
  return bar;
}

function drawBus(svg, inside, x, y, width) {
  const most = answer.shared_bandwidth_bytes_per_s, high = (b) => y + BUS - (BUS - 12) * Math.min(1, b / most);
  svg.append(draw("text", { x: 4, y: y + 20 }, "memory bus"),
    draw("text", { class: "faint", x: 4, y: y + 35 }, `of ${quantity(most, "B/s")}`));
  let path = `M${x(0)},${y + BUS}`;
  answer.samples.forEach(([at, bytes], i) => {
    const until = i + 1 < answer.samples.length ? answer.samples[i + 1][0] : end();
    path += `L${x(at)},${high(bytes)}L${x(until)},${high(bytes)}`;
  });
  inside.append(draw("path", { d: `${path}L${x(end())},${y + BUS}Z`, fill: "#8c8c8c", "fill-opacity": 0.5 }),
    draw("line", { class: "grid", x1: LEFT, x2: width, y1: high(most), y2: high(most) }));
}

// Dragging: of a bar to another row, or of the ground along the time.
function grab(event) {
  const op = event.target.getAttribute("data-op");
  const start = { x: event.clientX, y: event.clientY, view: { ...view } };
  drag = { op, ...start, over: null };
  tip("");
  if (op) choose(op);
  const follow = (at) => {
    if (op) return hover(at);
    const shift = ((drag.x - at.clientX) / (by("timeline").clientWidth - LEFT - 8)) * (start.view.to - start.view.from);
    look(start.view.from + shift, start.view.to + shift);
  };
  const drop = () => {
    removeEventListener("pointermove", follow);
    removeEventListener("pointerup", drop);
    const { over } = drag;
    drag = null;
    tip("");
    document.querySelectorAll(".lane").forEach((lane) => lane.classList.remove("over", "never"));
    if (op && over && !onUnit(op, over.name)) move(op, { unit: over.name });
  };
  addEventListener("pointermove", follow);
  addEventListener("pointerup", drop);
}
const onUnit = (name, unit) => {
  const shares = operator(name)?.shares ?? [];
  return shares.length === 1 && answer.units[shares[0].unit].name === unit;
};
function hover(event) {
  const frame = by("timeline").getBoundingClientRect();
  const row = lanes()[Math.floor((event.clientY - frame.top - TOP) / LANE)], op = operator(drag.op);
  drag.over = row && op.alone_s[row.index] !== null ? row : null;
  for (const lane of document.querySelectorAll(".lane")) {
    const unit = lanes().find((l) => l.name === lane.getAttribute("data-unit"));
    lane.classList.toggle("never", op.alone_s[unit.index] === null);
    lane.classList.toggle("over", unit.name === drag.over?.name);
  }
  if (row) tip(op.alone_s[row.index] === null ? `${row.name} cannot run ${op.name} (${op.kind})`
    : `${op.name} on ${row.name}: ${quantity(op.alone_s[row.index], "s")} alone`, event);
}
function step(event, op, unit) {
  const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(op); }
  if (!way) return;
  event.preventDefault();
  const rows = lanes();
  for (let r = rows.findIndex((row) => row.index === unit) + way; rows[r]; r += way)
    if (operator(op).alone_s[rows[r].index] !== null) return move(op, { unit: rows[r].name });
}
function look(from, to) {
  const span = Math.min(to - from, 1.1 * end());
  from = Math.max(-0.02 * end(), Math.min(from, 1.05 * end() - span));
  view = { from, to: from + span };
  drawTimeline();
}
function zoom(factor, event) {
  const frame = by("timeline").getBoundingClientRect();
  const part = event?.clientX ? Math.max(0, (event.clientX - frame.left - LEFT) / (frame.width - LEFT - 8)) : 0.5;
  const at = view.from + part * (view.to - view.from), span = Math.max(end() * 1e-4, (view.to - view.from) * factor);
  look(at - part * span, at + (1 - part) * span);
}

function showAnswer() {
  const single = answer.single, ratio = single ? single.value / answer.value : null;
  const box = (label, value, more, wide) => make("div", wide ? { class: "wide" } : {}, make("small", {}, label), make("b", {}, value), make("small", {}, more));
  by("answer").replaceChildren(
    box("latency", quantity(answer.latency_s, "s"), `± ${quantity(answer.latency_90_s, "s")} (90 %)`),
    box("energy", quantity(answer.energy_j, "J"), "of one request"),
    box("lower bound", boundText(), `gap ${percent(answer.gap)}`),
    box("stream", quantity(1 / answer.period_s, "/s"), "requests back to back"),
    box("best single unit", single ? single.name.replace("all on ", "") : "none",
      single ? `${quantity(single.latency_s, "s")}, ${quantity(single.energy_j, "J")}: this plan is ${ratio >= 1 ? `${ratio.toFixed(2)}x better` : `${(1 / ratio).toFixed(2)}x worse`}` : "no unit runs all of it", true),
    box("times are", answer.runtime, answer.runtime_covers_model ? "measured for this network" : "fitted to other measurements, or a roofline", true));
}
function boundText() {
  const unit = { latency: "s", energy: "J", edp: "Js", throughput: "s" }[answer.objective];
  return quantity(answer.lower_bound, unit);
}

function showWhere() {
  const parts = PARTS.map(([key, name, colour]) => ({ name, colour, s: answer.breakdown[key] })).filter((part) => part.s > 0);
  const all = parts.reduce((sum, part) => sum + part.s, 0);
  const stack = make("div", { class: "stack", role: "img", "aria-label": parts.map((p) => `${p.name} ${percent(p.s / all)}`).join(", ") });
  const legend = make("div", { class: "legend" });
  for (const part of parts) {
    const piece = make("span"), key = make("i");
    piece.style.cssText = `width:${(100 * part.s) / all}%;background:${part.colour}`;
    key.style.background = part.colour;
    stack.append(piece);
    legend.append(key, make("span", {}, part.name), make("span", {}, quantity(part.s, "s")));
  }
  by("where").replaceChildren(stack, legend);
}

function choose(name) {
  chosen = name;
  document.querySelectorAll(".compute").forEach((bar) => bar.classList.toggle("chosen", bar.getAttribute("data-op") === name));
  showChosen();
}

// The chosen operator: on which unit, or cut between which two, and how much of it on the first.
function showChosen() {
  const op = chosen && operator(chosen), box = by("chosen");
  box.hidden = !op;
  if (!op) return;
  const able = lanes().filter((lane) => op.alone_s[lane.index] !== null);
  const now = state.moves[op.name] ?? { unit: answer.units[op.shares[0].unit].name };
  const [first, second] = now.units ?? [now.unit, ""];
  const pick = (label, value, list, then) => make("label", {}, label, make("select", { onchange: (event) => then(event.target.value) },
    ...list.map((name) => make("option", { value: name, selected: name === value }, name || "—"))), make("span"));
  const rows = [make("h2", {}, `${op.name} (${op.kind} ${op.shape})`),
    pick("on", first, able.map((l) => l.name), (unit) => move(op.name, second && second !== unit ? { ...now, units: [unit, second] } : { unit }))];
  if (op.cuts.length > 0 && able.length > 1) {
    rows.push(pick("and on", second, ["", ...able.map((l) => l.name).filter((n) => n !== first)], (unit) =>
      move(op.name, unit ? { units: [first, unit], cut: now.cut ?? op.cuts[0], part: now.part ?? 0.5 } : { unit: first })));
    if (second) rows.push(pick("cut along", now.cut, op.cuts, (cut) => move(op.name, { ...now, cut })),
      slider({ label: `part on ${first}`, value: now.part, least: 0.02, most: 0.98, step: 0.01, text: percent, then: (part) => move(op.name, { ...now, part }) }));
  }
  box.replaceChildren(...rows);
}

function slider({ label, value, least, most, step: by_, text, then }) {
  const out = make("output", {}, text(value));
  return make("label", {}, label, make("input", { type: "range", min: least, max: most, step: by_, value, "aria-label": label,
    oninput: (event) => { out.textContent = text(Number(event.target.value)); then(Number(event.target.value)); } }), out);
}

function showSliders() {
  if (by("sliders").contains(document.activeElement)) return;  // Not under the hand that moves it.
  const factor = (key, label) => slider({
    label, value: Math.log2(parseFloat(state.changes[key] ?? "1x")), least: -3, most: 3, step: 0.25,
    text: (v) => `${(2 ** v).toPrecision(2)} x`,
    then: (v) => {
      const { [key]: gone, ...rest } = state.changes;
      change({ changes: v === 0 ? rest : { ...rest, [key]: `${(2 ** v).toPrecision(4)}x` } });
    },
  });
  const rows = [factor("memory.bandwidth", "memory bandwidth"), factor("links", "hand-overs"), factor("links.sync", "synchronising")];
  for (const domain of answer.domains.filter((d) => d.opps_hz.length > 1 && d.opp >= 0))
    rows.push(slider({
      label: `${domain.name} clock`, value: domain.opp, least: 0, most: domain.opps_hz.length - 1, step: 1,
      text: (i) => quantity(domain.opps_hz[i], "Hz"),
      then: (i) => change({ clocks: { ...state.clocks, [domain.name]: domain.opps_hz[i] } }),
    }));
  rows.push(make("button", { type: "button", onclick: () => change({ clocks: {}, changes: {} }) }, "As it is"));
  by("sliders").replaceChildren(...rows);
}

function showMoves() {
  const names = Object.keys(state.moves);
  by("moves").replaceChildren(...names.map((name) => {
    const to = state.moves[name];
    return make("li", {}, `${name} → ${to.unit ?? `${percent(to.part)} ${to.units[0]}, rest ${to.units[1]} (${to.cut})`}`,
      make("button", { type: "button", "aria-label": `put ${name} back`, onclick: () => unmove(name) }, "↶"));
  }), ...(names.length ? [make("li", {}, make("button", { type: "button", onclick: () => change({ moves: {} }) }, "Put all back"))]
    : [make("li", {}, `nothing: the plan is ${state.partitioner}'s`)]));
}

function showOperators() {
  if (!by("behind").open) return;
  const rows = lanes();
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...["operator", "kind", "shape", "runs on", ...rows.map((r) => `${r.name} alone`)]
    .map((name) => make("th", { scope: "col" }, name)))));
  const body = make("tbody");
  for (const op of answer.operators)
    body.append(make("tr", { onclick: () => choose(op.name) }, make("th", { scope: "row" }, op.name), make("td", {}, op.kind), make("td", {}, op.shape),
      make("td", {}, op.shares.map((share) => answer.units[share.unit].name).join(" + ")),
      ...rows.map((row) => make("td", { class: "number" }, op.alone_s[row.index] === null ? "cannot" : quantity(op.alone_s[row.index], "s")))));
  table.append(body);
  by("operators").replaceChildren(table);
}

let shown = "";
function show() {
  const job = `${state.soc} ${state.model}`;
  if (shown !== job) { view = null; chosen = null; shown = job; }
  drawTimeline();
  showAnswer();
  showWhere();
  showChosen();
  showMoves();
  showSliders();
  showOperators();
  window.partita = { answer, state };  // For those who script the page.
}

function fillChoices() {
  const options = (id, items) => by(id).replaceChildren(...items.map(([value, text, title]) =>
    make("option", { value, title, selected: state[id] === value }, text)));
  options("soc", choices.socs.map((soc) => [soc.name, soc.title]));
  options("objective", choices.objectives.map((name) => [name, name]));
  const able = choices.partitioners.filter((info) => info.objectives.includes(state.objective));
  if (!able.some((info) => info.name === state.partitioner)) state.partitioner = able[0].name;
  options("partitioner", able.map((info) => [info.name, `${info.name}${info.search ? " (search)" : ""}`, info.summary]));
  by("models").replaceChildren(...choices.models.map((value) => make("option", { value })));
  by("model").value = state.model;
}

async function begin() {
  fromLink(location.hash);
  choices = await (await fetch("/api/choices")).json();
  fillChoices();
  by("soc").addEventListener("change", (e) => change({ soc: e.target.value, clocks: {}, changes: {}, moves: {} }));
  by("model").addEventListener("change", (e) => {
    if (choices.models.includes(e.target.value)) change({ model: e.target.value, moves: {} });
    else { by("problem").textContent = `No network "${e.target.value}" here.`; by("problem").hidden = false; }
  });
  by("partitioner").addEventListener("change", (e) => change({ partitioner: e.target.value, moves: {} }));
  by("objective").addEventListener("change", (e) => { state.objective = e.target.value; fillChoices(); ask(); });
  by("job").addEventListener("submit", (e) => e.preventDefault());
  by("in").addEventListener("click", () => zoom(0.6));
  by("out").addEventListener("click", () => zoom(1.6));
  by("all").addEventListener("click", () => { view = null; drawTimeline(); });
  by("behind").addEventListener("toggle", showOperators);
  by("theme").addEventListener("click", () => {
    const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    document.documentElement.dataset.theme = dark ? "light" : "dark";
  });
  by("share").addEventListener("click", async () => {
    await navigator.clipboard.writeText(location.href);
    by("share").textContent = "Copied";
    setTimeout(() => { by("share").textContent = "Copy link"; }, 1500);
  });
  addEventListener("resize", () => { if (answer) drawTimeline(); });
  addEventListener("hashchange", () => {
    if (location.hash === toLink()) return;
    state = { ...state, clocks: {}, changes: {}, moves: {} };
    fromLink(location.hash);
    fillChoices();
    ask();
  });
  ask();
}
begin();
