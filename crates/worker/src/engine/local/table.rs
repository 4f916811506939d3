//! The hub's own table of routes at the gateway, as the hub itself sees it.

use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Map, Value};

use super::folder::Gateway;

pub(crate) struct RouteTable {
    client: Client,
    routes: String,
    token: String,
}

impl RouteTable {
    pub(crate) fn new(client: Client, gateway: &Gateway, course: &str, token: &str) -> Self {
        let routes = format!("{}/{course}/api/routes", gateway.api.trim_end_matches('/'));
        Self { client, routes, token: token.to_owned() }
    }

    /// Whether the gateway runs and has this table: without it JupyterHub gives up its start.
    pub(crate) async fn answers(&self) -> bool {
        self.call(Method::GET, "").await.is_ok()
    }

    /// Takes all routes away once nothing of the hub runs, or they would lead to ports that others get.
    ///
    /// # Errors
    /// When the gateway does not do it.
    pub(crate) async fn clear(&self) -> reqwest::Result<()> {
        let routes: Map<String, Value> = self.call(Method::GET, "").await?.json().await?;
        for path in routes.keys() {
            match self.call(Method::DELETE, path).await {
                // It went meanwhile.
                Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => {}
                answer => drop(answer?),
            }
        }
        Ok(())
    }

    async fn call(&self, method: Method, path: &str) -> reqwest::Result<Response> {
        let token = format!("token {}", self.token);
        let request = self.client.request(method, format!("{}{path}", self.routes));
        request.header("Authorization", token).send().await?.error_for_status()
    }
}
