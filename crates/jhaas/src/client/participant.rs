//! People of a course: listed, admitted, refused and removed.

use clap::builder::PossibleValuesParser;
use jhaas_domain::{id::ParticipationId, participation::ParticipationState};
use serde_json::{Value, json};

use super::{
    api::Api,
    course::find,
    fault::Fault,
    table::Table,
    terminal::{self, MINUTE, agreed, clean},
};

#[derive(clap::Args)]
pub(crate) struct ListArgs {
    /// Its identifier, or its address (slug).
    course: String,
    /// Only people in this state.
    #[arg(long, value_parser = PossibleValuesParser::new(ParticipationState::ALL.map(ParticipationState::as_str)))]
    state: Option<String>,
    /// Part of name or mail address.
    #[arg(long)]
    search: Option<String>,
    /// One array with the portal's objects.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct AdmitArgs {
    /// Its identifier, or its address (slug).
    course: String,
    /// Mail address of the person, or identifier of the application.
    person: String,
}

#[derive(clap::Args)]
pub(crate) struct RefuseArgs {
    /// Its identifier, or its address (slug).
    course: String,
    /// Mail address of the person, or identifier of the application.
    person: String,
    /// What the person reads in the mail.
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    /// Does not ask.
    #[arg(long)]
    yes: bool,
}

pub(super) async fn list(api: &Api, args: &ListArgs) -> Result<(), Fault> {
    let id = find(api, &args.course).await?;
    let mut query = Vec::new();
    query.extend(args.state.as_deref().map(|state| ("state", state)));
    query.extend(args.search.as_deref().map(|search| ("q", search)));
    let people = api.list(&["courses", &id, "participants"], &query).await?;
    if args.json {
        return terminal::print_json(&people.into());
    }
    if people.is_empty() {
        eprintln!("There is nobody.");
        return Ok(());
    }
    let mut table = Table::new(["ADDRESS", "STATE", "APPLIED", "NAME"], 3);
    for person in &people {
        let place = person["waiting_place"].as_u64().map(|place| format!(" ({place})")).unwrap_or_default();
        table.line([
            terminal::text(&person["email"]),
            format!("{}{place}", terminal::text(&person["state"])),
            terminal::time(&person["applied_at"], MINUTE),
            terminal::text(&person["name"]),
        ]);
    }
    terminal::print(&table.text(terminal::width()))
}

pub(super) async fn admit(api: &Api, args: &AdmitArgs) -> Result<(), Fault> {
    let (course, person) = applied(api, &args.course, &args.person).await?;
    let path = ["courses", &course, "participants", &person, "admit"];
    let admitted = api.post(&path, &json!({})).await?.value;
    terminal::print(&format!("{}: {}\n", clean(&args.person), clean(&terminal::text(&admitted["state"]))))
}

pub(super) async fn reject(api: &Api, args: &RefuseArgs) -> Result<(), Fault> {
    refuse(api, args, "reject", "Refuse", "rejected").await
}

pub(super) async fn remove(api: &Api, args: &RefuseArgs) -> Result<(), Fault> {
    refuse(api, args, "remove", "Remove", "removed").await
}

async fn refuse(api: &Api, args: &RefuseArgs, what: &str, verb: &str, done: &str) -> Result<(), Fault> {
    let (course, person) = applied(api, &args.course, &args.person).await?;
    agreed(args.yes, &format!("{verb} {}?", clean(&args.person)))?;
    let path = ["courses", &course, "participants", &person, what];
    api.post(&path, &json!({ "reason": args.reason })).await?;
    terminal::print(&format!("{}: {done}\n", clean(&args.person)))
}

/// Identifiers of the course and of the application that is meant.
async fn applied(api: &Api, course: &str, person: &str) -> Result<(String, String), Fault> {
    let course = find(api, course).await?;
    if let Ok(id) = person.parse::<ParticipationId>() {
        return Ok((course, id.to_string()));
    }
    let people = api.list(&["courses", &course, "participants"], &[("q", person)]).await?;
    let is_meant =
        |one: &&Value| one["email"].as_str().is_some_and(|email| email.eq_ignore_ascii_case(person.trim()));
    match people.iter().find(is_meant) {
        Some(one) => Ok((course, terminal::text(&one["id"]))),
        None => Err(Fault::Failed(format!(
            "Nobody with the address {person:?} applied; see `jhaas course participants`."
        ))),
    }
}
