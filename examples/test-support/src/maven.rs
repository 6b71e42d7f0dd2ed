//! Fetches Java libraries once, with Maven.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::tool::Tool;

/// The folder with the jars of one version of Cassandra and its dependencies.
///
/// If the folder is missing, `mvn` ([`Tool::Other`]) downloads the jars. The folder is in the cache that the runs on real
/// clusters use too: the folder that `LIVE_CACHE` names, otherwise `cassandra-live` in the user's cache folder.
///
/// # Errors
/// If Maven cannot download the jars, for example without a network, or if the cache's folder is not known or cannot be
/// written.
///
/// # Panics
/// If the jars are not in the cache and `mvn` is missing.
pub fn cassandra_jars(version: &str) -> Result<PathBuf, String> {
    let cache = cache_folder()?;
    let jars = cache.join(format!("cassandra-{version}"));
    if !jars.is_dir() {
        fetch(version, &cache, &jars)?;
    }
    Ok(jars)
}

fn cache_folder() -> Result<PathBuf, String> {
    if let Some(folder) = env::var_os("LIVE_CACHE") {
        return Ok(folder.into());
    }
    let caches = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let caches = caches.or_else(|| Some(env::home_dir()?.join(".cache")));
    Ok(caches.ok_or("neither LIVE_CACHE nor a home folder is set")?.join("cassandra-live"))
}

/// Downloads the jars into a temporary folder, and then renames this folder to `jars`.
///
/// An interrupted run therefore leaves no incomplete folder `jars`.
fn fetch(version: &str, cache: &Path, jars: &Path) -> Result<(), String> {
    let shown = |error: std::io::Error| error.to_string();
    fs::create_dir_all(cache).map_err(shown)?;
    let work = tempfile::Builder::new().prefix("fetching-").tempdir_in(cache).map_err(shown)?;
    let project = work.path().join("pom.xml");
    fs::write(&project, pom(version)).map_err(shown)?;
    let fetched = work.path().join("jars");
    let mut command = Tool::Other("mvn").command();
    command.args(["--quiet", "--batch-mode", "--no-transfer-progress", "-Dstyle.color=never", "--file"]).arg(&project);
    command.args(["dependency:copy-dependencies", "-DincludeScope=runtime"]);
    command.arg(format!("-DoutputDirectory={}", fetched.display()));
    let run = command.output().map_err(shown)?;
    if !run.status.success() {
        return Err(format!(
            "mvn could not fetch Cassandra {version}: {}",
            String::from_utf8_lossy(&run.stdout).trim()
        ));
    }
    match fs::rename(fetched, jars) {
        // Another process may have downloaded the jars in the meantime.
        Err(_) if jars.is_dir() => Ok(()),
        renamed => renamed.map_err(shown),
    }
}

/// The Maven project that names the artifacts.
///
/// Cassandra 3.11 does not load its configuration without its Thrift classes, but does not declare a dependency on them.
fn pom(version: &str) -> String {
    let artifacts: &[&str] =
        if version.starts_with("3.") { &["cassandra-all", "cassandra-thrift"] } else { &["cassandra-all"] };
    let dependency = |artifact: &&str| {
        format!(
            "<dependency><groupId>org.apache.cassandra</groupId><artifactId>{artifact}</artifactId>\
             <version>{version}</version></dependency>"
        )
    };
    format!(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><modelVersion>4.0.0</modelVersion>\
         <groupId>live</groupId><artifactId>live</artifactId><version>1</version><dependencies>{}</dependencies></project>",
        artifacts.iter().map(dependency).collect::<String>()
    )
}
