//! `jhaas help-all`: the help of every role, for docs/operate/command-line.md.

use clap::{Command, CommandFactory as _};

use crate::cli::Cli;

/// Prints Markdown: one heading and one help text per role.
pub(crate) fn print() {
    let mut program = Cli::command();
    program.build();
    print_below(&program, 2);
}

fn print_below(command: &Command, level: usize) {
    let roles = command.get_subcommands().filter(|role| !role.is_hide_set() && role.get_name() != "help");
    for role in roles {
        let name = role.get_bin_name().unwrap_or_else(|| role.get_name());
        let help = role.clone().render_help().to_string();
        let lines: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
        println!("\n{} `{name}`\n\n```text\n{}\n```", "#".repeat(level), lines.join("\n"));
        print_below(role, level + 1);
    }
}
