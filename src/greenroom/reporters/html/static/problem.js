// A problem of a test: its message with the differences coloured, and the frames that led to it.
const marked = (text, marks) => {
  // Carets below a line, put under the characters they mean.
  const parts = [];
  let from = 0;
  for (const { 0: found, index } of marks.matchAll(/[~^+-]+/g)) {
    parts.push(text.slice(from, index), h("mark", {}, text.slice(index, index + found.length)));
    from = index + found.length;
  }
  return [...parts, text.slice(from)];
};

const diffed = (given) => {
  const text = clean(given).trimEnd();
  const lines = text.split("\n");
  const begins = (indent, sign) => lines.some((line) => line.startsWith(`${indent}${sign} `));
  // unittest writes differences at the margin, pytest below its assertion.
  const indent = ["", "  "].find((one) => begins(one, "-") && begins(one, "+"));
  if (indent === undefined) return h("pre", { class: "message" }, text);
  const box = h("pre", { class: "message diff" });
  const signs = { "-": "gone", "+": "come", "@": "hunk" };
  const signOf = (line) => (line?.startsWith(indent) && /^([-+?] |@@)/.test(line.slice(indent.length)) ? line[indent.length] : "");
  lines.forEach((line, at) => {
    const sign = signOf(line);
    if (sign === "?" && "-+".includes(signOf(lines[at - 1]) || " ")) return;
    const start = indent.length + 2;
    const hint = "-+".includes(sign || " ") && signOf(lines[at + 1]) === "?" ? lines[at + 1].slice(start) : "";
    box.append(h("span", { class: `row ${signs[sign] ?? ""}` }, ...(hint ? [line.slice(0, start), ...marked(line.slice(start), hint)] : [line]), "\n"));
  });
  return box;
};

// A line of carets below a source line. Tests print what they like: nothing here may take long over a long line.
const LONG = 2000;
const isCarets = (line) => line !== undefined && line.length < LONG && /^[\s~^]+$/.test(line) && /[~^]/.test(line);

// The source lines are in the text of the traceback; frames alone have only numbers.
const sourcesOf = (text) => {
  const found = new Map();
  const lines = text.split("\n");
  let pointed = "";
  for (let at = 0; at < lines.length; at += 1) {
    if (lines[at].length > LONG) continue;
    const said = /^[ |+]*File "(.+)", line (\d+)(?:, in (.+))?$/.exec(lines[at]);
    if (!said) {
      // pytest: the line that was at work has a mark, and its place stands below all.
      if (lines[at].startsWith(">")) pointed = lines[at].slice(1).trim();
      const below = pointed && /^([^\s:][^:]*):(\d+): /.exec(lines[at]);
      if (below) found.set(`${below[1]}:${below[2]}`, [pointed]);
      if (below) pointed = "";
      continue;
    }
    const indent = lines[at].indexOf("File");
    const source = [];
    for (let next = at + 1; next < lines.length && source.length < 40; next += 1) {
      const line = lines[next];
      if (/^[ |+]*File "/.test(line) || !line.slice(indent).startsWith("  ") || line.slice(0, indent).trim().replace("|", "")) break;
      source.push(line.slice(indent + 2));
    }
    found.set(`${said[1]}:${said[2]}`, source);
  }
  return found;
};

const sourced = (lines) => {
  const box = h("pre", { class: "source" });
  lines.forEach((line, at) => {
    if (at && isCarets(line)) return;
    const below = lines[at + 1];
    box.append(...(isCarets(below) ? marked(line, below) : [line]), at < lines.length - 1 ? "\n" : "");
  });
  return box;
};

const LIBRARY = /[\\/](site-packages|dist-packages|lib[\\/]python[\d.]+)[\\/]/;
const isOwn = (file) => !LIBRARY.test(file) && !file.startsWith("<") && (file.startsWith(`${run.root}/`) || !file.startsWith("/"));
const packageOf = (file) => /(?:site|dist)-packages[\\/]([^\\/]+)/.exec(file)?.[1] ?? (LIBRARY.test(file) ? "Python" : "other code");

// What the variables of a frame held, with --locals.
const localsOf = (variables) => fold(many(variables.length, "local variable"), () => h("dl", { class: "locals" },
  variables.flatMap(([name, text]) => [h("dt", {}, clean(name)), h("dd", {}, clean(text))])));

const frameOf = ([file, line, name, variables], sources) => {
  const source = sources.get(`${file}:${line}`) ?? sources.get(`${shorter(file)}:${line}`);
  return h("li", { class: isOwn(file) ? "own" : "" },
    h("p", {}, h("span", { class: "function" }, name), " ", place(file, line)),
    source?.length ? sourced(source) : "",
    variables?.length ? localsOf(variables) : "");
};

const framesOf = (frames, sources) => {
  const box = h("ol", { class: "frames" });
  let hidden = [];
  const spill = () => {
    if (!hidden.length) return;
    const kept = hidden;
    hidden = [];
    const names = [...new Set(kept.map(([file]) => packageOf(file)))].join(", ");
    if (kept.length === 1) box.append(frameOf(kept[0], sources));
    else box.append(h("li", {}, fold(`${many(kept.length, "frame")} in ${names}`, () => h("ol", { class: "frames" }, kept.map((one) => frameOf(one, sources))))));
  };
  frames.forEach((one, at) => {
    if (isOwn(one[0]) || at === frames.length - 1) {
      spill();
      box.append(frameOf(one, sources));
    } else hidden.push(one);
  });
  spill();
  return box;
};

const raisedOf = (raised, sources, depth = 0) => {
  const box = h("div", { class: depth ? "raised deeper" : "raised" });
  box.append(h("p", { class: "type" }, raised.type));
  if (raised.message) box.append(diffed(raised.message));
  for (const note of raised.notes ?? []) box.append(h("pre", { class: "note" }, clean(note)));
  if (raised.frames.length) box.append(framesOf(raised.frames, sources));
  const further = [["Caused by", raised.cause], ["While this was handled", raised.context]];
  for (const [words, other] of further) {
    if (other && depth < 20) box.append(h("p", { class: "because" }, words), raisedOf(other, sources, depth + 1));
  }
  if (raised.members) {
    box.append(h("p", { class: "because" }, `With ${many(raised.members.length, "exception")} in it`));
    for (const member of raised.members) box.append(raisedOf(member, sources, depth + 1));
  }
  return box;
};

const KINDS = {
  error: "Error", failure: "Failure", skip: "Skipped", expected_failure: "Failed as expected",
  unexpected_success: "Passed, though it was expected to fail",
};

const problemOf = (given) => {
  const problem = { ...given, text: clean(given.text) };
  const box = h("section", { class: `problem k-${problem.kind}` });
  const title = KINDS[problem.kind] ?? problem.kind;
  box.append(h("h3", {}, title, problem.subtest ? h("code", { class: "subtest" }, problem.subtest) : "",
    problem.late ? h("span", { class: "soft" }, "after the test had ended") : ""));
  if (problem.raised) {
    box.append(raisedOf(problem.raised, sourcesOf(problem.text)));
    if (problem.text) box.append(h("div", { class: "raw" }, fold("As text", () => h("div", {}, copier(problem.text, "Copy"), h("pre", {}, problem.text)))));
  } else if (problem.text) box.append(problem.kind === "skip" ? h("p", { class: "reason" }, problem.text) : h("pre", {}, problem.text));
  if (problem.sql) box.append(fold("SQL until then", () => h("pre", {}, problem.sql)));
  return box;
};
