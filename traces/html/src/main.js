// The timeline page: reads the traces that stand in it, and wires lanes, panel, search and keys together.
import {select as d3select} from "d3-selection";
import {zoom, zoomIdentity} from "d3-zoom";
import {Details} from "./details.js";
import {find} from "./find.js";
import {formatTime, lowerBound, Trace} from "./model.js";
import {Tip} from "./tip.js";
import {View} from "./view.js";

const data = JSON.parse(document.getElementById("data").textContent);
const traces = data.traces.map(trace => new Trace(trace));
const byId = id => document.getElementById(id);
const tip = new Tip(byId("tip"));

function fileName(path) { return path.replace(/^.*[/\\]/, ""); }

/** Rows that both traces share: tasks correspond by path, of several with one path the first to the first. */
function shareRows() {
  const names = [];
  const rows = new Map();
  const lanes = traces.map(() => []);
  traces.forEach((trace, side) => {
    const births = new Map();
    trace.tasks.forEach(({name}, task) => {
      if (!trace.hasTask(task)) return;
      const number = (births.get(name) ?? 0) + 1;
      births.set(name, number);
      const path = number > 1 ? `${name} (${number})` : name;
      if (!rows.has(path)) {
        rows.set(path, names.length);
        names.push(path);
      }
      lanes[side][rows.get(path)] = task;
    });
  });
  for (const side of lanes) for (let row = 0; row < names.length; ++row) side[row] ??= -1;
  return {names, lanes};
}

const {names, lanes} = shareRows();
const isComparison = traces.length > 1;
const views = traces.map((trace, side) => new View(byId("views"), trace, {
  lanes: lanes[side],
  names,
  title: isComparison ? `${"AB"[side]}  ${summary(trace)}` : "",
}));

function summary(trace) {
  return [fileName(trace.path), `seed ${trace.seed}`, trace.strategy, outcomeOf(trace)].join(" · ");
}
function outcomeOf(trace) { return trace.text ? `${trace.outcome}: ${trace.text}` : trace.outcome; }

// The head of the page.
document.title = `${traces[0].program || "trace"} · ${traces.map(trace => fileName(trace.path)).join(" | ")}`;
byId("program").textContent = [traces[0].program || "(unnamed program)", ...traces[0].arguments].join(" ");
if (isComparison) {
  byId("about").textContent = data.diff.verdict;
} else {
  const [trace] = traces;
  const outcome = byId("outcome");
  outcome.textContent = outcomeOf(trace);
  outcome.className = trace.outcome === "completed" ? "good" : "bad";
  byId("about").textContent = [`seed ${trace.seed}`, `strategy ${trace.strategy}`, `order ${trace.order}`,
    `${trace.count} steps`, `${trace.tasks.length - 1} tasks`, formatTime(trace.lastTime),
    ...trace.facts.map(([key, value]) => `${key}: ${value}`)].join(" · ");
}

// The axis, which all views share.
let mode = data.axis;
let transform = zoomIdentity;
let isWaiting = false;

function domain() {
  const end = Math.max(...views.map(view => view.end(mode)));
  if (mode === "time") return [-end * 0.01, end * 1.02];
  return [Math.min(...traces.map(trace => trace.first)) - 0.5, end + 0.5];
}

function draw() {
  isWaiting = false;
  for (const view of views) {
    view.setScale(mode, domain(), transform);
    view.draw();
  }
}
function drawSoon() {
  if (!isWaiting) requestAnimationFrame(draw);
  isWaiting = true;
}

function mostZoom() {
  const [from, to] = domain();
  const pixels = mode === "step" ? 220 : 1e-2;  // a step, a nanosecond
  return Math.max(1, pixels * (to - from) / views[0].plotWidth);
}

const zooming = zoom()
  .filter(event => !event.button && !(event.type === "wheel" && (event.shiftKey || isOverLabels(event))))
  .on("zoom", event => {
    if (event.sourceEvent?.type === "mousemove") {
      const dy = event.transform.y - transform.y;
      for (const view of views) view.scrollTo(view.scrollY - dy);
    }
    transform = event.transform;
    for (const view of views) {
      if (view.canvas.__zoom !== transform) view.canvas.__zoom = transform;
    }
    tip.hide();
    drawSoon();
  });

function isOverLabels(event) {
  const view = views.find(({canvas}) => canvas === event.currentTarget || canvas === event.target);
  return view !== undefined && event.offsetX < view.left;
}

function zoomTo(newTransform) {
  d3select(views[0].canvas).call(zooming.transform, newTransform);
}

function fit() { zoomTo(zoomIdentity); }

/** Pans, and zooms in where steps would be too narrow to see. */
function center(view, index) {
  const [from, to] = domain();
  const width = view.plotWidth;
  const place = (view.begin(index) + view.finish(index)) / 2;
  const perUnit = width / (to - from);
  const k = mode === "step" ? Math.max(transform.k, Math.min(mostZoom(), 14 / perUnit)) : transform.k;
  const x = view.left + width / 2 - k * (view.left + (place - from) * perUnit);
  const [least, most] = [view.left + width, view.left].map(edge => (1 - k) * edge);
  zoomTo(zoomIdentity.translate(Math.max(least, Math.min(most, x)), 0).scale(k));
}

function isInSight(view, index) {
  const {x} = view.place(index);
  const [, width] = view.box(index);
  return x > view.left + 10 && x < view.width - 20 && (mode === "time" || width >= 6 || transform.k >= mostZoom());
}

