//! Where a node stands: seen from its files and from the marker of what it loaded last.

use super::collect::read_process;
use super::node::Kind;
use super::sequence::{Sequence, Visit};
use super::tasks::task;
use super::yaml::Yaml;

/// Registers `rot_here_KIND`.
fn look_at(kind: Kind) -> Yaml {
    let kind = kind.name();
    let path = Yaml::text(format!("{{{{ rot_{kind} }}}}"));
    let arguments = Yaml::map([("path", path), ("checksum_algorithm", Yaml::text("sha256"))]);
    let register = Yaml::text(format!("rot_here_{kind}"));
    task(&format!("Look at the {kind}"), "ansible.builtin.stat", arguments, vec![("register", register)])
}

/// Looks at these files and the marker, and refuses links, files with another name elsewhere, and what is not a file: their
/// content would be another's. What an earlier run kept has two names until the new file is there.
pub(super) fn look_at_files(kinds: impl Iterator<Item = Kind> + Clone) -> Vec<Yaml> {
    let text = |text: &str| Yaml::text(text);
    let files: Vec<String> = kinds.clone().map(|kind| format!("rot_{}", kind.name())).collect();
    let folders = format!("{{{{ [{}] | map('dirname') | unique }}}}", files.join(", "));
    let kept = Yaml::map([("paths", Yaml::text(folders)), ("patterns", text("*.before-*"))]);
    let seen: Vec<String> = kinds.clone().map(|kind| format!("rot_here_{}", kind.name())).collect();
    let one_name =
        "item.stat.nlink == 1 + (rot_kept.files | selectattr('inode', 'equalto', item.stat.inode) | list | length)";
    let checked = Yaml::map([
        ("that", Yaml::texts(["item.stat.isreg", one_name])),
        (
            "fail_msg",
            text("This is a link, has another name, or is not a file: look at it, and put a file of its own there"),
        ),
        ("quiet", Yaml::True),
    ]);
    let marker = Yaml::map([("path", text("{{ rot_marker }}")), ("get_checksum", Yaml::False)]);
    let rest = vec![
        ("loop", Yaml::text(format!("{{{{ [{}, rot_here_marker] }}}}", seen.join(", ")))),
        ("loop_control", Yaml::map([("label", text("{{ item.stat.path | default('no file') }}"))])),
        ("when", text("item.stat.exists")),
    ];
    let look_at_marker = vec![("register", text("rot_here_marker"))];
    let mut tasks: Vec<Yaml> = kinds.map(look_at).collect();
    tasks.extend([
        task("Look at the marker", "ansible.builtin.stat", marker, look_at_marker),
        task("Look at what was kept", "ansible.builtin.find", kept, vec![("register", text("rot_kept"))]),
        task("Refuse links and what is not a file", "ansible.builtin.assert", checked, rest),
    ]);
    tasks
}

/// Registers `rot_marked`, after [`look_at_files`].
pub(super) fn read_marker() -> Yaml {
    task(
        "Read what was loaded last",
        "ansible.builtin.slurp",
        Yaml::map([("src", Yaml::text("{{ rot_marker }}"))]),
        vec![
            ("register", Yaml::text("rot_marked")),
            ("failed_when", Yaml::False),
            ("when", Yaml::text("rot_here_marker.stat.exists")),
        ],
    )
}

const STAGE: &str = "{{ rot_stages[inventory_hostname].index(rot_here) }}";

/// A marker of another plan says nothing.
const LOADED: &str = "{{ rot_mark.stage if rot_mark.plan | default('') == rot_plan else 0 }}";

const MARK: &str = "{{ rot_marked.content | default('e30=') | b64decode | from_json }}";

const INTERRUPTED: &str = "{{ rot_loads[inventory_hostname] | select('le', rot_stage | int) | select('gt', rot_loaded | int) | list | length > 0 }}";

