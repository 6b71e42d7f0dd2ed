//! The command line: the subcommands, the options that all of them have, and the exit status.

use std::env;
use std::process::ExitCode;

use anstream::{eprintln, print, println};
use clap::error::ErrorKind;
use clap::{Args, ColorChoice, CommandFactory, Parser};
use serde::Serialize;

use crate::commands::Command;
use crate::document::{Form, Schema};
use crate::memory::refuse_dumps;
use crate::shown;
use crate::status::Status;

/// TLS between the nodes of a Cassandra cluster.
///
/// Makes keys and stores, observes the nodes, plans changes that break no connection, and checks the nodes before and after each
/// restart. Hosts are changed only through Ansible.
#[derive(Debug, Parser)]
#[command(name = "cassandra-tls", version, propagate_version = true, help_template = HELP, after_help = STATUS)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every subcommand.
#[derive(Args, Debug)]
struct Global {
    /// Print the result as JSON, for programs. The field `schema` gives the name of the schema.
    #[arg(long, global = true, display_order = 100)]
    json: bool,
    /// When to print in colour; `auto` means at a terminal, unless `NO_COLOR` is set.
    #[arg(long, global = true, display_order = 101, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
}

/// The layout of `--help`; a test parses the example commands.
const HELP: &str = "\
{about-with-newline}
{usage-heading} {usage}

From the first look to the next rotation:
  collect    cassandra-tls observe playbook --cluster cluster.toml play
             ansible-playbook -i inventory play/observe.yml
  check      cassandra-tls preflight --root play/collected/node0
  prepare    cassandra-tls prepare --cluster cluster.toml --trees play/collected
  observe    cassandra-tls observe trees --cluster cluster.toml --bundles bundles/g1 play/collected
  plan       cassandra-tls plan --state state.json rotate --bundles bundles/g1 --trees play/collected --playbook play
  carry out  cassandra-tls apply play -- -i inventory
  watch      cassandra-tls expiry --cluster cluster.toml --port 7000

{all-args}{after-help}
";

const STATUS: &str = "Exit status: 0 fine, 1 warnings only, 2 the answer is no (a finding that stops a node, no safe plan, a \
    gate that does not hold), 3 the command failed (an input is invalid or cannot be read, or a result cannot be written).";

/// Runs the program, and returns its exit status.
pub fn main() -> ExitCode {
    if let Err(error) = refuse_dumps() {
        eprintln!("cassandra-tls: core dumps cannot be disabled: {error}");
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return misunderstood(&error).into(),
    };
    let Global { json, color } = arguments.global;
    match color {
        ColorChoice::Auto => {}
        ColorChoice::Always => anstream::ColorChoice::Always.write_global(),
        ColorChoice::Never => anstream::ColorChoice::Never.write_global(),
    }
    let form = if json { Form::Json } else { Form::Text };
    let name = arguments.command.name();
    let status = arguments.command.run(form).unwrap_or_else(|error| {
        failed(form, name, &error);
        Status::of_error(&error)
    });
    status.into()
}

fn misunderstood(error: &clap::Error) -> Status {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        print!("{}", error.render().ansi());
        return Status::Fine;
    }
    let _ = error.print();
    if env::args_os().any(|word| word == "--json") {
        let text = error.to_string();
        document(None, text.strip_prefix("error: ").unwrap_or(&text).trim_end());
    }
    Status::Failed
}

fn failed(form: Form, command: &str, error: &anyhow::Error) {
    eprintln!("cassandra-tls {command}: {}", shown::error(error));
    if form == Form::Json {
        document(Some(command), &format!("{error:#}"));
    }
}

fn document(command: Option<&str>, error: &str) {
    #[derive(Serialize)]
    struct Failure<'a> {
        command: Option<&'a str>,
        error: &'a str,
    }
    if let Ok(text) = Schema::ERROR.write(&Failure { command, error }) {
        println!("{}", text.trim_end());
    }
}

/// The program's command line, for completions, man pages and the tests of its help.
pub fn command() -> clap::Command {
    Arguments::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn display(text: &str) -> Vec<Vec<String>> {
        let commands = text.lines().filter_map(|line| line.find("cassandra-tls ").and_then(|at| line.get(at..)));
        let ours = commands.map(|command| command.split([';', '|', '>', '#']).next().unwrap_or_default());
        ours.map(|command| command.split_whitespace().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn the_arguments_fit_together() {
        command().debug_assert();
    }

    #[test]
    fn the_whole_way_stands_in_eight_lines_that_are_understood() {
        let (_, lines) = HELP.split_once("next rotation:\n").unwrap();
        let lines: Vec<&str> = lines.lines().take_while(|line| !line.is_empty()).collect();
        assert_eq!(lines.len(), 8);
        let ours = display(&lines.join("\n"));
        assert_eq!(ours.len(), 7);
        for words in ours {
            Arguments::try_parse_from(&words).unwrap_or_else(|error| panic!("{words:?}: {error}"));
        }
        for word in ["prepare", "observe", "plan", "preflight", "carry out", "expiry"] {
            assert!(lines.iter().any(|line| line.contains(word)), "{word}");
        }
    }

    #[test]
    fn the_guide_shows_commands_that_are_understood() {
        let guide = include_str!("../../../docs/operate.md");
        let commands: Vec<&str> = guide.lines().filter(|line| line.starts_with("$ cassandra-tls ")).collect();
        assert_eq!(commands.len(), 9);
        for words in display(&commands.join("\n")) {
            Arguments::try_parse_from(&words).unwrap_or_else(|error| panic!("{words:?}: {error}"));
        }
    }

    #[test]
    fn every_subcommand_has_examples_that_are_understood() {
        for command in command().get_subcommands() {
            let help = command.get_after_help().unwrap_or_else(|| panic!("{} has no examples", command.get_name()));
            let examples = display(&help.to_string());
            assert!(!examples.is_empty(), "{}", command.get_name());
            for words in examples {
                Arguments::try_parse_from(&words).unwrap_or_else(|error| panic!("{words:?}: {error}"));
            }
        }
    }
}
