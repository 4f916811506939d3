//! A person at a hub, with a browser's cookies.

use std::sync::Arc;

use jhaas_hubapi::http::{self, ClientOptions};
use reqwest::{
    Client, Method, Response, StatusCode,
    cookie::{CookieStore, Jar},
};

use crate::world::World;

pub(crate) struct Person {
    pub(crate) client: Client,
    jar: Arc<Jar>,
    hub: String,
    name: String,
}

impl Person {
    pub(crate) async fn sign_in(world: &World, name: &str) -> Self {
        let jar = Arc::new(Jar::default());
        let options = ClientOptions { redirects: 10, cookies: Some(Arc::clone(&jar)), ..Default::default() };
        let person = Self {
            client: http::client(&options).unwrap(),
            jar,
            hub: world.hub_url.clone(),
            name: name.to_owned(),
        };
        let portal = format!("http://localhost:{}/sign-in/{name}", world.public_port);
        person.client.get(portal).send().await.unwrap();
        let page = person
            .client
            .get(format!("{}/hub/oauth_login?next=%2Fhub%2Fhome", person.hub))
            .send()
            .await
            .unwrap();
        assert!(page.status().is_success(), "{name}: {}", page.status());
        person
    }

    pub(crate) async fn call(&self, method: Method, path: &str) -> Response {
        let url = format!("{}/hub/api/{path}", self.hub);
        let xsrf = self.xsrf(&url);
        self.client.request(method, url).header("X-XSRFToken", xsrf).send().await.unwrap()
    }

    pub(crate) async fn status(&self, method: Method, path: &str) -> StatusCode {
        self.call(method, path).await.status()
    }

    fn xsrf(&self, url: &str) -> String {
        let cookies = self.jar.cookies(&url.parse().unwrap()).unwrap();
        let cookies = cookies.to_str().unwrap();
        cookies.split("; ").find_map(|cookie| cookie.strip_prefix("_xsrf=")).unwrap().to_owned()
    }

    /// Goes to the own server; gives path and query of where one ends.
    pub(crate) async fn arrive(&self) -> (String, String) {
        let page = self.client.get(format!("{}/user/{}/", self.hub, self.name)).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK, "{}", page.url());
        (page.url().path().to_owned(), page.url().query().unwrap_or_default().to_owned())
    }

    /// Does what the page of nbgitpuller does with its query; gives what that says.
    pub(crate) async fn pull(&self, query: &str) -> String {
        let pull = format!("{}/user/{}/git-pull/api?{query}", self.hub, self.name);
        let xsrf = self.xsrf(&pull);
        self.client.get(pull).header("X-XSRFToken", xsrf).send().await.unwrap().text().await.unwrap()
    }
}
