// Runs inside the page, in a browser without a window, and leaves its findings in the document; see
// traces/tests/timeline_browser_test.cpp, which puts it there, and looks at them. It never waits: the browser takes the
// document as soon as it is loaded.
const findings = {errors: window.pageErrors, checks: []};

function check(what, isTrue) { findings.checks.push([what, Boolean(isTrue)]); }

function mouse(view, type, {x, y}, options = {}) {
  const {left, top} = view.canvas.getBoundingClientRect();
  const Kind = type === "wheel" ? WheelEvent : MouseEvent;
  view.canvas.dispatchEvent(new Kind(type, {clientX: left + x, clientY: top + y, bubbles: true, cancelable: true, view: window, ...options}));
}

function key(target, name) { target.dispatchEvent(new KeyboardEvent("keydown", {key: name, bubbles: true, cancelable: true})); }
const text = id => document.getElementById(id).textContent;
const frame = () => window.timeline.draw();

/** The colour of the canvas there, as the style sheet writes it. */
function color(view, {x, y}) {
  const ratio = window.devicePixelRatio || 1;
  const [r, g, b] = view.context.getImageData(Math.round(x * ratio), Math.round(y * ratio), 1, 1).data;
  return `#${[r, g, b].map(part => part.toString(16).padStart(2, "0")).join("")}`;
}

