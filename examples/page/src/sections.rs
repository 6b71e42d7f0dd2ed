//! The HTML of the page's sections.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rotation_planner::{ErrorKind, Optimality, Plan, Refusal};

use crate::alternative::Alternative;
use crate::data::{Data, State, Wave};
use crate::scene::Verdict;
use crate::story::Story;
use crate::units::Kind;
use crate::{Page, counted, words, xml};

/// The maximum number of nodes or racks for which two optional parts are shown.
///
/// The table of waves then shows the nodes' states, and the refused order has a small table.
const COLUMNS: usize = 8;

const NOT_CHECKED: [&str; 3] = [
    "Changes on the hosts after the cluster was described or observed",
    "The content of certificates: the plan knows their anchors, but not their dates, names or algorithms",
    "Connections of JMX, and of clients that the described cluster does not contain",
];

pub(crate) fn head(page: &Page<'_>, story: &Story) -> String {
    format!(
        "<header>\n<p class=\"eyebrow\">Plan <code id=\"plan-id\">{}</code></p>\n<h1 id=\"cluster\">{}</h1>\n\
         <p id=\"goal\">{}</p>\n</header>\n{}{}<div class=\"grounds\">\n{}{}</div>\n",
        xml(&page.id),
        xml(&page.title),
        xml(&page.goal),
        verdict(page, story),
        price(page.plan),
        rests_on(page),
        not_checked(page),
    )
}

fn verdict(page: &Page<'_>, story: &Story) -> String {
    const NOT_ALWAYS: &str = "Not every pair can talk at every moment.";
    let is_cut = story.data.is_cut();
    let (sign, class) = if page.refusal.is_some() || is_cut { ("!", "breaks") } else { ("✓", "holds") };
    let (claim, detail) = match (page.refusal, page.plan.repairs()) {
        (Some(refusal), _) if is_replicas(refusal) && !is_cut && !has_stopped(&story.data) => (
            "Every pair can talk at every moment, but some data cannot always be read or written.",
            meanwhile(page.plan, refusal),
        ),
        (Some(refusal), _) => (NOT_ALWAYS, meanwhile(page.plan, refusal)),
        (None, _) if !is_cut => ("At every moment every pair can talk.", away(&story.data).to_owned()),
        (None, Some(repairs)) => ("Some pairs cannot talk before the plan; no step cuts another.", repairs.to_string()),
        (None, None) => (NOT_ALWAYS, String::new()),
    };
    let checked = format!(
        "Checked: {} at {}, each also after a crash of any node.",
        counted(story.connections, "connection"),
        counted(story.data.moments.len(), "moment")
    );
    format!(
        "<p id=\"verdict\" class=\"{class}\"><span class=\"sign\" aria-hidden=\"true\">{sign}</span> <strong>{claim}</strong> \
         <span>{checked} {}</span></p>\n",
        xml(&detail)
    )
}

fn away(data: &Data) -> &'static str {
    if has_stopped(data) {
        "A stopped node connects to no other until it starts."
    } else {
        "A node is down only while it restarts."
    }
}

fn has_stopped(data: &Data) -> bool {
    data.has_state(|state| match state {
        State::Node(node) => node.runs.is_none(),
        State::Rack(rack) => rack.running < rack.nodes,
    })
}

fn is_replicas(refusal: &Refusal) -> bool {
    matches!(refusal.error().kind(), ErrorKind::TooFewReplicas { .. })
}

fn meanwhile(plan: &Plan, refusal: &Refusal) -> String {
    let restarts = counted(plan.cost().restarts, "restart");
    refusal.fallback().map_or_else(String::new, |fallback| {
        let impact: Vec<String> = fallback.impact().iter().map(ToString::to_string).collect();
        format!("It takes {restarts}: {}.", impact.join("; "))
    })
}

fn price(plan: &Plan) -> String {
    let cost = plan.cost();
    let mut text = "<dl id=\"price\" aria-label=\"price\">\n".to_owned();
    for (count, name) in
        [(cost.restarts, "restart"), (cost.reloads, "reload"), (cost.files, "file"), (cost.waves, "wave")]
    {
        let plural = if count == 1 { "" } else { "s" };
        let _ = writeln!(text, "<div><dd id=\"{name}s\">{count}</dd><dt>{name}{plural}</dt></div>");
    }
    let optimality = match plan.optimality() {
        Optimality::Minimum if cost.restarts + cost.reloads == 0 => String::new(),
        other => format!("<p id=\"optimality\">{}.</p>\n", sentence(&xml(&other.to_string()))),
    };
    text + "</dl>\n" + &optimality
}

