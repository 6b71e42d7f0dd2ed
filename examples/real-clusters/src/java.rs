//! Finds the Java that a release needs, and the options to start that Java with.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use super::distribution::Distribution;

#[derive(Clone, Debug)]
pub(super) struct Java {
    program: PathBuf,
    feature: u32,
}

impl Java {
    /// Finds the Java that the release needs.
    ///
    /// Searches `JAVA_<n>_HOME`, `cache`, `JAVA_HOME`, the `PATH` and `/usr/lib/jvm`, in this order.
    pub(super) fn find(release: Distribution, cache: &Path) -> anyhow::Result<Self> {
        let feature = release.java();
        candidates(feature, cache)
            .into_iter()
            .find(|program| feature_of(program) == Some(feature))
            .map(|program| Self { program, feature })
            .with_context(|| {
                format!(
                    "Cassandra {release} needs Java {feature}: set JAVA_{feature}_HOME{}",
                    if feature < 17 { ", or run .ci/get-jdks" } else { "" }
                )
            })
    }

    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    /// The options that give Cassandra's programs access to Java's internals.
    ///
    /// Source: `conf/jvm11-*.options` and `conf/jvm17-*.options`.
    pub(super) fn module_arguments(&self) -> Vec<String> {
        if self.feature < 9 {
            return Vec::new();
        }
        let exports = EXPORTS.iter().map(|package| format!("--add-exports={package}=ALL-UNNAMED"));
        let reference = (self.feature == 11).then(|| "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED".to_owned());
        let opens = OPENS.iter().map(|package| format!("--add-opens={package}=ALL-UNNAMED"));
        exports.chain(reference).chain(opens).collect()
    }
}

fn candidates(feature: u32, cache: &Path) -> Vec<PathBuf> {
    let of_home = |home: PathBuf| home.join("bin/java");
    let named = std::env::var_os(format!("JAVA_{feature}_HOME")).map(PathBuf::from);
    let usual = std::env::var_os("JAVA_HOME").map(PathBuf::from);
    let mut found: Vec<PathBuf> = named.into_iter().map(of_home).collect();
    found.push(of_home(cache.join(format!("jdk-{feature}"))));
    found.extend(usual.map(of_home));
    found.push("java".into());
    if let Ok(homes) = std::fs::read_dir("/usr/lib/jvm") {
        let mut homes: Vec<PathBuf> = homes.filter_map(|home| Some(home.ok()?.path())).collect();
        homes.sort();
        found.extend(homes.into_iter().map(of_home));
    }
    found
}

/// The feature release in the output of `java -version`: `1.8.0_504` is 8, `17.0.15` is 17.
fn feature_of(program: &Path) -> Option<u32> {
    let said = Command::new(program).arg("-version").output().ok()?;
    feature_in(&String::from_utf8_lossy(&said.stderr))
}

fn feature_in(said: &str) -> Option<u32> {
    let version = said.split('"').nth(1)?;
    let mut numbers = version.split(['.', '-', '+']);
    match numbers.next()?.parse().ok()? {
        1 => numbers.next()?.parse().ok(),
        feature => Some(feature),
    }
}

const EXPORTS: [&str; 8] = [
    "java.base/java.lang.ref",
    "java.base/jdk.internal.misc",
    "java.base/sun.nio.ch",
    "java.management.rmi/com.sun.jmx.remote.internal.rmi",
    "java.rmi/sun.rmi.registry",
    "java.rmi/sun.rmi.server",
    "java.sql/java.sql",
    "jdk.unsupported/sun.misc",
];

const OPENS: [&str; 16] = [
    "java.base/java.io",
    "java.base/java.lang",
    "java.base/java.lang.module",
    "java.base/java.nio",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/jdk.internal.loader",
    "java.base/jdk.internal.math",
    "java.base/jdk.internal.module",
    "java.base/jdk.internal.ref",
    "java.base/jdk.internal.reflect",
    "java.base/jdk.internal.util.jar",
    "java.base/sun.nio.ch",
    "java.rmi/sun.rmi.transport.tcp",
    "jdk.management/com.sun.management.internal",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_feature_release_is_told_from_what_java_says() {
        assert_eq!(feature_in("openjdk version \"1.8.0_504\"\nOpenJDK ..."), Some(8));
        assert_eq!(feature_in("openjdk version \"11.0.24\" 2024-07-16"), Some(11));
        assert_eq!(feature_in("openjdk version \"17.0.15\" 2025-04-15"), Some(17));
        assert_eq!(feature_in("openjdk version \"25\" 2025-09-16"), Some(25));
        assert_eq!(feature_in("command not found"), None);
    }
}
