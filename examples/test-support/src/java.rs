//! A small Java program, compiled once and run many times.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::tool::{Tool, output};

/// A compiled Java class with a `main`.
///
/// A JVM takes about a third of a second to start, so a test with many cases should pass all of them to one run.
#[derive(Debug)]
pub struct JavaProgram {
    class: String,
    classes: TempDir,
    /// The class path of the jars that the program needs.
    libraries: Option<PathBuf>,
}

impl JavaProgram {
    /// Compiles `source`, the text of the public class `class`, with `javac` ([`Tool::Javac`]).
    ///
    /// # Panics
    /// If `javac` is missing, if a temporary file cannot be written, or if the class does not compile. In the last case, the
    /// message contains the output of `javac`.
    pub fn compile(class: &str, source: &str) -> Self {
        Self::compiled(class, source, None, &[])
    }

    /// Like [`compile`](Self::compile), for JVMs of this release and later.
    ///
    /// # Panics
    /// As for [`compile`](Self::compile).
    pub fn compile_for(release: u8, class: &str, source: &str) -> Self {
        Self::compiled(class, source, None, &["--release".to_owned(), release.to_string()])
    }

    /// Like [`compile`](Self::compile), for a program that needs the jars of a folder.
    ///
    /// # Panics
    /// As for [`compile`](Self::compile).
    pub fn compile_with(class: &str, source: &str, jars: &Path) -> Self {
        Self::compiled(class, source, Some(jars.join("*")), &[])
    }

    /// Like [`compile_with`](Self::compile_with), for JVMs of this release and later.
    ///
    /// # Panics
    /// As for [`compile`](Self::compile).
    pub fn compile_with_for(release: u8, class: &str, source: &str, jars: &Path) -> Self {
        Self::compiled(class, source, Some(jars.join("*")), &["--release".to_owned(), release.to_string()])
    }

    #[expect(clippy::expect_used, reason = "a test cannot run without a temporary folder")]
    fn compiled(class: &str, source: &str, libraries: Option<PathBuf>, options: &[String]) -> Self {
        let classes = TempDir::new().expect("a temporary folder can be made");
        let file = classes.path().join(format!("{class}.java"));
        fs::write(&file, source).expect("a temporary file can be written");
        let mut compiler = Tool::Javac.command();
        compiler.args(["-encoding", "UTF-8", "-proc:none"]).args(options);
        if let Some(libraries) = &libraries {
            compiler.arg("-cp").arg(libraries);
        }
        output(compiler.arg("-d").arg(classes.path()).arg(&file));
        Self { class: class.to_owned(), classes, libraries }
    }

    /// A command that runs the program. Add arguments and pass it to [`output`].
    pub fn command(&self) -> Command {
        self.command_of(Tool::Java)
    }

    /// Like [`command`](Self::command), but with all optimisations of the JVM's compiler.
    ///
    /// Use this command only for measurements, because short programs take longer.
    pub fn optimised_command(&self) -> Command {
        self.run_by(Tool::Java, &[])
    }

    /// Like [`command`](Self::command), on another `java`, such as `Tool::OfJdk(25, "java")`.
    pub fn command_of(&self, java: Tool) -> Command {
        self.run_by(java, &["-XX:TieredStopAtLevel=1"])
    }

    fn run_by(&self, java: Tool, options: &[&str]) -> Command {
        let mut command = java.command();
        command.args(options).args(["-Dfile.encoding=UTF-8", "-Duser.language=en", "-Duser.country=US"]);
        let mut class_path = self.classes.path().as_os_str().to_owned();
        if let Some(libraries) = &self.libraries {
            class_path.push(if cfg!(windows) { ";" } else { ":" });
            class_path.push(libraries);
        }
        command.arg("-cp").arg(class_path).arg(&self.class);
        command
    }
}
