//! The playbook that looks at every host and brings what it saw to the controller.

use super::node::Kind;
use super::site::SITE;
use super::standing::{look_at_files, read_marker};
use super::tasks::{hosts, play, task};
use super::yaml::Yaml;
use crate::input::Name;
use crate::state::FACTS;

/// Where it puts it.
const TREE: &str = "{{ playbook_dir }}/collected/{{ inventory_hostname }}";

/// The playbook.
pub(super) fn playbook(nodes: &[&Name]) -> String {
    let mut tasks = vec![empty_folder("absent"), empty_folder("directory")];
    tasks.extend(look_at_files(Kind::ALL.into_iter()));
    tasks.extend(Kind::ALL.map(fetch));
    tasks.push(read_marker());
    tasks.push(read_process());
    tasks.push(write_facts());
    let head = "---\n# Generated; changes nothing on the hosts. What it brings holds keys and passwords, for their owner alone.\n";
    let play = play("Observe, changes nothing on the hosts", &hosts(nodes), &["observe"], &[SITE], tasks);
    format!("{head}{}", Yaml::List(vec![play]))
}

fn on_controller() -> [(&'static str, Yaml); 2] {
    [("delegate_to", Yaml::text("localhost")), ("become", Yaml::False)]
}

fn empty_folder(state: &str) -> Yaml {
    let mut arguments = vec![("path", Yaml::text(TREE)), ("state", Yaml::text(state))];
    if state == "directory" {
        arguments.push(("mode", Yaml::text("0700")));
    }
    let name = if state == "directory" { "Make its folder" } else { "Forget what was collected before" };
    let rest = on_controller().into_iter().chain([("changed_when", Yaml::False)]);
    task(name, "ansible.builtin.file", Yaml::map(arguments), rest.collect())
}

fn fetch(kind: Kind) -> Yaml {
    let kind = kind.name();
    let arguments = [
        ("src", Yaml::text(format!("{{{{ rot_{kind} }}}}"))),
        ("dest", Yaml::text(format!("{TREE}{{{{ rot_{kind} }}}}"))),
        ("flat", Yaml::True),
    ];
    let rest = [
        ("when", Yaml::text(format!("rot_here_{kind}.stat.exists"))),
        ("diff", Yaml::False),
        ("changed_when", Yaml::False),
    ];
    task(&format!("Fetch the {kind}"), "ansible.builtin.fetch", Yaml::map(arguments), rest.into())
}

/// Which process runs; nothing is printed where none does.
pub(super) fn read_process() -> Yaml {
    task(
        "Ask which process runs",
        "ansible.builtin.command",
        Yaml::map([("argv", Yaml::text("{{ rot_process }}"))]),
        vec![
            ("register", Yaml::text("rot_running")),
            ("failed_when", Yaml::False),
            ("changed_when", Yaml::False),
            ("check_mode", Yaml::False),
        ],
    )
}

fn write_facts() -> Yaml {
    let changed =
        Kind::ALL.map(|kind| Yaml::text(format!("{{{{ rot_here_{}.stat.ctime | default(none) }}}}", kind.name())));
    let facts = Yaml::map([
        ("process", Yaml::text("{{ rot_running.stdout | default('') }}")),
        ("marker", Yaml::text("{{ rot_marked.content | default('') | b64decode }}")),
        ("changed", Yaml::List(changed.into())),
    ]);
    let arguments = [
        ("content", Yaml::text("{{ rot_facts | to_json }}")),
        ("dest", Yaml::text(format!("{TREE}/{FACTS}"))),
        ("mode", Yaml::text("0600")),
    ];
    let rest = on_controller()
        .into_iter()
        .chain([("vars", Yaml::map([("rot_facts", facts)])), ("changed_when", Yaml::False)])
        .collect();
    task("Write down what else was seen", "ansible.builtin.copy", Yaml::map(arguments), rest)
}
