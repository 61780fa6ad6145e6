// The panel beside the lanes: what the selected step did and why it ran, and the differences of two traces.
import {formatTime, NOTE} from "./model.js";

const MOST_LINES = 200;

function element(tag, text, className) {
  const result = document.createElement(tag);
  if (text !== undefined) result.textContent = text;
  if (className) result.className = className;
  return result;
}

/** `go(view, index)` selects a step and brings it into sight. */
export class Details {
  constructor(parent, go) {
    this.parent = parent;
    this.go = go;
  }

  clear() {
    this.parent.replaceChildren();
    this.parent.append(element("p", "Hover shows what a step did and what made it ready. A click follows its causes back "
      + "to the start. The wheel zooms, dragging pans, shift and the wheel scroll through the tasks.", "hint"));
    const keys = this.parent.appendChild(element("dl", undefined, "keys"));
    for (const [key, what] of [["← →", "the task's step before, after"], ["↑", "the step that made it ready"],
      ["/", "search"], ["Esc", "select nothing"], ["0", "see all"]]) {
      keys.append(element("dt", key), element("dd", what));
    }
  }

  link(view, index, text) {
    const link = element("button", text ?? `step ${view.trace.number(index)}`, "link");
    link.addEventListener("click", () => this.go(view, index));
    return link;
  }

  row(table, name, ...content) {
    const row = table.appendChild(element("tr"));
    row.append(element("th", name));
    const cell = row.appendChild(element("td"));
    cell.append(...content);
  }

  /** Links to steps, a line each. */
  list(view, title, steps, words) {
    if (steps.length === 0) return;
    this.parent.append(element("h3", title));
    const list = this.parent.appendChild(element("ol", undefined, "steps"));
    for (const index of steps.slice(0, MOST_LINES)) {
      const item = list.appendChild(element("li"));
      item.append(this.link(view, index, `${view.trace.number(index)}`), element("span", words(index)));
    }
    if (steps.length > MOST_LINES) list.append(element("li", `… and ${steps.length - MOST_LINES} more`));
  }

  show(view, index) {
    const {trace} = view;
    const cause = trace.cause[index];
    this.parent.replaceChildren();
    this.parent.append(element("h2", `step ${trace.number(index)}`));
    const table = this.parent.appendChild(element("table"));
    this.row(table, "time", formatTime(trace.time[index]));
    this.row(table, "task", trace.tasks[trace.task[index]].name);
    const site = trace.sites[trace.site[index]];
    this.row(table, "what", trace.describeStep(index));
    const inFunction = trace.functions[trace.site[index]];
    if (site) this.row(table, "place", element("code", site), inFunction ? ` in ${inFunction}` : "");
    if (cause >= 0) this.row(table, "ready by", this.link(view, cause), ` ${trace.tasks[trace.task[cause]].name}`);
    else this.row(table, "ready by", "the set-up of the run");
    const isDecision = trace.ready[index] > 1;
    if (isDecision) this.row(table, "decision", `lane ${trace.chosen[index] + 1} of ${trace.ready[index]} ready`);
    const difference = view.differences.get(index);
    if (difference) this.row(table, "differs", difference);

    const notes = trace.notes(index).filter(note => trace.noteKind[note] !== NOTE.left);
    if (notes.length > 0) {
      this.parent.append(element("h3", "In this step"));
      const list = this.parent.appendChild(element("ul"));
      for (const note of notes) list.append(element("li", trace.describeNote(note, trace.task[index])));
    }
    const inWords = i => `${trace.tasks[trace.task[i]].name}, ${trace.describeStep(i)}`;
    if (isDecision) this.list(view, "Also ready, and ran later", trace.alsoReady(index, MOST_LINES), inWords);
    this.list(view, "Why it ran", trace.chain(index).slice(1), inWords);
    this.list(view, "Made ready", trace.effects(index), inWords);
  }

  /** What differs between two traces, each line leading to both places. */
  showDifferences(diff, [left, right], select) {
    this.parent.replaceChildren();
    this.parent.append(element("h2", "What differs"), element("p", diff.counts || "nothing", "hint"));
    const list = this.parent.appendChild(element("ol", undefined, "differences"));
    for (const [kind, task, leftStep, rightStep, leftText, rightText] of diff.differences) {
      const item = list.appendChild(element("li"));
      const button = item.appendChild(element("button", undefined, "difference"));
      button.append(element("b", kind), ` ${task}`);
      button.append(element("span", `A  ${leftStep ? `${leftStep}  ` : ""}${leftText || "—"}`));
      button.append(element("span", `B  ${rightStep ? `${rightStep}  ` : ""}${rightText || "—"}`));
      button.addEventListener("click", () => select(left.trace.index(leftStep), right.trace.index(rightStep)));
    }
    if (diff.more > 0) list.append(element("li", `… and ${diff.more} more`));
  }
}