function resize() {
  for (const view of views) view.resize();
  zooming.extent([[views[0].left, 0], [views[0].left + views[0].plotWidth, 1]])
    .translateExtent([[views[0].left, -Infinity], [views[0].left + views[0].plotWidth, Infinity]])
    .scaleExtent([1, mostZoom()]);
  // Views have one width of labels, so that equal steps stand below each other.
  draw();
}

function setMode(newMode) {
  mode = newMode;
  for (const name of ["step", "time"]) byId(`axis-${name}`).setAttribute("aria-pressed", `${name === mode}`);
  zooming.scaleExtent([1, mostZoom()]);
  const selected = views.find(view => view.selected >= 0);
  fit();
  draw();
  if (selected) {
    selected.reveal(selected.selected);
    draw();
  }
}

// What is selected.
const details = new Details(byId("details"), go);

function go(view, index) {
  for (const other of views) if (other !== view) other.select(-1);
  view.select(index);
  if (index < 0) return showNothing();
  details.show(view, index);
  if (!isInSight(view, index)) center(view, index);
  view.reveal(index);
  drawSoon();
}

function goToDifference(left, right) {
  [left, right].forEach((index, side) => {
    views[side].selected = index;
    views[side].chain = [];
    if (index >= 0) views[side].reveal(index);
  });
  const side = left >= 0 ? 0 : 1;
  const index = [left, right][side];
  if (index >= 0 && !isInSight(views[side], index)) center(views[side], index);
  drawSoon();
}

function showNothing() {
  for (const view of views) view.select(-1);
  if (isComparison) details.showDifferences(data.diff, views, goToDifference);
  else details.clear();
  drawSoon();
}

if (isComparison) {
  for (const [kind, , left, right, leftText, rightText] of data.diff.differences) {
    [left, right].forEach((number, side) => {
      const index = traces[side].index(number);
      const other = [rightText, leftText][side] || "nothing";
      if (index >= 0) views[side].differences.set(index, `${kind}: ${other} in the other trace`);
    });
  }
  if (data.diff.first) data.diff.first.forEach((number, side) => { views[side].parting = traces[side].index(number); });
}

// Search.
let current = -1;  // in found steps of all views
const box = byId("search");

function foundSteps() { return views.flatMap(view => view.found.steps.map(index => [view, index])); }
function search() {
  for (const view of views) view.found = find(view.trace, box.value);
  current = -1;
  showCount();
  drawSoon();
}
function showCount() {
  const count = foundSteps().length;
  const tasks = views[0].found.tasks.size;
  byId("count").textContent = box.value.trim() === "" ? "" : current >= 0 ? `${current + 1} / ${count}`
    : `${count} steps` + (tasks > 0 ? `, ${tasks} tasks` : "");
}
function next(by) {
  const found = foundSteps();
  if (found.length === 0) return;
  current = current < 0 ? (by > 0 ? 0 : found.length - 1) : (current + by + found.length) % found.length;
  go(...found[current]);
  showCount();
}
box.addEventListener("input", search);
box.addEventListener("keydown", event => {
  if (event.key === "Enter") next(event.shiftKey ? -1 : 1);
  if (event.key === "Escape") {
    box.value = "";
    search();
    box.blur();
  }
  event.stopPropagation();
});
byId("previous").addEventListener("click", () => next(-1));
byId("next").addEventListener("click", () => next(1));

for (const view of views) {
  const {canvas} = view;
  d3select(canvas).call(zooming).on("dblclick.zoom", null);
  canvas.addEventListener("mousemove", event => {
    if (tip.hover(view, event)) drawSoon();
  });
  canvas.addEventListener("mouseleave", () => {
    view.hovered = -1;
    tip.hide();
    drawSoon();
  });
  canvas.addEventListener("click", event => {
    const {step} = view.hit(event.offsetX, event.offsetY);
    go(view, step ?? -1);
  });
  canvas.addEventListener("wheel", event => {
    if (!event.shiftKey && !isOverLabels(event)) return;
    event.preventDefault();
    for (const other of views) other.scrollTo(other.scrollY + (event.deltaY || event.deltaX));
    tip.hide();
    drawSoon();
  }, {passive: false});
}

function step(by) {
  const view = views.find(({selected}) => selected >= 0);
  if (!view) return;
  const steps = view.trace.stepsOf[view.trace.task[view.selected]];
  const index = steps[lowerBound(steps, view.selected) + by];
  if (index !== undefined) go(view, index);
}
const keys = {
  ArrowLeft: () => step(-1),
  ArrowRight: () => step(1),
  ArrowUp: () => {
    const view = views.find(({selected}) => selected >= 0);
    if (view && view.trace.cause[view.selected] >= 0) go(view, view.trace.cause[view.selected]);
  },
  Escape: showNothing,
  "/": () => box.focus(),
  0: fit,
};
window.addEventListener("keydown", event => {
  const action = keys[event.key];
  if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  action();
});

byId("axis-step").addEventListener("click", () => setMode("step"));
byId("axis-time").addEventListener("click", () => setMode("time"));
byId("fit").addEventListener("click", fit);
window.addEventListener("resize", resize);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", resize);

resize();
setMode(mode);
showNothing();
window.timeline = {views, draw, go, zoomTo, setMode, zoomIdentity};  // for tests and for the console
