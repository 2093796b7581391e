// The run as a whole.
const table = (heads, rows) => h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": heads.join(", ") }, h("table", {},
  h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
  h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell) => h("td", { class: typeof cell === "number" ? "number" : "" }, typeof cell === "number" ? String(cell) : cell)))))));

const testLink = (row) => h("a", { href: `#${new URLSearchParams({ test: idOf(row) })}`, class: "test-link" }, dot(verdictOf(row)), columns.name[row], h("span", { class: "soft" }, ` ${groupOf(row)}`));

const slowest = (most) => {
  const rows = [...Array(total).keys()].filter((row) => columns.at[row] >= 0).sort(ORDERS.slowest).slice(0, most);
  const top = rows.length ? columns.seconds[rows[0]] : 0;
  return h("ol", { class: "slowest" }, rows.map((row) => {
    const bar = h("span", { class: "length", "aria-hidden": "true" });
    bar.style.width = `${top ? Math.max(0.5, (columns.seconds[row] / top) * 100) : 0}%`;
    return h("li", {}, testLink(row), h("span", { class: "seconds" }, seconds(columns.seconds[row])), bar);
  }));
};

const workerRows = () => {
  const busy = new Map();
  for (let row = 0; row < total; row += 1) {
    if (columns.at[row] < 0) continue;
    const [count, sum] = busy.get(columns.worker[row]) ?? [0, 0];
    busy.set(columns.worker[row], [count + 1, sum + columns.seconds[row]]);
  }
  return [...busy].sort(([one], [other]) => one - other).map(([number, [count, sum]]) => {
    const starts = run.started_workers.filter(([, of]) => of === number).map(([, , pid]) => pid);
    const lost = run.lost.filter(([, of]) => of === number).map(([, , , reason]) => reason);
    return [worker(number), starts.join(", "), count, seconds(sum), lost.join("; ")];
  });
};

const runPage = {
  made: false,

  make() {
    if (this.made) return;
    this.made = true;
    const cards = h("div", { class: "cards" });
    $("run").append(cards);
    const add = (title, ...content) => cards.append(h("section", { class: "card" }, h("h2", {}, title), ...content));
    add("Environment", h("dl", { class: "facts" }, run.environment.flatMap(([name, value]) => fact(name, value))));
    if (total) add("Slowest tests", slowest(15));
    const rows = workerRows();
    if (rows.length) add("Workers", table(["Worker", "Process", "Tests", "Busy", "Lost"], rows));
    if (run.steps.length) add("Databases", table(["Database", "What", "Times", "Seconds", "Details"], run.steps.map(([, took, alias, deed, times, , note]) => [alias, deed, times, seconds(took), note])));
    if (run.checks) add("System checks", h("p", {}, badge(run.checks[0] ? "passed" : "failed"), ` in ${seconds(run.checks[1])}`), run.checks[2] ? h("pre", {}, run.checks[2]) : "");
    if (run.lost.length) add("Lost workers", table(["After", "Worker", "Reason", "Test"], run.lost.map(([at, number, , reason, test]) => [seconds(at), String(number), reason, test])));
    if (run.not_run.length) add("Not run", h("ul", {}, run.not_run.map(([reason, count]) => h("li", {}, `${many(count, "test")}: ${reason}`))));
    if (run.notes.length) add("Notes", h("div", { class: "log" }, run.notes.map(([at, level, text]) => h("div", { class: `entry ${level === "warning" ? "warn" : level === "error" ? "bad" : ""}` },
      h("span", { class: "at" }, `+${at.toFixed(2)}`), h("span", { class: "level" }, level), h("pre", {}, text)))));
  },
};
