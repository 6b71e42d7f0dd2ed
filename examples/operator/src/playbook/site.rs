//! The differences between sites, such as paths and the commands that control the service.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::collection::{APIGEE, SYSTEMD};
use crate::description::{Build, Builds};
use crate::shown;

/// The file of a site's variables, which the operator edits.
pub const SITE: &str = "site_vars.yml";

/// The file with the variables for packages of Debian and Red Hat.
pub(super) const SYSTEMD_SITE: &str = "site_vars.systemd.yml";

/// The path of `cassandra-tls` on the controller.
///
/// The controller runs the program, and Ansible sends a copy to hosts that run it.
#[derive(Clone, Debug)]
pub struct Program(pub PathBuf);

impl Program {
    /// The running program.
    ///
    /// # Errors
    /// If the system does not give the path of the program.
    pub fn this() -> anyhow::Result<Self> {
        Ok(Self(std::env::current_exe()?))
    }
}

/// Says that [`SITE`], which will be written into this folder, does not fit packages.
///
/// `None` if the operator's file is there already, or a node runs Edge.
pub(crate) fn hint_for_packages(folder: &Path, builds: &Builds<'_>) -> Option<String> {
    let (site, packages) = (folder.join(SITE), folder.join(SYSTEMD_SITE));
    let is_needed = !site.exists() && builds.different().all(Build::is_documented);
    is_needed.then(|| {
        format!(
            "{} has the paths of Apigee Edge: for a package, copy {} over it",
            shown::path(&site),
            shown::path(&packages)
        )
    })
}

pub(super) fn apigee(program: &Program) -> String {
    site(APIGEE, program)
}

pub(super) fn systemd(program: &Program) -> String {
    site(SYSTEMD, program)
}

fn site(text: &str, program: &Program) -> String {
    let program = quoted(&program.0.to_string_lossy());
    format!(
        "---\n{text}# cassandra-tls on this machine. It is sent to hosts, so it must run there, too.\nrot_program: !unsafe {program}\n"
    )
}

/// A text as a YAML string, in double quotes and ASCII.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            ' '..='~' => out.push(char),
            _ => {
                let _ = write!(out, "\\U{:08x}", u32::from(char));
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_programs_path_means_anything_to_yaml() {
        let site = apigee(&Program("/a {{ b }}/\u{85}\u{1f511}\"\\x".into()));
        let line = r#"rot_program: !unsafe "/a {{ b }}/\U00000085\U0001f511\"\\x""#;
        assert!(site.ends_with(&format!("\n{line}\n")), "{site}");
        assert!(systemd(&Program("/x".into())).starts_with("---\n#"));
    }
}
