//! Downloads the server's Maven artifacts once, into a cache folder.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use super::console::Console;
use super::distribution::Distribution;

pub(super) fn cache_folder() -> anyhow::Result<PathBuf> {
    if let Some(folder) = std::env::var_os("LIVE_CACHE") {
        return Ok(folder.into());
    }
    let caches = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let caches = caches.or_else(|| Some(std::env::home_dir()?.join(".cache")));
    Ok(caches.context("neither LIVE_CACHE, XDG_CACHE_HOME nor a home folder is set")?.join("cassandra-live"))
}

/// The class path of `release`, whose jars are downloaded with `mvn` if `cache` lacks them.
pub(super) fn class_path(release: Distribution, cache: &Path, console: &Console) -> anyhow::Result<OsString> {
    let jars = cache.join(format!("cassandra-{}", release.version()));
    if !jars.is_dir() {
        console.begin(&format!("fetching Cassandra {} into {}", release.version(), jars.display()));
        fetch(release, cache, &jars)?;
    }
    Ok(jars.join("*").into_os_string())
}

/// The Java agent that measures the size of objects.
///
/// Without the agent, Cassandra logs a warning and estimates the sizes.
pub(super) fn agent(class_path: &Path) -> Option<PathBuf> {
    let jars = fs::read_dir(class_path.parent()?).ok()?;
    jars.filter_map(|jar| Some(jar.ok()?.path()))
        .find(|jar| jar.file_name().is_some_and(|name| name.to_string_lossy().starts_with("jamm-")))
}

/// Downloads the jars of `release` to the folder `jars`.
///
/// The download goes to a temporary folder, which is then renamed, so that `jars` is never incomplete.
fn fetch(release: Distribution, cache: &Path, jars: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(cache)?;
    let work = tempfile::Builder::new().prefix("fetching-").tempdir_in(cache)?;
    let project = work.path().join("pom.xml");
    fs::write(&project, pom(release))?;
    let fetched = work.path().join("jars");
    let mut output = OsString::from("-DoutputDirectory=");
    output.push(&fetched);
    let run = Command::new("mvn")
        .args(["--quiet", "--batch-mode", "--no-transfer-progress", "-Dstyle.color=never", "--file"])
        .arg(&project)
        .args(["dependency:copy-dependencies", "-DincludeScope=runtime"])
        .arg(output)
        .output()
        .context("mvn (Apache Maven), which downloads Cassandra, could not be started")?;
    if !run.status.success() {
        bail!("mvn could not fetch Cassandra {}: {}", release.version(), String::from_utf8_lossy(&run.stdout).trim());
    }
    fs::rename(fetched, jars)?;
    Ok(())
}

fn pom(release: Distribution) -> String {
    let mut text = String::from(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><modelVersion>4.0.0</modelVersion>\
         <groupId>live</groupId><artifactId>live</artifactId><version>1</version><dependencies>",
    );
    for [group, name, version] in release.artifacts() {
        text += "<dependency>";
        for (tag, value) in [("groupId", group), ("artifactId", name), ("version", version)] {
            text.extend(["<", tag, ">", value, "</", tag, ">"]);
        }
        text += "</dependency>";
    }
    text + "</dependencies></project>"
}
