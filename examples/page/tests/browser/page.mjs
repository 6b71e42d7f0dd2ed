// Opens pages in Chromium, and compares their cells with the checker's verdicts.
//
//   PAGE_MODULES=FOLDER node page.mjs PAGES CASSANDRA_TLS
//
// FOLDER holds playwright-core and axe-core; PAGES is what `cargo run -p page --example cases -- PAGES` wrote. CHROMIUM names
// the browser, otherwise /usr/bin/chromium.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(resolve(process.env.PAGE_MODULES), "modules.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [pages, program] = process.argv.slice(2).map((argument) => resolve(argument));
const questions = new URL("../../../../docs/plan-page.md", import.meta.url);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });

// A page that fails the test if it logs anything, makes a request or opens a dialog.
async function open(file, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const url = pathToFileURL(file).href;
  const faults = [];
  page.on("console", (message) => faults.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => faults.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => request.url() === url || faults.push(`request: ${request.url()}`));
  await page.goto(url);
  const close = async () => {
    await context.close();
    assert.deepEqual(faults, [], file);
  };
  return { page, close };
}

const cellsOf = (page) =>
  page.$$eval("#pairs td", (cells) => cells.map((cell) => [cell.dataset.client, cell.dataset.server, cell.dataset.verdict, cell.textContent]));

// Each cell has a sign and words, because not everybody sees its colour.
const READ = { itself: "·", "not-required": "– not required", down: "○ down", works: "✓ works", "at-risk": "! at risk", cut: "✕ cut" };

async function everyCell(name) {
  const { steps } = JSON.parse(readFileSync(join(pages, `${name}.json`), "utf8"));
  const { page, close } = await open(join(pages, `${name}.html`));
  const counts = {};
  for (const [step, states] of steps.entries()) {
    if (step > 0) await page.keyboard.press("ArrowRight");
    assert.ok((await page.textContent("#moment")).startsWith(`Step ${step} of ${steps.length - 1}.`), `${name}, step ${step}`);
    for (const { crash, cells } of states) {
      await page.selectOption("#crash", crash === null ? "" : { label: crash });
      const shown = new Map((await cellsOf(page)).map(([client, server, verdict, text]) => [`${client}\n${server}`, [verdict, text]]));
      assert.equal(shown.size, cells.length, name);
      for (const [client, server, verdict] of cells) {
        const [told, text] = shown.get(`${client}\n${server}`);
        assert.equal(told, verdict, `${name}, step ${step}, crash of ${crash}: ${client} to ${server}`);
        assert.equal(text, READ[told]);
        counts[verdict] = (counts[verdict] ?? 0) + 1;
      }
    }
    await page.selectOption("#crash", "");
    await page.evaluate(() => document.activeElement.blur());
  }
  await close();
  return counts;
}

async function accessible(name, colorScheme) {
  const { page, close } = await open(join(pages, `${name}.html`), { colorScheme, bypassCSP: true });
  await page.keyboard.press("ArrowRight");
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const told = serious.map(({ id, nodes }) => `${id}: ${nodes[0].html} ${nodes[0].failureSummary}`);
  assert.deepEqual(told, [], `${name}, ${colorScheme}`);
  await close();
}

