// Who did what when: a lane for the databases and one for each worker, drawn on a canvas.
const LANE = 34;
const TOP = 26;
const clock = (at, step) => {
  if (at < step / 2) return "0";
  if (at < 60 || step < 1) return `${Number(at.toPrecision(6))} s`;
  const [hours, minutes, rest] = [Math.floor(at / 3600), Math.floor(at / 60) % 60, String(Math.round(at) % 60).padStart(2, "0")];
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
};

const timeline = {
  made: false,
  from: 0,
  to: 1,
  picked: -1,

  make() {
    if (this.made) return;
    this.made = true;
    this.gather();
    this.to = this.span = Math.max(run.total, 0.001) * 1.02;
    this.canvas = h("canvas", { tabindex: "0", role: "img", "aria-label": this.words(), "aria-describedby": "timeline-keys" });
    this.tip = h("p", { class: "tip", role: "status" });
    const zoom = (factor) => () => this.zoom(factor);
    $("timeline").append(
      h("div", { class: "timeline-tools" },
        h("h2", {}, "Timeline"),
        h("button", { type: "button", onclick: zoom(0.5), "aria-label": "Closer" }, "+"),
        h("button", { type: "button", onclick: zoom(2), "aria-label": "Further" }, "−"),
        h("button", { type: "button", onclick: () => { this.from = 0; this.to = this.span; this.draw(); } }, "All"),
        h("span", { class: "soft keys", id: "timeline-keys" }, "Drag to move, Ctrl and wheel to zoom; arrows go from test to test, Enter opens one.")),
      h("div", { class: "canvas-box" }, h("div", { class: "lanes", "aria-hidden": "true" }, this.lanes.map((lane) => h("span", {}, lane.name))), this.canvas),
      h("p", { class: "legend" }, run.verdicts.filter((_, code) => counted[code] && code !== run.verdicts.indexOf("not_run")).map((name) =>
        h("span", {}, dot(name), name.replaceAll("_", " "))), this.steps.length ? h("span", {}, dot("step"), "database") : "", run.lost.length ? h("span", {}, dot("lost"), "worker lost") : ""),
      this.tip);
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  },

  gather() {
    const numbers = new Set();
    for (let row = 0; row < total; row += 1) if (columns.at[row] >= 0) numbers.add(columns.worker[row]);
    for (const [, number] of run.started_workers) numbers.add(number);
    this.workers = [...numbers].sort((one, other) => one - other);
    // Steps before the tests are told of together: they are laid end to end, up to when they were told.
    this.steps = [];
    const before = run.steps.filter(([, , , deed]) => deed !== "reset");
    let end = Infinity;
    for (const [at, took, alias, deed, , , note] of before.toReversed()) {
      end = Math.min(end, at);
      this.steps.unshift({ at: Math.max(0, end - took), seconds: took, words: `${deed} ${alias}${note ? `: ${note}` : ""}` });
      end -= took;
    }
    this.lanes = [];
    if (this.steps.length) this.lanes.push({ name: "databases", steps: this.steps, rows: [] });
    for (const number of this.workers) {
      const rows = [];
      for (let row = 0; row < total; row += 1) if (columns.worker[row] === number && columns.at[row] >= 0) rows.push(row);
      rows.sort((one, other) => columns.at[one] - columns.at[other]);
      this.lanes.push({ name: run.workers ? String(number) : "tests", rows, lost: run.lost.filter(([, lost]) => lost === number) });
    }
  },

  words() {
    const busy = this.lanes.filter((lane) => lane.rows.length).map((lane) =>
      `${lane.name}: ${many(lane.rows.length, "test")}, ${seconds(lane.rows.reduce((sum, row) => sum + columns.seconds[row], 0))}`);
    return `What ran when. ${busy.join("; ")}. ${run.lost.length ? `${many(run.lost.length, "worker")} lost.` : ""}`;
  },

  colours() {
    // The colours of the theme, as the browser has worked them out.
    const found = {};
    const probe = h("span", {});
    $("timeline").append(probe);
    for (const name of [...run.verdicts, "step", "lost"]) {
      probe.className = `dot v-${name}`;
      found[name] = getComputedStyle(probe).backgroundColor;
    }
    for (const name of ["ink", "soft", "line", "panel", "accent"]) {
      probe.className = `colour-${name}`;
      found[name] = getComputedStyle(probe).color;
    }
    probe.remove();
    return found;
  },

  x(at) { return ((at - this.from) / (this.to - this.from)) * this.width; },

  draw() {
    if (!this.made || $("timeline").hidden) return;
    const ratio = devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    const height = TOP + this.lanes.length * LANE + 4;
    this.canvas.style.height = `${height}px`;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const colours = this.colours();
    pen.font = "11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    this.axis(pen, colours, height);
    this.lanes.forEach((lane, at) => this.lane(pen, colours, lane, TOP + at * LANE));
  },

  axis(pen, colours, height) {
    const rough = ((this.to - this.from) / this.width) * 90;
    const power = 10 ** Math.floor(Math.log10(rough));
    const nice = rough > 5 ? [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400] : [1, 2, 5, 10].map((times) => times * power);
    const step = nice.find((one) => one >= rough) ?? 86400;
    for (let at = Math.ceil(this.from / step) * step; at < this.to; at += step) {
      const x = Math.round(this.x(at)) + 0.5;
      pen.fillStyle = colours.line;
      pen.fillRect(x, TOP - 6, 1, height);
      pen.fillStyle = colours.soft;
      pen.fillText(clock(at, step), x + 3, 9);
    }
  },

  lane(pen, colours, lane, top) {
    pen.fillStyle = colours.line;
    pen.fillRect(0, top + LANE - 1, this.width, 1);
    for (const step of lane.steps ?? []) this.box(pen, colours.step, step.at, step.seconds, top, step.words, colours);
    let last = -1;
    for (const row of lane.rows) {
      const from = columns.at[row];
      const to = from + columns.seconds[row];
      if (to < this.from || from > this.to) continue;
      const bad = columns.code[row] !== PASSED;
      // Thousands of tests may share a pixel: of those that passed one is enough.
      const pixel = Math.round(this.x(to));
      if (!bad && pixel === last) continue;
      last = pixel;
      this.box(pen, colours[verdictOf(row)], from, columns.seconds[row], top, columns.name[row], colours, bad);
    }
    for (const [at] of lane.lost ?? []) {
      pen.fillStyle = colours.lost;
      const x = this.x(at);
      pen.fillRect(x - 1, top, 2, LANE - 1);
      pen.font = "bold 13px system-ui, sans-serif";
      pen.fillText("✕", x + 4, top + LANE / 2);
      pen.font = "11px system-ui, sans-serif";
    }
    if (this.picked >= 0 && lane.rows.includes(this.picked)) {
      pen.strokeStyle = colours.accent;
      pen.lineWidth = 2;
      const x = this.x(columns.at[this.picked]);
      pen.strokeRect(x - 1, top + 3, Math.max(4, this.x(columns.at[this.picked] + columns.seconds[this.picked]) - x + 2), LANE - 8);
    }
  },

  box(pen, colour, at, took, top, words, colours, bad = false) {
    const x = this.x(at);
    const width = Math.max(bad ? 2 : 1, this.x(at + took) - x - (this.x(at + took) - x > 4 ? 1 : 0));
    pen.fillStyle = colour;
    pen.fillRect(x, top + 5, width, LANE - 11);
    if (width > 46) {
      pen.save();
      pen.beginPath();
      pen.rect(Math.max(x, 0), top, Math.min(width, this.width) - 6, LANE);
      pen.clip();
      pen.fillStyle = colour === colours.passed ? colours.ink : colours.panel;
      pen.fillText(words, Math.max(x, 0) + 6, top + LANE / 2);
      pen.restore();
    }
  },

  at(event) {
    const lane = this.lanes[Math.floor((event.offsetY - TOP) / LANE)];
    if (!lane) return null;
    const time = this.from + (event.offsetX / this.width) * (this.to - this.from);
    const slack = ((this.to - this.from) / this.width) * 3;
    const hit = (from, took) => time >= from - slack && time <= from + took + slack;
    const lost = (lane.lost ?? []).find(([when]) => Math.abs(when - time) < 3 * slack);
    if (lost) return { words: `Worker ${lost[1]} (process ${lost[2]}) was lost: ${lost[3]}` };
    const row = lane.rows.findLast((one) => hit(columns.at[one], columns.seconds[one]));
    if (row !== undefined) return { row, words: this.tell(row) };
    const step = (lane.steps ?? []).find((one) => hit(one.at, one.seconds));
    return step ? { words: `${step.words}, ${seconds(step.seconds)}` } : null;
  },

  tell(row) { return `${idOf(row)}: ${WORDS[columns.code[row]]}, ${seconds(columns.seconds[row])}`; },

  zoom(factor, middle = (this.from + this.to) / 2) {
    const least = 0.001;
    const size = Math.min(this.span, Math.max(least, (this.to - this.from) * factor));
    this.pan(middle - ((middle - this.from) / (this.to - this.from)) * size, size);
  },

  pan(from, size = this.to - this.from) {
    this.from = Math.max(0, Math.min(from, this.span - size));
    this.to = this.from + size;
    this.draw();
  },

  step(key) {
    const own = this.lanes.filter((lane) => lane.rows.length);
    if (!own.length) return;
    let lane = Math.max(0, own.findIndex((one) => one.rows.includes(this.picked)));
    let at = own[lane].rows.indexOf(this.picked);
    if (key === "ArrowRight") at = Math.min(own[lane].rows.length - 1, at + 1);
    if (key === "ArrowLeft") at = Math.max(0, at - 1);
    if (key === "ArrowUp" || key === "ArrowDown") {
      lane = Math.max(0, Math.min(own.length - 1, lane + (key === "ArrowUp" ? -1 : 1)));
      const when = this.picked >= 0 ? columns.at[this.picked] : 0;
      at = Math.max(0, own[lane].rows.findLastIndex((row) => columns.at[row] <= when));
    }
    this.picked = own[lane].rows[Math.max(0, at)];
    const begin = columns.at[this.picked];
    if (begin < this.from || begin > this.to) this.pan(begin - (this.to - this.from) / 4);
    this.tip.textContent = this.tell(this.picked);
    this.draw();
  },

  listen() {
    const { canvas } = this;
    let dragged = null;
    canvas.addEventListener("pointerdown", (event) => { dragged = { x: event.clientX, from: this.from, far: false }; canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener("pointermove", (event) => {
      if (dragged && event.buttons) {
        const way = event.clientX - dragged.x;
        dragged.far ||= Math.abs(way) > 4;
        if (dragged.far) this.pan(dragged.from - (way / this.width) * (this.to - this.from));
        return;
      }
      const hit = this.at(event);
      this.tip.textContent = hit?.words ?? "";
      canvas.style.cursor = hit?.row === undefined ? "default" : "pointer";
    });
    canvas.addEventListener("pointerup", (event) => {
      const hit = dragged && !dragged.far ? this.at(event) : null;
      dragged = null;
      if (hit?.row !== undefined) go({ test: idOf(hit.row) });
      else if (hit) this.tip.textContent = hit.words;
    });
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.from + (event.offsetX / this.width) * (this.to - this.from));
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      if (event.key.startsWith("Arrow")) this.step(event.key);
      else if (event.key === "Enter" && this.picked >= 0) go({ test: idOf(this.picked) });
      else if (event.key === "+") this.zoom(0.5);
      else if (event.key === "-") this.zoom(2);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  },
};
