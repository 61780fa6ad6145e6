// One trace drawn: swim lanes, the ready lanes above them, and what is selected, found or different. Draws only what is
// visible.
import {axisTop} from "d3-axis";
import {AXIS, BOX, Layout, ROW, STRIP, TOP} from "./layout.js";
import {formatTime, lowerBound} from "./model.js";

const NARROW = 1.5;  // pixels a step: below, steps of a lane run together

export class View extends Layout {
  draw() {
    const {context: c, trace} = this;
    c.clearRect(0, 0, this.width, this.height);
    c.fillStyle = this.color.background;
    c.fillRect(0, 0, this.width, this.height);
    if (!this.x) return;
    const [from, to] = this.x.domain();
    const visible = this.indexAt(to) - this.indexAt(from);
    this.isNarrow = visible * NARROW > this.plotWidth;
    this.drawRows();
    c.save();
    c.beginPath();
    c.rect(this.left, TOP, this.width - this.left, this.height - TOP);
    c.clip();
    const firstRow = Math.max(0, Math.floor(this.scrollY / ROW));
    const lastRow = Math.min(this.lanes.length - 1, Math.floor((this.scrollY + this.height - TOP) / ROW));
    this.drawGrid();
    c.globalAlpha = this.chain.length > 0 ? 0.5 : 1;
    for (let row = firstRow; row <= lastRow; ++row) {
      if (this.lanes[row] < 0) this.drawMissing(row);
      else this.drawLane(row, from, to);
    }
    c.globalAlpha = 1;
    this.drawParting();
    this.drawFound(firstRow, lastRow);
    this.drawDifferences();
    this.drawChain();
    if (this.hovered >= 0) this.drawHovered();
    c.restore();
    this.drawStrip(from, to);
    this.drawScrollbar();
    this.drawAxis();
  }

  drawAxis() {
    const axis = axisTop(this.x).ticks(Math.max(2, this.plotWidth / 90)).tickSizeOuter(0).tickSize(5);
    if (this.axisMode === "step") axis.tickFormat(step => Number.isInteger(step) ? `${step}` : "");
    else axis.tickFormat(formatTime);
    this.axis.attr("transform", `translate(0,${AXIS - 1})`).call(axis);
  }

  drawGrid() {
    const {context: c} = this;
    c.strokeStyle = this.color.grid;
    c.lineWidth = 1;
    c.beginPath();
    for (const tick of this.x.ticks(Math.max(2, this.plotWidth / 90))) {
      const x = Math.round(this.x(tick)) + 0.5;
      c.moveTo(x, TOP);
      c.lineTo(x, this.height);
    }
    c.stroke();
  }

  drawRows() {
    const {context: c} = this;
    const first = Math.max(0, Math.floor(this.scrollY / ROW));
    const last = Math.min(this.lanes.length - 1, Math.floor((this.scrollY + this.height - TOP) / ROW));
    c.save();
    c.beginPath();
    c.rect(0, TOP, this.width, this.height - TOP);
    c.clip();
    c.textBaseline = "middle";
    c.font = this.font;
    const hoveredRow = this.hovered >= 0 ? this.rowOf[this.trace.task[this.hovered]] : -1;
    for (let row = first; row <= last; ++row) {
      const top = this.laneTop(row);
      if (row % 2 === 1) {
        c.fillStyle = this.color.stripe;
        c.fillRect(0, top, this.width, ROW);
      }
      const isFound = this.lanes[row] >= 0 && this.found.tasks.has(this.lanes[row]);
      c.fillStyle = isFound ? this.color.found : this.lanes[row] < 0 ? this.color.muted : this.color.text;
      c.globalAlpha = hoveredRow >= 0 && hoveredRow !== row && !isFound ? 0.65 : 1;
      c.fillText(this.fit(this.names[row], this.left - 20), 10, top + ROW / 2);
      c.globalAlpha = 1;
    }
    c.strokeStyle = this.color.grid;
    c.beginPath();
    c.moveTo(this.left - 0.5, TOP);
    c.lineTo(this.left - 0.5, this.height);
    c.stroke();
    c.restore();
  }

