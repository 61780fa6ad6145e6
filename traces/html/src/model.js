// A trace as the page holds it: columns in typed arrays, and for each lane the steps and waits in it.

export const KINDS = ["task_start", "task_resume", "task_cancel", "callback", "timer"];
export const KIND_WORDS = ["started", "resumed", "cancelled", "callback", "timer"];
export const NOTE = {created: 0, parked: 1, ended: 2, cancel: 3, mark: 4, draw: 5, left: 6};
const END_WORDS = ["ended", "ended with an exception", "ended cancelled"];

/** The first index in [from, to) of a sorted array whose value is not below `value`; `to` where there is none. */
export function lowerBound(array, value, from = 0, to = array.length) {
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (array[middle] < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

function sums(deltas) {
  const result = new Float64Array(deltas.length);
  let sum = 0;
  for (let i = 0; i < deltas.length; ++i) result[i] = sum += deltas[i];
  return result;
}

/** The greatest of any range of an array, in a time that does not depend on its length. */
class RangeMaximum {
  constructor(values) {
    this.levels = [values];
    for (let below = values; below.length > 1; below = this.levels.at(-1)) {
      const level = new Uint32Array(below.length + 1 >> 1);
      for (let i = 0; i < below.length; ++i) level[i >> 1] = Math.max(level[i >> 1], below[i]);
      this.levels.push(level);
    }
  }
  of(begin, end) {
    let greatest = 0;
    for (let level = 0; begin < end; ++level, begin >>= 1, end >>= 1) {
      const values = this.levels[level];
      if (begin & 1) greatest = Math.max(greatest, values[begin++]);
      if (end & 1) greatest = Math.max(greatest, values[--end]);
    }
    return greatest;
  }
}

export class Trace {
  constructor(data) {
    Object.assign(this, data.run);
    this.first = data.first;  // the number of the step with index 0
    this.count = data.kind.length;
    this.time = sums(data.time);  // nanoseconds
    this.kind = Uint8Array.from(data.kind, Number);
    this.task = Uint32Array.from(data.task);
    this.site = Uint32Array.from(data.site);
    this.ready = Uint32Array.from(data.ready);
    this.chosen = Uint32Array.from(data.chosen);
    this.cause = new Int32Array(this.count);  // an index; below 0: before the first step
    for (let i = 0; i < this.count; ++i) this.cause[i] = data.cause[i] === 0 ? -1 : i - data.cause[i];
    this.tasks = [{name: "(loop)", parent: 0, site: 0}, ...data.tasks.map(([name, parent, site]) => ({name, parent, site}))];
    this.sites = data.sites;
    this.functions = data.functions;
    this.texts = data.texts;
    this.maximum = new RangeMaximum(this.ready);
    this.mostReady = this.maximum.of(0, this.count);
    this.readNotes(data.notes);
    this.readLanes();
  }

  readNotes(notes) {
    this.noteStep = Float64Array.from(sums(notes.step), step => step - 1);  // an index; -1: the set-up
    this.noteKind = Uint8Array.from(notes.kind, Number);
    this.noteTask = Uint32Array.from(notes.task);
    this.noteText = Uint32Array.from(notes.text);
    this.noteSite = Uint32Array.from(notes.site);
    this.hasFailure = new Uint8Array(this.count);
    this.hasMark = new Uint8Array(this.count);
    for (let n = 0; n < this.noteStep.length; ++n) {
      const step = this.noteStep[n];
      if (step < 0) continue;
      if (this.noteKind[n] === NOTE.mark) this.hasMark[step] = 1;
      if (this.noteKind[n] === NOTE.ended && this.noteSite[n] === 1) this.hasFailure[step] = 1;
    }
  }

  /** A lane for each task, and for the loop where it has steps of its own. */
  readLanes() {
    const size = this.tasks.length;
    const counts = new Uint32Array(size);
    for (const task of this.task) ++counts[task];
    this.stepsOf = Array.from(counts, count => new Int32Array(count));
    counts.fill(0);
    for (let i = 0; i < this.count; ++i) this.stepsOf[this.task[i]][counts[this.task[i]]++] = i;

    const waits = Array.from({length: size}, () => []);  // begin, end (both indices of steps), note
    const open = new Int32Array(size).fill(-1);
    this.born = new Int32Array(size).fill(-1);
    this.ended = new Int32Array(size).fill(this.count);
    const close = (task, end) => {
      if (open[task] >= 0) waits[task].push(this.noteStep[open[task]], end, open[task]);
      open[task] = -1;
    };
    let note = 0;
    for (let i = -1; i < this.count; ++i) {
      if (i >= 0 && this.kind[i] <= 2) close(this.task[i], i);
      for (; note < this.noteStep.length && this.noteStep[note] === i; ++note) {
        const task = this.noteTask[note];
        if (this.noteKind[note] === NOTE.created) this.born[task] = i;
        if (this.noteKind[note] === NOTE.ended) {
          close(task, i);
          this.ended[task] = i;
        }
        if (this.noteKind[note] === NOTE.parked) {
          close(task, i);
          open[task] = note;
        }
      }
    }
    for (let task = 0; task < size; ++task) close(task, this.count);
    this.waitsOf = waits.map(triples => {
      const column = at => Int32Array.from({length: triples.length / 3}, (_, i) => triples[3 * i + at]);
      return {begin: column(0), end: column(1), note: column(2)};
    });
  }

  hasTask(task) { return task !== 0 || this.stepsOf[0].length > 0; }
  number(index) { return index + this.first; }
  index(number) {
    const index = number - this.first;
    return index >= 0 && index < this.count ? index : -1;
  }
  get lastTime() { return Math.max(this.endTime ?? 0, this.count > 0 ? this.time[this.count - 1] : 0); }

  siteName(site) { return this.sites[site].replace(/^.*[/\\]/, ""); }
  describeStep(index) {
    const site = this.siteName(this.site[index]);
    return KIND_WORDS[this.kind[index]] + (site ? ` at ${site}` : "");
  }

  /** The indices of the notes of a step. */
  notes(index) {
    const begin = lowerBound(this.noteStep, index);
    const result = [];
    for (let n = begin; n < this.noteStep.length && this.noteStep[n] === index; ++n) result.push(n);
    return result;
  }
  describeNote(note, actor) {
    const task = this.tasks[this.noteTask[note]]?.name ?? `task ${this.noteTask[note]}`;
    const text = this.texts[this.noteText[note]];
    const whose = actor === this.noteTask[note] ? "" : `${task} `;
    switch (this.noteKind[note]) {
      case NOTE.created: return `creates ${task}` + this.at(this.noteSite[note]);
      case NOTE.parked: return `${whose}parked` + (text ? ` for ${text}` : "") + this.at(this.noteSite[note]);
      case NOTE.ended: return whose + END_WORDS[this.noteSite[note]] + (text ? `: ${text}` : "");
      case NOTE.cancel: return `asks ${task} to cancel` + (text ? `: ${text}` : "");
      case NOTE.mark: return `“${text}”`;
      case NOTE.draw: return `drew ${text}`;
      default: return `${task} was ready and never ran`;
    }
  }
  at(site) { return site ? ` at ${this.siteName(site)}` : ""; }

  /** The step, then what made it ready, then what made that ready, ... */
  chain(index) {
    const steps = [];
    for (let i = index; i >= 0; i = this.cause[i]) steps.push(i);
    return steps;
  }
  effects(index) {
    const steps = [];
    for (let i = index + 1; i < this.count; ++i) if (this.cause[i] === index) steps.push(i);
    return steps;
  }
  /** The steps that were ready when this one was chosen and ran later; see ready_before() in trace.hpp. */
  alsoReady(index, most) {
    const steps = [];
    for (let i = index + 1; i < this.count && steps.length < most; ++i) {
      if (this.cause[i] >= index) continue;
      if (this.kind[i] === 4 && this.time[i] !== this.time[index]) continue;
      steps.push(i);
    }
    return steps;
  }
}

/** "0 ms", "30 ms", "1.5 s", "250 µs": as short as it is exact. */
export function formatTime(nanoseconds) {
  const ns = Math.round(nanoseconds);
  if (ns !== 0 && ns % 1000 !== 0) return `${ns} ns`;
  if (ns % 1e6 !== 0) return `${ns / 1e3} µs`;
  return ns >= 1e9 ? `${ns / 1e9} s` : `${ns / 1e6} ms`;
}
