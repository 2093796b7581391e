// The list holds as many elements as fit on the screen, however many tests there are.
const HEIGHT = 52;
const list = {
  rows: [],
  cursor: -1,
  drawn: new Map(),
  element: $("list"),
  sizer: $("sizer"),

  show(rows, chosen) {
    this.rows = rows;
    this.cursor = rows.indexOf(chosen);
    this.sizer.style.height = `${rows.length * HEIGHT}px`;
    this.clear();
    this.draw();
  },

  clear() {
    for (const element of this.drawn.values()) element.remove();
    this.drawn.clear();
  },

  draw() {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / HEIGHT) - 6);
    const last = Math.min(this.rows.length, Math.ceil((scrollTop + clientHeight) / HEIGHT) + 6);
    for (const [at, element] of this.drawn) {
      if (at < first || at >= last) {
        element.remove();
        this.drawn.delete(at);
      }
    }
    for (let at = first; at < last; at += 1) {
      if (!this.drawn.has(at)) {
        const element = this.item(at);
        this.drawn.set(at, element);
        this.sizer.append(element);
      }
      this.drawn.get(at).setAttribute("aria-selected", String(at === this.cursor));
    }
    if (this.drawn.has(this.cursor)) this.element.setAttribute("aria-activedescendant", `row-${this.cursor}`);
    else this.element.removeAttribute("aria-activedescendant");
  },

  item(at) {
    const row = this.rows[at];
    const verdict = verdictOf(row);
    const said = saidOf(row);
    const group = groupOf(row);
    const element = h("div", {
      class: "item", id: `row-${at}`, role: "option", title: idOf(row),
      "aria-setsize": this.rows.length, "aria-posinset": at + 1,
      "aria-label": `${columns.name[row]}, ${WORDS[columns.code[row]]}${said ? `, ${said}` : ""}`,
    },
      dot(verdict),
      h("span", { class: "name" }, columns.name[row]),
      h("span", { class: "seconds" }, columns.seconds[row] ? seconds(columns.seconds[row]) : ""),
      h("span", { class: "under" },
        triesOf(row) > 1 ? h("span", { class: "tries" }, `${triesOf(row)} tries`) : "",
        said ? h("span", { class: `said v-${verdict}` }, said) : group),
    );
    element.style.top = `${at * HEIGHT}px`;
    element.addEventListener("click", () => { this.move(at); open(row); });
    return element;
  },

  move(at) {
    if (!this.rows.length) return;
    this.cursor = Math.max(0, Math.min(this.rows.length - 1, at));
    const top = this.cursor * HEIGHT;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + HEIGHT > scrollTop + clientHeight) this.element.scrollTop = top + HEIGHT - clientHeight;
    this.draw();
  },
};
list.element.addEventListener("scroll", () => list.draw(), { passive: true });
new ResizeObserver(() => list.draw()).observe(list.element);
