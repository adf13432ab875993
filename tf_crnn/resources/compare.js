"use strict";
(() => {
  const PAGE_SIZE = 50;
  const DASHES = ["", "7 4", "2 3", "10 3 2 3", "14 4"];
  const SHAPES = [
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z", "M-3.5-3.5h7v7h-7z", "M0-4.8L4.4 3.4H-4.4z", "M0-5L5 0L0 5L-5 0z",
    "M0 4.8L4.4-3.4H-4.4z",
  ];
  const MARKS_PER_CURVE = 9;
  const data = JSON.parse(document.getElementById("data").textContent);
  const pictures = JSON.parse(document.getElementById("pictures").textContent);
  const byId = (id) => document.getElementById(id);
  const sentenceCase = (name) => (name.startsWith("run ") ? `R${name.slice(1)}` : name);
  const counted = (n, what) => `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;

  // Texts come from strangers: they reach the page as text nodes and attributes, never as markup.
  function make(tag, attributes = {}, ...children) {
    const svg = ["svg", "path", "line", "text", "g", "title"].includes(tag);
    const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  // ---- Curves

  function drawMark(run, attributes = {}) {
    const mark = make("path", { class: "mark", d: SHAPES[run % SHAPES.length], ...attributes });
    mark.style.stroke = `var(--run-${run % 10})`;
    // Runs 5 to 9 have the shapes of 0 to 4, hollow.
    mark.style.fill = run % 10 < 5 ? `var(--run-${run % 10})` : "var(--sheet)";
    return mark;
  }

  function drawLine(run, d) {
    const line = make("path", { class: "curve", d, "stroke-dasharray": DASHES[run % DASHES.length] });
    line.style.stroke = `var(--run-${run % 10})`;
    return line;
  }

  function niceTicks(low, high, wanted) {
    const rough = (high - low) / wanted || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
    const first = Math.ceil(low / step - 1e-9);
    const ticks = [];
    for (let n = first; n * step <= high + step * 1e-6; n += 1) ticks.push(Number((n * step).toPrecision(12)));
    return ticks;
  }

  function logTicks(low, high) {
    const ticks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
      for (const factor of [1, 2, 5]) {
        const tick = Number((factor * 10 ** power).toPrecision(3));
        if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
      }
    }
    return ticks.length <= 8 ? ticks : ticks.filter((tick) => /^1/.test(tick.toExponential()));
  }

  function setUpCurves() {
    const chart = byId("chart");
    const hidden = new Set();
    const state = { axis: "epochs", metric: 0, log: false };
    const outputs = new Map();
    const show = (value, percent) =>
      value === null ? "–" : percent ? `${(100 * value).toFixed(2)} %` : `${Number(value.toPrecision(4))}`;
    const showTick = (value, percent) =>
      percent ? `${Number((100 * value).toPrecision(4))} %` : value && Math.abs(value) < 1e-3 ? value.toExponential() : `${value}`;

    function points([, steps, minutes, values]) {
      return steps
        .map((step, n) => ({ step, x: state.axis === "epochs" ? step : minutes[n], y: values[n] }))
        .filter((point) => point.x !== null)
        .map((point) => (state.log && !(point.y > 0) ? { ...point, y: null } : point));
    }

    function bounds(curves) {
      const seen = curves.flatMap((curve) => curve.points).filter((point) => point.y !== null);
      const xs = seen.map((point) => point.x), ys = seen.map((point) => point.y);
      const reduce = (list, pick) => list.reduce((a, b) => pick(a, b));
      let low = reduce(ys, Math.min), high = reduce(ys, Math.max);
      if (state.log) [low, high] = low === high ? [low / 2, high * 2] : [low, high];
      else if (low >= 0) low = 0;
      if (low === high) high = low + 1;
      let left = reduce(xs, Math.min);
      const right = reduce(xs, Math.max);
      if (state.axis === "minutes") left = 0;
      return { low, high, left, right: right === left ? left + 1 : right };
    }

    function draw() {
      const metric = data.metrics[state.metric];
      const curves = metric.curves.map((curve) => ({ run: curve[0], points: points(curve) }));
      drawLegend(metric, curves);
      drawFigures(metric, curves);
      const visible = curves.filter((curve) => !hidden.has(curve.run));
      if (!visible.some((curve) => curve.points.some((point) => point.y !== null))) {
        chart.replaceChildren(make("p", {}, "Nothing to draw: no run has values here."));
        return;
      }
      chart.replaceChildren(drawChart(metric, visible));
    }

    function drawChart(metric, curves) {
      const { low, high, left, right } = bounds(curves);
      const width = Math.max(280, chart.clientWidth - 24), height = Math.min(400, Math.max(240, width * 0.45));
      const margin = { left: 58, right: 12, top: 12, bottom: 42 };
      const scaleY = state.log ? Math.log10 : (value) => value;
      const x = (value) => margin.left + ((value - left) / (right - left)) * (width - margin.left - margin.right);
      const y = (value) =>
        height - margin.bottom - ((scaleY(value) - scaleY(low)) / (scaleY(high) - scaleY(low))) * (height - margin.top - margin.bottom);
      const names = curves.map((curve) => data.runs[curve.run]).join(", ");
      const svg = make("svg", {
        width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
        "aria-label": `${metric.name} over ${state.axis} of ${names}. The figures stand in the table below.`,
      });
      for (const tick of state.log ? logTicks(low, high) : niceTicks(low, high, 5)) {
        svg.append(
          make("line", { class: "grid", x1: margin.left, x2: width - margin.right, y1: y(tick), y2: y(tick) }),
          make("text", { x: margin.left - 8, y: y(tick) + 4, "text-anchor": "end" }, showTick(tick, metric.percent)),
        );
      }
      const ticks = niceTicks(left, right, width / 90).filter((tick) => state.axis === "minutes" || Number.isInteger(tick));
      for (const tick of ticks) {
        svg.append(make("text", { x: x(tick), y: height - margin.bottom + 18, "text-anchor": "middle" }, `${tick}`));
      }
      svg.append(make("text", { x: (margin.left + width - margin.right) / 2, y: height - 4, "text-anchor": "middle" }, state.axis));
      for (const curve of curves) svg.append(...drawCurve(curve, x, y));
      addGuide(svg, metric, curves, { x, left, right, margin, width, height });
      return svg;
    }

    function drawCurve(curve, x, y) {
      const nodes = [];
      let d = "", pen = "M";
      for (const point of curve.points) {
        if (point.y === null) { pen = "M"; continue; }
        d += `${pen}${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)}`;
        pen = "L";
      }
      nodes.push(drawLine(curve.run, d));
      const seen = curve.points.filter((point) => point.y !== null);
      // Each run begins at another place, so that markers of close curves stand side by side.
      const stride = Math.max(1, Math.ceil(seen.length / MARKS_PER_CURVE));
      seen.forEach((point, n) => {
        if (n % stride !== (stride > 2 ? curve.run % stride : 0) && n !== seen.length - 1) return;
        nodes.push(drawMark(curve.run, { transform: `translate(${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)})` }));
      });
      return nodes;
    }

    function addGuide(svg, metric, curves, { x, left, right, margin, width, height }) {
      const guide = make("line", { class: "guide", y1: margin.top, y2: height - margin.bottom, visibility: "hidden" });
      svg.append(guide);
      svg.addEventListener("pointermove", (event) => {
        const place = (event.offsetX - margin.left) / (width - margin.left - margin.right);
        const at = left + Math.min(1, Math.max(0, place)) * (right - left);
        guide.setAttribute("visibility", "visible");
        guide.setAttribute("x1", x(at));
        guide.setAttribute("x2", x(at));
        for (const curve of curves) {
          const nearest = curve.points.reduce((a, b) => (Math.abs(b.x - at) < Math.abs(a.x - at) ? b : a), curve.points[0]);
          if (nearest) outputs.get(curve.run).textContent = `epoch ${nearest.step}: ${show(nearest.y, metric.percent)}`;
        }
      });
      svg.addEventListener("pointerleave", () => {
        guide.setAttribute("visibility", "hidden");
        for (const curve of curves) outputs.get(curve.run).textContent = "";
      });
    }

    function drawLegend(metric, curves) {
      const focused = document.activeElement?.dataset?.run;
      outputs.clear();
      byId("legend").replaceChildren(...curves.map(({ run }) => {
        const box = make("input", { type: "checkbox", "data-run": run });
        box.checked = !hidden.has(run);
        box.addEventListener("change", () => { if (box.checked) hidden.delete(run); else hidden.add(run); draw(); });
        const sample = make("svg", { width: 44, height: 14, viewBox: "0 0 44 14", "aria-hidden": "true" });
        sample.append(drawLine(run, "M0 7L44 7"), drawMark(run, { transform: "translate(22 7)" }));
        const output = make("output", { "aria-live": "off" });
        outputs.set(run, output);
        return make("li", {}, make("label", {}, box, sample, make("bdi", {}, sentenceCase(data.runs[run]))), " ", output);
      }));
      if (focused !== undefined) byId("legend").querySelector(`[data-run="${focused}"]`)?.focus();
    }

    function drawFigures(metric, curves) {
      const head = make("tr", {}, ...["Run", "Epochs", "First", "Lowest", "at epoch", "Highest", "at epoch", "Last"].map((text, n) =>
        make("th", n ? { scope: "col", class: "number" } : { scope: "col" }, text)));
      const rows = curves.map(({ run, points: all }) => {
        const seen = all.filter((point) => point.y !== null);
        const cells = [counted(all.length, "value")];
        if (seen.length) {
          const lowest = seen.reduce((a, b) => (b.y < a.y ? b : a)), highest = seen.reduce((a, b) => (b.y > a.y ? b : a));
          cells.splice(0, 1, `${seen[seen.length - 1].step}`, show(seen[0].y, metric.percent), show(lowest.y, metric.percent), `${lowest.step}`,
            show(highest.y, metric.percent), `${highest.step}`, show(seen[seen.length - 1].y, metric.percent));
        }
        return make("tr", {}, make("th", { scope: "row" }, make("bdi", {}, sentenceCase(data.runs[run]))),
          ...cells.map((text) => make("td", { class: "number" }, text)));
      });
      byId("figures").replaceChildren(make("caption", {}, metric.name), make("thead", {}, head), make("tbody", {}, ...rows));
    }

    byId("metric").addEventListener("change", (event) => { state.metric = Number(event.target.value); draw(); });
    byId("log").addEventListener("change", (event) => { state.log = event.target.checked; draw(); });
    for (const radio of document.querySelectorAll("[name=axis]")) {
      radio.addEventListener("change", () => { state.axis = radio.value; draw(); });
    }
    byId("chart-controls").addEventListener("submit", (event) => event.preventDefault());
    let drawnWidth = 0;
    new ResizeObserver(() => {
      if (chart.clientWidth !== drawnWidth) { drawnWidth = chart.clientWidth; draw(); }
    }).observe(chart);
  }

  // ---- Lines

  function setUpLines() {
    const lines = data.lines.map(([where, truth, edits, readings], place) => ({
      place, where, truth, edits, readings, errors: edits.reduce((a, b) => a + b, 0), haystack: null,
    }));
    const state = { sort: "change", descending: false, page: 0, from: 0, to: 1, kind: "all", search: "" };
    let found = lines;
    const nameOf = (run) => data.runs[data.evaluated[run]];
    const change = (line) => line.edits[state.to] - line.edits[state.from];
    const readingOf = (line, run) => line.readings.findIndex(([runs]) => runs.includes(run));
    const kinds = {
      all: () => true,
      better: (line) => change(line) < 0,
      worse: (line) => change(line) > 0,
      changed: (line) => readingOf(line, state.from) !== readingOf(line, state.to),
    };
    const keys = { place: (line) => line.place, change, errors: (line) => line.errors };

    function haystack(line) {
      if (line.haystack === null) {
        const texts = line.readings.map(([, segments]) => segments.map((s) => (typeof s === "string" ? s : s[1])).join(""));
        line.haystack = [line.truth, ...texts, ...line.where].join("\n").toLowerCase();
      }
      return line.haystack;
    }

    function select() {
      const wanted = state.search.toLowerCase();
      const key = keys[state.sort], sign = state.descending ? -1 : 1;
      found = lines.filter((line) => kinds[state.kind](line) && (!wanted || haystack(line).includes(wanted)));
      found.sort((a, b) => sign * (key(a) - key(b)) || b.errors - a.errors || a.place - b.place);
      state.page = 0;
      draw();
    }

    function draw() {
      const nPages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
      const start = state.page * PAGE_SIZE, shown = found.slice(start, start + PAGE_SIZE);
      byId("line-table").tBodies[0].replaceChildren(...shown.map(drawRow));
      byId("shown").textContent = found.length
        ? `${(start + 1).toLocaleString("en")} to ${(start + shown.length).toLocaleString("en")} of ${counted(found.length, "line")}; change from ${nameOf(state.from)} to ${nameOf(state.to)}`
        : "No line is like that.";
      byId("page").textContent = `Page ${state.page + 1} of ${nPages}`;
      byId("previous").disabled = state.page === 0;
      byId("next").disabled = state.page >= nPages - 1;
      for (const button of byId("line-table").querySelectorAll("[data-sort]")) {
        const order = button.dataset.sort !== state.sort ? "none" : state.descending ? "descending" : "ascending";
        button.closest("th").setAttribute("aria-sort", order);
      }
    }

    function drawRow(line) {
      const [csv, row, file, doc] = line.where;
      const where = make("div", { class: "where" }, make("bdi", {}, file), ` · ${csv}, row ${row}`, ...(doc ? [" · ", make("bdi", {}, doc)] : []));
      const texts = make("dl", { class: "texts" }, make("dt", {}, "Truth"), drawText(line.truth));
      for (const [runs, segments] of line.readings) {
        const names = runs.map((run) => nameOf(run));
        const short = names.every((name) => name.startsWith("run ")) ? `Run ${names.map((name) => name.slice(4)).join(", ")}` : names.join(", ");
        const text = drawReading(segments);
        const n = line.edits[runs[0]];
        text.append(make("span", { class: "errors" }, n ? counted(n, "error") : "right ✓"));
        texts.append(make("dt", {}, short), text);
      }
      const cell = make("td", { role: "cell", class: "line" }, where, drawPicture(line), texts);
      // The roles stay where a narrow screen lays the cells out in another way.
      return make("tr", { role: "row" }, cell, drawChange(change(line)), make("td", { role: "cell", class: "number total" }, `${line.errors}`));
    }

    function drawPicture(line) {
      const uri = pictures[line.place];
      if (!uri) return make("div", { class: "no-picture" }, "no picture");
      const alt = `Picture of the line, row ${line.where[1]}`;
      return make("div", { class: "strip" }, make("img", { class: "picture", src: uri, alt }));
    }

    const drawText = (text) => make("dd", { dir: "auto", lang: "", translate: "no" }, text || "(empty)");

    function drawReading(segments) {
      const text = make("dd", { dir: "auto", lang: "", translate: "no" });
      const seen = (s) => s.replaceAll(" ", "␣");
      const unseen = (s) => make("span", { class: "unseen" }, s);
      if (!segments.length) text.append("(empty)");
      for (const segment of segments) {
        if (typeof segment === "string") { text.append(segment); continue; }
        const [truth, reading] = segment;
        if (truth) text.append(make("del", {}, unseen(" not read: "), seen(truth), unseen(" ")));
        if (reading) text.append(make("ins", {}, unseen(truth ? " instead: " : " too much: "), seen(reading), unseen(" ")));
      }
      return text;
    }

    function drawChange(n) {
      const words = n < 0 ? `▼ ${-n} fewer` : n > 0 ? `▲ ${n} more` : "0";
      return make("td", { role: "cell", class: "number" }, words);
    }

    function sortBy(name) {
      if (state.sort === name) state.descending = !state.descending;
      else Object.assign(state, { sort: name, descending: name === "errors" });
      select();
    }

    function turn(pages) {
      state.page += pages;
      draw();
      byId("lines").scrollIntoView();
    }

    for (const button of byId("line-table").querySelectorAll("[data-sort]")) {
      button.addEventListener("click", () => sortBy(button.dataset.sort));
    }
    for (const id of ["from", "to"]) {
      byId(id).addEventListener("change", (event) => { state[id] = Number(event.target.value); select(); });
    }
    byId("kind").addEventListener("change", (event) => { state.kind = event.target.value; select(); });
    let waiting = 0;
    byId("search").addEventListener("input", (event) => {
      clearTimeout(waiting);
      waiting = setTimeout(() => { state.search = event.target.value.trim(); select(); }, 150);
    });
    byId("line-controls").addEventListener("submit", (event) => event.preventDefault());
    byId("previous").addEventListener("click", () => turn(-1));
    byId("next").addEventListener("click", () => turn(1));
    // A browser may remember what stood in the controls before the page was opened again.
    state.from = Number(byId("from").value);
    state.to = Number(byId("to").value);
    state.kind = byId("kind").value;
    state.search = byId("search").value.trim();
    select();
  }

  if (data.metrics.length) setUpCurves();
  setUpLines();
})();
