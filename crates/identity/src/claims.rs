//! What claims mean: name, address and roles, as the operator maps them.

use std::collections::BTreeMap;

use jhaas_app::sign_in::Vouched;
use jhaas_domain::account::Role;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What a provider says, by claim.
pub(crate) type Claims = Map<String, Value>;

/// Longer names are cut; nobody must stay outside for one.
const MAX_NAME: usize = 100;

/// Where a provider puts what. A name is a claim, or a way to one: `realm_access.roles`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClaimNames {
    pub name: String,
    pub email: String,
    pub email_verified: String,
    pub groups: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            name: "name".to_owned(),
            email: "email".to_owned(),
            email_verified: "email_verified".to_owned(),
            groups: "groups".to_owned(),
        }
    }
}

/// How claims become a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    pub claims: ClaimNames,
    /// The groups, any of which means the role.
    pub roles: BTreeMap<Role, Vec<String>>,
}

impl Mapping {
    pub(crate) fn person(&self, claims: &Claims, issuer: &str, subject: &str, lang: &str) -> Vouched {
        let text =
            |name: &str| find(claims, name).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
        let email = text(&self.claims.email);
        let parts = format!("{} {}", text("given_name"), text("family_name")).trim().to_owned();
        let candidates = [text(&self.claims.name), parts, text("preferred_username"), email.clone()];
        let name = candidates.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        Vouched {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            name: name.chars().filter(|letter| !letter.is_control()).take(MAX_NAME).collect(),
            email_verified: find(claims, &self.claims.email_verified).is_some_and(is_true),
            email,
            roles: self.roles(claims),
            lang: lang.to_owned(),
        }
    }

    pub(crate) fn roles(&self, claims: &Claims) -> Vec<Role> {
        let groups = match find(claims, &self.claims.groups) {
            Some(Value::Array(groups)) => groups.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(group)) => vec![group.as_str()],
            _ => Vec::new(),
        };
        let means = |names: &Vec<String>| names.iter().any(|name| groups.contains(&name.as_str()));
        self.roles.iter().filter(|(_, names)| means(names)).map(|(role, _)| *role).collect()
    }
}

/// Some providers write it as a text.
fn is_true(value: &Value) -> bool {
    value.as_bool() == Some(true) || value.as_str() == Some("true")
}

/// The claim of exactly this name, which may hold dots; otherwise the one at the end of the way.
fn find<'a>(claims: &'a Claims, name: &str) -> Option<&'a Value> {
    if let Some(value) = claims.get(name) {
        return Some(value);
    }
    let (first, rest) = name.split_once('.')?;
    find(claims.get(first)?.as_object()?, rest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Claims {
        value.as_object().unwrap().clone()
    }

    fn mapping(groups: &str) -> Mapping {
        Mapping {
            claims: ClaimNames { groups: groups.to_owned(), ..ClaimNames::default() },
            roles: BTreeMap::from([
                (Role::Leader, vec!["teachers".to_owned(), "/staff".to_owned()]),
                (Role::Governance, vec!["staff".to_owned()]),
            ]),
        }
    }

    #[test]
    fn groups_mean_roles_wherever_the_provider_puts_them() {
        let nested = claims(json!({ "realm_access": { "roles": ["teachers", "other"] } }));
        assert_eq!(mapping("realm_access.roles").roles(&nested), [Role::Leader]);
        let dotted = claims(json!({ "https://id.example/groups": ["staff", "teachers"] }));
        assert_eq!(mapping("https://id.example/groups").roles(&dotted), [Role::Leader, Role::Governance]);
        let single = claims(json!({ "groups": "/staff" }));
        assert_eq!(mapping("groups").roles(&single), [Role::Leader]);
    }

    #[test]
    fn what_is_no_list_of_names_means_no_role() {
        for odd in [
            json!({}),
            json!({ "groups": 1 }),
            json!({ "groups": [1, null] }),
            json!({ "groups": "teachers2" }),
        ] {
            assert_eq!(mapping("groups").roles(&claims(odd.clone())), [], "{odd}");
        }
    }

    #[test]
    fn an_address_counts_only_when_the_provider_says_verified() {
        let verified = |value: Value| {
            let said = claims(json!({ "email": "a@university.example", "email_verified": value }));
            Mapping::default().person(&said, "i", "s", "en").email_verified
        };
        assert!(verified(json!(true)) && verified(json!("true")));
        assert!(
            !verified(json!(false))
                && !verified(json!("false"))
                && !verified(json!(1))
                && !verified(json!(null))
        );
        let silent = claims(json!({ "email": "a@university.example" }));
        assert!(!Mapping::default().person(&silent, "i", "s", "en").email_verified);
    }

    #[test]
    fn somebody_without_a_name_is_called_by_what_there_is() {
        let name = |value: Value| Mapping::default().person(&claims(value), "i", "s", "en").name;
        assert_eq!(name(json!({ "name": "Ada L", "email": "a@x" })), "Ada L");
        assert_eq!(name(json!({ "given_name": "Ada", "family_name": "L" })), "Ada L");
        assert_eq!(name(json!({ "name": " ", "preferred_username": "ada" })), "ada");
        assert_eq!(name(json!({ "email": "a@university.example" })), "a@university.example");
        assert_eq!(name(json!({ "name": format!("A\n{}", "b".repeat(200)) })).chars().count(), 100);
    }
}
