// Opens a report's pages in Chromium and prints one line per fault; the exit code counts them (up
// to 100). Arguments: folder of the report, then page=kind pairs. Called by tests/web.rs.
import { chromium } from "playwright-core";
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [, , folder, ...pages] = process.argv;
const root = pathToFileURL(resolve(folder)).href + "/";
const axe = readFileSync(join(dirname(fileURLToPath(import.meta.url)), "node_modules/axe-core/axe.min.js"), "utf8");
const faults = [];
const fault = (page, text) => faults.push(`${page}: ${text}`);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

// Relative luminance and contrast as WCAG 2 defines them.
const contrast = () => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const light = ([r, g, b]) => [r, g, b]
    .map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const own = rgb(getComputedStyle(e).backgroundColor);
      if (own[3] === 255) return own;
    }
    return rgb("white");
  };
  const poor = [];
  for (const e of document.querySelectorAll("main *, header *, footer *")) {
    const text = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!text || !e.checkVisibility({ opacityProperty: true }) || e.closest("svg, .zero")) continue;
    const style = getComputedStyle(e);
    let opacity = 1;
    for (let a = e; a; a = a.parentElement) opacity *= parseFloat(getComputedStyle(a).opacity);
    const back = ground(e), front = rgb(style.color);
    const mixed = [0, 1, 2].map((i) => opacity * front[i] + (1 - opacity) * back[i]);
    const [a, b] = [light(mixed), light(back)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} <${e.tagName.toLowerCase()} class="${e.className}"> ${e.textContent.trim().slice(0, 30)}`);
  }
  return poor.slice(0, 5);
};

async function open(page, options, check) {
  const context = await browser.newContext(options);
  const tab = await context.newPage();
  tab.on("console", (m) => m.type() === "error" && fault(page, `console: ${m.text()}`));
  tab.on("pageerror", (e) => fault(page, `exception: ${e.message}`));
  tab.on("dialog", (d) => { fault(page, `dialog: ${d.message()}`); d.dismiss(); });
  tab.on("request", (r) => /^(file|data):/.test(r.url()) || fault(page, `request: ${r.url()}`));
  await tab.goto(root + page);
  await check(tab);
  await context.close();
}

async function everywhere(page) {
  await open(page, {}, async (tab) => {
    await tab.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
    for (const width of [1440, 360]) {
      await tab.setViewportSize({ width, height: 900 });
      const [inner, outer] = await tab.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      if (inner > outer) fault(page, `${inner} px wide at ${width} px`);
      const small = await tab.evaluate(() => [...document.querySelectorAll("svg.plot:not(.swatch)")]
        .filter((s) => s.getBoundingClientRect().width < 300).length);
      if (small) fault(page, `${small} plots are too small at ${width} px`);
    }
    // On paper: a sheet of A4 between its margins.
    await tab.emulateMedia({ media: "print" });
    await tab.setViewportSize({ width: 720, height: 1000 });
    const printed = await tab.evaluate(() => document.documentElement.scrollWidth);
    if (printed > 720) fault(page, `${printed} px wide on a sheet of 720 px`);
    await tab.setViewportSize({ width: 1440, height: 900 });
    for (const colorScheme of ["light", "dark"]) {
      await tab.emulateMedia({ media: "screen", colorScheme });
      for (const poor of await tab.evaluate(contrast)) fault(page, `contrast (${colorScheme}) ${poor}`);
      for (const found of await violations(tab)) fault(page, `axe (${colorScheme}) ${found}`);
    }
    await theme(page, tab);
  });
  await open(page, { javaScriptEnabled: false }, async (tab) => {
    const text = await tab.locator("main").innerText();
    if (text.trim().length < 200) fault(page, "little to read without JavaScript");
    if (await tab.locator(".js-only:visible").count()) fault(page, "controls that need JavaScript show without it");
  });
}

// What axe-core finds by its rules for WCAG 2 A and AA and its best practices.
async function violations(tab) {
  if (!(await tab.evaluate(() => "axe" in window))) await tab.evaluate(axe);
  return tab.evaluate(async () => {
    const { violations: found } = await window.axe.run(document, { resultTypes: ["violations"], preload: false });
    return found.map((v) => `${v.id}: ${v.help}; ${v.nodes.length} times, first ${v.nodes[0].html.slice(0, 120)}`);
  });
}

// The button turns the theme against the system's, and the next page remembers.
async function theme(page, tab) {
  const ground = () => tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await ground();
  await tab.locator("#theme").click();
  const after = await ground();
  if (after === before) fault(page, "the theme button does nothing");
  await tab.reload();
  if ((await ground()) !== after) fault(page, "the theme is forgotten");
}

// The keyboard reaches the content and everything that acts shows its focus.
async function keyboard(page) {
  await open(page, {}, async (tab) => {
    await tab.keyboard.press("Tab");
    if ((await tab.evaluate(() => document.activeElement.className)) !== "skip") fault(page, "the first stop is not the skip link");
    await tab.keyboard.press("Enter");
    if ((await tab.evaluate(() => document.activeElement.id)) !== "main") fault(page, "the skip link skips nothing");
    await tab.keyboard.press("Tab");
    const outline = await tab.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    if (outline === "none") fault(page, "focus can't be seen");
  });
}

async function index(page) {
  await open(page, {}, async (tab) => {
    const rows = () => tab.locator("#table tbody tr:visible").count();
    const all = await rows();
    await tab.fill("#q", "lemma");
    const found = await rows();
    if (!(found > 0 && found < all)) fault(page, `search shows ${found} of ${all}`);
    if (!tab.url().includes("#q=lemma")) fault(page, `the address forgets the search: ${tab.url()}`);
    await tab.reload();
    if ((await rows()) !== found) fault(page, "the address does not restore the search");
    await tab.locator("button[type=reset]").click();
    await tab.waitForTimeout(50);
    if ((await rows()) !== all) fault(page, "clearing does not clear");
    const tags = tab.locator("#f-tag option");
    await tab.selectOption("#f-tag", await tags.nth(1).getAttribute("value"));
    const tagged = await rows();
    if (!(tagged > 0 && tagged < all)) fault(page, `the tag filter shows ${tagged} of ${all}`);
    if (!tab.url().includes("tag=")) fault(page, "the address forgets the tag");
    await tab.selectOption("#f-tag", "");
    await tab.locator("[data-verdict=refuted]").click();
    const refuted = await rows();
    if (!(refuted > 0 && refuted < all)) fault(page, `the verdict filter shows ${refuted} of ${all}`);
    await tab.locator("[data-verdict=refuted]").click();
    const first = () => tab.locator("#table tbody tr").first().innerText();
    await tab.locator("#table thead button").first().click();
    const up = await first();
    await tab.locator("#table thead button").first().click();
    if (up === (await first())) fault(page, "sorting does nothing");
  });
}

// No two nodes overlap, every label fits its node, search and zoom do what they say.
async function graph(page) {
  await open(page, {}, async (tab) => {
    const bad = await tab.evaluate(() => {
      const found = [];
      for (const svg of document.querySelectorAll("svg.graph")) {
        const nodes = [...svg.querySelectorAll("a.node")].map((n) => ({ n, box: n.querySelector("rect").getBBox(), text: n.querySelector("text").getBBox() }));
        for (const [i, { n, box, text }] of nodes.entries()) {
          if (text.x < box.x || text.x + text.width > box.x + box.width) found.push(`${n.textContent} is wider than its node`);
          for (const other of nodes.slice(0, i)) {
            const apart = box.x + box.width <= other.box.x || other.box.x + other.box.width <= box.x
              || box.y + box.height <= other.box.y || other.box.y + other.box.height <= box.y;
            if (!apart) found.push(`${n.textContent} overlaps ${other.n.textContent}`);
          }
        }
      }
      return found.slice(0, 5);
    });
    for (const line of bad) fault(page, line);
    const width = () => tab.evaluate(() => document.querySelector("svg.whole").getBoundingClientRect().width);
    const before = await width();
    await tab.locator("[data-zoom=in]").click();
    if ((await width()) <= before) fault(page, "zoom does nothing");
    await tab.fill("#graph-q", "lemma-2");
    const lit = await tab.locator("a.node.lit").count();
    const all = await tab.locator("a.node").count();
    if (!(lit > 0 && lit < all)) fault(page, `search lights ${lit} of ${all}`);
    await tab.keyboard.press("Enter");
    if (!(await tab.evaluate(() => document.activeElement.matches("a.node")))) fault(page, "Enter goes to no node");
  });
}

// Where an element is once it stays there.
async function settled(tab, element) {
  let last = "";
  for (let i = 0; i < 100; i += 1) {
    const box = await element.boundingBox();
    if (JSON.stringify(box) === last) return box;
    last = JSON.stringify(box);
    await tab.waitForTimeout(50);
  }
  return element.boundingBox();
}

// Whether something becomes true within two seconds.
async function soon(check) {
  const end = Date.now() + 2000;
  do {
    if (await check()) return true;
    await new Promise((next) => { setTimeout(next, 50); });
  } while (Date.now() < end);
  return false;
}

// A plot answers: values by keys and pointer, series on and off, zoom, axes; all of it reversible.
async function plots(page) {
  await open(page, {}, async (tab) => {
    const box = tab.locator("figure .drawing:has(svg.plot[data-x])").first();
    if (!(await box.count())) return;
    const said = tab.locator(".plot-tools output").first();
    const hint = await said.innerText();
    await box.focus();
    await tab.keyboard.press("ArrowRight");
    const value = await said.innerText();
    if (value === hint || !value.includes("→")) fault(page, `arrow keys say: ${value}`);
    const drawing = () => box.locator("svg").evaluate((svg) => [...svg.querySelectorAll("[data-s]")].map((e) => e.innerHTML).join());
    const before = await drawing();
    await box.evaluate((element) => element.scrollIntoView({ block: "center", behavior: "instant" }));
    // On a busy machine the page may still be settling: a pointer aimed at where the drawing was misses it.
    const place = await settled(tab, box.locator("svg"));
    const at = (x, y) => [place.x + x * place.width, place.y + y * place.height];
    await tab.mouse.move(...at(0.4, 0.3));
    await tab.mouse.down();
    await tab.mouse.move(...at(0.7, 0.6), { steps: 3 });
    await tab.mouse.up();
    if (!(await soon(async () => (await drawing()) !== before))) fault(page, "dragging does not zoom");
    if (/NaN|Infinity/.test(await box.locator("svg").innerHTML().then((t) => t.replace(/data-p="[^"]*"/g, "")))) fault(page, "zoom makes numbers that are none");
    const tools = tab.locator(".plot-tools").first();
    await tools.getByText("Reset").click();
    await tools.getByText("log y").click();
    if ((await drawing()) === before) fault(page, "the axis does not change");
    await tools.getByText("Reset").click();
    const hidden = () => box.locator("[data-s]").evaluateAll((all) => all.filter((g) => g.style.display === "none").length);
    await tab.locator(".legend .toggle").first().click();
    if ((await hidden()) !== 1) fault(page, "the legend hides nothing");
  });
}

// Numbers sort as numbers, powers of ten included.
async function claim(page) {
  await open(page, {}, async (tab) => {
    const table = tab.locator("table.points").first();
    if (!(await table.count())) return;
    const heads = await table.locator("thead th").allInnerTexts();
    const column = heads.findIndex((h) => h.includes("÷"));
    if (column < 0) return;
    await table.locator("thead button").nth(column).click();
    const cells = await table.locator(`tbody tr td:nth-child(${column + 1})`).allInnerTexts();
    const up = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    const values = cells.map((c) => Number(c.replace(/^10([⁻⁰-⁹¹²³]+)$/, "1×10$1")
      .replace("×10", "e").replace("⁻", "-").replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]/g, (d) => up.indexOf(d))));
    if (values.some((v, i) => Number.isNaN(v) || (i && v < values[i - 1]))) fault(page, `not sorted: ${cells.join(" ")}`);
  });
}

for (const pair of pages) {
  const [page, kind] = pair.split("=");
  await everywhere(page);
  await keyboard(page);
  if (kind === "index") await index(page);
  if (kind === "claim") {
    await claim(page);
    await plots(page);
  }
  if (kind === "graph") await graph(page);
}
await browser.close();
for (const line of [...new Set(faults)]) console.log(line);
process.exit(Math.min(faults.length, 100));
