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

  // A filter's state is { q, paper, kind, evidence, verdict: "holds,refuted" } in the hash.
  function filters() {
    var form = document.getElementById("filters");
    var table = document.getElementById("table");
    if (!form || !table) return;
    var rows = Array.from(table.tBodies[0].rows);
    var texts = rows.map(function (row) { return row.textContent.toLowerCase(); });
    var fields = { q: "q", paper: "f-paper", kind: "f-kind", evidence: "f-evidence" };
    var chips = Array.from(form.querySelectorAll("[data-verdict]"));
    function field(name) { return document.getElementById(fields[name]); }
    function pressed() {
      return chips.filter(function (c) { return c.getAttribute("aria-pressed") === "true"; })
        .map(function (c) { return c.dataset.verdict; });
    }
    function apply() {
      var words = field("q").value.toLowerCase().split(/\s+/).filter(Boolean);
      var paper = field("paper").value, kind = field("kind").value, evidence = field("evidence").value;
      var verdicts = pressed(), shown = 0;
      var odd = verdicts.includes("!");
      var plain = verdicts.filter(function (v) { return v !== "!"; });
      rows.forEach(function (row, i) {
        var d = row.dataset;
        var fits = (!paper || d.p === paper) && (!kind || d.k === kind) && (!evidence || d.e === evidence)
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
    addEventListener("hashchange", load);
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
        while (head.firstChild) button.appendChild(head.firstChild);
        head.appendChild(button);
        button.addEventListener("click", function () {
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

  document.addEventListener("DOMContentLoaded", function () { theme(); filters(); sorting(); copying(); });
}());
