// Theme, search and filters (state in the address), sorting, copying. Pages work without it.
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");

  // Storage may be forbidden for pages opened from a disk: then the choice lasts for the page.
  function recall() { try { return localStorage.getItem("claimcheck-theme"); } catch (e) { return null; } }
  function remember(theme) { try { localStorage.setItem("claimcheck-theme", theme); } catch (e) { /* as above */ } }
  var chosen = recall();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

  function theme() {
    var button = document.getElementById("theme");
    if (!button) return;
    button.addEventListener("click", function () {
      var dark = root.dataset.theme ? root.dataset.theme === "dark"
        : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      remember(root.dataset.theme);
    });
  }

  // A filter's state is { q, paper, kind, evidence, tag, verdict: "holds,refuted" } in the hash.
  function filters() {
    var form = document.getElementById("filters");
    var table = document.getElementById("table");
    if (!form || !table) return;
    var rows = Array.from(table.tBodies[0].rows);
    var more = window.claimcheckTexts || {};
    var texts = rows.map(function (row) {
      return row.textContent.toLowerCase() + " " + (more[row.cells[0].textContent] || "");
    });
    var fields = { q: "q", paper: "f-paper", kind: "f-kind", evidence: "f-evidence", tag: "f-tag" };
    // A run without tags has no field for them.
    Object.keys(fields).forEach(function (name) { if (!field(name)) delete fields[name]; });
    var chips = Array.from(form.querySelectorAll("[data-verdict]"));
    function field(name) { return document.getElementById(fields[name]); }
    function pressed() {
      return chips.filter(function (c) { return c.getAttribute("aria-pressed") === "true"; })
        .map(function (c) { return c.dataset.verdict; });
    }
    function apply() {
      var words = field("q").value.toLowerCase().split(/\s+/).filter(Boolean);
      var paper = field("paper").value, kind = field("kind").value, evidence = field("evidence").value;
      var tag = fields.tag && field("tag").value;
      var verdicts = pressed(), shown = 0;
      var odd = verdicts.includes("!");
      var plain = verdicts.filter(function (v) { return v !== "!"; });
      rows.forEach(function (row, i) {
        var d = row.dataset;
        var fits = (!paper || d.p === paper) && (!kind || d.k === kind) && (!evidence || d.e === evidence)
          && (!tag || (d.t || "").includes("|" + tag + "|"))
          && (!plain.length || plain.includes(d.v)) && (!odd || d.s === "!")
          && words.every(function (w) { return texts[i].includes(w); });
        row.hidden = !fits;
        if (fits) shown += 1;
      });
      document.getElementById("found").textContent = shown + " of " + rows.length + " claims";
    }
    function save() {
      var state = new URLSearchParams();
      Object.keys(fields).forEach(function (name) {
        if (field(name).value) state.set(name, field(name).value);
      });
      if (pressed().length) state.set("verdict", pressed().join(","));
      var hash = state.toString();
      try { history.replaceState(null, "", hash ? "#" + hash : "#"); } catch (e) { /* some disks forbid it */ }
    }
    function load() {
      // A plain anchor such as #claims is no state.
      if (location.hash && !location.hash.includes("=")) return;
      var state = new URLSearchParams(location.hash.slice(1));
      Object.keys(fields).forEach(function (name) { field(name).value = state.get(name) || ""; });
      var verdicts = (state.get("verdict") || "").split(",");
      chips.forEach(function (c) {
        c.setAttribute("aria-pressed", String(verdicts.includes(c.dataset.verdict)));
      });
      apply();
    }
    function change() { apply(); save(); }
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.addEventListener("input", change);
    form.addEventListener("reset", function () {
      chips.forEach(function (c) { c.setAttribute("aria-pressed", "false"); });
      setTimeout(change);
    });
    chips.forEach(function (chip) {
      chip.addEventListener("click", function () {
        chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
        change();
      });
    });
    addEventListener("hashchange", function () {
      load();
      if (location.hash.includes("=")) form.scrollIntoView();
    });
    load();
    document.addEventListener("keydown", function (event) {
      var typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
      if (event.key === "/" && !typing) { event.preventDefault(); field("q").focus(); }
    });
  }

  // Numbers as the pages write them: 1.5×10⁻³, −2, 20 000, ∞.
  var up = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  function number(text) {
    text = text.replace(/\[.*$/, "").replace(/[\s\u202f]/g, "").replace(/−/g, "-");
    if (text === "∞") return Infinity;
    var match = /^(-?[\d.]*)×?(?:10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?(?:±.*)?$/.exec(text);
    if (!match || text === "") return NaN;
    var power = match[2] ? parseInt(match[2].replace("⁻", "-").replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]/g, function (c) { return up.indexOf(c); }), 10) : 0;
    var mantissa = match[1] === "" ? 1 : match[1] === "-" ? -1 : parseFloat(match[1]);
    return mantissa * Math.pow(10, power);
  }

  function sorting() {
    document.querySelectorAll("table.sortable").forEach(function (table) {
      Array.from(table.tHead.rows[0].cells).forEach(function (head, column) {
        var button = document.createElement("button");
        button.type = "button";
        button.className = "sort";
        // A button's own words are its name. A formula is a poor one: it stays outside, and the button
        // beside it is named by the heading's label.
        if (head.hasAttribute("aria-label")) button.setAttribute("aria-label", "Sort by " + head.getAttribute("aria-label"));
        else while (head.firstChild) button.appendChild(head.firstChild);
        head.appendChild(button);
        head.addEventListener("click", function () {
          var down = head.getAttribute("aria-sort") === "ascending";
          Array.from(table.tHead.rows[0].cells).forEach(function (other) { other.removeAttribute("aria-sort"); });
          head.setAttribute("aria-sort", down ? "descending" : "ascending");
          var body = table.tBodies[0], sign = down ? -1 : 1;
          var keyed = Array.from(body.rows).map(function (row) {
            var cell = row.cells[column], text = cell.textContent.trim();
            return { row: row, text: text, value: number(cell.dataset.sort || text) };
          });
          keyed.sort(function (a, b) {
            var x = isNaN(a.value), y = isNaN(b.value);
            if (x && y) return sign * a.text.localeCompare(b.text, "en", { numeric: true });
            if (x !== y) return x ? 1 : -1;
            return a.value === b.value ? 0 : sign * (a.value < b.value ? -1 : 1);
          });
          keyed.forEach(function (item) { body.appendChild(item.row); });
        });
      });
    });
  }

  // Boxes that scroll can be reached by keys; formulas say what they are.
  function boxes() {
    document.querySelectorAll(".scroll:not([tabindex])").forEach(function (box) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", box.closest(".formal") ? "formal statement" : "definition");
    });
  }

  function copying() {
    document.querySelectorAll(".command").forEach(function (box) {
      var button = box.querySelector("button"), code = box.querySelector("code");
      button.addEventListener("click", function () {
        var range = document.createRange();
        range.selectNodeContents(code);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        function said() { button.textContent = "Copied"; }
        // Pages opened from a disk have no clipboard: the old command works on the selection.
        if (navigator.clipboard) {
          navigator.clipboard.writeText(code.textContent).then(said, function () { if (document.execCommand("copy")) said(); });
        } else if (document.execCommand("copy")) said();
      });
    });
  }

  // The graph: size, search, and what a claim leans on or carries.
  function graph() {
    var svg = document.querySelector("svg.whole"), box = document.getElementById("graph-box");
    if (!svg || !box) return;
    var said = document.getElementById("graph-found"), q = document.getElementById("graph-q");
    var width = Number(svg.getAttribute("width")), height = Number(svg.getAttribute("height")), size = 1;
    var nodes = Array.from(svg.querySelectorAll("a.node"));
    var texts = nodes.map(function (n) { return n.querySelector("title").textContent; });
    var uses = nodes.map(function (n) { return (n.dataset.uses || "").split(" ").filter(Boolean).map(Number); });
    var users = nodes.map(function () { return []; });
    uses.forEach(function (list, user) { list.forEach(function (used) { users[used].push(user); }); });
    function closure(start, next) {
      var seen = new Set(), queue = next[start].slice();
      while (queue.length) {
        var at = queue.pop();
        if (!seen.has(at)) { seen.add(at); queue.push.apply(queue, next[at]); }
      }
      return seen;
    }
    function light(lit) {
      svg.classList.toggle("dim", lit !== null);
      nodes.forEach(function (n, i) { n.classList.toggle("lit", lit !== null && lit.has(i)); });
    }
    function found() {
      var words = q.value.toLowerCase().split(/\s+/).filter(Boolean), hits = new Set();
      if (!words.length) return null;
      texts.forEach(function (text, i) {
        if (words.every(function (w) { return text.toLowerCase().includes(w); })) hits.add(i);
      });
      return hits;
    }
    function zoom(to) {
      size = Math.max(0.1, Math.min(2, to));
      svg.setAttribute("width", width * size);
      svg.setAttribute("height", height * size);
    }
    function search() {
      var hits = found();
      light(hits);
      said.textContent = hits ? hits.size + " of " + nodes.length + " claims" : nodes.length + " claims";
    }
    q.addEventListener("input", search);
    document.getElementById("graph-tools").addEventListener("submit", function (event) {
      event.preventDefault();
      var hits = found();
      if (hits && hits.size) nodes[hits.values().next().value].focus();
    });
    document.querySelectorAll("[data-zoom]").forEach(function (button) {
      button.addEventListener("click", function () {
        zoom({ in: size * 1.25, out: size / 1.25, one: 1, fit: (box.clientWidth - 4) / width }[button.dataset.zoom]);
      });
    });
    nodes.forEach(function (node, i) {
      function trace() {
        var up = closure(i, uses), down = closure(i, users);
        light(new Set([i].concat(Array.from(up), Array.from(down))));
        said.textContent = texts[i] + ". Leans on " + up.size + ", carries " + down.size + ".";
      }
      node.addEventListener("pointerenter", trace);
      node.addEventListener("focus", function () { node.scrollIntoView({ block: "nearest", inline: "nearest" }); trace(); });
      node.addEventListener("pointerleave", search);
      node.addEventListener("blur", search);
    });
  }

  document.addEventListener("DOMContentLoaded", function () { theme(); filters(); sorting(); copying(); boxes(); graph(); });
}());
