//! Releases of Apache Cassandra: parsed, ordered and displayed.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};

/// A release of Apache Cassandra, such as 4.0.17, or a line of releases, such as 4.0.
///
/// A release is parsed as people and tools write it: `4.0.17`, `v5.0.8`, `4.1`, `4.0-beta2`, `4.1.10-SNAPSHOT`, or
/// `ReleaseVersion: 4.0.17` as printed by `nodetool version`. `Display` writes a release as Cassandra does.
///
/// Releases are ordered by their numbers. A pre-release (alpha, beta, rc, SNAPSHOT) comes before its release, as in
/// `org.apache.cassandra.utils.CassandraVersion`. A line, such as 4.0, comes after 4.0-beta2, and before every 4.0 release
/// with three numbers. Use [`is_at_least`](Self::is_at_least) to test for a property of a line: it treats 4.0-beta2 as 4.0.
///
/// ```
/// use cassandra_props::Release;
///
/// let release: Release = "ReleaseVersion: 4.0.17\n".parse()?;
/// assert_eq!((release.major(), release.minor(), release.patch()), (4, 0, 17));
/// assert_eq!(release.to_string(), "4.0.17");
/// assert!(release.is_at_least(Release::V4_0) && release < "4.0.19".parse()?);
/// # Ok::<(), cassandra_props::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Release {
    major: u16,
    minor: u16,
    /// `None` if the release has only two numbers, as 4.0 and 4.0-beta2 have.
    patch: Option<u16>,
    stage: Stage,
    build: Build,
}

/// `Ord` depends on the order of the variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Stage {
    Alpha(u16),
    Beta(u16),
    Candidate(u16),
    Final,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Build {
    Snapshot,
    Released,
}

impl Release {
    /// The line 2.1.
    pub const V2_1: Self = Self::line(2, 1);
    /// The line 2.2.
    pub const V2_2: Self = Self::line(2, 2);
    /// The line 3.0.
    pub const V3_0: Self = Self::line(3, 0);
    /// The line 3.11.
    pub const V3_11: Self = Self::line(3, 11);
    /// The line 4.0.
    pub const V4_0: Self = Self::line(4, 0);
    /// The line 4.1.
    pub const V4_1: Self = Self::line(4, 1);
    /// The line 5.0.
    pub const V5_0: Self = Self::line(5, 0);

    /// The lines that this crate knows, the oldest first.
    pub const LINES: &'static [Self] =
        &[Self::V2_1, Self::V2_2, Self::V3_0, Self::V3_11, Self::V4_0, Self::V4_1, Self::V5_0];

    const fn line(major: u16, minor: u16) -> Self {
        Self { major, minor, patch: None, stage: Stage::Final, build: Build::Released }
    }

    /// The release that a version of Apigee Edge first shipped, such as 5.0.8 for `4.54.00`.
    ///
    /// `version` has three numbers, such as `4.53.01`. A patch number at the end, as in `4.53.00.05`, is ignored. `4.53`
    /// means `4.53.00`.
    ///
    /// Source: Apigee's release notes and its page of supported software.
    ///
    /// # Errors
    /// [`UnknownEdge`](ErrorKind::UnknownEdge) for a text that is not a known version.
    ///
    /// ```
    /// use cassandra_props::{Family, Release};
    ///
    /// let release = Release::of_edge("4.53.01")?;
    /// assert_eq!(release.to_string(), "4.0.18");
    /// assert_eq!(Family::of_release(release), Family::ServerEncryption);
    /// # Ok::<(), cassandra_props::Error>(())
    /// ```
    pub fn of_edge(version: &str) -> Result<Self, Error> {
        let version = version.trim();
        let is_patch_of = |known: &str| version.strip_prefix(known).is_some_and(is_patch_suffix);
        let is_line_of = |known: &str| known.strip_suffix(".00").is_some_and(|line| line == version);
        let mut known = Self::EDGE.iter().filter(|(known, _)| is_patch_of(known) || is_line_of(known));
        let found = known.next().map(|(_, release)| *release);
        found.ok_or_else(|| Error::new(ErrorKind::UnknownEdge { version: version.to_owned() }))
    }

