//! Who acts: a signed-in person with the roles of this very request, or the portal itself.

use jhaas_domain::{account::Role, id::AccountId};

/// Read anew for each request, so that a role taken away takes effect at the next one.
#[derive(Clone, Debug)]
pub struct Actor {
    pub account: AccountId,
    pub name: String,
    pub roles: Vec<Role>,
    /// For the audit log and for support.
    pub request_id: Option<String>,
}
