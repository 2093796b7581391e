// Making elements, and words for numbers.
// What a terminal would take for colours is nothing to read.
const clean = (text) => text.replace(/\x1b\[[0-9;:]*m/g, "");
const $ = (id) => document.getElementById(id);

const h = (tag, about = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(about)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== ""));
  return element;
};

const seconds = (value) => {
  if (value < 0.0005) return "0\u00a0ms";
  if (value < 1) return `${value < 0.01 ? (value * 1000).toFixed(1) : Math.round(value * 1000)}\u00a0ms`;
  if (value < 60) return `${value.toFixed(value < 10 ? 2 : 1)}\u00a0s`;
  const whole = Math.round(value);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60}\u00a0s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

const bytes = (value) => {
  if (value < 1000) return `${value} B`;
  return value < 1e6 ? `${(value / 1000).toFixed(1)} kB` : `${(value / 1e6).toFixed(1)} MB`;
};

const many = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
const dot = (verdict) => h("span", { class: `dot v-${verdict}`, "aria-hidden": "true" });
const badge = (verdict) => h("span", { class: `badge v-${verdict}` }, verdict.replaceAll("_", " "));
const worker = (number) => (run.workers ? `worker ${number}` : "this process");

// A path within the project is shown from its root; the absolute one goes to the editor.
const shorter = (file) => (file.startsWith(`${run.root}/`) ? file.slice(run.root.length + 1) : file);
const absolute = (file) => (file.startsWith("/") || /^[A-Za-z]:/.test(file) ? file : `${run.root}/${file}`);

const place = (file, line) => {
  const words = line ? `${shorter(file)}:${line}` : shorter(file);
  if (!run.editor || file.startsWith("<")) return h("code", { class: "place" }, words);
  const path = whole(absolute(file)).split("/").map(encodeURIComponent).join("/");
  const href = run.editor.replaceAll("{path}", () => path).replaceAll("{line}", line || 1).replaceAll("{column}", 1);
  return h("a", { class: "place", href, title: "Open in the editor" }, words);
};

const copier = (text, label) => {
  const button = h("button", { type: "button", class: "quiet" }, label);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed here";
    }
    setTimeout(() => { button.textContent = label; }, 1500);
  });
  return button;
};

const fold = (title, content, open = false) => {
  const box = h("details", { class: "fold", open }, h("summary", {}, title));
  // What nobody opens is never made.
  const fill = () => { if (box.open && box.children.length === 1) box.append(content()); };
  box.addEventListener("toggle", fill);
  fill();
  return box;
};

const wide = matchMedia("(min-width: 60rem)");
