//! The subject of a node's certificate.

use anyhow::{Context as _, bail, ensure};
use certgen::DistinguishedName;

use super::{Description, Node};

/// The characters with a special meaning in keytool's `-dname`.
const SPECIAL: &str = ",=+<>#;\\\"";

impl Description {
    /// The subject of a node's certificate: the node's own, otherwise the cluster's.
    ///
    /// Returns `None` if neither is given. A subject is written as for keytool's `-dname`. The placeholders `{name}`,
    /// `{address}` and `{hostname}` are replaced by the node's name, address and first host name.
    ///
    /// # Errors
    /// If the text is not a subject, or if a placeholder is unknown or has no value for the node.
    pub fn subject_of(&self, node: &Node) -> anyhow::Result<Option<DistinguishedName>> {
        let Some(written) = node.subject.as_ref().or(self.subject.as_ref()) else { return Ok(None) };
        let read = || {
            let subject = filled(written.as_str(), node)?;
            ensure!(!subject.trim().is_empty(), "is empty");
            Ok(subject.parse()?)
        };
        read().map(Some).map_err(|error: anyhow::Error| error.context(format!("the `subject` of {}", node.name)))
    }
}

fn filled(written: &str, node: &Node) -> anyhow::Result<String> {
    let (mut subject, mut rest) = (String::new(), written);
    while let Some((before, after)) = rest.split_once('{') {
        let (placeholder, after) = after.split_once('}').context("a `{` without a `}`")?;
        subject.push_str(before);
        let value = value(placeholder, node)?;
        subject.extend(value.chars().flat_map(|char| SPECIAL.contains(char).then_some('\\').into_iter().chain([char])));
        rest = after;
    }
    Ok(subject + rest)
}

fn value(placeholder: &str, node: &Node) -> anyhow::Result<String> {
    match placeholder {
        "name" => Ok(node.name.to_string()),
        "address" => Ok(node.address.context("{address}: it has no `address`")?.to_string()),
        "hostname" => Ok(node.hostnames.first().context("{hostname}: it has no `hostnames`")?.to_string()),
        other => bail!("{{{other}}} is not {{name}}, {{address}} or {{hostname}}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subjects(of_all: &str, of_node: &str) -> anyhow::Result<Vec<Option<String>>> {
        let description = Description::from_toml(&format!(
            "cassandra = \"4.1\"\n{of_all}\n[[node]]\nname = \"db-1\"\naddress = \"2001:db8::1\"\nhostnames = [\"a,b.example\"]\n\
             {of_node}\n[[node]]\nname = \"db-2\"\naddress = \"192.0.2.2\"\n"
        ))?;
        let subject = |node| Ok(description.subject_of(node)?.map(|subject| subject.to_string()));
        description.nodes.iter().map(subject).collect()
    }

    #[test]
    fn a_subject_is_the_nodes_own_or_that_of_all_with_its_names() {
        assert_eq!(subjects("", "").unwrap(), [None, None]);
        let of_all = "subject = \"CN={name}.acme.example, OU=Orders, O=Acme\"";
        let [one, two] = ["CN=db-1.acme.example, OU=Orders, O=Acme", "CN=db-2.acme.example, OU=Orders, O=Acme"];
        assert_eq!(subjects(of_all, "").unwrap(), [Some(one.to_owned()), Some(two.to_owned())]);
        let own = "subject = \"CN={address}, OU={hostname}\"";
        let own = subjects(of_all, own).unwrap();
        assert_eq!(own, [Some("CN=2001:db8::1, OU=\"a,b.example\"".to_owned()), Some(two.to_owned())]);
    }

    #[test]
    fn what_is_not_a_subject_is_named_with_its_node() {
        for (written, why) in [
            ("CN={{ inventory_hostname }}", "the `subject` of db-1: {{ inventory_hostname } is not {name}, {address}"),
            ("CN={hostname}", "the `subject` of db-2: {hostname}: it has no `hostnames`"),
            ("CN={name", "the `subject` of db-1: a `{` without a `}`"),
            ("Acme", "the `subject` of db-1: "),
            (" ", "the `subject` of db-1: is empty"),
        ] {
            let said = format!("{:#}", subjects(&format!("subject = \"{written}\""), "").unwrap_err());
            assert!(said.starts_with(why), "{said}");
        }
    }
}
