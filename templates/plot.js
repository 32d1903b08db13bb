// Plots that answer: values under the pointer or by arrow keys, series on and off, zoom by dragging,
// logarithmic or linear axes. Without it a plot is the drawing in the page.
(function () {
  "use strict";
  var SVG = "http://www.w3.org/2000/svg";
  function make(name, attributes, parent) {
    var element = document.createElementNS(SVG, name);
    Object.keys(attributes).forEach(function (key) { element.setAttribute(key, attributes[key]); });
    if (parent) parent.appendChild(element);
    return element;
  }
  function button(text, parent, act) {
    var b = document.createElement("button");
    b.type = "button"; b.textContent = text; b.addEventListener("click", act);
    parent.appendChild(b);
    return b;
  }
  // 0.0123, 4.5×10⁻⁷: as the pages write numbers.
  function number(v, digits) {
    if (!isFinite(v)) return v > 0 ? "∞" : v < 0 ? "−∞" : "–";
    var text = v.toExponential(digits - 1).split("e"), power = Number(text[1]);
    if (v === 0) return "0";
    if (power >= -4 && power < 7) return String(Number(v.toPrecision(digits))).replace("-", "−");
    var up = String(power).replace("-", "⁻").replace(/\d/g, function (d) { return "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]; });
    return (Number(text[0]) + "×10" + up).replace("-", "−").replace(/^1×/, "");
  }

  // An axis: data, mapped (by log₁₀ if it is logarithmic), then placed between two ends.
  function Axis(text) {
    var parts = text.split(" ").map(Number);
    this.log = parts[0] === 1;
    this.lo = parts[1]; this.hi = parts[2]; this.from = parts[3]; this.to = parts[4];
  }
  Axis.prototype.map = function (v) { return this.log ? (v > 0 ? Math.log10(v) : NaN) : v; };
  Axis.prototype.unmap = function (u) { return this.log ? Math.pow(10, u) : u; };
  Axis.prototype.place = function (v) {
    return this.from + (this.map(v) - this.lo) / (this.hi - this.lo) * (this.to - this.from);
  };
  Axis.prototype.value = function (p) {
    return this.unmap(this.lo + (p - this.from) / (this.to - this.from) * (this.hi - this.lo));
  };
  Axis.prototype.copy = function () { return Object.assign(Object.create(Axis.prototype), this); };
  Axis.prototype.ticks = function () {
    var lo = this.lo, hi = this.hi, axis = this, ticks = [], i;
    function nice(a, b) {
      var rough = (b - a) / 5, power = Math.pow(10, Math.floor(Math.log10(rough)));
      var step = [1, 2, 5, 10].map(function (m) { return m * power; }).find(function (s) { return s >= rough; });
      for (i = Math.ceil(a / step); i * step <= b; i += 1) ticks.push(i * step);
    }
    if (!this.log) nice(lo, hi);
    else if (hi - lo < 0.7) nice(this.unmap(lo), this.unmap(hi));
    else {
      var step = Math.max(1, Math.ceil((hi - lo) / 7)), parts = hi - lo < 2.5 ? [1, 2, 5] : [1];
      for (i = Math.floor(lo / step) * step; i <= hi; i += step) {
        parts.forEach(function (part) { ticks.push(part * Math.pow(10, i)); });
      }
    }
    return ticks.filter(function (v) { var u = axis.map(v); return u >= lo - 1e-9 && u <= hi + 1e-9; });
  };

  // A path's points in place: `M x,y`, then steps `l dx,dy`, `h dx`, `v dy`.
  function corners(d) {
    var x = 0, y = 0, found = [];
    d.replace(/([MlhvZ])([^MlhvZ]*)/g, function (_, move, text) {
      var n = (text.match(/-?[\d.]+/g) || []).map(Number);
      if (move === "M") { x = n[0]; y = n[1]; }
      else if (move === "l") { x += n[0]; y += n[1]; }
      else if (move === "h") x += n[0];
      else if (move === "v") y += n[0];
      else { found.closed = true; return; }
      found.push({ x: x, y: y, start: move === "M" });
    });
    return found;
  }

  var count = 0;
  function Plot(figure, svg) {
    var plot = this;
    this.svg = svg; this.mesh = svg.querySelector("[data-mesh]");
    this.x0 = new Axis(svg.dataset.x); this.y0 = new Axis(svg.dataset.y);
    this.x = this.x0.copy(); this.y = this.y0.copy();
    this.groups = Array.from(svg.querySelectorAll("[data-s]"));
    this.points = [];
    this.groups.forEach(function (group) {
      (group.dataset.p || "").split(";").filter(Boolean).forEach(function (text) {
        var v = text.split(" ").map(Number);
        plot.points.push({ group: group, x: v[0], y: v[1], lo: v[2], hi: v[3], z: v.length === 3 ? v[2] : NaN });
      });
    });
    // What is drawn, once and for all as the server drew it.
    this.shapes = Array.from(svg.querySelectorAll("[data-s] path, [data-s] rect, [data-s] circle")).map(function (element) {
      var mark = element.parentNode.classList.contains("mark"), name = element.tagName;
      var d = element.getAttribute("d"), path = d && corners(d);
      var numbers = ["x", "y", "width", "height", "cx", "cy"].map(function (key) { return Number(element.getAttribute(key)); });
      return { element: element, mark: mark, name: name, d: d, path: path, numbers: numbers };
    });
    var clip = "clip-" + (count += 1);
    var box = make("clipPath", { id: clip }, make("defs", {}, svg));
    make("rect", { x: this.x.from, y: this.y.to, width: this.x.to - this.x.from, height: this.y.from - this.y.to }, box);
    this.groups.forEach(function (group) { group.setAttribute("clip-path", "url(#" + clip + ")"); });
    this.drawn = make("g", { class: "redrawn" });
    svg.insertBefore(this.drawn, this.mesh.nextSibling);
    this.cursor = make("circle", { class: "cursor", r: 7, visibility: "hidden" }, svg);
    this.frame = make("rect", { class: "frame", visibility: "hidden" }, svg);
    this.controls(figure); this.pointer(); this.keys();
  }

  Plot.prototype.controls = function (figure) {
    var plot = this, tools = document.createElement("div");
    tools.className = "plot-tools";
    this.said = document.createElement("output");
    this.said.textContent = "Point at the plot or press → for values; drag to zoom.";
    ["x", "y"].forEach(function (name) {
      var b = button("log " + name, tools, function () { plot.toggle(name); });
      plot["log" + name] = b;
      b.setAttribute("aria-pressed", String(plot[name].log));
    });
    button("Reset", tools, function () { plot.x = plot.x0.copy(); plot.y = plot.y0.copy(); plot.redraw(); });
    tools.appendChild(this.said);
    var box = this.svg.closest(".drawing");
    box.parentNode.insertBefore(tools, box.nextSibling);
    figure.querySelectorAll(".legend [data-of]").forEach(function (entry) {
      var group = plot.groups.find(function (g) { return g.dataset.s === entry.dataset.of; });
      if (!group) return;
      group.label = entry.textContent.trim();
      var b = document.createElement("button");
      b.type = "button"; b.className = "toggle"; b.setAttribute("aria-pressed", "true");
      while (entry.firstChild) b.appendChild(entry.firstChild);
      entry.appendChild(b);
      b.addEventListener("click", function () {
        var on = b.getAttribute("aria-pressed") !== "true";
        b.setAttribute("aria-pressed", String(on));
        group.style.display = on ? "" : "none";
      });
    });
  };

  // A logarithmic axis needs values above zero: from the smallest such value that the plot has.
  Plot.prototype.toggle = function (name) {
    var axis = this[name], lo = axis.unmap(axis.lo), hi = axis.unmap(axis.hi);
    if (!axis.log) {
      var positive = this.points.map(function (p) { return p[name]; }).filter(function (v) { return v > 0 && v <= hi; });
      if (!positive.length) { this.said.textContent = "No value above zero for a logarithmic axis."; return; }
      if (lo <= 0) lo = Math.min.apply(null, positive) / 1.2;
    }
    axis.log = !axis.log;
    axis.lo = axis.map(lo); axis.hi = axis.map(hi);
    this.redraw();
  };

  Plot.prototype.redraw = function () {
    var plot = this, moved = [this.x, this.y].some(function (axis, i) {
      var first = i ? plot.y0 : plot.x0;
      return axis.log !== first.log || axis.lo !== first.lo || axis.hi !== first.hi;
    });
    this.mesh.style.display = moved ? "none" : "";
    this.drawn.textContent = "";
    this.logx.setAttribute("aria-pressed", String(this.x.log));
    this.logy.setAttribute("aria-pressed", String(this.y.log));
    if (moved) this.axes();
    this.shapes.forEach(function (shape) { plot.shape(shape); });
    this.cursor.setAttribute("visibility", "hidden");
  };

  Plot.prototype.px = function (p) { return this.x.place(this.x0.value(p)); };
  Plot.prototype.py = function (p) { return this.y.place(this.y0.value(p)); };

  Plot.prototype.shape = function (shape) {
    var e = shape.element, n = shape.numbers, plot = this;
    function middle(k) {
      var own = shape.path.map(function (p) { return p[k]; });
      return (Math.min.apply(null, own) + Math.max.apply(null, own)) / 2;
    }
    if (shape.mark) {
      var cx = shape.d ? middle("x") : n[4], cy = shape.d ? middle("y") : n[5];
      var dx = this.px(cx) - cx, dy = this.py(cy) - cy, fine = isFinite(dx) && isFinite(dy);
      e.style.display = fine ? "" : "none";
      if (fine) e.setAttribute("transform", "translate(" + dx.toFixed(1) + " " + dy.toFixed(1) + ")");
    } else if (shape.d) {
      var pen = "M";
      // Points without a place break the line; those far away would overflow the renderer.
      var d = shape.path.map(function (p) {
        var x = plot.px(p.x), y = plot.py(p.y);
        if (p.start) pen = "M";
        if (!isFinite(x) || !isFinite(y)) { pen = "M"; return ""; }
        var at = pen + Math.max(-1e5, Math.min(1e5, x)).toFixed(1) + "," + Math.max(-1e5, Math.min(1e5, y)).toFixed(1);
        pen = "L";
        return at;
      }).join("");
      e.setAttribute("d", d && shape.path.closed ? d + "Z" : d);
    } else {
      var left = this.px(n[0]), right = this.px(n[0] + n[2]), top = this.py(n[1]), low = this.py(n[1] + n[3]);
      if (!isFinite(low)) low = this.y.from;
      var fits = isFinite(left) && isFinite(right) && isFinite(top) && low >= top;
      e.style.display = fits ? "" : "none";
      if (!fits) return;
      e.setAttribute("x", left); e.setAttribute("width", right - left);
      e.setAttribute("y", top); e.setAttribute("height", low - top);
    }
  };

  Plot.prototype.axes = function () {
    var x = this.x, y = this.y, out = this.drawn;
    var grid = make("g", { class: "grid" }, out), line = make("g", { class: "axis" }, out), text = make("g", { class: "label" }, out);
    function write(at, content) { make("text", at, text).textContent = content; }
    x.ticks().forEach(function (v) {
      var p = x.place(v);
      make("path", { d: "M" + p + "," + y.from + "V" + y.to }, grid);
      write({ x: p, y: y.from + 18, "text-anchor": "middle" }, number(v, 4));
    });
    y.ticks().forEach(function (v) {
      var p = y.place(v);
      make("path", { d: "M" + x.from + "," + p + "H" + x.to }, grid);
      write({ x: x.from - 8, y: p + 4.5, "text-anchor": "end" }, number(v, 4));
    });
    make("path", { d: "M" + x.from + "," + y.to + "V" + y.from + "H" + x.to }, line);
    write({ x: (x.from + x.to) / 2, y: y.from + 40, "text-anchor": "middle" }, this.svg.dataset.xl);
    var up = (y.from + y.to) / 2;
    write({ x: 14, y: up, "text-anchor": "middle", transform: "rotate(-90 14 " + up + ")" }, this.svg.dataset.yl);
  };

  Plot.prototype.at = function (event) {
    var matrix = this.svg.getScreenCTM();
    var point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    var x = this.x, y = this.y;
    return { x: Math.max(x.from, Math.min(x.to, point.x)), y: Math.max(y.to, Math.min(y.from, point.y)) };
  };

  Plot.prototype.visible = function () {
    var plot = this;
    return this.points.map(function (p) {
      return { p: p, x: plot.x.place(p.x), y: plot.y.place(p.y) };
    }).filter(function (s) {
      return s.p.group.style.display !== "none" && s.x >= plot.x.from - 1 && s.x <= plot.x.to + 1
        && s.y >= plot.y.to - 1 && s.y <= plot.y.from + 1;
    });
  };

  Plot.prototype.show = function (spot) {
    var p = spot.p, cell = !isNaN(p.z), interval = cell || isNaN(p.lo) ? "" : " [" + number(p.lo, 4) + ", " + number(p.hi, 4) + "]";
    this.current = p;
    this.cursor.setAttribute("cx", spot.x); this.cursor.setAttribute("cy", spot.y);
    this.cursor.setAttribute("visibility", "visible");
    this.said.textContent = (p.group.label || "") + ": " + (cell ? "(" + number(p.x, 4) + ", " + number(p.y, 4) + ") → " + number(p.z, 4)
      : number(p.x, 4) + " → " + number(p.y, 4) + interval);
  };

  Plot.prototype.pointer = function () {
    var plot = this, svg = this.svg, start = null;
    svg.addEventListener("pointermove", function (event) {
      var at = plot.at(event);
      if (start) {
        plot.frame.setAttribute("visibility", "visible");
        plot.frame.setAttribute("x", Math.min(at.x, start.x)); plot.frame.setAttribute("width", Math.abs(at.x - start.x));
        plot.frame.setAttribute("y", Math.min(at.y, start.y)); plot.frame.setAttribute("height", Math.abs(at.y - start.y));
        return;
      }
      var best = null, near = 900;
      plot.visible().forEach(function (spot) {
        var d = Math.pow(spot.x - at.x, 2) + Math.pow(spot.y - at.y, 2);
        if (d < near) { near = d; best = spot; }
      });
      if (best) plot.show(best);
    });
    svg.addEventListener("pointerdown", function (event) {
      if (event.pointerType !== "mouse" || event.button) return;
      start = plot.at(event);
      event.preventDefault();
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener("pointerup", function (event) {
      var from = start, to = plot.at(event);
      start = null;
      plot.frame.setAttribute("visibility", "hidden");
      if (!from || Math.abs(to.x - from.x) < 8 || Math.abs(to.y - from.y) < 8) return;
      var x = [from.x, to.x].sort(function (a, b) { return a - b; }).map(function (p) { return plot.x.map(plot.x.value(p)); });
      var y = [from.y, to.y].sort(function (a, b) { return b - a; }).map(function (p) { return plot.y.map(plot.y.value(p)); });
      plot.x.lo = x[0]; plot.x.hi = x[1]; plot.y.lo = y[0]; plot.y.hi = y[1];
      plot.redraw();
    });
  };

  Plot.prototype.keys = function () {
    var plot = this;
    this.svg.closest(".drawing").addEventListener("keydown", function (event) {
      var step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
      var spots = plot.visible();
      if (!spots.length) return;
      event.preventDefault();
      var now = spots.findIndex(function (spot) { return spot.p === plot.current; });
      plot.show(spots[now < 0 ? 0 : (now + step + spots.length) % spots.length]);
    });
  };

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("figure svg.plot[data-x]").forEach(function (svg) {
      new Plot(svg.closest("figure"), svg);
    });
  });
}());
