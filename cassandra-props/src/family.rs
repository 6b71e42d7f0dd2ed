//! The two families of property names under which Edge reads Cassandra's TLS settings.

use crate::properties::Properties;
use crate::release::Release;
use crate::setting::Setting;

/// A family of property names for the internode TLS settings.
///
/// A version of Edge reads one family and ignores the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// `conf_cassandra_keystore` and so on: Edge 4.50.00 to 4.52.01, on Cassandra 2.1.
    Legacy,
    /// `conf_cassandra_server_encryption_keystore` and so on: Edge 4.52.02 and later.
    ///
    /// These versions ship Cassandra 3.11, 4.0 and 5.0.
    ServerEncryption,
}

impl Family {
    /// Both families, the older first.
    pub const ALL: [Self; 2] = [Self::Legacy, Self::ServerEncryption];

    /// The family that a version of Edge with this release of Cassandra reads.
    pub fn of_release(release: Release) -> Self {
        if release.is_at_least(Release::V3_0) { Self::ServerEncryption } else { Self::Legacy }
    }

    /// The family that the file uses; `None` if it uses both, or neither.
    ///
    /// Properties that are commented out count only if no other property is of either family.
    pub fn of_file(file: &Properties) -> Option<Self> {
        let families_with = |has: &dyn Fn(&str) -> bool| {
            Self::ALL.map(|family| Setting::ALL.iter().any(|setting| has(&family.key(*setting))))
        };
        match families_with(&|key| file.entry(key).is_some()) {
            [false, false] => only(families_with(&|key| !file.commented_out(key).is_empty())),
            set => only(set),
        }
    }

    /// The other family.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Legacy => Self::ServerEncryption,
            Self::ServerEncryption => Self::Legacy,
        }
    }

    /// The prefix of the family's names.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Legacy => "conf_cassandra_",
            Self::ServerEncryption => "conf_cassandra_server_encryption_",
        }
    }

    /// The property's key for a setting, such as `conf_cassandra_keystore`.
    pub fn key(self, setting: Setting) -> String {
        format!("{}{}", self.prefix(), setting.name())
    }
}

/// The only family that is present.
///
/// `there` is in the order of [`Family::ALL`].
fn only(there: [bool; 2]) -> Option<Family> {
    match there {
        [true, false] => Some(Family::Legacy),
        [false, true] => Some(Family::ServerEncryption),
        [true, true] | [false, false] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_family_of_a_file_is_that_of_its_properties_before_that_of_its_comments() {
        for (file, family) in [
            ("", None),
            ("conf_cassandra_keystore=/k", Some(Family::Legacy)),
            ("conf_cassandra_server_encryption_keystore=/k", Some(Family::ServerEncryption)),
            ("#conf_cassandra_server_encryption_keystore=/k\nconf_cassandra_protocol=TLS", Some(Family::Legacy)),
            ("#conf_cassandra_server_encryption_keystore=/k", Some(Family::ServerEncryption)),
            ("conf_cassandra_keystore=/k\nconf_cassandra_server_encryption_optional=true", None),
            ("#conf_cassandra_keystore=/k\n#conf_cassandra_server_encryption_optional=true", None),
        ] {
            assert_eq!(Family::of_file(&Properties::parse(file.as_bytes()).unwrap()), family, "{file}");
        }
    }

    #[test]
    fn edge_reads_other_names_from_cassandra_3_on() {
        for (release, family) in [
            ("2.1.22", Family::Legacy),
            ("2.2", Family::Legacy),
            ("3.0-beta1", Family::ServerEncryption),
            ("3.11.16", Family::ServerEncryption),
            ("5.0.8", Family::ServerEncryption),
        ] {
            assert_eq!(Family::of_release(release.parse().unwrap()), family, "{release}");
        }
    }
}
