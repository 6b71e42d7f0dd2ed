//! The releases that the lab imitates, and their differences.

use cassandra_props::{Family, Release};

/// The lines that the lab imitates.
pub const RELEASES: [&str; 3] = ["3.11", "4.0", "5.0"];

/// The names of the settings in the `cassandra.properties` of the Edge versions that ship these releases.
pub const FAMILY: Family = Family::ServerEncryption;

/// Whether each connection reads the stores from disk (2.1 to 3.11) or uses what was loaded (4.0 and later).
pub(super) fn connects_from_disk(release: Release) -> bool {
    !has_one_port(release)
}

/// Whether a reload loads nothing if both stores have the modification times of the last look
/// (`HotReloadableFile.shouldReload`, before 4.1.4).
pub(super) fn reload_compares_times(release: Release) -> bool {
    (release.major(), release.minor(), release.patch()) < (4, 1, 4)
}

/// Whether one port takes TLS and, if the settings allow it, plaintext, and stores are cached until a reload (4.0 and
/// later), or each has its own port.
pub fn has_one_port(release: Release) -> bool {
    release.is_at_least(Release::V4_0)
}