fn rests_on(page: &Page<'_>) -> String {
    let mut text = "<section>\n<h2>What it rests on</h2>\n<ul id=\"rests-on\">\n".to_owned();
    for basis in &page.rests_on {
        let (about, said, known) = (xml(basis.about), xml(&basis.said), basis.known);
        let class = match known {
            crate::Known::Given | crate::Known::Observed => "known",
            crate::Known::Unknown | crate::Known::Assumed => "open",
        };
        let _ = writeln!(text, "<li><b>{about}</b> <span>{said}</span> <em class=\"{class}\">{known}</em></li>");
    }
    text + "</ul>\n</section>\n"
}

fn not_checked(page: &Page<'_>) -> String {
    let availability = "Whether data stays readable and writable while a node restarts: no keyspace is given";
    let without = page.cluster.keyspaces().is_empty().then_some(availability);
    let mut text = "<section>\n<h2>Not checked</h2>\n<ul id=\"not-checked\">\n".to_owned();
    for line in without.iter().chain(&NOT_CHECKED) {
        let _ = writeln!(text, "<li>{line}</li>");
    }
    text + "</ul>\n</section>\n"
}

pub(crate) fn alternative(page: &Page<'_>) -> anyhow::Result<String> {
    let found = Alternative::of(page)?;
    let mut text = "<section id=\"alternative\">\n<h2>Why not in another order</h2>\n".to_owned();
    if let Some(refusal) = page.refusal {
        let claim = if is_replicas(refusal) { "No order keeps all data available." } else { "No order is safe." };
        let _ = writeln!(
            text,
            "<p class=\"refused\"><strong>{claim}</strong> {}.</p>",
            xml(&sentence(&refusal.error().to_string()))
        );
    }
    match found {
        Some(alternative) => text.push_str(&refused(page, &alternative)),
        None if page.refusal.is_none_or(is_replicas) => {
            let why = if page.plan.waves().len() > 1 {
                ": the plan's order saves restarts or reloads."
            } else {
                ", so any order is safe."
            };
            let _ = writeln!(text, "<p>No step of this plan would cut a pair if it came first{why}</p>");
        }
        None => {}
    }
    Ok(text + "</section>\n")
}

fn refused(page: &Page<'_>, alternative: &Alternative<'_>) -> String {
    let Alternative { step, witness, refused, steps, activation, cut, .. } = alternative;
    let then = activation.map_or_else(String::new, |next| format!(", then {}", words(next)));
    let mut text = String::new();
    if page.refusal.is_none_or(is_replicas) {
        let _ = writeln!(
            text,
            "<p>{refused} of the {steps} steps would cut a pair if they came first. The first of them:</p>"
        );
    }
    let _ = writeln!(
        text,
        "<div class=\"beside\">\n<div>\n<p class=\"refused\"><span class=\"sign\" aria-hidden=\"true\">✕</span> \
         <strong>{}: {}{}</strong></p>\n<p class=\"witness\">{}.</p>\n<p>{} would or might be cut.</p>\n</div>\n{}</div>",
        xml(step.node().as_str()),
        xml(&words(step)),
        xml(&then),
        xml(&witness.to_string()),
        sentence(&counted(*cut, "connection")),
        small_table(alternative),
    );
    text
}

fn small_table(alternative: &Alternative<'_>) -> String {
    let units = &alternative.units.list;
    if units.len() > COLUMNS {
        return String::new();
    }
    let mut text =
        "<table class=\"small\">\n<caption>After these steps alone</caption>\n<thead><tr><th scope=\"col\">from \
                    \\ to</th>"
            .to_owned();
    for unit in units {
        let _ = write!(text, "<th scope=\"col\">{}</th>", xml(&unit.name));
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    for (unit, row) in units.iter().zip(alternative.verdicts.chunks(units.len())) {
        let _ = write!(text, "<tr><th scope=\"row\">{}</th>", xml(&unit.name));
        for verdict in row {
            let _ = write!(text, "<td class=\"{}\">{}</td>", class(*verdict), verdict.words());
        }
        text.push_str("</tr>\n");
    }
    text + "</tbody>\n</table>\n"
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Itself => "itself",
        Verdict::NotRequired => "not-required",
        Verdict::Down => "down",
        Verdict::Works => "works",
        Verdict::AtRisk => "at-risk",
        Verdict::Cut => "cut",
    }
}

