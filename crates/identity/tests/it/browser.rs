//! As much of a browser as it takes to sign in at a provider: cookies, redirects, one form.

use std::collections::{BTreeMap, HashMap};

use jhaas_hubapi::http::{ClientOptions, client};
use reqwest::{Client, Method, header};
use url::Url;

pub(crate) struct Browser {
    http: Client,
    /// Of one provider: names are enough. Cookies marked `Secure` count too, as browsers have it on loopback.
    cookies: HashMap<String, String>,
}

/// Where a browser came to stand.
pub(crate) struct Page {
    pub(crate) address: Url,
    pub(crate) text: String,
}

impl Page {
    /// A parameter of the address.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.address.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

impl Browser {
    pub(crate) fn new() -> Self {
        Self { http: client(&ClientOptions::default()).unwrap(), cookies: HashMap::new() }
    }

    /// Follows redirects; stops before it would go to an address that begins with `until`.
    pub(crate) async fn get(&mut self, address: &str, until: &str) -> Page {
        self.go(Method::GET, address.parse().unwrap(), &BTreeMap::new(), until).await
    }

    /// Fills in the form of a page and sends it.
    pub(crate) async fn submit(&mut self, page: &Page, fields: &[(&str, &str)], until: &str) -> Page {
        let form = page.text.split_once("<form").unwrap_or_else(|| panic!("no form: {}", page.text)).1;
        let action = form.split_once("action=\"").unwrap().1.split_once('"').unwrap().0;
        let address = page.address.join(&action.replace("&amp;", "&")).unwrap();
        self.go(Method::POST, address, &fields.iter().copied().collect(), until).await
    }

    async fn go(
        &mut self,
        mut method: Method,
        mut address: Url,
        fields: &BTreeMap<&str, &str>,
        until: &str,
    ) -> Page {
        for _ in 0..20 {
            if !until.is_empty() && address.as_str().starts_with(until) {
                return Page { address, text: String::new() };
            }
            let cookies: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let mut request =
                self.http.request(method.clone(), address.clone()).header(header::COOKIE, cookies.join("; "));
            if method == Method::POST {
                request = request.form(fields);
            }
            let response = request.send().await.unwrap();
            for cookie in response.headers().get_all(header::SET_COOKIE) {
                let (name, value) =
                    cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            let Some(to) = response.headers().get(header::LOCATION) else {
                return Page { address, text: response.text().await.unwrap() };
            };
            address = address.join(to.to_str().unwrap()).unwrap();
            method = Method::GET;
        }
        panic!("redirected without end: {address}");
    }
}
