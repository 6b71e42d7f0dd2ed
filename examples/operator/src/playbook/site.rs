//! What differs from site to site: where things are on the hosts, and how the service is driven.

use std::path::PathBuf;

use super::yaml::Yaml;

/// The file of these variables. It is the operator's to edit.
pub const SITE: &str = "site_vars.yml";

/// Where `cassandra-tls` is on the controller: it probes from there, and is sent to a host for its preflight.
#[derive(Clone, Debug)]
pub struct Program(pub PathBuf);

impl Program {
    /// The program that runs.
    ///
    /// # Errors
    /// If the system does not say where it is.
    pub fn this() -> anyhow::Result<Self> {
        Ok(Self(std::env::current_exe()?))
    }
}

/// An Apigee host.
pub(super) fn apigee(program: &Program) -> String {
    format!(
        "---\n# Where things are on the hosts, and how the service is driven: Apigee Edge for Private Cloud. Yours to edit.\n\
         rot_settings: /opt/apigee/customer/application/cassandra.properties\n\
         rot_keystore: \"/opt/apigee/data/apigee-cassandra/keystore.{{{{ inventory_hostname }}}}\"\n\
         rot_truststore: \"/opt/apigee/data/apigee-cassandra/truststore.{{{{ inventory_hostname }}}}\"\n\
         rot_marker: /opt/apigee/data/apigee-cassandra/.rotation\n\
         # Who works in those folders, which are his: root does nothing but restart.\n\
         rot_owner: apigee\nrot_group: apigee\n\
         rot_nodetool: [/opt/apigee/apigee-cassandra/bin/nodetool]\n\
         rot_restart: [/opt/apigee/apigee-service/bin/apigee-service, apigee-cassandra, restart]\n\
         # The port that takes TLS from other nodes: 7001 up to Cassandra 3.11, 7000 from 4.0 on.\n\
         rot_port: 7001\n{}",
        common(program)
    )
}

/// A Cassandra that systemd runs.
pub(super) fn systemd(program: &Program) -> String {
    format!(
        "---\n# For a Cassandra that systemd runs: copy it over {SITE}.\n\
         # Debian's package; Red Hat's has /etc/cassandra/conf/cassandra.yaml.\n\
         rot_settings: /etc/cassandra/cassandra.yaml\n\
         rot_keystore: /etc/cassandra/conf/keystore.jks\nrot_truststore: /etc/cassandra/conf/truststore.jks\n\
         rot_marker: /etc/cassandra/conf/.rotation\n\
         rot_owner: cassandra\nrot_group: cassandra\n\
         # These folders are root's, who works in them; where they are the service's, its user does: take this away.\n\
         rot_user: root\n\
         rot_nodetool: [nodetool]\nrot_restart: [systemctl, restart, cassandra]\n\
         rot_port: 7000\n{}",
        common(program)
    )
}

/// The process is the one that nodetool talks to.
fn common(program: &Program) -> String {
    let program = program.0.to_string_lossy();
    let preflight = Yaml::data(format!("{} preflight", shell_quoted(&program)));
    let program = Yaml::data(program);
    format!(
        "rot_address: \"{{{{ ansible_host | default(inventory_hostname) }}}}\"\n\
         # On the controller: says whose certificate is served.\n\
         rot_probe: [{program}, probe]\n\
         # On the controller: is run on a host before its restart, and looks at what Cassandra will read there. Empty: is not.\n\
         rot_preflight: {preflight}\n\
         # Prints the id of Cassandra's process, the time, for how many seconds it has run, and the rest of /proc/ID/stat.\n\
         rot_process:\n  - sh\n  - -c\n  - >-\n    pid=$(ss -Hltnp 'sport = :7199' | sed -n 's/.*pid=\\([0-9]*\\).*/\\1/p' | head -n 1) && test -n \"$pid\" &&\n    \
         echo \"$pid $(date +%s) $(ps -o etimes= -p \"$pid\") $(sed 's/.*) //' \"/proc/$pid/stat\")\"\n\
         rot_become: true\n\
         # How many others are asked about a node, and how often.\n\
         rot_witnesses: 3\nrot_retries: 60\nrot_delay: 5\n"
    )
}

/// One word to a shell; as it is where that is plain.
fn shell_quoted(text: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "/._-+".contains(char);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_in_any_folder_is_one_word() {
        assert_eq!(shell_quoted("/opt/c-tls_1.0/bin"), "/opt/c-tls_1.0/bin");
        assert_eq!(shell_quoted("/a b;id/$(x)/it's"), "'/a b;id/$(x)/it'\\''s'");
        let site = apigee(&Program("/a {{ b }}/\u{85}x".into()));
        assert!(site.contains("\nrot_probe: [!unsafe \"/a {{ b }}/\\u0085x\", probe]\n"), "{site}");
        assert!(site.contains("\nrot_preflight: !unsafe \"'/a {{ b }}/\\u0085x' preflight\"\n"), "{site}");
    }
}
