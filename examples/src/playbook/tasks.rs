//! The tasks of the plays.

use std::path::Path;

use rotation_planner::LoadKind;

use super::sequence::{Kind, Sequence, Stage, Visit};
use super::yaml::Yaml;
use crate::bundle::Manifest;

/// Where things are and how the service is driven, on an Apigee host.
pub(super) const APIGEE: &str = "\
---
# Where things are on the hosts, and how the service is driven: Apigee Edge for Private Cloud. Yours to edit.
rot_keystore: \"/opt/apigee/data/apigee-cassandra/keystore.{{ inventory_hostname }}\"
rot_truststore: \"/opt/apigee/data/apigee-cassandra/truststore.{{ inventory_hostname }}\"
rot_marker: /opt/apigee/data/apigee-cassandra/.rotation
rot_owner: apigee
rot_group: apigee
rot_nodetool: [/opt/apigee/apigee-cassandra/bin/nodetool]
rot_restart: [/opt/apigee/apigee-service/bin/apigee-service, apigee-cassandra, restart]
# The port that takes TLS from other nodes: 7001 up to Cassandra 3.11, 7000 from 4.0 on.
rot_port: 7001
rot_address: \"{{ ansible_host | default(inventory_hostname) }}\"
# On the controller: says whose certificate is served.
rot_probe: [probe]
rot_become: true
rot_retries: 60
rot_delay: 5
";

/// The same for a Cassandra that systemd runs.
pub(super) const SYSTEMD: &str = "\
---
# For a Cassandra that systemd runs: copy it over site_vars.yml.
rot_keystore: /etc/cassandra/conf/keystore.jks
rot_truststore: /etc/cassandra/conf/truststore.jks
rot_marker: /etc/cassandra/conf/.rotation
rot_owner: cassandra
rot_group: cassandra
rot_nodetool: [nodetool]
rot_restart: [systemctl, restart, cassandra]
rot_port: 7000
rot_address: \"{{ ansible_host | default(inventory_hostname) }}\"
rot_probe: [probe]
rot_become: true
rot_retries: 60
rot_delay: 5
";

/// What the plan itself says: every stage of every node, by the SHA-256 of its stores.
pub(super) fn plan_variables(sequence: &Sequence, folder: &Path, plan: &str) -> Variables {
    let stage = |stage: &Stage| Yaml::text(format!("{} {}", stage.keystore, stage.truststore));
    let stages =
        sequence.stages.iter().map(|(node, stages)| (node.as_str(), Yaml::List(stages.iter().map(stage).collect())));
    Variables(Yaml::map([
        ("rot_plan", Yaml::text(plan)),
        ("rot_bundles", Yaml::text(folder.display().to_string())),
        ("rot_stages", Yaml::map(stages)),
    ]))
}

/// A file of variables.
pub(super) struct Variables(Yaml);

impl std::fmt::Display for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "---\n# Generated from a plan. The stages of each node: SHA-256 of its keystore and of its truststore.\n{}",
            self.0
        )
    }
}

/// Looks at everything, and changes nothing.
pub(super) fn preflight(sequence: &Sequence) -> Yaml {
    let nodes: Vec<&str> = sequence.stages.keys().map(String::as_str).collect();
    play(
        "Preflight, changes nothing",
        &nodes.join(":"),
        &["preflight"],
        None,
        where_it_stands().into_iter().chain([others_are_up()]).collect(),
    )
}

/// What happens on one node in one wave.
pub(super) fn visit(visit: &Visit, manifest: &Manifest) -> Yaml {
    let Visit { wave, node, files, stage, load } = visit;
    let mut tasks = where_it_stands();
    if load.is_some() {
        tasks.push(others_are_up());
    }
    tasks.extend(files.iter().flat_map(|(kind, file)| put(*kind, node, file, *stage)));
    if let Some(kind) = load {
        tasks.push(not_overtaken(*stage));
        tasks.extend(loaded(*kind, *stage));
        let serves = manifest.nodes.get(node).map(|bundle| bundle.identity.clone()).unwrap_or_default();
        tasks.extend(gates(*stage, &serves, served_new(visit)));
        tasks.push(mark(*stage));
    }
    play(&format!("Wave {wave}, {}", what(visit)), node, &[&format!("wave{wave}")], Some("1"), tasks)
}

