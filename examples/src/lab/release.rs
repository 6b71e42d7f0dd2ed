//! The releases that the lab imitates, and their differences.

use cassandra_props::{Family, Release};

/// The lines of releases that the lab imitates.
pub const RELEASES: [&str; 3] = ["3.11", "4.0", "5.0"];

/// The names of the settings in the Edge versions that ship these releases.
pub const FAMILY: Family = Family::ServerEncryption;

/// Whether each outbound connection reads the stores from disk (up to 3.11).
pub(super) fn connects_from_disk(release: Release) -> bool {
    !has_one_port(release)
}

/// Whether a reload does nothing if no store was modified (before 4.1.4).
///
/// Source: `HotReloadableFile.shouldReload`.
pub(super) fn reload_compares_times(release: Release) -> bool {
    (release.major(), release.minor(), release.patch()) < (4, 1, 4)
}

/// Whether TLS and plaintext share a port, and stores can be reloaded (4.0 and later).
pub fn has_one_port(release: Release) -> bool {
    release.is_at_least(Release::V4_0)
}
