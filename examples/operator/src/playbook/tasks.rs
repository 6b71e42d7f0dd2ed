//! The tasks of the plays.

use std::collections::BTreeMap;

use rotation_planner::Activation;

use super::gates::{gates, others_are_up, ring_is_whole};
use super::node::{Kind, Paths, Put, Source, Stage};
use super::sequence::{Sequence, Visit};
use super::site::SITE;
use super::standing::{mark, not_overtaken, where_it_stands};
use super::yaml::Yaml;
use crate::input::{HostPath, Name};

/// The folder of the files that are made for a playbook, beside it.
pub(super) const MADE: &str = "files";

/// Where one of them lies, from the playbook's folder.
pub(super) fn made_name(node: &Name, stage: usize, kind: Kind) -> String {
    format!("{MADE}/{node}/{stage}.{}", kind.name())
}

/// What the plan itself says: every stage of every node by the SHA-256 of its files, and where they lie if that is known.
pub(super) fn plan_variables(sequence: &Sequence, plan: &Name, paths: Option<&BTreeMap<Name, Paths>>) -> String {
    let stages =
        sequence.stages.iter().map(|(node, stages)| (node.as_str(), Yaml::texts(stages.iter().map(Stage::to_string))));
    let loads = sequence.stages.keys().map(|node| {
        let due = sequence.visits.iter().filter(|visit| visit.node == *node && visit.load.is_some());
        (node.as_str(), Yaml::List(due.map(|visit| Yaml::Number(visit.stage)).collect()))
    });
    let trusts = sequence.trusts().into_iter().map(|(trusts, name)| (name, Yaml::texts(trusts.iter().copied())));
    let mut variables = vec![
        ("rot_plan", Yaml::text(plan.as_str())),
        ("rot_stages", Yaml::map(stages)),
        ("rot_loads", Yaml::map(loads)),
        ("rot_trusts", Yaml::map(trusts)),
        // Other ways keep the mode of a bundle's file, 0400, which Ansible then cannot write to as the files' owner.
        ("ansible_ssh_transfer_method", Yaml::text("piped")),
    ];
    if let Some(paths) = paths {
        let both = |paths: &Paths| {
            let path = |path: &HostPath| Yaml::data(path.as_str());
            Yaml::map([("keystore", path(&paths.keystore)), ("truststore", path(&paths.truststore))])
        };
        variables.push(("rot_paths", Yaml::map(paths.iter().map(|(node, paths)| (node.as_str(), both(paths))))));
        variables.push(("rot_keystore", Yaml::text("{{ rot_paths[inventory_hostname].keystore }}")));
        variables.push(("rot_truststore", Yaml::text("{{ rot_paths[inventory_hostname].truststore }}")));
    }
    format!(
        "---\n# Generated from a plan. The stages of each node: SHA-256 of settings, keystore and truststore; at which of them\n\
         # it is loaded; and what can be trusted then.\n{}",
        Yaml::map(variables)
    )
}

/// Looks at everything, and changes nothing.
pub(super) fn preflight(sequence: &Sequence) -> Yaml {
    let tasks = where_it_stands(sequence).into_iter().chain([ring_is_whole()]).collect();
    play("Preflight, changes nothing", &sequence.hosts(), &["preflight"], VARIABLES, tasks)
}

/// What happens on one node in one wave.
pub(super) fn visit(visit: &Visit, sequence: &Sequence) -> Yaml {
    let Visit { wave, node, puts, stage, load, .. } = visit;
    let mut tasks = where_it_stands(sequence);
    if load.is_some() {
        tasks.push(others_are_up(*stage));
    }
    tasks.extend(puts.iter().flat_map(|(stage, file)| put(node, *stage, file)));
    if let Some(kind) = load {
        tasks.push(not_overtaken(*stage));
        tasks.extend(would_come_up(visit));
        tasks.push(would_load(*kind, *stage));
        tasks.extend(loaded(*kind, *stage));
        tasks.extend(gates(visit));
        tasks.extend(mark(visit, sequence));
    }
    let play_of_one = [("serial", Yaml::Number(1)), ("max_fail_percentage", Yaml::Number(0))];
    play(&format!("Wave {wave}, {}", what(visit)), node.as_str(), &[&format!("wave{wave}")], VARIABLES, tasks)
        .with(play_of_one)
}

