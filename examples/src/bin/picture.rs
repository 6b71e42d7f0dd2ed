//! Runs a program and draws what it prints, as a terminal shows it.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anstream::{eprintln, println};
use anyhow::Context as _;
use clap::Parser;
use examples::files::{self, Access};

/// Runs a command and writes what it prints as an SVG picture.
///
/// Exit status: 0 if the picture was written, 2 if not. How the command ended does not matter: a refusal is worth a
/// picture too.
#[derive(Parser)]
#[command(name = "picture", version, after_help = EXAMPLE)]
struct Arguments {
    /// The file to write.
    file: PathBuf,
    /// Draw from the line that begins so.
    #[arg(long, value_name = "TEXT")]
    from: Option<String>,
    /// The command and its arguments.
    #[arg(required = true, trailing_var_arg = true)]
    command: Vec<String>,
}

const EXAMPLE: &str = "Example:
  picture --from Rotate examples/pictures/quickstart.svg target/release/quickstart --cassandra 3.11";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match draw(&arguments) {
        Ok(()) => {
            println!("{} is written", arguments.file.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("picture: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn draw(arguments: &Arguments) -> anyhow::Result<()> {
    let text = printed(&arguments.command)?;
    let shown = arguments.from.as_deref().map_or(Some(text.as_str()), |from| starting_with(&text, from));
    let shown = shown.context("no line of what was printed begins so")?;
    let prompt = prompt(&arguments.command);
    let svg = anstyle_svg::Term::new().render_svg(&format!("$ {prompt}\n{}", shown.trim_end()));
    Ok(files::install(&arguments.file, svg.as_bytes(), Access::Everybody)?)
}

fn printed(command: &[String]) -> anyhow::Result<String> {
    let (program, arguments) = command.split_first().context("no command")?;
    let mut command = Command::new(program);
    command.args(arguments).env("CLICOLOR_FORCE", "1").stderr(Stdio::inherit());
    let output = command.output().with_context(|| format!("{program} cannot be run"))?;
    Ok(String::from_utf8(output.stdout)?)
}

/// What somebody would type who has the program on the path.
fn prompt(command: &[String]) -> String {
    let words = command.iter().enumerate().map(|(place, word)| match Path::new(word).file_name() {
        Some(name) if place == 0 => name.to_string_lossy(),
        _ => word.into(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The text from the line that begins with `from`, whatever its colour.
fn starting_with<'a>(text: &'a str, from: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| anstream::adapter::strip_str(line).to_string().starts_with(from))?;
    text.split_once(line).and_then(|(before, _)| text.strip_prefix(before))
}
