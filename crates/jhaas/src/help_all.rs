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
        let help = role.clone().render_long_help().to_string();
        println!("\n{} `{name}`\n\n```text\n{}\n```", "#".repeat(level), help.trim_end());
        print_below(role, level + 1);
    }
}