/// Runs with `--tags prune` alone, when nobody wants to go back any more. Files that earlier plans kept go, too.
pub(super) fn prune(sequence: &Sequence) -> Yaml {
    let remove = |kind: Kind| {
        let kind = kind.name();
        let (found, file) = (format!("rot_kept_{kind}"), format!("rot_{kind}"));
        let beside = Yaml::map([
            ("paths", Yaml::text(format!("{{{{ {file} | dirname }}}}"))),
            ("patterns", Yaml::text(format!("{{{{ {file} | basename }}}}.before-*"))),
        ]);
        let each = Yaml::map([("path", Yaml::text("{{ item.path }}")), ("state", Yaml::text("absent"))]);
        let rest = vec![
            ("loop", Yaml::text(format!("{{{{ {found}.files }}}}"))),
            ("loop_control", Yaml::map([("label", Yaml::text("{{ item.path }}"))])),
        ];
        [
            task(&format!("Find old {kind}"), "ansible.builtin.find", beside, vec![("register", Yaml::text(found))]),
            task(&format!("Remove old {kind}"), "ansible.builtin.file", each, rest),
        ]
    };
    let name = "Prune, removes the files from before this plan and others";
    play(name, &sequence.hosts(), &["never", "prune"], VARIABLES, Kind::ALL.into_iter().flat_map(remove).collect())
}

fn what(visit: &Visit) -> String {
    let files = visit.puts.iter().map(|(_, put)| put.kind.name());
    let load = visit.load.map(|kind| if kind == Activation::Restart { "restart" } else { "reload" });
    format!("{} {}", visit.node, files.chain(load).collect::<Vec<_>>().join(" and "))
}

/// These nodes, as a pattern of Ansible's: a name is one host.
pub(super) fn hosts(nodes: &[&Name]) -> String {
    nodes.iter().map(|node| node.as_str()).collect::<Vec<_>>().join(":")
}

const VARIABLES: &[&str] = &[SITE, "plan_vars.yml"];

pub(super) fn play(name: &str, hosts: &str, tags: &[&str], variables: &[&str], tasks: Vec<Yaml>) -> Yaml {
    Yaml::map([
        ("name", Yaml::text(name)),
        ("hosts", Yaml::text(hosts)),
        ("gather_facts", Yaml::False),
        ("become", Yaml::text("{{ rot_become | bool }}")),
        // Never root in folders that are another's: their owner could have it follow a link, or swap them under it.
        ("become_user", Yaml::text("{{ rot_user | default(rot_owner) }}")),
        ("any_errors_fatal", Yaml::True),
        ("tags", Yaml::texts(tags.iter().copied())),
        ("vars_files", Yaml::texts(variables.iter().copied())),
        ("tasks", Yaml::List(tasks)),
    ])
}

pub(super) fn task(name: &str, module: &str, arguments: Yaml, rest: Vec<(&str, Yaml)>) -> Yaml {
    let head = [("name", Yaml::text(name)), (module, arguments)];
    Yaml::map(head.into_iter().chain(rest))
}

