"use strict";
// Shows what the data says of each moment. It judges nothing.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { units, identities, trusts, states, cells, texts, rules, moments, waves } = data;
  const singly = data.by === "node";
  const last = moments.length - 1;
  const VERDICTS = {
    ".": ["itself", "·", "itself"],
    "-": ["not-required", "–", "not required"],
    "d": ["down", "○", "down"],
    "=": ["works", "✓", "works"],
    "!": ["at-risk", "!", "at risk"],
    "x": ["cut", "✕", "cut"],
  };
  const MARKS = [[/^copy truststore/, "▫", "truststore"], [/^copy keystore/, "◆", "keystore"], [/^(restart|start|stop)/, "●", "restart, start or stop"], [/^reload/, "○", "reload"], [/./, "▪", "setting"]];
  const at = (id) => document.getElementById(id);
  let now = 0;
  let focused = [0, 0];

  // Markup.
  function make(tag, properties, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties ?? {})) {
      if (value === undefined || value === false) continue;
      if (name === "class") element.className = value;
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }
  const fill = (element, ...children) => element.replaceChildren(...children.filter((child) => child !== null));
  const plural = (count, thing) => `${count} ${thing}${count === 1 ? "" : "s"}`;

  // What the data says of a moment.
  const statesAt = [];
  for (const moment of moments) {
    const before = statesAt.at(-1) ?? [];
    const after = before.slice();
    for (const [unit, state] of moment.states) after[unit] = states[state];
    statesAt.push(after);
  }
  const signs = cells.map((one) => {
    let all = "";
    for (const [, sign, length] of one.signs.matchAll(/(\D)(\d+)/g)) all += sign.repeat(Number(length));
    return all;
  });
  const crash = () => (at("crash").value === "" ? null : Number(at("crash").value));
  const shownCells = () => {
    const { cells: settled, crash: crashes } = moments[now];
    return crash() === null ? settled : crashes?.[crash()] ?? settled;
  };
  const verdict = (client, server) => VERDICTS[signs[shownCells()][client * units.length + server]];
  const isDown = (state) => singly && state.runs === null;

  // A node.
  function chip(identity, extra = "") {
    if (identity === null || identity === undefined) return make("span", {}, "nothing");
    const { label, sha256, through, new: isNew } = identities[identity];
    const title = [sha256 && `SHA-256 ${sha256}`, through && `trusted through ${through.join(" or ")}`].filter(Boolean).join("; ");
    return make("span", { class: `chip ${isNew ? "new" : ""} ${extra}`.trim(), title: title || undefined }, label);
  }
  const fresh = new Set(data.fresh);
  const anchor = (label, extra = "") => make("span", { class: `chip ${fresh.has(label) ? "new" : ""} ${extra}`.trim() }, label);
  const joined = (elements, word) => elements.flatMap((element, place) => (place === 0 ? [element] : [` ${word} `, element]));

  function serves(state, crashed) {
    const { runs, disk } = state;
    if (runs === null) return ["nothing: it is stopped"];
    if (crashed) return [chip(disk.serves)];
    const loaded = runs.serves.length === 0 ? ["not known"] : joined(runs.serves.map((one) => chip(one)), "or");
    const same = runs.serves.length === 1 && runs.serves[0] === disk.serves;
    return same ? loaded : [...loaded, make("span", { class: "later" }, "after a restart ", chip(disk.serves, "disk"))];
  }
  function trust(state, crashed) {
    const disk = trusts[state.disk.trusts];
    const loaded = crashed || state.runs === null ? disk : trusts[state.runs.trusts[0]];
    if (loaded === undefined) return ["not known; on disk: ", list(disk, (label) => anchor(label, "disk"))];
    const all = [...new Set([...loaded, ...disk])];
    const doubt = state.runs?.trusts.length > 1 && !crashed ? ["one of several; first: "] : [];
    const extra = (label) => (!loaded.includes(label) ? "disk" : disk.includes(label) ? "" : "gone");
    const notes = [
      all.some((label) => extra(label) === "disk") ? "dashed: on disk, not loaded" : null,
      all.some((label) => extra(label) === "gone") ? "struck: loaded, no longer on disk" : null,
    ].filter(Boolean);
    const note = notes.length === 0 ? null : make("span", { class: "later" }, notes.join("; "));
    return [...doubt, list(all, (label) => anchor(label, extra(label))), note];
  }
  function list(labels, show) {
    if (labels.length === 0) return make("span", {}, "nothing");
    if (labels.length <= 8) return make("span", {}, ...labels.map(show));
    return make("details", {}, make("summary", {}, `${labels.length} certificates`), make("p", {}, ...labels.map(show)));
  }
  function takes(state, crashed) {
    if (state.runs === null || state.sure?.dials.length === 0) return ["nothing"];
    const [runs, disk] = [texts[state.runs.mode], texts[state.disk.mode]];
    if (crashed || runs === disk) return [disk];
    return [runs, make("span", { class: "later" }, `after a restart: ${disk}`)];
  }
  function rackLines(state) {
    const counted = (counts, name) => Object.entries(counts).map(([what, count]) => `${count} × ${name(what)}`).join("; ");
    const later = state.new_after_crash > 0 ? `; ${state.new_after_crash} more after a restart` : "";
    return [
      ["runs", "runs", [`${state.running} of ${state.nodes}`]],
      ["serves", "serves", [`the new certificate: ${state.new}${later}`]],
      ["trusts", "on disk", [counted(state.trusts, (what) => plural(trusts[what].length, "certificate"))]],
      ["takes", "takes in", [counted(state.modes, (what) => texts[what]) || "nothing"]],
    ];
  }
  function card(number) {
    const unit = units[number];
    const state = statesAt[now][number];
    const crashed = crash() === number && !isDown(state);
    const touched = moments[now].step?.unit === number;
    const lines = singly
      ? [["serves", "serves", serves(state, crashed)], ["trusts", "trusts", trust(state, crashed)], ["takes", "takes in", takes(state, crashed)]]
      : rackLines(state);
    const said = [...(unit.about ?? []), isDown(state) ? "stopped" : null, crashed ? "crashed, started again" : null].filter(Boolean).join(" · ");
    const rows = lines.flatMap(([what, name, content]) => [make("dt", {}, name), make("dd", { "data-what": what }, ...content)]);
    return make(
      "article",
      { class: `node ${touched ? "touched" : ""} ${isDown(state) ? "down" : ""}`.trim(), "data-unit": unit.name },
      make("h5", {}, unit.name, make("small", {}, said, touched ? make("span", { class: "now-here" }, said ? " · this step" : "this step") : null)),
      make("dl", {}, ...rows),
    );
  }
  function showNodes() {
    const centres = group([...units.keys()], (number) => units[number].dc);
    fill(at("nodes"), ...[...centres].map(([dc, inside]) => {
      const racks = group(inside, (number) => units[number].rack);
      const boxes = [...racks].map(([rack, members]) => make("div", { class: "rack" }, make("h4", {}, `rack ${rack}`), ...members.map(card)));
      return make("section", { class: "dc", "aria-label": `data centre ${dc}` }, make("h3", {}, `Data centre ${dc}`), make("div", { class: "racks" }, ...boxes));
    }));
  }
  function group(numbers, key) {
    const groups = new Map();
    for (const number of numbers) groups.set(key(number), [...(groups.get(key(number)) ?? []), number]);
    return groups;
  }

  // Who can connect to whom.
  const grid = [];
  function buildPairs() {
    const head = make("tr", {}, make("th", { scope: "col", class: "corner" }, "from ↓ to →"), ...units.map((unit) => make("th", { scope: "col" }, unit.name)));
    const rows = units.map((client, row) => {
      grid.push(units.map((server, column) => make("td", { role: "gridcell", tabindex: "-1", "data-client": client.name, "data-server": server.name, "data-cell": `${row},${column}` })));
      return make("tr", {}, make("th", { scope: "row" }, client.name), ...grid[row]);
    });
    at("pairs").append(make("thead", {}, head), make("tbody", {}, ...rows));
    at("pairs").closest(".stage").classList.toggle("many", units.length > 8);
    const marks = MARKS.map(([, sign, words]) => make("li", {}, `${sign} ${words}`));
    fill(at("marks"), ...marks);
    fill(at("legend"), ...Object.values(VERDICTS).filter(([name]) => name !== "itself").map(([, sign, words]) => make("li", {}, `${sign} ${words}`)));
    focused = [0, Math.min(1, units.length - 1)];
    grid[focused[0]][focused[1]].tabIndex = 0;
  }
  function showPairs() {
    for (const [row, line] of grid.entries()) {
      for (const [column, cell] of line.entries()) {
        const [name, sign, words] = verdict(row, column);
        if (cell.dataset.verdict !== name) {
          cell.dataset.verdict = name;
          cell.className = name;
          fill(cell, sign, make("span", {}, name === "itself" ? "" : ` ${words}`));
          cell.setAttribute("aria-label", `${units[row].name} to ${units[column].name}: ${words}`);
        }
        cell.classList.toggle("chosen", row === focused[0] && column === focused[1]);
      }
    }
  }
  function showWhy() {
    const [row, column] = focused;
    const [client, server] = [units[row], units[column]];
    const [name, sign, words] = verdict(row, column);
    const number = row * units.length + column;
    const why = cells[shownCells()].why?.[number];
    const title = make("h3", {}, `${client.name} → ${server.name} `, make("span", { class: name }, `${sign} ${words}`));
    let lines;
    if (why) lines = reasons(why);
    else if (name === "works" && singly) lines = works(row, column);
    else if (name === "works") lines = [make("p", {}, "Every pair of their nodes that must talk can.")];
    else if (name === "down") lines = [make("p", {}, "One of them is stopped.")];
    else if (name === "itself") lines = [make("p", {}, "A node does not connect to itself. Choose another cell to see why a pair can talk.")];
    else lines = [make("p", {}, "This pair does not have to talk over TLS.")];
    fill(at("why"), title, ...lines);
  }
  function reasons(why) {
    return why.flatMap((witness) => {
      const [client, server, shown, when, rule] = witness.map((number) => texts[number]);
      return [make("p", {}, `${client} cannot connect to ${server}, ${when}: ${shown} is not certainly accepted.`), make("p", { class: "rule" }, `Rule: ${rule}.`)];
    });
  }
  function certificates(numbers) {
    return joined(numbers.map((number) => {
      const sha = identities[number].sha256;
      return make("span", {}, chip(number), sha ? ` (SHA-256 ${sha.slice(0, 8)}…${sha.slice(-8)})` : "");
    }), "or");
  }
  function works(row, column) {
    const [client, server] = [statesAt[now][row].sure, statesAt[now][column].sure];
    const [from, to] = [units[row].name, units[column].name];
    const rule = (text) => make("p", { class: "rule" }, `Rule: ${text}.`);
    const lines = client.dials.length === 0 ? [make("p", {}, `${from} is an application: it connects over TLS to the listener for clients.`)] : [make("p", {}, `${from} connects over ${client.dials.map((one) => texts[one]).join(" or ")}; ${to} accepts ${server.accepts.map((one) => texts[one]).join(" and ")}.`)];
    if (client.trusts_servers === null) return [...lines, rule(rules[0])];
    lines.push(make("p", {}, `${to} may serve `, ...certificates(server.serves), `; ${from} certainly trusts that (${plural(trusts[client.trusts_servers].length, "certificate")} in all).`), rule(rules[1]));
    if (server.trusts_clients === null) lines.push(make("p", {}, `${to} does not require certificates from its clients.`));
    else lines.push(make("p", {}, `${from} may offer `, ...certificates(client.offers), `; ${to} certainly trusts that.`), rule(rules[2]));
    return lines;
  }

  // The step.
  function showMoment() {
    const { step } = moments[now];
    fill(at("moment"), `Step ${now} of ${last}. `, ...(step ? [`Wave ${step.wave}, `, make("b", {}, step.node), `: ${step.words}.`] : ["Before the first step: the cluster as it is."]), step?.why ? make("span", { class: "why" }, `Now that: ${step.why}.`) : null);
    at("step").value = String(now);
    at("step").setAttribute("aria-valuetext", at("moment").textContent);
    at("back").disabled = now === 0;
    at("on").disabled = now === last;
    for (const mark of document.querySelectorAll("#timeline .mark")) {
      mark.classList.toggle("taken", Number(mark.dataset.step) <= now);
      mark.classList.toggle("current", Number(mark.dataset.step) === now);
    }
  }
  function showCrash() {
    const number = crash();
    if (number === null) return fill(at("crashed"));
    const { name } = units[number];
    const state = statesAt[now][number];
    if (isDown(state)) return fill(at("crashed"), `${name} is stopped here: it cannot crash.`);
    const counted = (one) => cells[one].cut ?? 0;
    const [before, after] = [counted(moments[now].cells), counted(shownCells())];
    const with_ = singly ? [" It starts with what is on its disk and serves ", chip(state.disk.serves), "."] : [" Its nodes start with what is on their disks."];
    const result = after === 0 ? " Every pair can still talk." : ` ${plural(after, "connection")} cut or at risk, ${before} without the crash.`;
    fill(at("crashed"), `If ${name} crashes here:`, ...with_, result);
  }
  function showEnd() {
    const number = waves.findIndex((wave) => wave.end >= now && now > 0);
    if (number < 0) return fill(at("end"), make("h3", {}, "Nothing has been done yet: there is nothing to roll back."));
    const wave = waves[number];
    if (wave.end > now) {
      const left = plural(wave.end - now, "step");
      return fill(at("end"), make("h3", {}, `In the middle of wave ${number + 1}`), make("p", {}, `${left} to its end. To go back from here, observe the cluster and plan again.`));
    }
    const gates = make("ul", {}, ...wave.gates.map((gate) => make("li", {}, gate)));
    fill(at("end"), make("h3", {}, now === last ? `After wave ${number + 1}, the last` : `Before wave ${number + 2}`), gates, make("p", { "data-what": "rollback" }, `Rollback from here: ${wave.rollback}.`));
  }
  function show() {
    showMoment();
    showNodes();
    showPairs();
    showWhy();
    showCrash();
    showEnd();
  }
  function go(step) {
    now = Math.max(0, Math.min(last, step));
    show();
  }

  function buildTimeline() {
    const dense = last > 60;
    at("timeline").classList.toggle("dense", dense);
    let first = 1;
    for (const [number, wave] of waves.entries()) {
      const marks = [];
      for (let step = first; step <= wave.end; step += 1) {
        const { node, words } = moments[step].step;
        const [, sign] = MARKS.find(([pattern]) => pattern.test(words));
        marks.push(make("span", { class: "mark", "data-step": step, title: `${node}: ${words}` }, sign));
      }
      const named = !dense || (number + 1) % 10 === 0;
      const box = make("div", { class: "wave" }, make("span", {}, named ? String(number + 1) : "\u00a0"), make("div", { class: "marks" }, ...marks));
      box.style.flexGrow = String(marks.length);
      at("timeline").append(box);
      first = wave.end + 1;
    }
  }
  function buildCrash() {
    const options = units.map((unit, number) => make("option", { value: String(number) }, unit.name));
    fill(at("crash"), make("option", { value: "" }, "none"), ...options);
  }

  // Input.
  function choose(cell) {
    grid[focused[0]][focused[1]].tabIndex = -1;
    focused = cell.dataset.cell.split(",").map(Number);
    cell.tabIndex = 0;
    for (const other of document.querySelectorAll("#pairs .chosen")) other.classList.remove("chosen");
    cell.classList.add("chosen");
    showWhy();
  }
  function listen() {
    at("step").addEventListener("input", () => go(Number(at("step").value)));
    at("back").addEventListener("click", () => go(now - 1));
    at("on").addEventListener("click", () => go(now + 1));
    at("crash").addEventListener("change", show);
    at("timeline").addEventListener("click", (event) => {
      const mark = event.target.closest(".mark");
      if (mark) go(Number(mark.dataset.step));
    });
    const cellOf = (event) => event.target.closest("td[data-cell]");
    at("pairs").addEventListener("pointerover", (event) => cellOf(event) && choose(cellOf(event)));
    at("pairs").addEventListener("click", (event) => cellOf(event)?.focus());
    at("pairs").addEventListener("focusin", (event) => cellOf(event) && choose(cellOf(event)));
    at("pairs").addEventListener("keydown", (event) => {
      const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (!move) return;
      event.preventDefault();
      event.stopPropagation();
      grid[focused[0] + move[0]]?.[focused[1] + move[1]]?.focus();
    });
    document.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.target.closest("input, select, #pairs")) return;
      const steps = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (steps === undefined) return;
      event.preventDefault();
      go(now + steps);
    });
  }

  if (last < 1) return;
  at("explorer").hidden = false;
  at("step").max = String(last);
  buildTimeline();
  buildCrash();
  buildPairs();
  listen();
  // A link may name a step: `plan.html#step-4`.
  go(Number(/^#step-(\d+)$/.exec(location.hash)?.[1] ?? 0));
})();