  /** The end of a path says more than its beginning. */
  fit(text, width) {
    const {context: c} = this;
    if (text.length * 12 < width || c.measureText(text).width <= width) return text;
    let low = 0;
    let high = text.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (c.measureText("…" + text.slice(middle)).width <= width) high = middle;
      else low = middle + 1;
    }
    return "…" + text.slice(low);
  }

  drawMissing(row) {
    const {context: c} = this;
    c.font = this.small;
    c.fillStyle = this.color.muted;
    c.fillText("not in this trace", this.left + 10, this.laneTop(row) + ROW / 2);
  }

  drawLane(row, from, to) {
    const {context: c, trace} = this;
    const task = this.lanes[row];
    const top = this.laneTop(row);
    const middle = top + ROW / 2;
    const bornAt = trace.born[task] < 0 ? this.x(this.axisMode === "step" ? trace.first : 0) : this.x(this.finish(trace.born[task]));
    const endedAt = trace.ended[task] < trace.count ? this.x(this.finish(trace.ended[task])) : this.x(this.end(this.axisMode));
    if (task !== 0 && endedAt > this.left && bornAt < this.width) {
      const left = Math.max(bornAt, this.left);
      c.fillStyle = this.color.life;
      c.fillRect(left, middle - 1, Math.min(endedAt, this.width) - left, 2);
    }
    if (!this.isNarrow) this.drawWaits(task, middle, from, to);
    const steps = trace.stepsOf[task];
    let position = Math.max(0, this.positionAt(steps, from) - 1);
    if (this.isNarrow) return this.drawRun(steps, position, middle, to);
    for (; position < steps.length && this.begin(steps[position]) <= to; ++position) this.drawStep(steps[position], middle);
  }

  /** Steps so narrow that a pixel holds many: one rectangle for each run of touching pixels of one colour. */
  drawRun(steps, position, middle, to) {
    const {context: c, trace} = this;
    let runBegin = NaN;
    let runEnd = NaN;
    let runKind = -1;
    const flush = () => {
      if (runKind < 0) return;
      c.fillStyle = this.kindColor[runKind];
      c.fillRect(runBegin, middle - BOX / 2, runEnd - runBegin, BOX);
    };
    while (position < steps.length && this.begin(steps[position]) <= to) {
      const index = steps[position];
      const pixel = Math.floor(this.x(this.begin(index)));
      const kind = trace.kind[index];
      if (pixel > runEnd || kind !== runKind) {
        flush();
        runBegin = pixel;
        runKind = kind;
      }
      runEnd = pixel + 1;
      ++position;
      const isSame = position < steps.length && this.x(this.begin(steps[position])) < pixel + 1;
      if (isSame) position = Math.max(position, this.positionAt(steps, this.x.invert(pixel + 1)));
    }
    flush();
  }

  drawWaits(task, middle, from, to) {
    const {context: c, trace} = this;
    const {begin, end, note} = trace.waitsOf[task];
    let position = Math.max(0, lowerBound(begin, this.indexAt(from)) - 1);
    let drawnTo = -1;
    c.font = this.small;
    for (; position < begin.length; ++position) {
      const start = begin[position] < 0 ? (this.axisMode === "step" ? trace.first : 0) : this.finish(begin[position]);
      if (start > to) break;
      const left = Math.max(this.x(start), this.left - 4);
      const stop = end[position] < trace.count ? this.begin(end[position]) : this.end(this.axisMode);
      const right = Math.min(this.x(stop), this.width);
      if (right <= drawnTo) continue;  // hidden below the pixels of the one before
      drawnTo = right;
      if (right - left < 1) continue;
      c.fillStyle = this.color.wait;
      c.fillRect(left, middle - 6, right - left, 12);
      if (right - left >= 44) this.labelWait(task, begin[position], note[position], left, right, middle);
    }
  }

  /** In the first gap that the task's timers leave, and that is wide enough. */
  labelWait(task, begin, note, left, right, middle) {
    const {context: c, trace} = this;
    const text = trace.texts[trace.noteText[note]];
    const words = text + trace.at(trace.noteSite[note]);
    const steps = trace.stepsOf[task];
    c.fillStyle = this.color.muted;
    for (let next = lowerBound(steps, begin + 1), gaps = 0; left < right - 30 && gaps < 4; ++next, ++gaps) {
      const stop = next < steps.length ? Math.min(right, this.x(this.begin(steps[next]))) : right;
      const fits = [words, text].find(label => label && c.measureText(label).width <= stop - left - 8);
      if (fits) return c.fillText(fits, left + 5, middle + 0.5);
      if (next >= steps.length) return;
      left = Math.max(left, this.box(steps[next]).reduce((a, b) => a + b));
    }
  }

  drawStep(index, middle) {
    const {context: c, trace} = this;
    const [left, width] = this.box(index);
    const top = middle - BOX / 2;
    c.fillStyle = trace.hasFailure[index] ? this.color.failure : this.kindColor[trace.kind[index]];
    c.beginPath();
    if (width > 6) c.roundRect(left, top, width, BOX, 3);
    else c.rect(left, top, width, BOX);
    c.fill();
    if (trace.ready[index] > 1 && width >= 3) {
      c.fillStyle = this.color.decision;
      c.fillRect(left, top - 3, Math.max(width, 2), 2.5);
    }
    if (trace.hasMark[index] && width >= 3) {
      const x = left + Math.min(width / 2, 6);
      c.fillStyle = this.color.mark;
      c.beginPath();
      c.moveTo(x, top + BOX + 4);
      c.lineTo(x - 3.5, top + BOX);
      c.lineTo(x + 3.5, top + BOX);
      c.fill();
    }
    if (width < 18) return;
    c.font = this.small;
    c.fillStyle = "#fff";
    const number = `${trace.number(index)}`;
    const site = trace.siteName(trace.site[index]);
    const long = site ? `${number}  ${site}` : number;
    const fits = [long, number].find(text => c.measureText(text).width <= width - 8);
    if (fits) c.fillText(fits, left + 4, middle + 0.5);
  }

  /** The ready lanes: the height of a bar is how many there were to choose from, coloured where that was a choice. */
  drawStrip(from, to) {
    const {context: c, trace} = this;
    c.fillStyle = this.color.background;
    c.fillRect(0, AXIS, this.width, STRIP);
    c.font = this.small;
    c.textBaseline = "middle";
    c.fillStyle = this.color.muted;
    c.fillText("ready lanes", 10, AXIS + STRIP / 2 - 5);
    c.fillText(`up to ${trace.mostReady}`, 10, AXIS + STRIP / 2 + 8);
    c.save();
    c.beginPath();
    c.rect(this.left, AXIS, this.width - this.left, STRIP);
    c.clip();
    const bottom = TOP - 3;
    const tall = STRIP - 8;
    const height = ready => trace.mostReady === 0 ? 0 : Math.max(2, ready / trace.mostReady * tall);
    const bar = (left, width, ready) => {
      c.fillStyle = ready > 1 ? this.color.choice : this.color.wait;
      c.fillRect(left, bottom - height(ready), width, height(ready));
    };
    if (this.axisMode === "step" && !this.isNarrow) {
      for (let i = Math.max(0, this.indexAt(from) - 1); i < trace.count && this.begin(i) <= to; ++i) {
        const [left, width] = this.box(i);
        bar(left, width, trace.ready[i]);
        if (trace.ready[i] > 1 && width > 22) {
          c.fillStyle = this.color.text;
          const text = `${trace.chosen[i] + 1}/${trace.ready[i]}`;
          if (height(trace.ready[i]) > 12) c.fillText(text, left + (width - c.measureText(text).width) / 2, bottom - 7);
        }
      }
    } else {
      let begin = this.indexAt(this.x.invert(this.left));
      for (let pixel = this.left; pixel < this.width && begin < trace.count; ++pixel) {
        const end = this.indexAt(this.x.invert(pixel + 1));
        if (end > begin) bar(pixel, this.axisMode === "time" ? 2 : 1, trace.maximum.of(begin, end));
        begin = end;
      }
    }
    c.restore();
    c.strokeStyle = this.color.grid;
    c.beginPath();
    c.moveTo(0, TOP - 0.5);
    c.lineTo(this.width, TOP - 0.5);
    c.stroke();
  }

  drawScrollbar() {
    const visible = this.height - TOP;
    if (this.rowsHeight <= visible) return;
    const height = Math.max(24, visible * visible / this.rowsHeight);
    const top = TOP + (visible - height) * this.scrollY / (this.rowsHeight - visible + 8);
    this.context.fillStyle = this.color.wait;
    this.context.beginPath();
    this.context.roundRect(this.width - 7, top, 5, height, 2.5);
    this.context.fill();
  }

  outline(index, color, width = 2) {
    const {context: c} = this;
    const [left, boxWidth] = this.box(index);
    const top = this.place(index).y - BOX / 2;
    c.strokeStyle = color;
    c.lineWidth = width;
    c.beginPath();
    c.roundRect(left - 1, top - 1, Math.max(boxWidth, 3) + 2, BOX + 2, 3);
    c.stroke();
  }

  drawFound(firstRow, lastRow) {
    const {steps} = this.found;
    const [from, to] = this.x.domain();
    const drawnTo = new Float64Array(this.lanes.length).fill(-1);  // by row
    this.context.fillStyle = this.color.found;
    for (let i = Math.max(0, lowerBound(steps, this.indexAt(from)) - 1); i < steps.length; ++i) {
      if (this.begin(steps[i]) > to) break;
      const row = this.rowOf[this.trace.task[steps[i]]];
      const x = this.x(this.begin(steps[i]));
      if (row < firstRow || row > lastRow || (this.isNarrow && x < drawnTo[row] + 1)) continue;
      drawnTo[row] = x;
      if (this.isNarrow) this.context.fillRect(x, this.place(steps[i]).y + BOX / 2 + 1, 2, 4);
      else this.outline(steps[i], this.color.found);
    }
  }

  drawDifferences() {
    const [from, to] = this.x.domain();
    for (const index of this.differences.keys()) {
      if (this.finish(index) >= from && this.begin(index) <= to) this.outline(index, this.color.difference, 1.5);
    }
  }

  drawParting() {
    if (this.parting < 0) return;
    const {context: c} = this;
    const x = Math.round(this.x(this.begin(this.parting))) - 0.5;
    c.strokeStyle = this.color.difference;
    c.lineWidth = 1;
    c.setLineDash([4, 3]);
    c.beginPath();
    c.moveTo(x, TOP);
    c.lineTo(x, this.height);
    c.stroke();
    c.setLineDash([]);
    c.font = this.small;
    c.fillStyle = this.color.difference;
    c.textBaseline = "bottom";
    c.fillText("the runs part", x + 4, this.height - 4);
    c.textBaseline = "middle";
  }

  arrow(cause, index, color) {
    const {context: c} = this;
    const from = this.place(cause);
    const to = this.place(index);
    const [left, width] = this.box(cause);
    const startX = left + width;
    const endX = this.box(index)[0] - 1;
    if (Math.max(startX, endX) < this.left - 50 || Math.min(startX, endX) > this.width + 50) return;
    const bend = Math.min(Math.max((endX - startX) / 2, 8), 40);
    c.strokeStyle = color;
    c.lineWidth = 1.5;
    c.beginPath();
    c.moveTo(startX, from.y);
    c.bezierCurveTo(startX + bend, from.y, endX - bend, to.y, endX, to.y);
    c.stroke();
    c.fillStyle = color;
    c.beginPath();
    c.moveTo(endX + 1, to.y);
    c.lineTo(endX - 5, to.y - 3.5);
    c.lineTo(endX - 5, to.y + 3.5);
    c.fill();
  }

  drawChain() {
    const [from, to] = this.x.domain();
    let drawnTo = Infinity;
    for (let i = 0; i < this.chain.length; ++i) {
      const index = this.chain[i];
      const cause = this.chain[i + 1] ?? -1;
      if (this.begin(index) < from) break;
      if (cause >= 0 && this.finish(cause) > to) continue;
      const x = this.x(this.begin(index));
      if (this.isNarrow && x > drawnTo - 1) continue;
      drawnTo = x;
      this.drawStep(index, this.place(index).y);
      this.outline(index, this.color.chain, index === this.selected ? 2.5 : 1.5);
      if (cause >= 0) this.arrow(cause, index, this.color.chain);
    }
    if (this.selected >= 0 && this.chain.length === 0) this.outline(this.selected, this.color.chain, 2.5);
  }

  drawHovered() {
    const cause = this.trace.cause[this.hovered];
    if (cause >= 0 && !this.chain.includes(this.hovered)) this.arrow(cause, this.hovered, this.color.muted);
    this.outline(this.hovered, this.color.text, 1.5);
  }
}