pub(super) fn where_it_stands(sequence: &Sequence) -> Vec<Yaml> {
    let looked_at = sequence.kinds();
    // The words of a stage; settings that nobody looks at are the first.
    let registers: Vec<String> = looked_at.clone().map(|kind| format!("rot_here_{}", kind.name())).collect();
    let unseen = "absent ".repeat(Kind::ALL.len() - registers.len());
    let here = format!(
        "{unseen}{{{{ [{}] | map(attribute='stat.checksum', default='absent') | join(' ') }}}}",
        registers.join(", ")
    );
    let fact = |name: &str, facts: Vec<(&str, Yaml)>, rest: Vec<(&str, Yaml)>| {
        task(name, "ansible.builtin.set_fact", Yaml::map(facts), rest)
    };
    let known = Yaml::map([
        ("that", Yaml::texts(["rot_here in rot_stages[inventory_hostname]"])),
        ("fail_msg", Yaml::text("These files are none that this plan knows: observe the cluster and plan again")),
        ("quiet", Yaml::True),
    ]);
    let mut tasks = look_at_files(looked_at);
    tasks.extend([
        fact("Say what lies there", vec![("rot_here", Yaml::text(here))], vec![]),
        task(
            "Refuse files that are neither old ones nor the ones of this plan",
            "ansible.builtin.assert",
            known,
            vec![],
        ),
        read_marker(),
        fact(
            "Say where the node stands",
            vec![("rot_stage", Yaml::text(STAGE)), ("rot_loaded", Yaml::text(LOADED))],
            vec![("vars", Yaml::map([("rot_mark", Yaml::text(MARK))]))],
        ),
        fact(
            "Say whether a run stopped before it was loaded",
            vec![("rot_interrupted", Yaml::text(INTERRUPTED)), ("rot_at", Yaml::text("{{ rot_address }}"))],
            vec![],
        ),
    ]);
    tasks
}

/// What lies on the disk is what this load is for: files of a later wave were put there only after it.
pub(super) fn not_overtaken(stage: usize) -> Yaml {
    let so = format!("rot_loaded | int >= {stage} or rot_stage | int <= {stage}");
    let arguments = [
        ("that", Yaml::texts([so])),
        ("fail_msg", Yaml::text("The marker is older than the files: observe the cluster and plan again")),
        ("quiet", Yaml::True),
    ];
    task("Refuse a marker that lags behind the files", "ansible.builtin.assert", Yaml::map(arguments), vec![])
}

/// Written last: a run that stopped before it loads again.
#[expect(clippy::expect_used, reason = "`trusts` names what every visit has loaded")]
pub(super) fn mark(visit: &Visit, sequence: &Sequence) -> [Yaml; 2] {
    let identity = visit.loaded.identity.as_ref();
    let identity = identity.map_or(Yaml::Null, |(own, anchor)| Yaml::texts([*own, *anchor]));
    let trusts = sequence.trusts().remove(visit.loaded.trusts.as_slice()).expect("every visit's trust has a name");
    let word = |value: serde_json::Result<serde_json::Value>| match value {
        Ok(serde_json::Value::String(word)) => Yaml::text(word),
        _ => Yaml::Null,
    };
    let loaded = Yaml::map([
        ("mode", word(serde_json::to_value(visit.loaded.mode))),
        ("identity", identity),
        ("trusts", Yaml::text(format!("{{{{ rot_trusts.{trusts} }}}}"))),
        ("client_auth", word(serde_json::to_value(visit.loaded.client_auth))),
    ]);
    let content = Yaml::map([
        ("plan", Yaml::text("{{ rot_plan }}")),
        ("stage", Yaml::Number(visit.stage)),
        ("process", Yaml::text("{{ rot_running.stdout | default('') }}")),
        ("loaded", loaded),
    ]);
    let arguments = [
        ("content", Yaml::text("{{ rot_content | to_json }}")),
        ("dest", Yaml::text("{{ rot_marker }}")),
        ("owner", Yaml::text("{{ rot_owner }}")),
        ("group", Yaml::text("{{ rot_group }}")),
        ("mode", Yaml::text("0444")),
    ];
    let due = || ("when", Yaml::text(format!("rot_loaded | int < {}", visit.stage)));
    let vars = ("vars", Yaml::map([("rot_content", content)]));
    let write = task(
        "Mark what the node has loaded",
        "ansible.builtin.copy",
        Yaml::map(arguments),
        vec![vars, ("diff", Yaml::False), due()],
    );
    [read_process().with([due()]), write]
}
