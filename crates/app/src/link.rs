//! Addresses of the portal's pages, for mails and for pages alike, so that they cannot drift apart.

use jhaas_domain::id::{CourseId, DeploymentId};

/// Where people apply; the token is the course's invite link.
#[must_use]
pub fn invite(token: &str) -> String {
    format!("/join/{token}")
}

#[must_use]
pub fn course(course: CourseId) -> String {
    format!("/courses/{course}")
}

#[must_use]
pub fn participants(course: CourseId) -> String {
    format!("/courses/{course}/participants")
}

/// One's own files at the course's hub.
#[must_use]
pub fn files(course: CourseId) -> String {
    format!("/courses/{course}/files")
}

/// The request as governance sees it.
#[must_use]
pub fn request(course: CourseId) -> String {
    format!("/governance/courses/{course}")
}

/// What governance has to decide.
#[must_use]
pub fn queue() -> &'static str {
    "/governance"
}

#[must_use]
pub fn deployment(deployment: DeploymentId) -> String {
    format!("/deployments/{deployment}")
}

#[must_use]
pub fn mail_queue() -> &'static str {
    "/admin/mails"
}
