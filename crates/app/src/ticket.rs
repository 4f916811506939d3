//! Tickets: how the synthetic student signs in, once, for one attempt of one deployment.

use jhaas_domain::{
    course::CourseState,
    deployment::DeploymentState,
    id::{AccountId, CourseId, DeploymentId},
    username::SYNTHETIC,
};
use jhaas_store::{
    Tx,
    entity::{account, ticket as row},
};

use crate::{
    App, AppError, Result,
    session::{self, NewSession, Visitor},
    token,
};

/// Where synthetic students have their mail: nowhere (RFC 2606).
const MAIL_DOMAIN: &str = "synthetic.invalid";

/// Makes the ticket of an attempt, to be handed to the worker with the secrets.
///
/// # Errors
/// When the database fails.
pub async fn make(
    app: &App,
    tx: &Tx,
    deployment: DeploymentId,
    attempt: u32,
    course: CourseId,
) -> Result<String> {
    let ticket = token::fresh(&*app.random);
    let row = row::Model {
        hash: token::hash(&ticket),
        deployment_id: deployment.0,
        attempt: i32::try_from(attempt).unwrap_or(i32::MAX),
        course_id: course.0,
        // The hub is checked last: the ticket waits for as long as the attempt may take.
        expires_at: app.now().plus_seconds(app.settings.dispatch.deadline_seconds).as_millis(),
        used_at: None,
    };
    jhaas_store::ticket::insert(tx, row).await?;
    Ok(ticket)
}

/// Turns a ticket into the session of a synthetic student, which may enter this course's hub and nothing else.
///
/// # Errors
/// [`AppError::Forbidden`] when the ticket is unknown, used, expired, or of an attempt that is over.
pub async fn redeem(app: &App, ticket: &str, visitor: &Visitor) -> Result<NewSession> {
    let tx = app.db.begin().await?;
    let hash = token::hash(ticket);
    let taken = jhaas_store::ticket::take(&tx, &hash, app.now()).await?.ok_or(AppError::Forbidden)?;
    let course = CourseId(taken.course_id);
    let attempt = u32::try_from(taken.attempt).unwrap_or(0);
    let deployment = DeploymentId(taken.deployment_id);
    if !is_current(&tx, deployment, attempt, course).await? {
        return Err(AppError::Forbidden);
    }
    let account = student(app, &tx, deployment, attempt, course).await?;
    let session = session::start(app, &tx, account, &visitor.user_agent, Some(course)).await?;
    app.commit(tx).await?;
    tracing::info!(%course, %deployment, attempt, "ticket.redeemed");
    Ok(session)
}

async fn is_current(tx: &Tx, id: DeploymentId, attempt: u32, course: CourseId) -> Result<bool> {
    let Some(deployment) = jhaas_store::deployment::by_id(tx, id).await? else { return Ok(false) };
    let Some(course) = jhaas_store::course::by_id(tx, course).await? else { return Ok(false) };
    Ok(deployment.state == DeploymentState::Open
        && deployment.attempt == attempt
        && deployment.course == course.id
        && matches!(course.state, CourseState::Deploying | CourseState::Deployed))
}

/// The name of the synthetic student of an attempt at the hub; people cannot choose such a name.
#[must_use]
pub fn hub_user(deployment: DeploymentId, attempt: u32) -> String {
    // The last part of the identifier is random, the first is a time.
    let id = deployment.0.simple().to_string();
    format!("{SYNTHETIC}{}-{attempt}", &id[20..])
}

async fn student(
    app: &App,
    tx: &Tx,
    deployment: DeploymentId,
    attempt: u32,
    course: CourseId,
) -> Result<AccountId> {
    let hub_user = hub_user(deployment, attempt);
    if let Some(known) = jhaas_store::account::synthetic_of(tx, course, &hub_user).await? {
        return Ok(AccountId(known.id));
    }
    let id = AccountId::new(&*app.clock, &*app.random);
    let row = account::Model {
        id: id.0,
        email: format!("{hub_user}@{MAIL_DOMAIN}"),
        email_verified_at: None,
        name: "JHaaS check".to_owned(),
        hub_user,
        password_hash: None,
        lang: "en".to_owned(),
        zone: None,
        optional_mails: false,
        synthetic_course: Some(course.0),
        locked_at: None,
        lock_reason: None,
        created_at: app.now().as_millis(),
        version: 1,
    };
    jhaas_store::account::insert(tx, row).await?;
    Ok(id)
}

/// Removes what is left of tickets and of synthetic students whose sessions are over. Call it every few minutes.
///
/// # Errors
/// When the database fails.
pub async fn clean_up(app: &App) -> Result<usize> {
    let tx = app.db.begin().await?;
    jhaas_store::ticket::delete_expired(&tx, app.now().plus_days(-1)).await?;
    let before = app.now().plus_seconds(-session::SYNTHETIC_SECONDS);
    let students = jhaas_store::account::synthetic(&tx, before).await?;
    for student in &students {
        let id = AccountId(student.id);
        jhaas_store::session::delete_of_account(&tx, id, None).await?;
        jhaas_store::provider::delete_of_account(&tx, id).await?;
        jhaas_store::account::delete(&tx, id).await?;
    }
    app.commit(tx).await?;
    Ok(students.len())
}
