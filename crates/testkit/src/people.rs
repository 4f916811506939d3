//! People with roles.

use jhaas_app::{
    Actor,
    account::{NewAccount, create_confirmed, grant},
};
use jhaas_domain::{account::Role, mail_address::MailAddress};

use crate::world::World;

/// Somebody to be: `world.person("ada").role(Role::Leader).create().await`.
pub struct PersonBuilder<'a> {
    world: &'a World,
    name: String,
    email: String,
    roles: Vec<Role>,
    verified: bool,
}

impl World {
    /// Called `name`, with the confirmed address `name@university.example`, and no role.
    #[must_use]
    pub fn person(&self, name: &str) -> PersonBuilder<'_> {
        PersonBuilder {
            world: self,
            name: name.to_owned(),
            email: format!("{}@university.example", name.to_lowercase()),
            roles: Vec::new(),
            verified: true,
        }
    }

    /// A person without a role.
    pub async fn student(&self, name: &str) -> Actor {
        self.person(name).create().await
    }

    pub async fn leader(&self, name: &str) -> Actor {
        self.person(name).role(Role::Leader).create().await
    }

    pub async fn governance(&self, name: &str) -> Actor {
        self.person(name).role(Role::Governance).create().await
    }

    pub async fn administrator(&self, name: &str) -> Actor {
        self.person(name).role(Role::Administrator).create().await
    }

    /// The person with this name, made if need be: for builders that need somebody in a role.
    pub(crate) async fn somebody(&self, name: &str, role: Role) -> Actor {
        let address = MailAddress::parse(&format!("{name}@university.example")).unwrap();
        match jhaas_store::person::by_email(self.db.pool(), &address).await.unwrap() {
            Some(person) => {
                Actor { account: person.id, name: person.name, roles: vec![role], request_id: None }
            }
            None => self.person(name).role(role).create().await,
        }
    }
}

impl PersonBuilder<'_> {
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.roles.push(role);
        self
    }

    #[must_use]
    pub fn email(mut self, email: &str) -> Self {
        email.clone_into(&mut self.email);
        self
    }

    /// The address was never confirmed.
    #[must_use]
    pub fn unverified(mut self) -> Self {
        self.verified = false;
        self
    }

    /// # Panics
    /// When there is somebody with this address already.
    pub async fn create(self) -> Actor {
        let app = &self.world.app;
        let tx = app.db.begin().await.unwrap();
        let new = NewAccount {
            name: self.name.clone(),
            email: self.email,
            lang: "en".to_owned(),
            ..NewAccount::default()
        };
        let account = create_confirmed(app, &tx, new).await.unwrap();
        for role in &self.roles {
            grant(app, &tx, account, *role).await.unwrap();
        }
        let mut row = jhaas_store::account::by_id(&tx, account).await.unwrap().unwrap();
        row.optional_mails = self.world.optional_mails;
        if !self.verified {
            row.email_verified_at = None;
        }
        jhaas_store::account::save(&tx, row).await.unwrap();
        tx.commit().await.unwrap();
        Actor { account, name: self.name, roles: self.roles, request_id: None }
    }
}
