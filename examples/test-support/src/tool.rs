//! Finds and runs programs.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program or library of another project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `keytool` of the JDK in `JAVA_HOME`, otherwise on the `PATH`.
    Keytool,
    /// `java`, found like `keytool`.
    Java,
    /// `javac`, found like `keytool`.
    Javac,
    /// `openssl` on the `PATH`.
    OpenSsl,
    /// A program of the JDK in `JAVA_<version>_HOME`, such as `Tool::OfJdk(25, "keytool")`.
    OfJdk(u8, &'static str),
    /// A Java library in Maven's local repository.
    ///
    /// An example is `Tool::Jar("org.bouncycastle:bc-fips:2.1.2")`. If the library is missing there and `mvn` is
    /// installed, `mvn` downloads it.
    Jar(&'static str),
    /// Any other program on the `PATH`.
    Other(&'static str),
}

impl Tool {
    /// The path of the program or library; `None` if it is not found.
    pub fn find(self) -> Option<PathBuf> {
        match self {
            Self::Keytool => find_java("keytool"),
            Self::Java => find_java("java"),
            Self::Javac => find_java("javac"),
            Self::OpenSsl => on_path("openssl"),
            Self::OfJdk(version, program) => in_home(&format!("JAVA_{version}_HOME"), program),
            Self::Jar(coordinates) => jar(coordinates),
            Self::Other(program) => on_path(program),
        }
    }

    /// A command that runs the program in English and UTC.
    ///
    /// The output then does not depend on the language and time zone of the user.
    ///
    /// # Panics
    /// If the program is not found. A [`Suite`](crate::Suite) does not run a test whose programs are missing.
    #[expect(clippy::panic, reason = "a test must name the programs that it runs")]
    pub fn command(self) -> Command {
        let Some(path) = self.find() else { panic!("{self} is not on this machine") };
        let mut command = Command::new(path);
        command.env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
        if self == Self::Keytool || matches!(self, Self::OfJdk(_, "keytool")) {
            command.args(["-J-Duser.language=en", "-J-Duser.country=US", "-J-XX:TieredStopAtLevel=1"]);
        }
        command
    }
}

impl std::fmt::Display for Tool {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Keytool => formatter.write_str("keytool"),
            Self::Java => formatter.write_str("java"),
            Self::Javac => formatter.write_str("javac"),
            Self::OpenSsl => formatter.write_str("openssl"),
            Self::OfJdk(version, program) => write!(formatter, "{program} of JAVA_{version}_HOME"),
            Self::Jar(name) | Self::Other(name) => formatter.write_str(name),
        }
    }
}

/// Runs a command to its end and returns its standard output.
///
/// # Panics
/// If the command cannot be started or does not exit with status 0. The message contains the command's whole output.
#[expect(clippy::panic, reason = "the failing test shows what the program said")]
pub fn output(command: &mut Command) -> String {
    match command.output() {
        Ok(out) if out.status.success() => String::from_utf8_lossy(&out.stdout).into_owned(),
        Ok(out) => panic!(
            "{command:?}\n{}\n{}{}",
            out.status,
            String::from_utf8_lossy(&out.stdout),
            String::from_utf8_lossy(&out.stderr)
        ),
        Err(error) => panic!("{command:?} cannot be started: {error}"),
    }
}

fn find_java(program: &str) -> Option<PathBuf> {
    in_home("JAVA_HOME", program).or_else(|| on_path(program))
}

fn in_home(variable: &str, program: &str) -> Option<PathBuf> {
    existing(Path::new(&env::var_os(variable)?).join("bin").join(program))
}

fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).find_map(|folder| existing(folder.join(program)))
}

/// The path of a library in Maven's local repository, downloaded with `mvn` if necessary.
fn jar(coordinates: &str) -> Option<PathBuf> {
    let [group, name, version] = coordinates.split(':').collect::<Vec<_>>().try_into().ok()?;
    let folder = Path::new(&env::var_os("HOME")?).join(".m2/repository").join(group.replace('.', "/"));
    let file = folder.join(name).join(version).join(format!("{name}-{version}.jar"));
    if !file.is_file() {
        let mut maven = Command::new(on_path("mvn")?);
        maven.args(["-q", "-B", "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get", "-Dtransitive=false"]);
        maven.arg(format!("-Dartifact={coordinates}")).output().ok()?;
    }
    file.is_file().then_some(file)
}

fn existing(mut path: PathBuf) -> Option<PathBuf> {
    path.set_extension(env::consts::EXE_EXTENSION);
    path.is_file().then_some(path)
}
