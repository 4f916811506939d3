//! Terms of use: the version that holds, and who accepted it.

use jhaas_domain::{
    message::{FieldError, Message},
    right::Right,
    time::Timestamp,
};

pub use jhaas_store::terms::Terms;

use crate::{
    Actor, App, AppError, Result, access,
    notice::{Event, record},
};

/// The terms that hold now, if the institution made any.
///
/// # Errors
/// When the database fails.
pub async fn current(app: &App) -> Result<Option<Terms>> {
    Ok(jhaas_store::terms::current(app.db.pool(), app.now()).await?)
}

/// Whether the person has accepted what holds now; also when there is nothing to accept.
///
/// # Errors
/// When the database fails.
pub async fn is_accepted(app: &App, actor: &Actor) -> Result<bool> {
    let Some(terms) = current(app).await? else { return Ok(true) };
    Ok(jhaas_store::terms::has_accepted(app.db.pool(), actor.account, terms.number).await?)
}

/// Notes that the person accepts this version.
///
/// # Errors
/// [`AppError::Conflict`] when another version holds by now.
pub async fn accept(app: &App, actor: &Actor, number: u32) -> Result<()> {
    let tx = app.db.begin().await?;
    match jhaas_store::terms::current(&tx, app.now()).await? {
        Some(terms) if terms.number == number => {}
        _ => return Err(AppError::conflict("error-changed-meanwhile")),
    }
    jhaas_store::terms::accept(&tx, actor.account, number, app.now()).await?;
    let event = Event::new("terms.accepted").by(actor).account(actor.account);
    record(app, &tx, event.data(serde_json::json!({ "number": number }))).await?;
    app.commit(tx).await
}

/// All versions, the newest first.
///
/// # Errors
/// [`AppError::Forbidden`].
pub async fn all(app: &App, actor: &Actor) -> Result<Vec<Terms>> {
    access::portal(actor, Right::ManageSettings)?;
    Ok(jhaas_store::terms::all(app.db.pool()).await?)
}

/// Makes a new version; everyone accepts it with the next request. Both languages are needed.
///
/// # Errors
/// [`AppError::Forbidden`]; [`AppError::Invalid`] for an empty text.
pub async fn publish(
    app: &App,
    actor: &Actor,
    text_de: &str,
    text_en: &str,
    valid_from: Option<Timestamp>,
) -> Result<u32> {
    access::portal(actor, Right::ManageSettings)?;
    let errors: Vec<FieldError> = [("text_de", text_de), ("text_en", text_en)]
        .into_iter()
        .filter(|(_, text)| text.trim().is_empty() || text.chars().count() > 100_000)
        .map(|(field, _)| FieldError::new(field, Message::new("error-terms-text")))
        .collect();
    if !errors.is_empty() {
        return Err(AppError::Invalid(errors));
    }
    let tx = app.db.begin().await?;
    let number = jhaas_store::terms::all(&tx).await?.first().map_or(1, |last| last.number + 1);
    let terms = Terms {
        number,
        text_de: text_de.to_owned(),
        text_en: text_en.to_owned(),
        valid_from: valid_from.unwrap_or_else(|| app.now()),
    };
    jhaas_store::terms::insert(&tx, &terms).await?;
    let event = Event::new("terms.published").by(actor).data(serde_json::json!({ "number": number }));
    record(app, &tx, event).await?;
    app.commit(tx).await?;
    Ok(number)
}
