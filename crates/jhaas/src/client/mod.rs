//! `jhaas login`, `jhaas course` and their like: the program as a client of a running portal, by its interface for programs.
//! Nothing of a server's configuration is read here.

mod api;
mod course;
mod credentials;
mod fault;
mod log;
mod participant;
mod session;
mod table;
mod terminal;

use std::process::ExitCode;

use clap::Subcommand;

use self::{api::Api, fault::Fault};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Logs in to a running portal with an access token, for `jhaas course`.
    Login(session::LoginArgs),
    /// Forgets portal and token.
    Logout,
    /// Who the token acts for, and what it may do.
    Whoami {
        /// The portal's object.
        #[arg(long)]
        json: bool,
    },
    /// Courses of the portal that you are logged in to.
    Course {
        #[command(subcommand)]
        what: CourseCommand,
    },
}

#[derive(Subcommand)]
pub(crate) enum CourseCommand {
    /// Courses, the latest request first.
    List(course::ListArgs),
    /// One course.
    Show(course::ShowArgs),
    /// Asks for a course, with what a file says.
    Request(course::RequestArgs),
    /// The log of a deployment; with -f until it ends, and 1 when it fails.
    Log(log::Args),
    /// Tries again what failed; for administrators.
    Retry(course::RetryArgs),
    /// Withdraws a course that has no hub.
    Cancel(course::DecisiveArgs),
    /// Ends a running course before its time; its hub is removed.
    End(course::DecisiveArgs),
    /// People who applied, the first application first.
    Participants(participant::ListArgs),
    /// Admits somebody, to a seat or to the waiting list.
    Admit(participant::AdmitArgs),
    /// Refuses an application.
    Reject(participant::RefuseArgs),
    /// Removes somebody who was admitted, from portal and hub at once.
    Remove(participant::RefuseArgs),
}

/// Does it, and says in words why not.
pub(crate) async fn run(command: Command) -> ExitCode {
    match done(command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            if let Some(words) = fault.words() {
                eprintln!("jhaas: {words}");
            }
            fault.code()
        }
    }
}

async fn done(command: Command) -> Result<(), Fault> {
    match command {
        Command::Login(args) => session::login(args).await,
        Command::Logout => session::logout(),
        Command::Whoami { json } => session::whoami(&Api::of_user()?, json).await,
        Command::Course { what } => about_courses(&Api::of_user()?, what).await,
    }
}

async fn about_courses(api: &Api, command: CourseCommand) -> Result<(), Fault> {
    match command {
        CourseCommand::List(args) => course::list(api, &args).await,
        CourseCommand::Show(args) => course::show(api, &args).await,
        CourseCommand::Request(args) => course::request(api, &args).await,
        CourseCommand::Log(args) => log::run(api, &args).await,
        CourseCommand::Retry(args) => course::retry(api, &args).await,
        CourseCommand::Cancel(args) => course::cancel(api, &args).await,
        CourseCommand::End(args) => course::end(api, &args).await,
        CourseCommand::Participants(args) => participant::list(api, &args).await,
        CourseCommand::Admit(args) => participant::admit(api, &args).await,
        CourseCommand::Reject(args) => participant::reject(api, &args).await,
        CourseCommand::Remove(args) => participant::remove(api, &args).await,
    }
}