    /// The versions of Edge that this crate knows, with the release that each first shipped.
    ///
    /// 4.53.01 has come with Cassandra 4.0.19 since March 2026.
    pub const EDGE: &'static [(&'static str, Self)] = &[
        ("4.50.00", Self::shipped(2, 1, 22)),
        ("4.51.00", Self::shipped(2, 1, 22)),
        ("4.52.00", Self::shipped(2, 1, 22)),
        ("4.52.01", Self::shipped(2, 1, 22)),
        ("4.52.02", Self::shipped(3, 11, 16)),
        ("4.53.00", Self::shipped(4, 0, 13)),
        ("4.53.01", Self::shipped(4, 0, 18)),
        ("4.54.00", Self::shipped(5, 0, 8)),
    ];

    const fn shipped(major: u16, minor: u16, patch: u16) -> Self {
        Self { patch: Some(patch), ..Self::line(major, minor) }
    }

    /// The first number.
    pub const fn major(self) -> u16 {
        self.major
    }

    /// The second number, which names the line together with the first.
    pub const fn minor(self) -> u16 {
        self.minor
    }

    /// The third number; 0 if the release has only two numbers.
    pub const fn patch(self) -> u16 {
        match self.patch {
            Some(patch) => patch,
            None => 0,
        }
    }

    /// Whether this is a pre-release: alpha, beta, rc or SNAPSHOT.
    pub fn is_prerelease(self) -> bool {
        (self.stage, self.build) != (Stage::Final, Build::Released)
    }

    /// Whether this release is in the line of `other` or in a later line.
    pub fn is_at_least(self, other: Self) -> bool {
        (self.major, self.minor) >= (other.major, other.minor)
    }
}

/// Parses a release, such as `4.0.17` or `v4.1`.
///
/// # Errors
/// [`UnknownRelease`](ErrorKind::UnknownRelease) for a text that is not a release, and for a release whose line is not in
/// [`LINES`](Release::LINES).
impl FromStr for Release {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let known = |release: &Self| Self::LINES.contains(&Self::line(release.major, release.minor));
        parsed(text).filter(known).ok_or_else(|| Error::new(ErrorKind::UnknownRelease { text: text.to_owned() }))
    }
}

/// Writes, for example, `4.0.17`, `4.0-beta2` or `4.1.10-SNAPSHOT`.
///
/// Parsing the text gives the same release.
impl fmt::Display for Release {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)?;
        if let Some(patch) = self.patch {
            write!(formatter, ".{patch}")?;
        }
        match self.stage {
            Stage::Alpha(number) => write!(formatter, "-alpha{number}")?,
            Stage::Beta(number) => write!(formatter, "-beta{number}")?,
            Stage::Candidate(number) => write!(formatter, "-rc{number}")?,
            Stage::Final => {}
        }
        match self.build {
            Build::Snapshot => formatter.write_str("-SNAPSHOT"),
            Build::Released => Ok(()),
        }
    }
}

/// Parses a release of any line.
///
/// The grammar is `["ReleaseVersion:"] ["v"] MAJOR "." MINOR ["." PATCH] ["-" STAGE NUMBER] ["-SNAPSHOT"]`. Debian's
/// packages have `~` before the stage.
fn parsed(text: &str) -> Option<Release> {
    let text = text.trim();
    let text = text.strip_prefix("ReleaseVersion:").map_or(text, str::trim_start);
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let (text, build) =
        without_suffix(text, "-snapshot").map_or((text, Build::Released), |text| (text, Build::Snapshot));
    let (numbers, stage) = match text.split_once(['-', '~']) {
        Some((numbers, stage)) => (numbers, parsed_stage(stage)?),
        None => (text, Stage::Final),
    };
    let mut numbers = numbers.split('.');
    let (major, minor) = (number(numbers.next()?)?, number(numbers.next()?)?);
    let patch = match numbers.next() {
        Some(patch) => Some(number(patch)?),
        None => None,
    };
    numbers.next().is_none().then_some(Release { major, minor, patch, stage, build })
}

