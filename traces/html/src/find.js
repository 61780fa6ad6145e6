// What the search box finds.
import {NOTE} from "./model.js";

/**
 * The steps, as sorted indices, of tasks whose path contains the text, at places that contain it, or in which a mark or
 * another text contains it; for a number, the step of that number. And the tasks whose path contains it.
 */
export function find(trace, text) {
  const query = text.trim().toLowerCase();
  if (query === "") return {steps: [], tasks: new Set()};
  const number = /^#?(\d+)$/.exec(query);
  if (number) {
    const index = trace.index(Number(number[1]));
    return {steps: index < 0 ? [] : [index], tasks: new Set()};
  }
  const contains = name => name.toLowerCase().includes(query);
  const tasks = new Set(trace.tasks.flatMap(({name}, task) => contains(name) ? [task] : []));
  const sites = Uint8Array.from(trace.sites, (site, i) => contains(site) || contains(trace.functions[i]) ? 1 : 0);
  const texts = Uint8Array.from(trace.texts, name => contains(name) ? 1 : 0);
  const found = new Uint8Array(trace.count);
  for (let i = 0; i < trace.count; ++i) if (tasks.has(trace.task[i]) || sites[trace.site[i]]) found[i] = 1;
  for (let n = 0; n < trace.noteStep.length; ++n) {
    if (trace.noteStep[n] < 0) continue;
    const hasSite = trace.noteKind[n] === NOTE.parked || trace.noteKind[n] === NOTE.created;
    if (texts[trace.noteText[n]] || (hasSite && sites[trace.noteSite[n]])) found[trace.noteStep[n]] = 1;
  }
  const steps = [];
  for (let i = 0; i < trace.count; ++i) if (found[i]) steps.push(i);
  return {steps, tasks};
}
