//! Runs programs and draws their output as a terminal would show it.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anstream::{eprintln, println};
use anyhow::Context as _;
use clap::Parser;

/// Runs commands and draws their output, including errors, as an SVG picture. Lines of more than 110 columns are
/// folded.
///
/// Exit status: 0 if the picture was written, 2 if not. The commands' own exit status is ignored, so that refusals can
/// be drawn too.
#[derive(Parser)]
#[command(name = "picture", after_help = EXAMPLES)]
struct Arguments {
    /// The file to write.
    file: PathBuf,
    /// Draw the output of each command only from the line that begins with this text.
    #[arg(long, value_name = "TEXT")]
    from: Option<String>,
    /// The command and its arguments. A `;` as a separate argument starts another command.
    #[arg(required = true, trailing_var_arg = true)]
    command: Vec<String>,
}

const EXAMPLES: &str = "Examples:
  picture --from Rotate docs/pictures/quickstart.svg target/release/quickstart --cassandra 3.11
  picture prepare.svg cassandra-tls prepare --cluster c.toml ';' cassandra-tls prepare --cluster c.toml";

/// The number of columns that is still legible on a web page.
const COLUMNS: usize = 110;

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
    let commands = arguments.command.split(|word| word == ";");
    let shown = commands.map(|command| show(command, arguments.from.as_deref())).collect::<anyhow::Result<Vec<_>>>()?;
    let folded: Vec<String> = shown.join("\n\n").lines().map(folded).collect();
    let svg = anstyle_svg::Term::new().render_svg(&folded.join("\n"));
    std::fs::write(&arguments.file, svg).with_context(|| format!("{} cannot be written", arguments.file.display()))
}

fn show(command: &[String], from: Option<&str>) -> anyhow::Result<String> {
    let text = printed(command)?;
    let shown = from.map_or(Some(text.as_str()), |from| starting_with(&text, from));
    let shown = shown.context("no line of the output begins with the text of --from")?;
    Ok(format!("$ {}\n{}", prompt(command), shown.trim_end()))
}

fn printed(command: &[String]) -> anyhow::Result<String> {
    let (program, arguments) = command.split_first().context("no command")?;
    let (mut output, input) = io::pipe()?;
    let mut command = Command::new(program);
    command.args(arguments).env("CLICOLOR_FORCE", "1").stdout(input.try_clone()?).stderr(input);
    let mut child = command.spawn().with_context(|| format!("{program} cannot be run"))?;
    drop(command); // closes this process's write ends of the pipe, so that reading ends when the child exits
    let mut text = String::new();
    output.read_to_string(&mut text)?;
    child.wait()?;
    Ok(text)
}

fn prompt(command: &[String]) -> String {
    let words = command.iter().enumerate().map(|(place, word)| match Path::new(word).file_name() {
        Some(name) if place == 0 => name.to_string_lossy(),
        _ => word.into(),
    });
    words.collect::<Vec<_>>().join(" ")
}

fn starting_with<'a>(text: &'a str, from: &str) -> Option<&'a str> {
    let begins = |line: &str| anstream::adapter::strip_str(line).to_string().starts_with(from);
    let before = text.split_inclusive('\n').take_while(|line| !begins(line)).map(str::len).sum();
    text.get(before..).filter(|shown| !shown.is_empty())
}

/// Breaks a line at spaces, so that each part has at most [`COLUMNS`] columns.
///
/// A longer word is not broken.
fn folded(line: &str) -> String {
    let (mut text, mut column) = (String::new(), 0);
    for word in line.split_inclusive(' ') {
        let shown = anstream::adapter::strip_str(word).to_string();
        if column > 0 && column + shown.trim_end().chars().count() > COLUMNS {
            text.push('\n');
            column = 0;
        }
        text.push_str(word);
        column += shown.chars().count();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_starts_at_the_first_line_that_begins_with_the_text() {
        let text = "x Done\n\u{1b}[32mDone\u{1b}[0m: 1\nDone: 2\n";
        assert_eq!(starting_with(text, "Done"), Some("\u{1b}[32mDone\u{1b}[0m: 1\nDone: 2\n"));
        assert_eq!(starting_with(text, "x"), Some(text));
        assert_eq!(starting_with(text, "one"), None);
    }
}
