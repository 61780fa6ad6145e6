// What stands beside the pointer: the step, wait or task below it.
import {formatTime} from "./model.js";

const MOST_NOTES = 6;

function describeStep(view, index) {
  const {trace} = view;
  const task = trace.task[index];
  const cause = trace.cause[index];
  const notes = trace.notes(index).map(note => trace.describeNote(note, task));
  const isAtSameTime = step => trace.time[step] === trace.time[index];
  const same = view.axisMode === "time" ? trace.stepsOf[task].filter(isAtSameTime).length : 1;
  return [
    `step ${trace.number(index)} · ${formatTime(trace.time[index])} · ${trace.tasks[task].name}`,
    trace.describeStep(index),
    cause < 0 ? "ready by the set-up"
      : `ready by step ${trace.number(cause)}, ${trace.tasks[trace.task[cause]].name}, ${trace.describeStep(cause)}`,
    trace.ready[index] > 1 ? `a decision: lane ${trace.chosen[index] + 1} of ${trace.ready[index]}` : "",
    ...notes.slice(0, MOST_NOTES),
    notes.length > MOST_NOTES ? `… and ${notes.length - MOST_NOTES} more` : "",
    same > 1 ? `one of ${same} steps of the task at this instant` : "",
    view.differences.has(index) ? `differs, ${view.differences.get(index)}` : "",
  ];
}

function describeWait({trace}, {wait, waitBegin, waitEnd, task}) {
  const isOver = waitEnd < trace.count;
  const since = waitBegin < 0 ? 0 : trace.time[waitBegin];
  const until = isOver ? trace.time[waitEnd] : trace.lastTime;
  const end = isOver ? `until step ${trace.number(waitEnd)}` : "still at the end";
  return [
    trace.describeNote(wait, task).replace(/^parked/, "waits"),
    trace.tasks[task].name,
    `${formatTime(until - since)}, ${end}`,
  ];
}

export class Tip {
  constructor(element) { this.element = element; }

  hide() { this.element.hidden = true; }

  /** Returns whether another step is below the pointer than before. */
  hover(view, event) {
    const {offsetX, offsetY} = event;
    const hit = view.hit(offsetX, offsetY);
    const step = hit.step ?? -1;
    const isNew = view.hovered !== step;
    view.hovered = step;
    view.canvas.style.cursor = step >= 0 ? "pointer" : "";
    const name = offsetX < view.left ? view.names[view.rowAt(offsetY)] : undefined;
    if (step >= 0) this.show(event, describeStep(view, step));
    else if (hit.wait !== undefined) this.show(event, describeWait(view, hit));
    else if (name) this.show(event, [name]);
    else this.hide();
    return isNew;
  }

  show({clientX, clientY}, lines) {
    const {element} = this;
    element.replaceChildren(...lines.filter(Boolean).map((line, i) => {
      const child = document.createElement(i === 0 ? "b" : "div");
      child.textContent = line;
      return child;
    }));
    element.hidden = false;
    const {width, height} = element.getBoundingClientRect();
    const isLow = clientY + 18 + height > window.innerHeight;
    element.style.left = `${Math.max(4, Math.min(clientX + 14, window.innerWidth - width - 8))}px`;
    element.style.top = `${isLow ? clientY - height - 10 : clientY + 18}px`;
  }
}