/// The old file keeps its place under the plan's name, once, as a hard link: that takes no room, and never half of it. The new
/// one replaces it in one step.
fn put(node: &Name, stage: usize, put: &Put) -> Vec<Yaml> {
    let kind = put.kind.name();
    let place = format!("{{{{ rot_{kind} }}}}");
    let kept = format!("{place}.before-{{{{ rot_plan }}}}");
    let needed = format!("rot_stage | int < {stage}");
    let keep = Yaml::map([("argv", Yaml::texts(["ln", "-P", &place, &kept])), ("creates", Yaml::text(&*kept))]);
    let source = match &put.source {
        Source::Bundle(path) => Yaml::data(path.to_string_lossy()),
        Source::Made(_) => Yaml::text(format!("{{{{ playbook_dir }}}}/{}", made_name(node, stage, put.kind))),
    };
    let [owner, group, mode] = match put.kind {
        // They are another's to read, too, such as a package's.
        Kind::Settings => ["uid", "gid", "mode"].map(|what| format!("{{{{ rot_here_settings.stat.{what} }}}}")),
        Kind::Keystore | Kind::Truststore => ["{{ rot_owner }}", "{{ rot_group }}", "0400"].map(str::to_owned),
    };
    let copy = Yaml::map([
        ("src", source),
        ("dest", Yaml::text(place)),
        ("owner", Yaml::text(owner)),
        ("group", Yaml::text(group)),
        ("mode", Yaml::text(mode)),
    ]);
    vec![
        task(
            &format!("Keep the old {kind}"),
            "ansible.builtin.command",
            keep,
            vec![("when", Yaml::texts([needed.clone(), format!("rot_here_{kind}.stat.exists")]))],
        ),
        task(
            &format!("Put the {kind}"),
            "ansible.builtin.copy",
            copy,
            vec![("diff", Yaml::False), ("when", Yaml::text(needed))],
        ),
    ]
}

/// What a load would find out too late: that the settings name other stores, or passwords that do not open them.
fn would_come_up(visit: &Visit) -> Option<Yaml> {
    let (identity, _) = visit.loaded.identity.as_ref()?;
    let command = format!("{{{{ rot_preflight }}}} --settings {{{{ rot_settings | quote }}}} --identity {identity}");
    let when = [
        "rot_preflight | length > 0".to_owned(),
        format!("rot_loaded | int < {}", visit.stage),
        "not ansible_check_mode".to_owned(),
    ];
    // Warnings are no reason to stop.
    let failed = ("failed_when", Yaml::text("rot_looked.rc not in [0, 1]"));
    let rest = vec![
        ("register", Yaml::text("rot_looked")),
        failed,
        ("changed_when", Yaml::False),
        ("when", Yaml::texts(when)),
    ];
    Some(task("Preflight of the node", "ansible.builtin.script", Yaml::map([("cmd", Yaml::text(command))]), rest))
}

/// A dry run leaves commands out without a word.
fn would_load(kind: Activation, stage: usize) -> Yaml {
    let what = if kind == Activation::Restart { "drained and restarted" } else { "made to reload its stores" };
    let message = Yaml::map([("msg", Yaml::text(format!("{{{{ inventory_hostname }}}} would be {what}")))]);
    let when = Yaml::text(format!("ansible_check_mode and rot_loaded | int < {stage}"));
    let rest = vec![("changed_when", Yaml::True), ("when", when)];
    task("Say what a dry run leaves out", "ansible.builtin.debug", message, rest)
}

/// Not a handler, nor what a changed file notifies: a run that stopped before it would never do it again.
fn loaded(kind: Activation, stage: usize) -> Vec<Yaml> {
    let due = || ("when", Yaml::text(format!("rot_loaded | int < {stage}")));
    let command = |name: &str, argv: &str| {
        let arguments = Yaml::map([("argv", Yaml::text(argv))]);
        task(name, "ansible.builtin.command", arguments, vec![("changed_when", Yaml::True), due()])
    };
    match kind {
        Activation::Reload => vec![command("Reload the stores", "{{ rot_nodetool + ['reloadssl'] }}")],
        Activation::Restart => {
            let drain = command("Drain the node", "{{ rot_nodetool + ['drain'] }}");
            let as_root = [("become", Yaml::text("{{ rot_become | bool }}")), ("become_user", Yaml::text("root"))];
            vec![
                drain.with([("failed_when", Yaml::False)]),
                command("Restart the node", "{{ rot_restart }}").with(as_root),
            ]
        }
    }
}
