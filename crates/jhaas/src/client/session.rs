//! Who is logged in where.

use std::path::PathBuf;

use super::{
    api::Api,
    credentials::{Credentials, Portal, Token},
    fault::Fault,
    terminal::{self, MINUTE, clean},
};

#[derive(clap::Args)]
pub(crate) struct LoginArgs {
    /// Address of the portal, such as https://portal.example.org.
    #[arg(long, env = "JHAAS_PORTAL", hide_env_values = true)]
    portal: String,
    /// Holds the access token; otherwise it is asked for, or read from the standard input.
    #[arg(long)]
    token_file: Option<PathBuf>,
}

/// Keeps a token, once the portal has taken it.
pub(super) async fn login(args: LoginArgs) -> Result<(), Fault> {
    let portal = Portal::parse(&args.portal)?;
    let token = match &args.token_file {
        Some(file) => Token::read(file)?,
        None => Token::parse(&terminal::secret(&format!("Access token for {portal}")).await?)?,
    };
    let api = Api::new(Credentials { portal, token })?;
    let me = api.get(&["me"], &[]).await?.value;
    let place = api.credentials().keep()?;
    let (name, email) = (clean(&terminal::text(&me["name"])), clean(&terminal::text(&me["email"])));
    terminal::print(&format!(
        "Logged in to {} as {name} <{email}>; the token is in {}.\n",
        api.credentials().portal,
        place.display()
    ))
}

/// The token itself goes on working: only its owner can end it.
pub(super) fn logout() -> Result<(), Fault> {
    let said = if Credentials::forget()? {
        "The token is forgotten here. To end it everywhere, delete it on your account page.\n"
    } else {
        "Nobody was logged in.\n"
    };
    terminal::print(said)
}

pub(super) async fn whoami(api: &Api, json: bool) -> Result<(), Fault> {
    let me = api.get(&["me"], &[]).await?.value;
    if json {
        return terminal::print_json(&me);
    }
    let words = |list: &serde_json::Value| {
        let words: Vec<&str> =
            list.as_array().into_iter().flatten().filter_map(|word| word.as_str()).collect();
        if words.is_empty() { "none".to_owned() } else { words.join(", ") }
    };
    let token = &me["token"];
    let lines = [
        ("Portal", api.credentials().portal.to_string()),
        ("Name", terminal::text(&me["name"])),
        ("Address", terminal::text(&me["email"])),
        ("Roles", words(&me["roles"])),
        ("Token", terminal::text(&token["name"])),
        ("May", words(&token["scopes"])),
        ("Until", terminal::time(&token["expires_at"], MINUTE)),
    ];
    terminal::print(&lines.map(|(name, value)| format!("{name:<8} {}\n", clean(&value))).concat())
}
