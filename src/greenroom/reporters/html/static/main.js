// The address says what is shown; everything else changes the address. `#test=…&filter=…&order=…&view=…`
const VIEWS = ["tests", "timeline", "run"];
let state = { view: "tests", test: "", filter: "", order: "worst" };
let listed = null;
let shownRow = -2;
const fixtures = columns.kind.filter((kind) => tests.kinds[kind] === "fixture").length;
const ALL = many(total - fixtures, "test") + (fixtures ? ` and ${many(fixtures, "fixture")}` : "");
// Where nothing went wrong no test is more worth a look than another.
const calm = (row) => !filtered() && ["passed", "skipped", "expected_failure"].includes(verdictOf(row));
const filtered = () => Boolean(state.filter) || state.order !== "worst";

const read = () => {
  const given = new URLSearchParams(location.hash.slice(1));
  return {
    view: VIEWS.includes(given.get("view")) ? given.get("view") : "tests",
    test: given.get("test") ?? "",
    filter: given.get("filter") ?? "",
    order: Object.hasOwn(ORDERS, given.get("order") ?? "") ? given.get("order") : "worst",
  };
};

const hashOf = ({ view, test, filter, order }) => {
  const given = new URLSearchParams();
  if (view !== "tests") given.set("view", view);
  if (test) given.set("test", test);
  if (filter) given.set("filter", filter);
  if (order !== "worst") given.set("order", order);
  return `#${given}`;
};

function go(change, replace = false) {
  const next = { ...state, view: "tests", ...change };
  const hash = hashOf(next);
  if (replace) history.replaceState(null, "", hash);
  else if (hash !== location.hash && !(hash === "#" && !location.hash)) history.pushState(null, "", hash);
  show();
}

function open(row) { go({ test: idOf(row) }, wide.matches); }
function close() { go({ test: "" }); list.element.focus(); }

const showTests = () => {
  const { filter, order, test } = state;
  let row = test ? rowOf(test) : -1;
  const key = `${order} ${filter}`;
  if (listed !== key) {
    listed = key;
    const rows = select(filter, order);
    if (wide.matches && rows.length && !test && !calm(rows[0])) [row] = rows;
    list.element.scrollTop = 0;
    list.show(rows, row);
    $("shown").textContent = rows.length === total ? ALL : `${rows.length.toLocaleString("en")} of ${ALL}`;
    if (list.cursor > 0) list.move(list.cursor);
    drawChips();
  } else if (row >= 0) {
    // The same id may be there twice: the one that was clicked stays.
    const kept = list.rows[list.cursor];
    if (kept !== undefined && whole(idOf(kept)) === test) row = kept;
    else list.move(Math.max(0, list.rows.indexOf(row)));
  } else if (wide.matches && !test) row = list.rows[list.cursor] ?? -1;
  document.body.classList.toggle("opened", Boolean(test));
  if (shownRow !== row) {
    shownRow = row;
    renderDetail(row);
    if (test && row < 0) $("detail").replaceChildren(
      h("button", { type: "button", class: "back", onclick: () => close() }, "‹ All tests"),
      h("p", { class: "none" }, "This report has no test ", h("code", {}, test)));
  }
};