// The keyboard can do everything that a pointer can do.
async function keyboard() {
  const { page, close } = await open(join(pages, "begun-by-hand.html"));
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.dataset.cell || document.activeElement.className);
  const moment = () => page.textContent("#moment");
  const reached = [];
  for (let tab = 0; tab < 12; tab += 1) {
    await page.keyboard.press("Tab");
    reached.push(await focused());
  }
  // One step back is not possible yet.
  assert.deepEqual(reached.slice(0, 5), ["step", "on", "crash", "0,1", "wide"]);

  await page.focus("#on");
  await page.keyboard.press("Enter");
  assert.match(await moment(), /^Step 1 of/);
  await page.keyboard.press("ArrowRight");
  assert.match(await moment(), /^Step 2 of/);
  await page.focus("#step");
  await page.keyboard.press("End");
  assert.match(await moment(), /^Step 9 of 9/);
  await page.keyboard.press("Home");
  assert.match(await moment(), /^Step 0 of 9/);
  assert.match(await page.getAttribute("#step", "aria-valuetext"), /^Step 0 of 9/);

  await page.focus('[data-cell="0,1"]');
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await focused(), "1,0");
  const why = await page.textContent("#why");
  assert.match(why, /node1 → node0 ✕ cut/);
  assert.match(why, /node1 cannot connect to node0, at the next handshake: identity node0-2 .*Rule: a client must trust/);
  assert.match(await moment(), /^Step 0 of 9/, "the arrows that move in the table take no step");

  await page.focus("#crash");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.match(await page.textContent("#crashed"), /^If node1 crashes here: It starts with what is on its disk and serves node1-2/);
  await close();
}

async function names() {
  const { hostile } = JSON.parse(readFileSync(join(pages, "hostile.json"), "utf8"));
  const { page, close } = await open(join(pages, "hostile.html"));
  assert.equal(await page.locator("script").count(), 2);
  assert.equal(await page.locator(".node b, #pairs b").count(), 0);
  const shown = hostile.replaceAll("\u202e", "\\u{202e}");
  assert.ok((await page.$$eval(".node h5", (heads) => heads.map((head) => head.firstChild.data))).includes(shown));
  await close();
}

async function pagesOfPrint(name) {
  const { page, close } = await open(join(pages, `${name}.html`));
  const pdf = (await page.pdf({ preferCSSPageSize: true, printBackground: true })).toString("latin1");
  await close();
  return [...pdf.matchAll(/\/Type\s*\/Page\b/g)].length;
}

const CLUSTER = `cassandra = "3.11.19"
client_auth = false
${[0, 1, 2].map((node) => `[[node]]\nname = "node${node}"\naddress = "10.0.0.1${node}"\nrack = "ra${node}"\n`).join("")}`;

