//! Drafts of requests: kept as typed, seen by their author alone.

use jhaas_domain::{id::DraftId, message::Message, right::Right, time::Timestamp};

use crate::{Actor, App, AppError, Result, access, course::CourseForm};

/// More drafts than this are not kept for one person.
const MAX_DRAFTS: u64 = 50;
/// More text than this is no draft of a course.
const MAX_BYTES: usize = 200_000;

/// One draft.
#[derive(Clone, Debug)]
pub struct DraftView {
    pub id: DraftId,
    pub form: CourseForm,
    pub updated_at: Timestamp,
}

/// Keeps a form as it is; `id` names the draft that it replaces.
///
/// # Errors
/// [`AppError::Forbidden`] for who may not request courses, [`AppError::NotFound`] for somebody else's draft, and
/// [`AppError::Conflict`] when there are too many.
pub async fn save(app: &App, actor: &Actor, id: Option<DraftId>, form: &CourseForm) -> Result<DraftId> {
    access::portal(actor, Right::RequestCourse)?;
    let kept = CourseForm { terms: String::new(), ..form.clone() };
    let text = serde_json::to_string(&kept).map_err(|error| AppError::Internal(error.to_string()))?;
    if text.len() > MAX_BYTES {
        return Err(AppError::invalid("description", Message::new("error-description-length")));
    }
    let tx = app.db.begin().await?;
    let id = match id {
        Some(id) => {
            let found = jhaas_store::draft::by_id(&tx, id).await?;
            found.filter(|draft| draft.account == actor.account).ok_or(AppError::NotFound)?;
            id
        }
        None if jhaas_store::draft::count(&tx, actor.account).await? >= MAX_DRAFTS => {
            return Err(AppError::conflict("error-too-many-drafts"));
        }
        None => DraftId::new(&*app.clock, &*app.random),
    };
    let draft = jhaas_store::draft::Draft { id, account: actor.account, form: text, updated_at: app.now() };
    jhaas_store::draft::put(&tx, &draft).await?;
    app.commit(tx).await?;
    Ok(id)
}

/// The actor's drafts, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<DraftView>> {
    let drafts = jhaas_store::draft::of_account(app.db.pool(), actor.account).await?;
    Ok(drafts.into_iter().map(view).collect())
}

/// One draft of the actor.
///
/// # Errors
/// [`AppError::NotFound`] for somebody else's.
pub async fn get(app: &App, actor: &Actor, id: DraftId) -> Result<DraftView> {
    let found = jhaas_store::draft::by_id(app.db.pool(), id).await?;
    found.filter(|draft| draft.account == actor.account).map(view).ok_or(AppError::NotFound)
}

/// Throws a draft away.
///
/// # Errors
/// [`AppError::NotFound`] for somebody else's.
pub async fn delete(app: &App, actor: &Actor, id: DraftId) -> Result<()> {
    let gone = jhaas_store::draft::delete(app.db.pool(), id, actor.account).await?;
    if gone { Ok(()) } else { Err(AppError::NotFound) }
}

fn view(draft: jhaas_store::draft::Draft) -> DraftView {
    // Fields that this version does not know are left out; those that it misses are empty.
    let form = serde_json::from_str(&draft.form).unwrap_or_default();
    DraftView { id: draft.id, form, updated_at: draft.updated_at }
}
