// The words of the search field: `outcome:failed,flaky kind:unit -tag:slow slow:0.5 some text`.
const KEYS = ["outcome", "kind", "tag", "app", "worker", "slow", "file"];
const TOKEN = /(-?)(?:(\w+):)?(?:"([^"]*)"|(\S+))/g;

const parse = (text) => {
  const terms = [];
  for (const [all, not, key, quoted, bare] of text.matchAll(TOKEN)) {
    const value = quoted ?? bare;
    if (key && KEYS.includes(key)) terms.push({ not: Boolean(not), key, values: quoted === undefined ? value.split(",") : [value] });
    else terms.push({ not: false, key: "", values: [all.replaceAll('"', "").toLowerCase()] });
  }
  return terms;
};

const same = (one, other) => one.toLowerCase() === other.toLowerCase();
const CHECKS = {
  outcome: (row, value) => same(WORDS[columns.code[row]], value.replaceAll("_", " ")),
  kind: (row, value) => same(kindOf(row), value),
  tag: (row, value) => tagsOf(row).some((tag) => same(tag, value)),
  app: (row, value) => same(appOf(row), value) || appOf(row).toLowerCase().startsWith(`${value.toLowerCase()}.`),
  worker: (row, value) => String(columns.worker[row]) === value,
  slow: (row, value) => columns.seconds[row] >= Number.parseFloat(value),
  file: (row, value) => fileOf(row).includes(value),
  "": (row, value) => textOf(row).includes(value),
};

let texts;
const textOf = (row) => {
  texts ??= new Array(total);
  texts[row] ??= `${idOf(row)} ${saidOf(row)}`.toLowerCase();
  return texts[row];
};

const ORDERS = {
  worst: (one, other) => columns.code[one] - columns.code[other] || one - other,
  slowest: (one, other) => columns.seconds[other] - columns.seconds[one] || one - other,
  run: (one, other) => columns.at[one] - columns.at[other] || one - other,
  name: (one, other) => (idOf(one) < idOf(other) ? -1 : 1),
};

const select = (text, order) => {
  const terms = parse(text);
  const found = [];
  for (let row = 0; row < total; row += 1) {
    if (terms.every(({ not, key, values }) => values.some((value) => CHECKS[key](row, value)) !== not)) found.push(row);
  }
  return found.sort(ORDERS[order] ?? ORDERS.worst);
};

// The chips and choices below the field write into it: there is one truth, and it can be linked to.
const valuesIn = (text, key) => parse(text).filter((term) => term.key === key && !term.not).flatMap((term) => term.values);

const withValues = (text, key, values) => {
  const rest = (text.match(TOKEN) ?? []).filter((token) => !token.startsWith(`${key}:`));
  const quote = (value) => (/[\s",]/.test(value) ? `"${value}"` : value);
  if (values.length) rest.unshift(`${key}:${values.map(quote).join(",")}`);
  return rest.join(" ");
};