fn is_patch_suffix(rest: &str) -> bool {
    rest.is_empty()
        || rest
            .strip_prefix('.')
            .is_some_and(|patch| !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

fn parsed_stage(text: &str) -> Option<Stage> {
    let name = text.trim_end_matches(|char: char| char.is_ascii_digit());
    let number = number(text.strip_prefix(name)?)?;
    match name.to_ascii_lowercase().as_str() {
        "alpha" => Some(Stage::Alpha(number)),
        "beta" => Some(Stage::Beta(number)),
        "rc" => Some(Stage::Candidate(number)),
        _ => None,
    }
}

fn without_suffix<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let (rest, end) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    end.eq_ignore_ascii_case(suffix).then_some(rest)
}

fn number(text: &str) -> Option<u16> {
    let plain = text == "0" || text.starts_with(|char: char| matches!(char, '1'..='9'));
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(text: &str) -> Release {
        text.parse().unwrap()
    }

    #[test]
    fn a_release_is_read_as_people_and_tools_write_it() {
        for (text, numbers, shown) in [
            ("4.0.17", (4, 0, 17), "4.0.17"),
            ("v5.0.8", (5, 0, 8), "5.0.8"),
            ("V3.11.19", (3, 11, 19), "3.11.19"),
            ("4.1", (4, 1, 0), "4.1"),
            ("4.1.0", (4, 1, 0), "4.1.0"),
            ("4.1.10-SNAPSHOT", (4, 1, 10), "4.1.10-SNAPSHOT"),
            ("4.1.10-snapshot", (4, 1, 10), "4.1.10-SNAPSHOT"),
            ("4.0-beta2", (4, 0, 0), "4.0-beta2"),
            ("4.0~alpha4", (4, 0, 0), "4.0-alpha4"),
            ("5.0-rc1-SNAPSHOT", (5, 0, 0), "5.0-rc1-SNAPSHOT"),
            ("2.1.0-rc7", (2, 1, 0), "2.1.0-rc7"),
            ("ReleaseVersion: 4.0.17\n", (4, 0, 17), "4.0.17"),
            ("ReleaseVersion:2.2.19", (2, 2, 19), "2.2.19"),
        ] {
            let release = release(text);
            assert_eq!((release.major(), release.minor(), release.patch()), numbers, "{text}");
            assert_eq!(release.to_string(), shown);
            assert_eq!(shown.parse(), Ok(release));
        }
    }

    #[test]
    fn what_is_not_a_known_release_is_an_error_that_lists_the_known() {
        for text in [
            "",
            "4",
            "4.",
            "3.1",
            "3.110",
            "4.00",
            "04.0",
            "6.0",
            "4.0x",
            "4.0.+1",
            "4.0.65536",
            "4.0.0.6816",
            "4.0-",
            "4.0-gamma1",
            "4.0-beta",
            "4.0.17-1",
            "-SNAPSHOT",
            "vv4.0",
            "version 4.0",
            "4.0.17é",
        ] {
            let error = text.parse::<Release>().unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::UnknownRelease { text: text.to_owned() });
        }
        assert_eq!(
            "5.1".parse::<Release>().unwrap_err().to_string(),
            "\"5.1\" is not a release of a known line of Cassandra: the known lines are 2.1, 2.2, 3.0, 3.11, 4.0, 4.1, 5.0"
        );
    }

    #[test]
    fn releases_have_the_order_in_which_they_were_made() {
        let ordered = [
            "2.1",
            "2.1.22",
            "3.0.32",
            "3.11.19",
            "4.0-alpha4",
            "4.0-beta2-SNAPSHOT",
            "4.0-beta2",
            "4.0-beta4",
            "4.0-rc1",
            "4.0-SNAPSHOT",
            "4.0",
            "4.0.0",
            "4.0.9",
            "4.0.17-SNAPSHOT",
            "4.0.17",
            "4.1",
            "4.1.3",
            "4.1.10",
            "5.0.8",
        ];
        for pair in ordered.windows(2) {
            assert!(release(pair[0]) < release(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn edge_versions_are_known_up_to_4_54() {
        for (version, release) in [
            ("4.50.00", "2.1.22"),
            ("4.52.02", "3.11.16"),
            ("4.53.00.05", "4.0.13"),
            (" 4.53.01\n", "4.0.18"),
            ("4.54", "5.0.8"),
            ("4.54.00", "5.0.8"),
        ] {
            assert_eq!(Release::of_edge(version), release.parse(), "{version}");
        }
        for version in ["", "4", "4.5", "4.540", "4.53.02", "4.53.00x", "4.53.00.", "4.55.00", "v4.54.00"] {
            let error = Release::of_edge(version).unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::UnknownEdge { version: version.to_owned() });
        }
        assert_eq!(
            Release::of_edge("4.55.00").unwrap_err().to_string(),
            "\"4.55.00\" is not a known version of Apigee Edge: the known versions are 4.50.00, 4.51.00, 4.52.00, 4.52.01, \
             4.52.02, 4.53.00, 4.53.01, 4.54.00"
        );
        assert!(Release::EDGE.is_sorted_by_key(|(version, release)| (*version, *release)));
    }

    #[test]
    fn a_line_has_all_its_builds() {
        for text in ["4.0-alpha1", "4.0", "4.0.17", "4.1-SNAPSHOT", "5.0.8"] {
            assert!(release(text).is_at_least(Release::V4_0), "{text}");
        }
        assert!(!release("3.11.19").is_at_least(Release::V4_0));
        assert!(release("4.0-rc1").is_prerelease() && release("4.1.10-SNAPSHOT").is_prerelease());
        assert!(!release("4.1").is_prerelease() && !release("4.0.17").is_prerelease());
        assert!(Release::LINES.is_sorted());
    }
}
