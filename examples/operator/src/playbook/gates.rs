//! What must hold before a node is touched, and after it was: asked of other nodes, too.

use rotation_planner::Transport;

use super::sequence::Visit;
use super::tasks::task;
use super::yaml::Yaml;

/// Asked of every node but those that an earlier run left between their files and their load: they may be down, and only
/// going on repairs that.
pub(super) fn ring_is_whole() -> Yaml {
    let up =
        "rot_ring.stdout_lines | select('match', '^(D.|U[LJM]) ') | reject('search', rot_spared) | list | length == 0";
    let stopped =
        "{{ rot_stages.keys() | map('extract', hostvars) | selectattr('rot_interrupted') | map(attribute='rot_at') }}";
    let spared = "{{ ' (' ~ (rot_stopped | map('regex_escape') | join('|') | default('nobody', true)) ~ ') ' }}";
    let vars = Yaml::map([("rot_stopped", Yaml::text(stopped)), ("rot_spared", Yaml::text(spared))]);
    asks_nodetool(
        "Gate, every node is up as seen from here",
        "rot_ring",
        &["rot_ring.rc == 0", "rot_ring.stdout_lines | select('match', '^UN ') | list | length > 0", up],
        vec![("vars", vars), ("check_mode", Yaml::False), ("when", Yaml::text("not rot_interrupted"))],
    )
}

/// Asked of others, since the node itself may be down.
pub(super) fn others_are_up(stage: usize) -> Yaml {
    let up = "rot_ring.stdout_lines | select('match', '^(D.|U[LJM]) ') | reject('search', ' ' ~ rot_address ~ ' ') | list | length == 0";
    let witnesses = [
        ("loop", Yaml::text(OTHERS)),
        ("delegate_to", Yaml::text("{{ item }}")),
        ("check_mode", Yaml::False),
        ("when", Yaml::text(format!("rot_loaded | int < {stage}"))),
    ];
    asks_nodetool(
        "Gate, every other node is up as others see it",
        "rot_ring",
        &["rot_ring.rc == 0", "rot_ring.stdout_lines | select('match', '^UN ') | list | length > 0", up],
        witnesses.into(),
    )
}

/// Who is asked about a node: as many others as `rot_witnesses` says.
const OTHERS: &str = "{{ (rot_stages.keys() | difference([inventory_hostname]) | sort)[: rot_witnesses | int] }}";

fn asks_nodetool(name: &str, register: &str, until: &[&str], rest: Vec<(&str, Yaml)>) -> Yaml {
    let arguments = Yaml::map([("argv", Yaml::text("{{ rot_nodetool + ['status'] }}"))]);
    let asked = [("register", Yaml::text(register)), ("until", Yaml::texts(until.iter().copied()))];
    let rest = asked.into_iter().chain(retried()).chain([("changed_when", Yaml::False)]).chain(rest);
    task(name, "ansible.builtin.command", arguments, rest.collect())
}

fn retried() -> [(&'static str, Yaml); 2] {
    [("retries", Yaml::text("{{ rot_retries | int }}")), ("delay", Yaml::text("{{ rot_delay | int }}"))]
}

/// What must hold before anything else is touched, asked of others, too.
pub(super) fn gates(visit: &Visit) -> Vec<Yaml> {
    let due = || ("when", Yaml::text(format!("rot_loaded | int < {} and not ansible_check_mode", visit.stage)));
    let takes_tls = visit.loaded.mode.accepts(Transport::Tls);
    let seen_up = [
        "rot_seen.rc == 0",
        "rot_seen.stdout_lines | select('match', '^UN ') | select('search', ' ' ~ rot_address ~ ' ') | list | length == 1",
    ];
    let witnesses = [("loop", Yaml::text(OTHERS)), ("delegate_to", Yaml::text("{{ item }}")), due()];
    let mut gates = Vec::new();
    if takes_tls {
        let port = Yaml::map([
            ("host", Yaml::text("{{ rot_address }}")),
            ("port", Yaml::text("{{ rot_port | int }}")),
            ("timeout", Yaml::text("{{ rot_retries | int * rot_delay | int }}")),
        ]);
        gates.push(task("Gate, the port answers", "ansible.builtin.wait_for", port, vec![due()]));
    }
    gates.push(asks_nodetool("Gate, others see this node up", "rot_seen", &seen_up, witnesses.into()));
    if let Some((identity, _)) = visit.loaded.identity.as_ref().filter(|_| takes_tls) {
        let asked_for = format!("{{{{ rot_probe + ['--expect', '{identity}', rot_host ~ ':' ~ rot_port] }}}}");
        let probe = Yaml::map([("argv", Yaml::text(asked_for))]);
        let brackets = Yaml::text("{{ '[' ~ rot_address ~ ']' if ':' in rot_address else rot_address }}");
        let asked = [
            ("delegate_to", Yaml::text("localhost")),
            ("become", Yaml::False),
            ("register", Yaml::text("rot_served")),
            ("until", Yaml::text("rot_served.rc == 0")),
            ("vars", Yaml::map([("rot_host", brackets)])),
        ];
        let rest = asked.into_iter().chain(retried()).chain([("changed_when", Yaml::False), due()]);
        gates.push(task("Gate, its certificate is served", "ansible.builtin.command", probe, rest.collect()));
    }
    gates
}