// Each question of docs/plan-page.md, answered by its element and by the plan's JSON.
async function board() {
  const folder = mkdtempSync(join(tmpdir(), "page-"));
  const run = (...rest) => JSON.parse(execFileSync(program, ["plan", "--cluster", "cluster.toml", "--json", "rotate", ...rest], { cwd: folder }));
  writeFileSync(join(folder, "cluster.toml"), CLUSTER);
  const told = run("--html", "plan.html");
  const { page, close } = await open(join(folder, "plan.html"));
  const text = async (selector) => (await page.locator(selector).allTextContents()).map((one) => one.replaceAll(/\s+/g, " ").trim());
  const { cost, waves, optimality } = told.plan;
  const steps = waves.flatMap((wave) => wave.steps);
  const verb = ({ action }) => (action === "start" || action === "stop" ? action : typeof action.activate === "string" ? action.activate : Object.keys(action)[0]);
  const VERBS = { stage_trust: "copy truststore", stage_identity: "copy keystore", restart: "restart", reload: "reload" };
  const answers = {
    "#plan-id": (shown) => assert.deepEqual(shown, [told.id]),
    "#goal": (shown) => {
      assert.equal(told.goal.kind, "rotate");
      assert.match(shown[0], /serves a new certificate, and the old ones are no longer trusted/);
    },
    "#price dd": (shown) => assert.deepEqual(shown.map(Number), [cost.restarts, cost.reloads, cost.files, cost.waves]),
    "#optimality": (shown) => {
      assert.equal(optimality, "minimum");
      assert.match(shown[0], /^No safe plan .* has fewer activations\.$/);
    },
    "#verdict": (shown) => {
      assert.equal(told.refusal, null);
      assert.match(shown[0], new RegExp(`At every moment every pair can talk\\. Checked: 6 connections at ${steps.length + 1} moments`));
    },
    "#rests-on li": (shown) => {
      const KNOWN = { given: "given", observed: "observed", unknown: "not given, safe for each", assumed: "not given, assumed" };
      assert.deepEqual(shown, told.rests_on.map(({ about, said, known }) => `${about} ${said} ${KNOWN[known]}`));
    },
    "#not-checked li": (shown) => {
      assert.equal(told.rests_on.find(({ about }) => about === "availability").known, "assumed");
      assert.match(shown[0], /no keyspace is given/);
      assert.equal(shown.length, 4);
    },
    "#waves .step": (shown) => {
      assert.equal(shown.length, steps.length);
      for (const [place, step] of steps.entries()) assert.ok(shown[place].startsWith(`${step.node} ${VERBS[verb(step)]}`), shown[place]);
    },
    "#waves .gate": (shown) => {
      assert.equal(shown.length, waves.flatMap((wave) => wave.gates).length);
      const gates = waves.flatMap((wave) => wave.gates);
      for (const [place, gate] of gates.entries()) {
        const node = gate === "staged" ? "every file" : `from and to ${gate.handshakes.node} work, and show ${gate.handshakes.serves.id}`;
        assert.ok(shown[place].includes(node), shown[place]);
      }
    },
    "#waves .rollback": (shown) => {
      const counted = (count, thing) => `${count} ${thing}${count === 1 ? "" : "s"}`;
      const back = waves.map((_, wave) => run("--back-from", String(wave + 1)).plan.cost);
      assert.deepEqual(shown, back.map((one) => `${counted(one.restarts, "restart")}, ${counted(one.reloads, "reload")}, ${counted(one.files, "file")}`));
    },
    "#alternative": (shown) => {
      const key = steps.find((step) => step.action.stage_identity);
      assert.ok(shown[0].includes(`${key.node}: copy keystore with ${key.action.stage_identity.id}, then restart`), shown[0]);
      assert.match(shown[0], /node1 cannot connect to node0, once node0 restarts/);
    },
  };
  const rows = [...readFileSync(questions, "utf8").matchAll(/^\| (\d+) \| .*? \| `([^`]+)` \|/gm)];
  assert.deepEqual(rows.map(([, number]) => Number(number)), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  for (const [, number, selector] of rows) {
    assert.ok(answers[selector], `question ${number}: ${selector}`);
    const shown = await text(selector);
    assert.ok(shown.length > 0, selector);
    answers[selector](shown);
    assert.ok(await page.locator(selector).first().isVisible(), selector);
  }
  // These parts are visible without scrolling.
  for (const selector of ["#plan-id", "#goal", "#verdict", "#price", "#rests-on", "#not-checked"]) {
    const box = await page.locator(selector).boundingBox();
    assert.ok(box.y >= 0 && box.y + box.height <= 800, `${selector} ends at ${box.y + box.height}`);
  }
  await close();
  return rows.length;
}

let cells = 0;
for (const name of ["rotate-3", "enable-3", "two-centres", "with-an-application", "quarantine", "begun-by-hand", "hostile"]) {
  const counts = await everyCell(name);
  cells += Object.values(counts).reduce((sum, count) => sum + count, 0);
  console.log(`${name}: ${JSON.stringify(counts)}`);
  if (name === "begun-by-hand") assert.ok(counts.cut > 0 && counts["at-risk"] > 0);
}
for (const name of ["rotate-3", "begun-by-hand", "quarantine", "fifty", "by-rack"]) {
  for (const scheme of ["light", "dark"]) await accessible(name, scheme);
}
await keyboard();
await names();
assert.equal(await pagesOfPrint("rotate-3"), 2);
const asked = await board();
await browser.close();
console.log(`${cells} cells are the checker's; axe finds nothing serious on 5 pages, light and dark; the keyboard is enough; 3 nodes print on 2 pages; ${asked} questions are answered`);
