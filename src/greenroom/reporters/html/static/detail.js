// All that is known of one test.
const LEVELS = { CRITICAL: "bad", ERROR: "bad", WARNING: "warn" };

const part = (title, ...content) => h("section", { class: "part" }, h("h3", {}, title), ...content);

const logTable = (lines, more) => h("div", {}, h("div", { class: "log" },
  lines.map(([at, level, logger, message, file, line]) => h("div", { class: `entry ${LEVELS[level] ?? ""}` },
    h("span", { class: "at" }, `+${at.toFixed(3)}`), h("span", { class: "level" }, level), h("span", { class: "logger" }, logger),
    h("pre", {}, clean(message)), file ? place(file, line) : ""))),
  more ? h("p", { class: "soft" }, `And ${many(more, "line")} more, which a recording has.`) : "");

const queryTable = (detail) => {
  const times = new Map();
  for (const [text] of detail.queries) times.set(text, (times.get(text) ?? 0) + 1);
  return h("div", {}, h("ol", { class: "queries" }, detail.queries.map(([text, took, alias, file, line, name]) => h("li", {},
    h("p", {}, h("span", { class: "at" }, seconds(took)), alias === "default" ? "" : h("span", { class: "logger" }, alias),
      times.get(text) > 1 ? h("span", { class: "again" }, `${times.get(text)} times`) : "", file ? place(file, line) : "", name ? h("span", { class: "soft" }, name) : ""),
    h("pre", {}, detail.statements[text])))),
    detail.more_queries ? h("p", { class: "soft" }, `And ${detail.more_queries} more.`) : "");
};

const attached = (files) => h("ul", { class: "attachments" }, files.map((file) => h("li", {},
  file.data ? h("a", { href: file.href, target: "_blank", rel: "noopener noreferrer" }, h("img", { src: file.data, alt: file.name, loading: "lazy" })) : "",
  h("a", { href: file.href, target: "_blank", rel: "noopener noreferrer" }, file.name),
  h("span", { class: "soft" }, `${file.type}, ${bytes(file.size)}`))));

const told = (detail) => [
  ...(detail.problems ?? []).map(problemOf),
  detail.attachments ? part("Kept with this test", attached(detail.attachments)) : "",
  detail.output ? part("Output", h("pre", { class: "output" }, clean(detail.output))) : "",
  detail.logs ? part("Log", logTable(detail.logs, detail.more_logs)) : "",
];

const pastPart = (row) => {
  const runs = pastOf(row);
  if (!runs.length) return "";
  const flaky = run.verdicts.indexOf("flaky");
  const now = { at: run.began, code: columns.code[row], seconds: columns.seconds[row], now: true };
  const most = Math.max(0.0001, ...runs.map((one) => one.seconds), now.seconds);
  const bars = h("div", { class: "past", role: "img", "aria-label": `${runs.length} earlier runs: ${runs.map((one) => WORDS[one.code]).join(", ")}` });
  for (const one of [...runs, now]) {
    const bar = h("span", { class: `bar-of v-${run.verdicts[one.code]}${one.now ? " now" : ""}`,
      title: `${new Date(one.at * 1000).toLocaleString()}: ${WORDS[one.code]}, ${seconds(one.seconds)}` });
    bar.style.height = `${Math.max(8, (one.seconds / most) * 100)}%`;
    bars.append(bar);
  }
  const bad = runs.filter((one) => BAD.has(run.verdicts[one.code])).length;
  const shaky = runs.filter((one) => one.code === flaky).length;
  const words = [`${runs.length} earlier ${runs.length === 1 ? "run" : "runs"}`, bad ? `${bad} failed` : "none failed"];
  if (shaky) words.push(`${shaky} flaky`);
  const middle = runs.map((one) => one.seconds).sort((one, other) => one - other)[Math.floor(runs.length / 2)];
  words.push(`mostly ${seconds(middle)}`);
  return part("Earlier runs", bars, h("p", { class: "soft" }, words.join(", ")));
};

const fact = (name, value) => [h("dt", {}, name), h("dd", {}, value)];

const filterLink = (key, value) => h("a", { href: `#${new URLSearchParams({ filter: withValues("", key, [value]) })}`, title: `All of ${key} ${value}` }, value);

const factsOf = (row) => {
  const file = fileOf(row);
  const found = [];
  if (columns.at[row] >= 0 && columns.seconds[row]) found.push(fact("Took", seconds(columns.seconds[row])));
  if (columns.at[row] >= 0) found.push(fact("Began", `${seconds(columns.at[row])} into the run, ${worker(columns.worker[row])}`));
  if (triesOf(row) > 1) found.push(fact("Tries", String(triesOf(row))));
  if (kindOf(row)) found.push(fact("Kind", filterLink("kind", kindOf(row))));
  found.push(fact("App", filterLink("app", appOf(row))));
  if (tagsOf(row).length) found.push(fact("Tags", h("span", { class: "tags" }, tagsOf(row).map((tag) => filterLink("tag", tag)))));
  if (file) found.push(fact("Source", place(file, columns.line[row])));
  return h("dl", { class: "facts" }, found.flat());
};

const commandOf = (id) => {
  const quoted = /^[\w./:-]+$/.test(id) ? id : `'${id.replaceAll("'", "'\\''")}'`;
  return id.includes("::") ? `pytest ${quoted}` : `python manage.py test ${quoted}`;
};

const renderDetail = (row) => {
  const box = $("detail");
  box.replaceChildren();
  box.scrollTop = 0;
  if (row < 0) {
    if (total) box.append(h("h2", {}, "Slowest tests"), slowest(12));
    else box.append(h("p", { class: "none" }, "There are no tests in this run."));
    return;
  }
  const detail = detailOf(row);
  const id = idOf(row);
  const verdict = verdictOf(row);
  box.append(
    h("button", { type: "button", class: "back", onclick: () => close() }, "‹ All tests"),
    h("header", {},
      h("p", { class: "where" }, badge(verdict), h("span", {}, groupOf(row))),
      h("h2", { id: "detail-title" }, columns.name[row]),
      detail.title ? h("p", { class: "soft" }, detail.title) : "",
      detail.doc ? h("p", { class: "doc" }, detail.doc) : "",
      detail.quarantine === undefined ? "" : h("p", { class: "doc" }, `In quarantine, so that its failure does not fail the run${detail.quarantine ? `: ${detail.quarantine}` : "."}`)),
    factsOf(row),
    h("p", { class: "acts" }, copier(id, "Copy id"), copier(location.href.split("#")[0] + `#${new URLSearchParams({ test: id })}`, "Copy link"),
      kindOf(row) === "fixture" ? "" : copier(commandOf(id), "Copy command")));
  if (!detail.problems && saidOf(row) && verdict !== "flaky") box.append(h("p", { class: "reason" }, saidOf(row)));
  box.append(...told(detail).filter(Boolean));
  for (const one of (detail.tries ?? []).toReversed()) {
    const words = `Try ${one.attempt} of ${one.of}: ${one.outcome}${one.said ? `, ${one.said}` : ""}`;
    const facts = `${seconds(one.seconds)}, ${worker(one.worker)}`;
    box.append(h("section", { class: "part try" }, fold(words, () => h("div", {}, h("p", { class: "soft" }, facts), told(one)), verdict === "flaky")));
  }
  if (detail.queries) box.append(part(`${many(detail.queries.length + (detail.more_queries ?? 0), "statement")} of SQL`, queryTable(detail)));
  if (detail.sql) box.append(h("section", { class: "part" }, fold("SQL", () => h("pre", {}, detail.sql))));
  const earlier = pastPart(row);
  if (earlier) box.append(earlier);
};
