// Which frameworks a page shows: one attribute on <html>, set before the first paint; the rest is CSS.
// This file is loaded in <head> without `defer`, so its last lines but one run before the body is there.
(() => {
  "use strict";
  const ALL = ["keras", "tensorflow", "pytorch"];
  const KEY = "triptych-frameworks";
  const root = document.documentElement;
  const parse = (text) => ALL.filter((name) => (text || "").split(/[ ,]+/).includes(name));
  const shown = () => parse(root.dataset.frameworks);
  const columns = () => shown().length > 1 && matchMedia("(min-width: 992px)").matches;

  function recall(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // storage is switched off: the choice lives as long as the page
    }
  }

  function keep(values, key = KEY) {
    try {
      localStorage.setItem(key, values.join(" "));
    } catch {
      // nothing to do: see recall
    }
  }

  // The choice so far as a part of an address; nothing on a first visit, which has not chosen.
  function withChoice(address) {
    const made = new URL(address, location.href);
    if (!root.hasAttribute("data-chosen")) return made;
    made.searchParams.set("framework", shown().join(","));
    made.search = made.search.replaceAll("%2C", ",");
    return made;
  }

  // The address first, then the last choice; on a first visit as many as the window has room for.
  function choose() {
    const kept = parse(recall(KEY));
    const cameBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
    const asked = parse(new URLSearchParams(location.search).get("framework"));
    root.toggleAttribute("data-chosen", asked.length + kept.length > 0);
    if (asked.length && !(cameBack && kept.length)) {
      keep(asked);
      return asked;
    }
    if (kept.length) return kept;
    const room = matchMedia("(min-width: 1280px)").matches;
    root.toggleAttribute("data-more", !room);
    return room ? ALL : ALL.slice(0, 1);
  }

  function writeAddress() {
    try {
      history.replaceState(history.state, "", withChoice(location.href));
    } catch {
      // a page opened from a folder may not rewrite its address
    }
  }

  // What is read now stays where it is, although panels above and beside it come and go.
  function inPlace(frameworks, change) {
    const staying = shown().filter((name) => frameworks.includes(name));
    const stays = (block) => staying.some((name) => block.closest(".panel").classList.contains(name));
    const blocks = document.querySelectorAll(".bd-article :is(h1, h2, h3, h4, p:not(.framework), li, table, .source, .result)");
    const block = [...blocks].find((b) => {
      const { bottom, height } = b.getBoundingClientRect();
      return height && bottom > 60 && !b.closest(".notebooks, .ran, .more") && (!b.closest(".panel") || stays(b));
    });
    const before = block?.getBoundingClientRect().top;
    root.style.overflowAnchor = "none"; // or the browser moves the page as well
    change();
    if (block && scrollY) scrollBy({ top: block.getBoundingClientRect().top - before, behavior: "instant" });
    setTimeout(() => root.style.removeProperty("overflow-anchor"), 100);
  }

  // Sections below the window are laid out one after another, so that a long page answers while it arrives;
  // all that are left at once, when the reader scrolls.
  function layOut() {
    const sections = [...document.querySelectorAll("[data-arriving] .bd-article > section > section")];
    const finish = () => root.removeAttribute("data-arriving");
    const next = () => {
      const section = sections.shift();
      if (!section) return finish();
      section.style.contentVisibility = "visible";
      section.getBoundingClientRect(); // now, not together with the others
      requestIdleCallback(next, { timeout: 200 });
    };
    if (sections.length) requestIdleCallback(next, { timeout: 200 });
    else finish();
    addEventListener("scroll", finish, { once: true, passive: true });
  }

  // What can be scrolled is reached with the Tab key. Each block is measured when it is first laid out; the theme's
  // script measured all at once, those of closed panels too, which made the browser lay them out one by one.
  function reachScrollers() {
    const laidOut = new ResizeObserver((entries) => {
      const scrolls = entries.map(({ target: b }) => b.scrollWidth > b.clientWidth || b.scrollHeight > b.clientHeight);
      entries.forEach(({ target }, index) => { target.tabIndex = scrolls[index] ? 0 : -1; });
    });
    for (const block of document.querySelectorAll("pre, .pst-scrollable-table-container")) laidOut.observe(block);
  }

  // Panels that are off stay open to the browser's own find, where it can look into hidden text.
  function hidePanels() {
    if (!("onbeforematch" in document)) return;
    const on = shown();
    for (const panel of document.querySelectorAll(".panel")) {
      const off = !on.some((name) => panel.classList.contains(name));
      if (off) panel.setAttribute("hidden", "until-found");
      else panel.removeAttribute("hidden");
    }
  }

  // Beside columns the sidebars are folded away; then the theme's buttons open them over the page.
  function foldSidebars() {
    const folded = columns() && document.querySelector(".frameworks");
    for (const side of ["primary", "secondary"]) {
      const sidebar = document.getElementById(`pst-${side}-sidebar`);
      const button = document.querySelector(`.${side}-toggle`);
      if (!sidebar || !button || !("popover" in sidebar)) continue;
      sidebar.popover = folded ? "auto" : null;
      button.popoverTargetElement = folded ? sidebar : null;
    }
  }

  function showChoice() {
    const on = shown();
    for (const button of document.querySelectorAll(".frameworks button")) {
      const pressed = on.includes(button.dataset.framework);
      button.setAttribute("aria-pressed", pressed);
      button.toggleAttribute("data-last", pressed && on.length === 1);
    }
    hidePanels();
    foldSidebars();
  }

  function set(frameworks) {
    keep(frameworks);
    inPlace(frameworks, () => {
      root.dataset.frameworks = frameworks.join(" ");
      root.removeAttribute("data-more");
      root.toggleAttribute("data-chosen", true);
      showChoice();
    });
    writeAddress();
  }

  function toggle(name) {
    const on = shown();
    if (on.length === 1 && on[0] === name) return; // the last one cannot be switched off
    set(ALL.filter((one) => (one === name ? !on.includes(one) : on.includes(one))));
  }

  function showDifferences(on) {
    root.toggleAttribute("data-differs", on);
    document.querySelector(".differs")?.setAttribute("aria-pressed", on);
  }

  // One key a framework, one for the differences, one for help; all can be switched off in the help.
  function press(event) {
    const dialog = document.querySelector("dialog.keys");
    const field = event.target.closest?.("input, textarea, select, [contenteditable]");
    const typing = field?.checkVisibility(); // a field of a dialog keeps the focus for a moment after that is closed
    if (!dialog || typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "?") return dialog.open ? dialog.close() : dialog.showModal();
    if (document.querySelector("dialog[open]") || recall(`${KEY}-keys`) === "off") return;
    if (/^[123]$/.test(event.key)) toggle(ALL[event.key - 1]);
    if (event.key === "d") showDifferences(!root.hasAttribute("data-differs"));
  }

  // A link that is followed or copied carries the choice; a report names the frameworks that are on.
  function carry(event) {
    const link = event.target.closest?.("a[href]");
    if (!link) return;
    if (link.matches(".report")) {
      const made = new URL(link.href);
      const on = shown().map((name) => document.querySelector(`[data-framework="${name}"] .long`)?.textContent);
      const lines = made.searchParams.get("body").split("\n");
      made.searchParams.set("body", lines.filter((line) => !/^\w+ panel,/.test(line) || on.includes(line.split(" ")[0])).join("\n"));
      link.href = made;
    } else if (link.getAttribute("href").startsWith("#")) {
      writeAddress();
    } else if (link.hasAttribute("data-asks")) {
      return; // it has a choice of its own
    } else if (link.href.startsWith(new URL(root.dataset.content_root, location.href)) && link.pathname.endsWith(".html")) {
      link.href = withChoice(link.href);
    }
  }

  // The code of a block, or of all blocks of a column.
  async function copy(button) {
    const text = [...button.parentElement.querySelectorAll("pre")].filter((pre) => pre.closest(".source")).map((pre) => pre.textContent);
    try {
      await navigator.clipboard.writeText(text.join("\n"));
    } catch { // not allowed at an address without https: by way of a selection
      const area = Object.assign(document.createElement("textarea"), { value: text.join("\n") });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 2000);
  }

  root.dataset.frameworks = choose().join(" ");
  // A reader who comes back, or to a heading, goes to a place that only a page laid out in full has.
  const fromTheTop = !location.hash && performance.getEntriesByType("navigation")[0]?.type === "navigate";
  root.toggleAttribute("data-arriving", fromTheTop && "requestIdleCallback" in window && CSS.supports("overflow-anchor: auto"));
  // Light or dark as the reader's system has it, unless the reader chose; the theme would ask after the first paint.
  if (!recall("mode")) {
    root.dataset.mode = "auto";
    root.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }

  document.addEventListener("DOMContentLoaded", () => {
    showChoice();
    reachScrollers();
    layOut();
    if (!document.querySelector(".frameworks")) return;
    writeAddress();
    document.querySelector("button.help").addEventListener("click", () => document.querySelector("dialog.keys").showModal());
    const keys = document.querySelector("dialog.keys input");
    keys.checked = recall(`${KEY}-keys`) !== "off";
    keys.addEventListener("change", () => keep([keys.checked ? "on" : "off"], `${KEY}-keys`));
    document.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (button?.dataset.framework) toggle(button.dataset.framework);
      if (button?.matches(".differs")) showDifferences(!root.hasAttribute("data-differs"));
      if (button?.matches(".copy")) copy(button);
    });
    document.addEventListener("keydown", press);
    document.addEventListener("beforematch", (event) => {
      const found = ALL.find((name) => event.target.classList.contains(name));
      if (found && !shown().includes(found)) toggle(found);
    });
    matchMedia("(min-width: 992px)").addEventListener("change", foldSidebars);
  });
  // The theme would hide a sidebar that is already folded; the button's own action opens it.
  addEventListener("click", (event) => event.target.closest?.(".sidebar-toggle")?.popoverTargetElement && event.stopPropagation(), true);
  for (const what of ["pointerdown", "click", "contextmenu"]) addEventListener(what, carry, true);
  // A page that comes back from the browser's memory follows the choice made since.
  addEventListener("pageshow", (event) => event.persisted && recall(KEY) && set(parse(recall(KEY))));
})();
