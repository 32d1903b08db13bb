// Opens a page that `claimcheck watch` wrote, writes another round as the program does (pages first, live.js
// last), and prints one line per fault. Arguments: folder of the report, page. Called by tests/web.rs.
import { chromium } from "playwright-core";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [, , folder, page] = process.argv;
const faults = [];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const tab = await browser.newPage({ viewport: { width: 800, height: 500 } });
let loads = 0;
tab.on("load", () => { loads += 1; });
tab.on("console", (m) => m.type() === "error" && faults.push(`console: ${m.text()}`));
tab.on("pageerror", (e) => faults.push(`exception: ${e.message}`));
tab.on("request", (r) => /^(file|data):/.test(r.url()) || faults.push(`request: ${r.url()}`));
await tab.goto(pathToFileURL(resolve(folder, page)).href);
await tab.evaluate(() => scrollTo({ top: 300, behavior: "instant" }));
await tab.waitForTimeout(2500);
if (loads !== 1) faults.push(`${loads} loads though nothing was written`);

const read = (name) => readFileSync(join(folder, name), "utf8");
const old = /data-round="(\d+)"/.exec(read(page))[1];
const next = String(Number(old) + 1);
const words = "written anew";
writeFileSync(join(folder, page), read(page).replace(`data-round="${old}"`, `data-round="${next}"`).replace("<h1>", `<h1>${words} `));
writeFileSync(join(folder, "live.js"), read("live.js").replaceAll(old, next));
const end = Date.now() + 20000;
while (loads < 2 && Date.now() < end) await tab.waitForTimeout(100);
await tab.waitForTimeout(3500);
if (loads !== 2) faults.push(`${loads - 1} loads after one round`);
if (!(await tab.locator("h1").innerText()).startsWith(words)) faults.push("the page shows the old round");
const top = await tab.evaluate(() => scrollY);
if (top !== 300) faults.push(`the reader was at 300 px and is at ${top}`);

// A round that wrote other claims only leaves this page alone.
writeFileSync(join(folder, "live.js"), 'claimcheckLive({"":9,"other/claim":9});\n');
await tab.waitForTimeout(2500);
if (loads !== 2) faults.push("a round of other claims loads the page again");

// Without JavaScript the page asks to be loaded again, too.
const plain = await browser.newPage({ javaScriptEnabled: false });
let times = 0;
plain.on("load", () => { times += 1; });
await plain.goto(pathToFileURL(resolve(folder, page)).href);
await plain.waitForTimeout(5000);
if (times < 2) faults.push("without JavaScript the page stays as it is");
await browser.close();
for (const line of faults) console.log(line);
process.exit(faults.length ? 1 : 0);