pub(crate) fn waves(page: &Page<'_>, data: &Data) -> String {
    let columns = data.by == Kind::Node && data.units.len() <= COLUMNS;
    let mut text =
        "<section id=\"plan\">\n<h2>The whole plan</h2>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" \
                    aria-label=\"the whole plan\">\n<table id=\"waves\">\n<thead><tr><th scope=\"col\">Wave</th><th \
                    scope=\"col\">Steps</th>"
            .to_owned();
    if columns {
        text.push_str("<th scope=\"col\">After it</th>");
    }
    text.push_str(
        "<th scope=\"col\">Before going on</th><th scope=\"col\">Rollback from here</th></tr></thead>\n<tbody>\n",
    );
    let centres: BTreeSet<&str> = page.cluster.nodes().map(|(_, node)| node.dc()).collect();
    let has_several = centres.len() > 1;
    for ((number, wave), told) in (1_usize..).zip(page.plan.waves()).zip(&data.waves) {
        let _ = write!(text, "<tr id=\"wave-{number}\"><th scope=\"row\">{number}</th><td><ol>");
        for step in wave.steps() {
            let (node, words) = (xml(step.node().as_str()), xml(&words(step)));
            let dc =
                page.cluster.get(step.node()).filter(|_| has_several).map(|node| format!(", in {}", xml(node.dc())));
            let _ = write!(text, "<li class=\"step\"><b>{node}</b> {words}{}</li>", dc.unwrap_or_default());
        }
        text.push_str("</ol></td>");
        if columns {
            let _ = write!(text, "<td>{}</td>", nodes_after(data, told));
        }
        text.push_str("<td><ul>");
        for gate in &told.gates {
            let _ = write!(text, "<li class=\"gate\">{}</li>", xml(gate));
        }
        let _ = writeln!(text, "</ul></td><td class=\"rollback\">{}</td></tr>", xml(&told.rollback));
    }
    text + "</tbody>\n</table>\n</div>\n</section>\n"
}

fn nodes_after(data: &Data, wave: &Wave) -> String {
    let mut text = "<ul class=\"after\">".to_owned();
    for (number, unit) in data.units.iter().enumerate() {
        let Some(State::Node(node)) = data.state_after(wave.end, number) else { continue };
        let label = |identity: &Option<usize>| {
            let identity = identity.and_then(|identity| data.identities.get(identity));
            identity.map_or("nothing", |identity| identity.label.as_str())
        };
        let (serves, trusts) = match &node.runs {
            None => ("nothing: it is stopped".to_owned(), "nothing".to_owned()),
            Some(runs) => {
                let serves: Vec<&str> = runs.serves.iter().map(label).collect();
                let serves = if serves.is_empty() { "not known".to_owned() } else { serves.join(" or ") };
                (serves, trusts(data, &runs.trusts, node.disk.trusts))
            }
        };
        let _ = write!(text, "<li><b>{}</b> serves {}, trusts {}</li>", xml(&unit.name), xml(&serves), xml(&trusts));
    }
    text + "</ul>"
}

/// The truststores that a process may have loaded, and the one on disk if it differs.
fn trusts(data: &Data, loaded: &[usize], disk: usize) -> String {
    let said = |number: &usize| data.trusts.get(*number).map_or_else(String::new, |trust| data.old_and_new(trust));
    let mut candidates: Vec<String> = loaded.iter().map(said).collect();
    candidates.dedup();
    let candidates = if candidates.is_empty() { "not known".to_owned() } else { candidates.join(" or ") };
    if loaded == [disk] { candidates } else { format!("{candidates} (on disk: {})", said(&disk)) }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The step-by-step section, which the page's script fills.
pub(crate) fn explorer(kind: Kind) -> String {
    let unit = if kind == Kind::Node { "node" } else { "rack" };
    format!(
        "<section id=\"explorer\" hidden>\n<h2>Step by step</h2>\n\
         <div class=\"controls\">\n<button type=\"button\" id=\"back\" aria-label=\"one step back\">←</button>\n\
         <div class=\"slide\">\n<div id=\"timeline\" aria-hidden=\"true\"></div>\n\
         <label class=\"unseen\" for=\"step\">Step</label>\n<input type=\"range\" id=\"step\" min=\"0\" value=\"0\">\n</div>\n\
         <button type=\"button\" id=\"on\" aria-label=\"one step on\">→</button>\n</div>\n\
         <ul id=\"marks\" class=\"legend\"></ul>\n\
         <div class=\"now\">\n<p id=\"moment\" aria-live=\"polite\"></p>\n\
         <p class=\"crash\"><label for=\"crash\">If this {unit} crashes here:</label> <select id=\"crash\"></select></p>\n</div>\n\
         <p id=\"crashed\" aria-live=\"polite\"></p>\n\
         <div class=\"stage\">\n<div id=\"nodes\"></div>\n\
         <div class=\"side\">\n<div class=\"wide\"><table id=\"pairs\" role=\"grid\" aria-labelledby=\"pairs-title\">\
         <caption id=\"pairs-title\">Who can connect to whom</caption></table>\n\
         <ul id=\"legend\" class=\"legend\"></ul></div>\n\
         <div id=\"why\" aria-live=\"polite\"></div>\n</div>\n</div>\n\
         <div id=\"end\"></div>\n</section>\n"
    )
}
