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

  function keep(frameworks) {
    try {
      localStorage.setItem(KEY, frameworks.join(" "));
    } catch {
      // nothing to do: see recall
    }
  }

  // The address first, then the last choice; on a first visit as many as the window has room for.
  function choose() {
    const kept = parse(recall(KEY));
    const cameBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
    const asked = parse(new URLSearchParams(location.search).get("framework"));
    if (asked.length && !(cameBack && kept.length)) {
      keep(asked);
      return asked;
    }
    if (kept.length) return kept;
    const room = matchMedia("(min-width: 1280px)").matches;
    root.toggleAttribute("data-more", !room);
    return room ? ALL : ALL.slice(0, 1);
  }

  function writeAddress(frameworks) {
    const address = new URL(location.href);
    address.searchParams.set("framework", frameworks.join(","));
    address.search = address.search.replaceAll("%2C", ",");
    try {
      history.replaceState(history.state, "", address);
    } catch {
      // a page opened from a folder may not rewrite its address
    }
  }

  // What is read now stays where it is, although panels above it come and go.
  function inPlace(change) {
    const blocks = document.querySelectorAll(".bd-article :is(h1, h2, h3, p, table, .panels, .source)");
    const block = [...blocks].find((b) => !b.closest(".panel") && b.getBoundingClientRect().bottom > 60);
    const before = block?.getBoundingClientRect().top;
    root.style.overflowAnchor = "none"; // or the browser moves the page as well
    change();
    if (block && scrollY) scrollBy({ top: block.getBoundingClientRect().top - before, behavior: "instant" });
    setTimeout(() => root.style.removeProperty("overflow-anchor"), 100);
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
    writeAddress(frameworks);
    inPlace(() => {
      root.dataset.frameworks = frameworks.join(" ");
      root.removeAttribute("data-more");
      showChoice();
    });
  }

  function toggle(name) {
    const on = shown();
    if (on.length === 1 && on[0] === name) return; // the last one cannot be switched off
    set(ALL.filter((one) => (one === name ? !on.includes(one) : on.includes(one))));
  }

  root.dataset.frameworks = choose().join(" ");
  // Light or dark as the reader's system has it, unless the reader chose; the theme would ask after the first paint.
  if (!recall("mode")) {
    root.dataset.mode = "auto";
    root.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }

  document.addEventListener("DOMContentLoaded", () => {
    showChoice();
    for (const button of document.querySelectorAll(".frameworks button")) {
      button.addEventListener("click", () => toggle(button.dataset.framework));
    }
    document.addEventListener("beforematch", (event) => {
      const found = ALL.find((name) => event.target.classList.contains(name));
      if (found && !shown().includes(found)) toggle(found);
    });
    matchMedia("(min-width: 992px)").addEventListener("change", foldSidebars);
  });
  // The theme would hide a sidebar that is already folded; the button's own action opens it.
  addEventListener("click", (event) => event.target.closest?.(".sidebar-toggle")?.popoverTargetElement && event.stopPropagation(), true);
  // A page that comes back from the browser's memory follows the choice made since.
  addEventListener("pageshow", (event) => event.persisted && recall(KEY) && set(parse(recall(KEY))));
})();