function testBank() {
  const {views: [view], go} = window.timeline;
  const {trace} = view;
  check("a lane for the loop and each task", view.lanes.length === 4);
  check("lanes are named", view.names.join() === "(loop),main,main/deposit#1,main/deposit#2");
  for (let i = 0; i < trace.count; ++i) {
    const [left, width] = view.box(i);
    const expected = trace.hasFailure[i] ? view.color.failure : view.kindColor[trace.kind[i]];
    const found = color(view, {x: left + width - 5, y: view.place(i).y});
    check(`step ${i + 1} is drawn in its lane: ${found}, expected ${expected}`, found === expected);
  }
  const gap = {x: view.box(5)[0] + 5, y: view.place(4).y};
  check("what is no step is not drawn as one", !view.kindColor.includes(color(view, gap)));

  mouse(view, "mousemove", view.place(6));
  check("hover shows step, place and cause", /step 7 · 30 ms · main\/deposit#2.*resumed at bank\.cpp:14.*ready by step 5/.test(text("tip")));
  mouse(view, "mousemove", {x: view.box(5)[0] + 5, y: view.place(0).y});
  check("hover shows what a task waits for", /waits for gather at bank\.cpp:32/.test(text("tip")));

  mouse(view, "click", view.place(6));
  frame();
  check("a click selects the step", view.selected === 6 && /step 7/.test(text("details")));
  check("a click follows the causes", view.chain.join() === "6,4,2,1,0");
  check("the panel tells the chain", /Why it ran.*5main\/deposit#2.*3main, resumed.*1main, started/.test(text("details")));
  key(window, "ArrowUp");
  check("up goes to the cause", view.selected === 4);
  key(window, "ArrowRight");
  check("right goes to the task's next step", view.selected === 6);
  key(window, "Escape");
  check("escape selects nothing", view.selected === -1);

  const box = document.getElementById("search");
  const search = words => {
    box.value = words;
    box.dispatchEvent(new Event("input"));
  };
  search("writes balance");
  check(`search finds marks: ${text("count")}`, text("count") === "2 steps");
  key(box, "Enter");
  check("enter goes to the first", view.selected === 5 && text("count") === "1 / 2");
  key(box, "Enter");
  check("and on to the next", view.selected === 6 && text("count") === "2 / 2");
  search("deposit#2");
  check(`search finds tasks: ${text("count")}`, text("count") === "2 steps, 1 tasks");
  search("bank.cpp:31");
  check(`search finds places: ${text("count")}`, view.found.steps.join() === "0,1,2");
  search("8");
  check("search finds a step by its number", view.found.steps.join() === "7");
  search("");
  go(view, -1);

  const width = () => view.x.domain()[1] - view.x.domain()[0];
  const before = width();
  mouse(view, "wheel", view.place(3), {deltaY: -400});
  frame();
  check(`the wheel zooms: ${before} to ${width()}`, width() < before * 0.7);
  key(window, "0");
  frame();
  check("0 shows all", Math.abs(width() - before) < 1e-6);
  document.getElementById("axis-time").click();
  frame();
  const [fourth, eighth] = [3, 7].map(index => view.x(view.begin(index)));
  check(`on the axis of time, steps of one instant stand together: ${fourth}, ${eighth}, ${view.axisMode}`, fourth === eighth);
  check("and those of another elsewhere", view.x(view.begin(0)) < view.x(view.begin(7)) - 300);

  // Last, as a click right behind a drag is taken for its end.
  mouse(view, "wheel", view.place(3), {deltaY: -400});
  frame();
  const from = view.x.domain()[0];
  mouse(view, "mousedown", {x: 600, y: 200});
  window.dispatchEvent(new MouseEvent("mousemove", {clientX: 500, clientY: 300, bubbles: true, view: window}));
  window.dispatchEvent(new MouseEvent("mouseup", {clientX: 500, clientY: 300, bubbles: true, view: window}));
  frame();
  check("dragging pans", view.x.domain()[0] !== from);
}

function testComparison() {
  const {views} = window.timeline;
  check("two traces have the same rows", views.length === 2 && views[0].names === views[1].names);
  check("the verdict is told", /The runs part at step 5/.test(text("about")));
  const buttons = document.querySelectorAll("#details .difference");
  check(`each difference is listed: ${buttons.length}`, buttons.length === 5);
  buttons[0].click();
  frame();
  check("a difference leads to both traces", views[0].selected === 4 && views[1].selected === 5);
  check("where the runs part is marked", views[0].parting === 4 && views[1].parting === 4);
  check("steps that differ are marked", views[0].differences.size > 0 && views[1].differences.size > 0);
  mouse(views[1], "wheel", views[1].place(4), {deltaY: -300});
  frame();
  check("both zoom together", views[0].x.domain().join() === views[1].x.domain().join());
}

/** Touches everything once; what goes wrong is an error of the page. */
function testOpen() {
  const {views: [view], setMode, go, zoomTo, zoomIdentity} = window.timeline;
  for (const mode of ["time", "step"]) {
    setMode(mode);
    for (const k of [1, 7]) {
      zoomTo(zoomIdentity.scale(k));
      frame();
      for (let x = 0; x < view.width; x += 23) for (let y = 0; y < view.height; y += 13) mouse(view, "mousemove", {x, y});
    }
    for (let index = 0; index < view.trace.count; index += 1 + (view.trace.count >> 6)) {
      go(view, index);
      frame();
    }
    key(window, "ArrowUp");
    key(window, "Escape");
  }
  const box = document.getElementById("search");
  box.value = "f";
  box.dispatchEvent(new Event("input"));
  key(box, "Enter");
  frame();
  check("a lane for each task that there is", view.lanes.length >= view.trace.tasks.length - 1);
}

/** Zooms in and out, and pans, over a long trace. */
function testLong() {
  const {views: [view], zoomTo, zoomIdentity, setMode} = window.timeline;
  findings.steps = view.trace.count;
  findings.frames = {};
  for (const mode of ["step", "time"]) {
    setMode(mode);
    for (const [name, k] of [["whole", 1], ["ten-fold", 10], ["hundred-fold", 100], ["thousand-fold", 1000], ["close", 5000]]) {
      const frames = [];
      for (let i = 0; i < 30; ++i) {
        zoomTo(zoomIdentity.translate(-(k - 1) * view.width * (0.2 + i / 100), 0).scale(k));
        const start = performance.now();
        frame();
        view.context.getImageData(0, 0, 1, 1);  // waits until all is drawn
        frames.push(performance.now() - start);
      }
      const sorted = frames.sort((a, b) => a - b);
      findings.frames[`${mode}, ${name}`] = [sorted[sorted.length >> 1], sorted.at(-1)].map(ms => Math.round(ms * 100) / 100);
    }
  }
}

try {
  ({bank: testBank, comparison: testComparison, open: testOpen, long: testLong})[document.documentElement.dataset.test]();
} catch (error) {
  findings.errors.push(String(error.stack));
}
const result = document.body.appendChild(document.createElement("pre"));
result.id = "findings";
result.textContent = JSON.stringify(findings);
