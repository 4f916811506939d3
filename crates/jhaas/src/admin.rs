//! What an operator does before anybody can sign in: accounts and roles from the command line.

use anyhow::{Result, anyhow, bail};
use clap::Subcommand;
use jhaas_app::{
    App, AppError,
    account::{self, NewAccount},
};
use jhaas_domain::{account::Role, id::AccountId};
use jhaas_lang::Lang;

use crate::{config::Loaded, serve};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Makes an account and prints a link, valid for an hour, by which its owner chooses a password.
    Create {
        /// Mail address of the account; counts as confirmed.
        email: String,
        /// The person's name.
        #[arg(long)]
        name: String,
        /// administrator, governance or leader; none when not given.
        #[arg(long, value_parser = role)]
        role: Option<Role>,
    },
    /// Gives a role to an account.
    Grant {
        /// Mail address of the account.
        email: String,
        /// administrator, governance or leader.
        #[arg(value_parser = role)]
        role: Role,
    },
    /// Withdraws a key that signs sign-ins at hubs, for instance one that leaked; another takes its place at once.
    WithdrawKey {
        /// Its id (`kid`), as at /oidc/jwks.
        kid: String,
    },
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "one of administrator, governance, leader".to_owned())
}

/// # Errors
/// When there is an account already or none, or what was typed cannot be one.
pub(crate) async fn run(loaded: &Loaded, what: Command) -> Result<()> {
    let app = serve::app(&loaded.config).await?;
    match what {
        Command::Create { email, name, role } => create(&app, email, name, role).await,
        Command::Grant { email, role } => grant(&app, &email, role).await,
        Command::WithdrawKey { kid } => withdraw_key(&app, &kid).await,
    }
}

async fn create(app: &App, email: String, name: String, role: Option<Role>) -> Result<()> {
    let new = NewAccount { name, email, lang: Lang::EN.code().to_owned(), ..NewAccount::default() };
    let tx = app.db.begin().await?;
    let account = account::create_confirmed(app, &tx, new).await.map_err(in_words)?;
    if let Some(role) = role {
        account::grant(app, &tx, account, role).await?;
    }
    let link = account::password_link(app, &tx, account).await?;
    app.commit(tx).await?;
    println!("{link}");
    Ok(())
}

async fn withdraw_key(app: &App, kid: &str) -> Result<()> {
    match jhaas_app::key::withdraw(app, kid).await {
        Err(AppError::NotFound) => bail!("there is no key {kid}"),
        withdrawn => withdrawn?,
    }
    println!("The key {kid} is withdrawn.");
    Ok(())
}

async fn grant(app: &App, email: &str, role: Role) -> Result<()> {
    let Some(account) = jhaas_store::account::by_email(app.db.pool(), &email.to_lowercase()).await? else {
        bail!("there is no account with the address {email}");
    };
    let tx = app.db.begin().await?;
    account::grant(app, &tx, AccountId(account.id), role).await?;
    app.commit(tx).await?;
    println!("{email} is now {}.", role.as_str());
    Ok(())
}

/// What was wrong with each thing that was typed.
fn in_words(error: AppError) -> anyhow::Error {
    match error {
        AppError::Invalid(fields) => {
            let words = fields.iter().map(|field| jhaas_lang::message(Lang::EN, &field.message));
            anyhow!(words.collect::<Vec<_>>().join(" "))
        }
        error => error.into(),
    }
}
