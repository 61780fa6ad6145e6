// Where everything of one trace stands on its canvas, what is selected, and what is below the pointer.
import {scaleLinear} from "d3-scale";
import {select} from "d3-selection";
import {KINDS, lowerBound} from "./model.js";

export const AXIS = 26;
export const STRIP = 34;
export const TOP = AXIS + STRIP;
export const ROW = 28;
export const BOX = 18;
const RIGHT = 10;
const MAX_LABELS = 260;

export class Layout {
  /** `lanes`: for each row the task in this trace, or -1 where it has none; `names`: what the rows are called. */
  constructor(parent, trace, {lanes, names, title}) {
    this.trace = trace;
    this.lanes = lanes;
    this.names = names;
    this.rowOf = new Int32Array(trace.tasks.length).fill(-1);
    lanes.forEach((task, row) => { if (task >= 0) this.rowOf[task] = row; });
    this.element = parent.appendChild(document.createElement("section"));
    this.element.className = "view";
    if (title) {
      const heading = this.element.appendChild(document.createElement("h2"));
      heading.textContent = title;
      heading.title = title;
    }
    const frame = this.element.appendChild(document.createElement("div"));
    frame.className = "frame";
    this.canvas = frame.appendChild(document.createElement("canvas"));
    this.axis = select(frame).append("svg").attr("class", "axis").attr("height", AXIS).append("g");
    this.context = this.canvas.getContext("2d");
    this.axisMode = "step";
    this.scrollY = 0;
    this.hovered = -1;
    this.selected = -1;
    this.chain = [];
    this.found = {steps: [], tasks: new Set()};
    this.differences = new Map();  // by index of step: the kind of difference
    this.parting = -1;
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    const {width, height} = this.canvas.parentElement.getBoundingClientRect();
    this.width = Math.max(width, 200);
    this.height = Math.max(height, 100);
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.readStyle();
    this.context.font = this.font;
    const widthOf = name => name.length > 60 ? MAX_LABELS : this.context.measureText(name).width;
    const widest = this.names.reduce((most, name) => Math.max(most, widthOf(name)), 60);
    this.left = Math.min(Math.ceil(widest) + 24, MAX_LABELS, Math.floor(this.width / 3));
    select(this.canvas.parentElement).select("svg").attr("width", this.width);
    this.scrollTo(this.scrollY);
  }

  readStyle() {
    const style = getComputedStyle(document.documentElement);
    const color = name => style.getPropertyValue(`--${name}`).trim();
    const names = ["background", "text", "muted", "grid", "stripe", "wait", "life", "decision", "choice", "mark", "chain",
      "failure", "found", "difference"];
    this.color = Object.fromEntries(names.map(name => [name, color(name)]));
    this.kindColor = KINDS.map(color);
    this.font = `12px ${style.getPropertyValue("--font")}`;
    this.small = `10.5px ${style.getPropertyValue("--font")}`;
  }

  get plotWidth() { return this.width - this.left - RIGHT; }
  get rowsHeight() { return this.lanes.length * ROW; }
  scrollTo(y) { this.scrollY = Math.max(0, Math.min(y, this.rowsHeight - (this.height - TOP) + 8)); }

  /** The end of the axis, which two traces that stand below each other share. */
  end(mode) { return mode === "step" ? this.trace.first + this.trace.count : this.trace.lastTime || 1; }
  setScale(mode, domain, transform) {
    this.axisMode = mode;
    const base = scaleLinear(domain, [this.left, this.left + this.plotWidth]);
    this.x = transform.rescaleX(base);
  }

  /** Where a step begins and ends on the axis. */
  begin(index) { return this.axisMode === "step" ? this.trace.first + index : this.trace.time[index]; }
  finish(index) { return this.axisMode === "step" ? this.trace.first + index + 1 : this.trace.time[index]; }
  /** The first step that begins at this place of the axis or later. */
  indexAt(place) {
    if (this.axisMode === "time") return lowerBound(this.trace.time, place);
    return Math.max(0, Math.min(this.trace.count, Math.ceil(place - this.trace.first)));
  }
  /** In a lane, the first whose step begins there or later. */
  positionAt(steps, place) { return lowerBound(steps, this.indexAt(place)); }
  rowAt(y) { return y < TOP ? -1 : Math.floor((y - TOP + this.scrollY) / ROW); }
  laneTop(row) { return TOP + row * ROW - this.scrollY; }
  /** The middle of a step's box, in pixels of the canvas; for tests and arrows. */
  place(index) {
    const row = this.rowOf[this.trace.task[index]];
    const [left, width] = this.box(index);
    return {x: left + width / 2, y: this.laneTop(row) + ROW / 2};
  }
  box(index) {
    const left = this.x(this.begin(index));
    const width = this.axisMode === "step" ? this.x(this.finish(index)) - left : 0;
    return [left, Math.max(width > 4 ? width - 1 : width, this.axisMode === "step" ? 1 : 3)];
  }

  /** What is at a place of the canvas: {step}, or {wait: note}, or nothing. */
  hit(x, y) {
    if (y < TOP || x < this.left || !this.x) return {};
    const task = this.lanes[this.rowAt(y)] ?? -1;
    if (task < 0) return {};
    const steps = this.trace.stepsOf[task];
    const at = this.positionAt(steps, this.x.invert(x));
    let best = -1;
    let nearest = 5;
    for (const position of [at - 1, at]) {
      if (position < 0 || position >= steps.length) continue;
      const [left, width] = this.box(steps[position]);
      const distance = Math.max(left - x, x - left - width, 0);
      if (distance < nearest) [best, nearest] = [steps[position], distance];
    }
    if (best >= 0) return {step: best, task};
    const {begin, end, note} = this.trace.waitsOf[task];
    const wait = lowerBound(begin, this.indexAt(this.x.invert(x))) - 1;
    const isIn = wait >= 0 && (end[wait] >= this.trace.count || this.x(this.begin(end[wait])) >= x);
    return isIn ? {wait: note[wait], waitBegin: begin[wait], waitEnd: end[wait], task} : {task};
  }

  select(index) {
    this.selected = index;
    this.chain = index < 0 ? [] : this.trace.chain(index);
  }

  /** Scrolls so that the step's lane is visible. */
  reveal(index) {
    const row = this.rowOf[this.trace.task[index]];
    const visible = this.height - TOP;
    const top = row * ROW;
    if (top < this.scrollY || top + ROW > this.scrollY + visible) this.scrollTo(top - visible / 2);
  }
}