function show() {
  const before = state.view;
  state = read();
  for (const view of VIEWS) $(view).hidden = view !== state.view;
  for (const link of document.querySelectorAll("nav a")) {
    const { view } = link.dataset;
    if (view === state.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if ($("search").value !== state.filter && document.activeElement !== $("search")) $("search").value = state.filter;
  if (state.view === "tests") {
    showTests();
    list.draw();
  } else {
    document.body.classList.remove("opened");
    if (state.view === "timeline") { timeline.make(); timeline.draw(); }
    else runPage.make();
    if (before !== state.view) scrollTo(0, 0);
  }
}

// The bar, the chips and the choices ------------------------------------------------------------------------------

const drawBar = () => {
  for (let code = 0; code < counted.length; code += 1) {
    if (!counted[code]) continue;
    const piece = h("span", { class: `v-${run.verdicts[code]}` });
    piece.style.flexGrow = String(counted[code]);
    $("bar").append(piece);
  }
};

const drawChips = () => {
  const chosen = valuesIn(state.filter, "outcome").map((value) => value.replaceAll("_", " "));
  const focused = document.activeElement?.dataset?.verdict;
  $("chips").replaceChildren(...counted.map((number, code) => {
    if (!number) return "";
    const name = WORDS[code];
    const on = chosen.includes(name);
    const chip = h("button", { type: "button", class: "chip", "aria-pressed": String(on), "data-verdict": run.verdicts[code] }, dot(run.verdicts[code]), name, h("b", {}, number.toLocaleString("en")));
    chip.addEventListener("click", () => {
      const values = on ? chosen.filter((one) => one !== name) : [...chosen, name];
      filter(withValues($("search").value, "outcome", values.map((one) => one.replaceAll(" ", "_"))));
    });
    return chip;
  }).filter(Boolean));
  if (focused) document.querySelector(`.chip[data-verdict="${CSS.escape(focused)}"]`)?.focus();
  for (const choice of document.querySelectorAll("#choices select[data-key]")) {
    const [value] = valuesIn(state.filter, choice.dataset.key);
    choice.value = [...choice.options].some((option) => option.value === value) ? value : "";
  }
  $("order").value = state.order;
};

const filter = (text) => {
  $("search").value = text;
  go({ filter: text.trim(), test: "" }, true);
};

const drawChoices = () => {
  const distinct = (values) => [...new Set(values)].filter((value) => value !== "").sort((one, other) => (one > other ? 1 : -1));
  const used = {
    kind: ["Any kind", distinct(tests.kinds)],
    app: ["Any app", distinct(tests.apps)],
    tag: ["Any tag", distinct(tests.tags.flat())],
    worker: ["Any worker", run.workers ? distinct(columns.worker).map(String) : []],
    slow: ["Any time", total ? ["0.1", "1", "10"].filter((limit) => columns.seconds.some((value) => value >= limit)) : []],
  };
  for (const [key, [any, values]] of Object.entries(used)) {
    if (values.length < (key === "slow" || key === "tag" ? 1 : 2)) continue;
    const words = { worker: (value) => `Worker ${value}`, slow: (value) => `Over ${value} s` }[key] ?? ((value) => value);
    const choice = h("select", { "data-key": key, "aria-label": any.replace("Any ", "Filter by ") },
      h("option", { value: "" }, any), values.map((value) => h("option", { value }, words(value))));
    choice.addEventListener("change", () => filter(withValues($("search").value, key, choice.value ? [choice.value] : [])));
    $("choices").append(choice);
  }
  const order = h("select", { id: "order", "aria-label": "Order" },
    [["worst", "Worst first"], ["slowest", "Slowest first"], ["run", "As they ran"], ["name", "By name"]].map(([value, words]) => h("option", { value }, words)));
  order.addEventListener("change", () => go({ order: order.value, test: "" }, true));
  $("choices").append(order);
};

// Theme, help, keys -----------------------------------------------------------------------------------------------

const THEMES = ["auto", "light", "dark"];
const themed = () => document.documentElement.dataset.theme ?? "auto";
const nameTheme = (theme) => {
  $("theme").textContent = theme[0].toUpperCase() + theme.slice(1);
  $("theme").setAttribute("aria-label", `Theme: ${theme}`);
};
const setTheme = (theme) => {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  nameTheme(theme);
  try { localStorage.setItem("greenroom-theme", theme); } catch { /* Nothing is kept for files here. */ }
  timeline.draw();
};
const nextTheme = () => setTheme(THEMES[(THEMES.indexOf(themed()) + 1) % THEMES.length]);

const KEYS_HELP = [
  ["j  k", "next and previous test"], ["Enter", "open the test, and read on there"], ["/", "search"],
  ["Esc", "back: out of the field, the test, the filter"], ["1  2  3", "tests, timeline, run"], ["t", "light, dark, as the system"], ["?", "this help"],
];
const FILTERS_HELP = [
  ["outcome:failed,flaky", "how it ended"], ["kind:browser", "the kind of test"], ["tag:slow", "a tag; -tag:slow: without it"], ["app:shop", "the app, with those below it"],
  ["worker:2", "where it ran"], ["slow:0.5", "took at least so many seconds"], ["file:views", "part of the file’s path"], ["any other words", "in the id or the message"],
];
const drawHelp = () => {
  const rows = (pairs) => h("dl", {}, pairs.flatMap(([key, words]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, words)]));
  $("help").append(h("h2", { id: "help-title" }, "Keys"), rows(KEYS_HELP), h("h2", {}, "Filters"), rows(FILTERS_HELP),
    h("form", { method: "dialog" }, h("button", {}, "Close")));
};

const step = (way) => {
  if (state.view !== "tests") return;
  list.move(list.cursor + way);
  const row = list.rows[list.cursor];
  if (row !== undefined && wide.matches) open(row);
};

const escape = () => {
  if (state.view !== "tests") go({});
  else if (state.test && !wide.matches) close();
  else if ($("detail").contains(document.activeElement)) list.element.focus();
  else if (state.filter) filter("");
};

const ACTS = {
  j: () => step(1), k: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1),
  "/": () => { go({}); $("search").focus(); $("search").select(); },
  "?": () => $("help").showModal(), t: nextTheme, Escape: escape,
  1: () => go({}), 2: () => go({ view: "timeline" }), 3: () => go({ view: "run" }),
  Home: () => list.move(0), End: () => list.move(list.rows.length - 1),
  Enter: () => { const row = list.rows[list.cursor]; if (row !== undefined) { open(row); $("detail").focus(); } },
};
const ONLY_LIST = new Set(["ArrowDown", "ArrowUp", "Home", "End", "Enter"]);

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
  const { target } = event;
  if (target === $("search")) {
    if (event.key === "Escape" || event.key === "Enter" || event.key === "ArrowDown") { list.element.focus(); event.preventDefault(); }
    return;
  }
  if (target.matches("select, textarea, input")) return;
  if (ONLY_LIST.has(event.key) && target !== list.element && target !== document.body) return;
  if (!Object.hasOwn(ACTS, event.key)) return;
  event.preventDefault();
  ACTS[event.key]();
});

let typed;
$("search").addEventListener("input", () => {
  clearTimeout(typed);
  typed = setTimeout(() => go({ filter: $("search").value.trim(), test: "" }, true), 80);
});
$("form").addEventListener("submit", (event) => event.preventDefault());
for (const link of document.querySelectorAll("nav a")) {
  link.addEventListener("click", (event) => { event.preventDefault(); go({ view: link.dataset.view }); });
}
$("theme").addEventListener("click", nextTheme);
nameTheme(themed());
$("help-button").addEventListener("click", () => $("help").showModal());
addEventListener("hashchange", show);
addEventListener("popstate", show);
wide.addEventListener("change", () => { shownRow = -2; show(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => timeline.draw());

drawBar();
drawChoices();
drawChips();
drawHelp();
$("search").value = read().filter;
show();
document.documentElement.classList.add("ready");