/// Runs with `--tags prune` alone, when nobody wants to go back any more.
pub(super) fn prune(sequence: &Sequence) -> Yaml {
    let nodes: Vec<&str> = sequence.stages.keys().map(String::as_str).collect();
    let remove = |kind: &str| {
        let path = format!("{{{{ rot_{kind} }}}}.before-{{{{ rot_plan }}}}");
        let arguments = Yaml::map([("path", Yaml::text(path)), ("state", Yaml::text("absent"))]);
        task(&format!("Remove the old {kind}"), "ansible.builtin.file", arguments, vec![])
    };
    let tasks = vec![remove("keystore"), remove("truststore")];
    play("Prune, removes the stores from before the plan", &nodes.join(":"), &["never", "prune"], None, tasks)
}

fn what(visit: &Visit) -> String {
    let files = visit.files.iter().map(|(kind, _)| match kind {
        Kind::Keystore => "keystore",
        Kind::Truststore => "truststore",
    });
    let load = visit.load.map(|kind| if kind == LoadKind::Restart { "restart" } else { "reload" });
    format!("{} {}", visit.node, files.chain(load).collect::<Vec<_>>().join(" and "))
}

/// Whether the node serves its new certificate once this visit is over.
fn served_new(visit: &Visit) -> Serves {
    if visit.files.iter().any(|(kind, _)| *kind == Kind::Keystore) { Serves::New } else { Serves::AsOnDisk }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Serves {
    New,
    AsOnDisk,
}

fn play(name: &str, hosts: &str, tags: &[&str], serial: Option<&str>, tasks: Vec<Yaml>) -> Yaml {
    let mut play = vec![
        ("name", Yaml::text(name)),
        ("hosts", Yaml::text(hosts)),
        ("gather_facts", Yaml::False),
        ("become", Yaml::text("{{ rot_become | bool }}")),
        ("any_errors_fatal", Yaml::True),
        ("tags", Yaml::texts(tags.iter().copied())),
        ("vars_files", Yaml::texts(["site_vars.yml", "plan_vars.yml"])),
    ];
    if serial.is_some() {
        play.push(("serial", Yaml::Number(1)));
        play.push(("max_fail_percentage", Yaml::Number(0)));
    }
    play.push(("tasks", Yaml::List(tasks)));
    Yaml::map(play)
}

fn task(name: &str, module: &str, arguments: Yaml, rest: Vec<(&str, Yaml)>) -> Yaml {
    let head = [("name", Yaml::text(name)), (module, arguments)];
    Yaml::map(head.into_iter().chain(rest))
}

const STAGE: &str = "{{ rot_stages[inventory_hostname].index(rot_here_keystore.stat.checksum ~ ' ' ~ rot_here_truststore.stat.checksum) }}";

/// A marker of another plan says nothing.
const LOADED: &str = "{{ (rot_words[1] | default('0')) if rot_words[0] | default('') == rot_plan else '0' }}";

fn where_it_stands() -> Vec<Yaml> {
    let look = |kind: &str| {
        let path = format!("{{{{ rot_{kind} }}}}");
        let arguments = Yaml::map([("path", Yaml::text(path)), ("checksum_algorithm", Yaml::text("sha256"))]);
        task(
            &format!("Look at the {kind}"),
            "ansible.builtin.stat",
            arguments,
            vec![("register", Yaml::text(format!("rot_here_{kind}")))],
        )
    };
    let known = [
        "rot_here_keystore.stat.exists and rot_here_truststore.stat.exists",
        "(rot_here_keystore.stat.checksum ~ ' ' ~ rot_here_truststore.stat.checksum) in rot_stages[inventory_hostname]",
    ];
    vec![
        look("keystore"),
        look("truststore"),
        task(
            "Refuse stores that are neither old ones nor the ones of this plan",
            "ansible.builtin.assert",
            Yaml::map([
                ("that", Yaml::texts(known)),
                (
                    "fail_msg",
                    Yaml::text("The stores are none that this plan knows: observe the cluster and plan again"),
                ),
                ("quiet", Yaml::True),
            ]),
            vec![],
        ),
        task(
            "Read what was loaded last",
            "ansible.builtin.slurp",
            Yaml::map([("src", Yaml::text("{{ rot_marker }}"))]),
            vec![("register", Yaml::text("rot_marked")), ("failed_when", Yaml::False)],
        ),
        task(
            "Say where the node stands",
            "ansible.builtin.set_fact",
            Yaml::map([("rot_stage", Yaml::text(STAGE)), ("rot_loaded", Yaml::text(LOADED))]),
            vec![(
                "vars",
                Yaml::map([("rot_words", Yaml::text("{{ rot_marked.content | default('') | b64decode | split }}"))]),
            )],
        ),
    ]
}

fn others_are_up() -> Yaml {
    let up = [
        "rot_ring.rc == 0",
        "rot_ring.stdout_lines | select('match', '^UN ') | list | length > 0",
        "rot_ring.stdout_lines | select('match', '^(D.|U[LJM]) ') | reject('search', ' ' ~ rot_address ~ ' ') | list | length == 0",
    ];
    task(
        "Gate, every other node is up as seen from here",
        "ansible.builtin.command",
        Yaml::map([("argv", Yaml::text("{{ rot_nodetool + ['status'] }}"))]),
        vec![
            ("register", Yaml::text("rot_ring")),
            ("until", Yaml::texts(up)),
            ("retries", Yaml::text("{{ rot_retries | int }}")),
            ("delay", Yaml::text("{{ rot_delay | int }}")),
            ("changed_when", Yaml::False),
            ("check_mode", Yaml::False),
        ],
    )
}

/// The old store is kept under the plan's name, once; the new one replaces it in one step.
fn put(kind: Kind, node: &str, file: &str, stage: usize) -> Vec<Yaml> {
    let name = match kind {
        Kind::Keystore => "keystore",
        Kind::Truststore => "truststore",
    };
    let place = format!("{{{{ rot_{name} }}}}");
    let owned = || {
        [
            ("owner", Yaml::text("{{ rot_owner }}")),
            ("group", Yaml::text("{{ rot_group }}")),
            ("mode", Yaml::text("0400")),
        ]
    };
    let needed = || ("when", Yaml::text(format!("rot_stage | int < {stage}")));
    let keep = [("src", Yaml::text(place.clone())), ("dest", Yaml::text(format!("{place}.before-{{{{ rot_plan }}}}")))];
    let keep = keep.into_iter().chain([("remote_src", Yaml::True), ("force", Yaml::False)]).chain(owned());
    let copy = [("src", Yaml::text(format!("{{{{ rot_bundles }}}}/{node}/{file}"))), ("dest", Yaml::text(place))];
    vec![
        task(
            &format!("Keep the old {name}"),
            "ansible.builtin.copy",
            Yaml::map(keep),
            vec![("diff", Yaml::False), needed()],
        ),
        task(
            &format!("Put the {name}"),
            "ansible.builtin.copy",
            Yaml::map(copy.into_iter().chain(owned())),
            vec![("diff", Yaml::False), needed()],
        ),
    ]
}

/// What lies on the disk is what this load is for: files of a later wave were put there only after it.
fn not_overtaken(stage: usize) -> Yaml {
    let so = format!("rot_loaded | int >= {stage} or rot_stage | int <= {stage}");
    let arguments = [
        ("that", Yaml::texts([so])),
        ("fail_msg", Yaml::text("The marker is older than the stores: observe the cluster and plan again")),
        ("quiet", Yaml::True),
    ];
    task("Refuse a marker that lags behind the stores", "ansible.builtin.assert", Yaml::map(arguments), vec![])
}

/// Not a handler, nor what a changed file notifies: a run that stopped before it would never do it again.
fn loaded(kind: LoadKind, stage: usize) -> Vec<Yaml> {
    let due = || ("when", Yaml::text(format!("rot_loaded | int < {stage}")));
    let command = |name: &str, argv: &str| {
        let arguments = Yaml::map([("argv", Yaml::text(argv))]);
        task(name, "ansible.builtin.command", arguments, vec![("changed_when", Yaml::True), due()])
    };
    match kind {
        LoadKind::Reload => vec![command("Reload the stores", "{{ rot_nodetool + ['reloadssl'] }}")],
        LoadKind::Restart => {
            let drain = task(
                "Drain the node",
                "ansible.builtin.command",
                Yaml::map([("argv", Yaml::text("{{ rot_nodetool + ['drain'] }}"))]),
                vec![("changed_when", Yaml::True), ("failed_when", Yaml::False), due()],
            );
            vec![drain, command("Restart the node", "{{ rot_restart }}")]
        }
    }
}

/// What must hold before anything else is touched, asked of others, too.
fn gates(stage: usize, identity: &str, expected: Serves) -> Vec<Yaml> {
    let due = || ("when", Yaml::text(format!("rot_loaded | int < {stage} and not ansible_check_mode")));
    let retried =
        || [("retries", Yaml::text("{{ rot_retries | int }}")), ("delay", Yaml::text("{{ rot_delay | int }}"))];
    let port = Yaml::map([
        ("host", Yaml::text("{{ rot_address }}")),
        ("port", Yaml::text("{{ rot_port | int }}")),
        ("timeout", Yaml::text("{{ rot_retries | int * rot_delay | int }}")),
    ]);
    let seen_up = [
        "rot_seen.rc == 0",
        "rot_seen.stdout_lines | select('match', '^UN ') | select('search', ' ' ~ rot_address ~ ' ') | list | length == 1",
    ];
    let mut gates = vec![
        task("Gate, the port answers", "ansible.builtin.wait_for", port, vec![due()]),
        task(
            "Gate, another node sees this one up",
            "ansible.builtin.command",
            Yaml::map([("argv", Yaml::text("{{ rot_nodetool + ['status'] }}"))]),
            [
                (
                    "delegate_to",
                    Yaml::text("{{ rot_stages.keys() | difference([inventory_hostname]) | sort | first }}"),
                ),
                ("register", Yaml::text("rot_seen")),
                ("until", Yaml::texts(seen_up)),
            ]
            .into_iter()
            .chain(retried())
            .chain([("changed_when", Yaml::False), due()])
            .collect(),
        ),
    ];
    if expected == Serves::New {
        let served = format!("'{identity}' in rot_served.stdout | replace(':', '') | lower");
        gates.push(task(
            "Gate, the new certificate is served",
            "ansible.builtin.command",
            Yaml::map([("argv", Yaml::text("{{ rot_probe + ['--json', rot_address ~ ':' ~ rot_port] }}"))]),
            [
                ("delegate_to", Yaml::text("localhost")),
                ("become", Yaml::False),
                ("register", Yaml::text("rot_served")),
                ("until", Yaml::text(served)),
            ]
            .into_iter()
            .chain(retried())
            .chain([("changed_when", Yaml::False), due()])
            .collect(),
        ));
    }
    gates
}

/// Written last: a run that stopped before it loads again.
fn mark(stage: usize) -> Yaml {
    let arguments = [
        ("content", Yaml::text(format!("{{{{ rot_plan }}}} {stage}\n"))),
        ("dest", Yaml::text("{{ rot_marker }}")),
        ("owner", Yaml::text("{{ rot_owner }}")),
        ("group", Yaml::text("{{ rot_group }}")),
        ("mode", Yaml::text("0444")),
    ];
    let due = Yaml::text(format!("rot_loaded | int < {stage}"));
    task("Mark what the node has loaded", "ansible.builtin.copy", Yaml::map(arguments), vec![("when", due)])
}
