//! What the portal does at a real hub for people who are not signed in there.

use std::{fs, sync::Arc};

use futures::StreamExt as _;
use jhaas_app::{
    Actor, archive,
    hub::{Hubs as _, ServerState},
    participation,
    server::{self, Filter},
    session::Visitor,
    sign_in::{self, Vouched},
    visit,
};
use jhaas_dispatch::hub::Hubs;
use jhaas_domain::{course::CourseState, id::CourseId, visit::VisitState};
use jhaas_hubapi::http::{ClientOptions, client};
use jhaas_store::{Page, dump};
use reqwest::{
    Client,
    cookie::{CookieStore as _, Jar},
};
use serde_json::Value;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};

use crate::line::{Line, until};

pub(crate) async fn admitted(line: &Line, id: CourseId, name: &str) -> Actor {
    let (world, app) = (&line.world, &line.world.app);
    let who = world.student(name).await;
    participation::apply(app, &who, &world.stored(id).await.invite_token).await.unwrap();
    let part = jhaas_store::participation::of(app.db.pool(), id, who.account).await.unwrap().unwrap();
    participation::admit(app, &line.leader, id, part.id).await.unwrap();
    who
}

/// Until the only participant's server is so.
pub(crate) async fn until_server(line: &Line, hubs: &Hubs, id: CourseId, state: Option<ServerState>) {
    until("the server", async || {
        let app = &line.world.app;
        let found =
            server::list(app, hubs, &line.leader, id, &Filter::default(), Page::default()).await.unwrap();
        (found.lines.items[0].server.map(|server| server.state) == state).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_start_a_server_and_visit_it_and_its_owner_takes_the_home_along() {
    let line = Line::new().await;
    let _portal = line.portal().await;
    let dispatcher = line.dispatcher();
    let id = line.due("home").await;
    line.until_state(id, CourseState::Deployed, Some(&dispatcher)).await;
    let (app, hubs) = (&line.world.app, Hubs::new(&ClientOptions::default()).unwrap());
    let bob = admitted(&line, id, "bob").await;

    server::start(app, &hubs, &line.leader, id, bob.account).await.unwrap();
    until_server(&line, &hubs, id, Some(ServerState::Running)).await;
    let home = line.hub_folder(id).join("homes/bob");
    fs::create_dir_all(home.join("week 1")).unwrap();
    fs::write(home.join("week 1/größe.txt"), "kept").unwrap();
    server::stop(app, &hubs, &line.leader, id, bob.account).await.unwrap();
    until_server(&line, &hubs, id, None).await;

    // The course has not begun for bob: he cannot sign in at the hub.
    let mut archive = archive::fetch(app, &hubs, &bob, id).await.unwrap();
    let mut zip = Vec::new();
    while let Some(piece) = archive.pieces.recv().await {
        zip.extend(piece.unwrap());
    }
    let holds = |text: &str| zip.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(zip.starts_with(b"PK") && holds("home/week 1/größe.txt"), "{}", String::from_utf8_lossy(&zip));
    assert!(!holds("not-included.txt"));
    until("the end of server and reader", async || {
        let users = hubs.hub(app, id).await.unwrap().unwrap().users().await.unwrap();
        users.iter().all(|user| !user.name.starts_with('_') && user.server.is_none()).then_some(())
    })
    .await;
    assert!(home.join("week 1/größe.txt").exists(), "the home stays");
    let offer = until("the note", async || archive::offer(app, &bob, id).await.unwrap().last).await;
    assert_eq!((offer.files, offer.bytes), (1, 4));

    visited(&line, &hubs, id, &bob).await;
}

/// With bob's consent the leader opens his server, and is out of it at its end, with all that was open.
async fn visited(line: &Line, hubs: &Hubs, id: CourseId, bob: &Actor) {
    let app = &line.world.app;
    visit::ask(app, &line.leader, id, bob.account).await.unwrap();
    let asked = visit::mine(app, bob, id).await.unwrap().remove(0).id;
    visit::consent(app, hubs, bob, id, asked).await.unwrap();
    until_server(line, hubs, id, Some(ServerState::Running)).await;
    let browser = Browser::of(line, &line.leader).await;
    let server = format!("http://home.localhost:{}/user/bob", line.port);
    browser.enter(&server).await;
    stays_in(line, &browser).await;
    assert_eq!(browser.status(&format!("{server}/api/contents")).await, 200);
    assert_eq!(groups(line, id, "ada").await, ["leader"]);
    let mut events = browser.websocket(&format!("{server}/api/events/subscribe")).await.unwrap();

    visit::end(app, bob, id, asked).await.unwrap();
    until("the end of what was open", async || match events.next().await {
        None | Some(Err(_)) | Some(Ok(Message::Close(_))) => Some(()),
        Some(Ok(_)) => None,
    })
    .await;
    // For some seconds the server still believes what it was told before.
    until("the server's no", async || {
        (browser.status(&format!("{server}/api/contents")).await == 403).then_some(())
    })
    .await;
    assert!(browser.websocket(&format!("{server}/api/events/subscribe")).await.is_err());
    // Whoever ran code there has seen the server's own token.
    let own = format!("token {}", server_token("bob"));
    let answer = client(&ClientOptions::default())
        .unwrap()
        .get(format!("{server}/api/contents"))
        .header("authorization", own)
        .send()
        .await;
    assert_eq!(answer.unwrap().status(), 403);
    until("the note", async || {
        let visits = visit::mine(app, bob, id).await.unwrap();
        (visits[0].state == VisitState::Over).then_some(())
    })
    .await;
    until_server(line, hubs, id, Some(ServerState::Running)).await;
}

/// After a minute the hub asks the portal about whom it knows, and with a new token goes on knowing them.
async fn stays_in(line: &Line, browser: &Browser) {
    let before = sign_ins(line).await;
    let [(sign_in, token)] = before.as_slice() else { panic!("{before:?}") };
    let hub = format!("http://home.localhost:{}/hub/home", line.port);
    until("the hub's question", async || {
        let page = browser.client.get(&hub).send().await.unwrap();
        assert_eq!((page.status().as_u16(), page.url().path()), (200, "/hub/home"));
        let now = sign_ins(line).await;
        let [(same, newer)] = now.as_slice() else { panic!("it signed in anew: {now:?}") };
        assert_eq!(same, sign_in);
        (newer != token).then_some(())
    })
    .await;
}

/// The leader's sign-ins at the hub: which, and the hash of the token with which the hub asks.
async fn sign_ins(line: &Line) -> Vec<(Value, Value)> {
    let tx = line.world.db.snapshot().await.unwrap();
    let tables = dump::tables(&tx).await.unwrap();
    let table = tables.into_iter().find(|table| table.name == "oidc_grants").unwrap();
    let column = |name: &str| table.columns.iter().position(|column| column.name == name).unwrap();
    let [id, who, hash] = ["id", "account_id", "refresh_hash"].map(column);
    let rows = dump::Pages::of(&table).next(&tx).await.unwrap().unwrap();
    let leader = line.leader.account.to_string();
    let of_leader = rows.into_iter().filter(|row| row[who].as_str() == Some(&leader));
    of_leader.map(|row| (row[id].clone(), row[hash].clone())).collect()
}

/// What the hub takes somebody's roles from.
async fn groups(line: &Line, id: CourseId, user: &str) -> Vec<String> {
    let token = jhaas_app::secret::hub_token(&line.world.app, id).await.unwrap().unwrap();
    let url = format!("http://home.localhost:{}/hub/api/users/{user}", line.port);
    let http = client(&ClientOptions::default()).unwrap();
    let answer = http.get(url).header("authorization", format!("token {token}")).send().await.unwrap();
    let known: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    serde_json::from_value(known["groups"].clone()).unwrap_or_else(|_| panic!("{known}"))
}

/// As a program in the server reads it.
fn server_token(user: &str) -> String {
    let person = format!("JUPYTERHUB_USER={user}");
    for process in fs::read_dir("/proc").unwrap() {
        let environ = fs::read(process.unwrap().path().join("environ")).unwrap_or_default();
        let variables: Vec<_> = environ.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
        let token = variables.iter().find_map(|variable| variable.strip_prefix("JUPYTERHUB_API_TOKEN="));
        if let Some(token) = token.filter(|_| variables.iter().any(|variable| *variable == person)) {
            return token.to_owned();
        }
    }
    panic!("no server of {user}");
}

/// Somebody's browser, signed in at the portal.
pub(crate) struct Browser {
    pub(crate) client: Client,
    jar: Arc<Jar>,
}

impl Browser {
    pub(crate) async fn of(line: &Line, who: &Actor) -> Self {
        let app = &line.world.app;
        let vouched = Vouched {
            issuer: "https://id.university.example".to_owned(),
            subject: who.account.to_string(),
            name: who.name.clone(),
            email: String::new(),
            email_verified: true,
            roles: who.roles.clone(),
            lang: "en".to_owned(),
        };
        jhaas_testkit::linked(app, who, &vouched.issuer, &vouched.subject).await;
        let session =
            sign_in::with_identity(app, &vouched, &jhaas_testkit::refreshable(), None, &Visitor::default())
                .await
                .unwrap();
        let jar = Arc::new(Jar::default());
        let portal = format!("http://localhost:{}", line.port).parse().unwrap();
        jar.add_cookie_str(&format!("jhaas_{}={}", line.port, session.token), &portal);
        let options = ClientOptions { redirects: 20, cookies: Some(Arc::clone(&jar)), ..Default::default() };
        Self { client: client(&options).unwrap(), jar }
    }

    /// Through both sign-ins, and past the hub's question whether the server may know who comes.
    async fn enter(&self, server: &str) {
        let page = self.client.get(format!("{server}/lab")).send().await.unwrap();
        let (url, text) = (page.url().clone(), page.text().await.unwrap());
        assert!(url.path().ends_with("/oauth2/authorize"), "{url}: {text}");
        let value = |input: &str| {
            input.split("value=\"").nth(1).map(|rest| rest.split('"').next().unwrap().to_owned())
        };
        let fields: Vec<(String, String)> = text
            .split("<input type=\"hidden\" name=\"")
            .skip(1)
            .filter_map(|input| Some((input.split('"').next()?.to_owned(), value(input)?)))
            .collect();
        let done = self.client.post(url).form(&fields).send().await.unwrap();
        assert!(done.status().is_success() && done.url().path().starts_with("/user/bob"), "{}", done.url());
    }

    /// What the server at this address wants to see in a request that is no form of its own.
    pub(crate) fn xsrf(&self, url: &str) -> String {
        let cookies = self.jar.cookies(&url.parse().unwrap()).unwrap();
        let mut cookies = cookies.to_str().unwrap().split("; ");
        cookies.find_map(|cookie| cookie.strip_prefix("_xsrf=")).unwrap().to_owned()
    }

    async fn status(&self, url: &str) -> u16 {
        self.client.get(url).send().await.unwrap().status().as_u16()
    }

    async fn websocket(
        &self,
        url: &str,
    ) -> Result<WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>, tungstenite::Error> {
        let cookies = self.jar.cookies(&url.parse().unwrap()).unwrap();
        let mut request = url.replacen("http", "ws", 1).into_client_request().unwrap();
        let origin = url.split("/user/").next().unwrap().parse().unwrap();
        request.headers_mut().insert("Cookie", cookies);
        request.headers_mut().insert("Origin", origin);
        tokio_tungstenite::connect_async(request).await.map(|(socket, _)| socket)
    }
}
