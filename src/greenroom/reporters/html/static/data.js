// What the run left behind. Texts of tests reach the page as text nodes and attributes only, never as markup.
const block = (id) => JSON.parse(document.getElementById(id).textContent);
const run = block("run-data");
const tests = block("tests-data");
const { columns } = tests;
const total = columns.name.length;
const PASSED = run.verdicts.indexOf("passed");
const WORDS = run.verdicts.map((name) => name.replaceAll("_", " "));
const BAD = new Set(["failed", "error", "unexpected_success", "interrupted"]);

let past;
let details;

const idOf = (row) => tests.groups[columns.group[row]] + columns.name[row];
const groupOf = (row) => tests.groups[columns.group[row]].replace(/(\.|::)$/, "");
const verdictOf = (row) => run.verdicts[columns.code[row]];
const appOf = (row) => tests.apps[columns.app[row]];
const kindOf = (row) => tests.kinds[columns.kind[row]];
const tagsOf = (row) => tests.tags[columns.tags[row]];
const fileOf = (row) => tests.files[columns.file[row]];
const saidOf = (row) => tests.said[row] ?? "";
const triesOf = (row) => tests.tries[row] ?? 1;

// Details are read when they are looked at: the block is one long array, and each row knows its part of it.
const detailOf = (row) => {
  if (columns.detail[row] < 0) return {};
  details ??= document.getElementById("details-data").textContent;
  const from = columns.detail[row] + 2;
  return JSON.parse(details.slice(from, from + columns.length[row]));
};

const pastOf = (row) => {
  if (past === undefined) past = block("past-data");
  return (past?.tests[row] ?? []).map(([place, code, seconds]) => ({ at: past.runs[place], code, seconds }));
};

// Half a surrogate can stand in no address.
const whole = (text) => (text.toWellFormed ? text.toWellFormed() : text);

const rowOf = (id) => {
  for (let row = 0; row < total; row += 1) if (whole(idOf(row)) === id) return row;
  return -1;
};

const counted = new Array(run.verdicts.length).fill(0);
for (const code of columns.code) counted[code] += 1;
