// Search in the theme's dialog: sections of the course, by framework. Nothing is loaded before the dialog is open.
// Where there is no index to load, as in a page opened from a folder, the form leads to the theme's own search page.
(() => {
  "use strict";
  const SHOWN = 10;
  const script = document.currentScript;
  const words = JSON.parse(script.dataset.words);
  const site = new URL("../", script.src);
  const dialog = document.getElementById("pst-search-dialog");
  const input = dialog?.querySelector("input");
  if (!input) return;
  let loaded, latest, timer, choice, list, status;

  // One letter wrong, missing or too many, or two neighbours exchanged.
  function near(a, b) {
    let start = 0;
    let end = 0;
    while (start < a.length && a[start] === b[start]) start++;
    while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
    const [x, y] = [a, b].map((word) => word.slice(start, word.length - end));
    return (x.length < 2 && y.length < 2) || (x.length === 2 && x === y[1] + y[0]);
  }

  // A word of at least four letters with which no word of the course begins becomes its nearest one. Null if it has
  // none and all but its last three letters begin none either: pagefind would answer with whatever begins with less.
  function mend(text, known) {
    const begins = (start) => known.some((one) => one.toLowerCase().startsWith(start));
    let foreign = false;
    const mended = text.replace(/\p{L}[\p{L}\p{N}_]{3,}/gu, (word) => {
      const lower = word.toLowerCase();
      const nearest = begins(lower) ? word : known.find((one) => near(lower, one.toLowerCase()));
      foreign ||= !nearest && !begins(lower.slice(0, Math.max(4, lower.length - 3)));
      return nearest ?? word;
    });
    return foreign ? null : mended;
  }

  async function load() {
    const folder = new URL("pagefind/", site);
    const asked = fetch(new URL("known.json", folder)).then((reply) => reply.json());
    const { createInstance } = await import(new URL("pagefind.js", folder));
    return { engine: createInstance({ noWorker: true }), ...(await asked) };
  }

  // Sections in the order of their best record, each with the frameworks in which the words were found.
  async function find(query) {
    const { engine, pages, records, words: known } = await (loaded ??= load());
    const mended = mend(query, known);
    if (mended === null) return { mended: query, sections: [] };
    const parts = mended.replace(/(?<=[\p{L}\p{N}_)\]])\.(?=[\p{L}_])/gu, " ");
    let { results } = parts === mended ? { results: [] } : await engine.search(`"${parts}"`); // a dotted name first as it stands
    if (!results.length) ({ results } = await engine.search(parts));
    const sections = new Map();
    for (const result of results) {
      const [, page, anchor, framework] = records[result.id].match(/(.*)\/(.*)\/(.*)/);
      if (choice.value && ![choice.value, "all"].includes(framework)) continue;
      const address = `${page}.html#${anchor}`;
      if (!sections.has(address)) sections.set(address, { address, result, chapter: pages[page], frameworks: [] });
      sections.get(address).frameworks.push(...(framework === "all" ? [] : [framework]));
    }
    return { mended, sections: [...sections.values()] };
  }

  // The reader's frameworks stay on; one in which the words stand is switched on beside them if none is.
  function link({ address, frameworks }) {
    const target = new URL(address, site);
    const on = (document.documentElement.dataset.frameworks ?? "").split(" ");
    if (frameworks.length && !frameworks.some((name) => on.includes(name))) {
      const wanted = [...on, frameworks[0]];
      target.search = `?framework=${Object.keys(words.names).filter((name) => wanted.includes(name))}`;
    }
    return target;
  }

  function entry(section, { meta, excerpt }) {
    const some = section.frameworks.length < 3 && !choice.value ? section.frameworks : [];
    const names = Object.keys(words.names).filter((name) => some.includes(name)).map((name) => words.names[name]);
    const [item, a, title, place, said] = ["li", "a", "strong", "span", "p"].map((tag) => document.createElement(tag));
    a.href = link(section);
    a.toggleAttribute("data-asks", Boolean(a.search)); // asks for more than is on: the choice is not put over it
    title.textContent = meta.title.replaceAll("\u2060 ", "");
    place.textContent = [section.chapter, ...names].join(" · ");
    said.innerHTML = excerpt.replace(/\u2060((?:<\/mark>)?) /g, "$1"); // pagefind has escaped it
    a.append(title, place, said);
    item.append(a);
    return item;
  }

  async function answer() {
    const query = input.value.trim();
    if (!query) return show([], "");
    const { mended, sections } = await find(query);
    const first = sections.slice(0, SHOWN);
    const texts = await Promise.all(first.map(({ result }) => result.data()));
    if (query !== input.value.trim()) return;
    const count = sections.length > SHOWN ? words.first : sections.length ? words.found : words.none;
    const instead = mended === query ? "" : `: ${words.instead.replace("{asked}", query).replace("{shown}", mended)}`;
    show(first.map((section, n) => entry(section, texts[n])), count.replace("{shown}", SHOWN).replace("{n}", sections.length) + instead);
  }

  function show(items, line) {
    list.replaceChildren(...items);
    status.textContent = line;
  }

  function ask() {
    clearTimeout(timer);
    latest = new Promise((go) => (timer = setTimeout(go, 120))).then(answer).catch(() => (loaded = "none"));
  }

  // Arrow keys walk from the field through the results.
  function walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const stops = [input, ...list.querySelectorAll("a")];
    const at = stops.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    stops[Math.max(0, Math.min(stops.length - 1, at + step))].focus();
  }

  // Enter leads to the first result; without an index the browser sends the form.
  async function enter(event) {
    event.preventDefault();
    await latest;
    if (loaded === "none") input.form.submit();
    else list.querySelector("a")?.click();
  }

  function prepare() {
    const style = document.createElement("link");
    Object.assign(style, { rel: "stylesheet", href: new URL("search.css", script.src) });
    document.head.append(style);
    dialog.ariaLabel = words.search;
    choice = document.createElement("select");
    choice.ariaLabel = words.framework;
    choice.append(...[["", words.all], ...Object.entries(words.names)].map(([value, name]) => new Option(name, value)));
    status = document.createElement("p");
    status.role = "status";
    list = document.createElement("ol");
    const found = document.createElement("div");
    found.className = "found";
    found.append(choice, status, list);
    dialog.append(found);
    input.addEventListener("input", ask);
    choice.addEventListener("change", ask);
    input.form.addEventListener("submit", enter);
    dialog.addEventListener("keydown", walk);
    list.addEventListener("click", (event) => event.target.closest("a") && dialog.close());
  }

  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.("input, textarea, select, [contenteditable]");
    const typing = field?.checkVisibility(); // the field keeps the focus for a moment after its dialog is closed
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    dialog.showModal();
  });
  if (location.protocol !== "file:") dialog.addEventListener("focusin", prepare, { once: true });
})();
