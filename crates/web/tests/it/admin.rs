//! Administration, and the mailbox of a demonstration.

use axum::{
    body::Body,
    http::{Request, header},
};
use jhaas_app::{
    Actor,
    account::{self, NewAccount},
    outbox,
    session::Visitor,
};
use jhaas_domain::{course::CourseState, id::MailId};
use jhaas_testkit::World;

use crate::portal::{Browser, Portal, Reply};

struct Setting {
    portal: Portal,
    max: Actor,
    browser: Browser,
}

async fn setting() -> Setting {
    let portal = Portal::new().await;
    let max = portal.world.administrator("Max").await;
    let browser = portal.browser(&max).await;
    Setting { portal, max, browser }
}

/// The newest mail of a kind.
async fn mail(world: &World, kind: &str) -> MailId {
    let filter = outbox::Filter { search: kind.to_owned(), ..Default::default() };
    let found =
        jhaas_store::outbox::list(world.db.pool(), &filter, jhaas_store::Page::default()).await.unwrap();
    found.items[0].id
}

/// Somebody who registers and gets a mail with a link that proves the address.
async fn registers(world: &World) {
    let new = NewAccount {
        name: "Nina Neu".to_owned(),
        email: "nina@university.example".to_owned(),
        password: Some("correct horse battery".to_owned()),
        lang: "en".to_owned(),
        ..NewAccount::default()
    };
    account::register(&world.app, new, &Visitor::default()).await.unwrap();
}

const PAGES: [&str; 7] = [
    "/admin",
    "/admin/people",
    "/admin/deployments",
    "/admin/mails",
    "/admin/audit",
    "/admin/settings",
    "/admin/terms",
];

#[tokio::test]
async fn only_administrators_administer() {
    let mut all = setting().await;
    for page in PAGES {
        all.browser.get(page).await.is(200);
    }
    let world = &all.portal.world;
    let others = [world.leader("Ada").await, world.governance("Gwen").await, world.student("Sam").await];
    let person = format!("/admin/people/{}", all.max.account);
    for who in &others {
        let mut browser = all.portal.browser(who).await;
        for page in PAGES.into_iter().chain([person.as_str()]) {
            browser.get(page).await.is(403);
        }
        for (path, form) in [
            (format!("{person}/grant"), vec![("role", "leader")]),
            (format!("{person}/revoke"), vec![("role", "administrator")]),
            (format!("{person}/lock"), vec![("reason", "x")]),
            (format!("{person}/unlock"), vec![]),
            (format!("{person}/sign-out"), vec![]),
            ("/admin/settings/maintenance".to_owned(), vec![("on", "yes"), ("version", "0")]),
            ("/admin/settings/announcement".to_owned(), vec![("text_de", "x"), ("version", "0")]),
            ("/admin/terms".to_owned(), vec![("text_de", "x"), ("text_en", "x")]),
            ("/admin/terms".to_owned(), vec![("valid_date", "nonsense")]),
        ] {
            browser.post(&path, &form).await.is(403);
        }
    }
    for page in PAGES {
        assert!(all.portal.visitor().get(page).await.leads_to().starts_with("/sign-in"));
    }
}

#[tokio::test]
async fn the_overview_says_what_needs_a_person() {
    let mut all = setting().await;
    all.browser.get("/admin").await.shows("Everything works").shows("on time, nothing to do");
    let world = &all.portal.world;
    let ada = world.leader("Ada").await;
    world.course(&ada).slug("broken").failed(jhaas_domain::deployment::Action::Deploy).create().await;
    world.course(&ada).slug("due").state(CourseState::Accepted).create().await;
    world.clock.advance_minutes(90);
    let page = all.browser.get("/admin").await.is(200).shows("Course broken").shows("by hand only");
    let page = page.shows("JupyterHub ended while it was starting").shows("does the dispatcher run?");
    page.shows("does the mail server answer?").shows("not looked for yet");
    jhaas_app::sweep::note(&world.app, 0, true).await.unwrap();
    all.browser.get("/admin").await.shows("clusters are not looked at");
    jhaas_app::sweep::note(&world.app, 2, false).await.unwrap();
    all.browser.get("/admin").await.shows("2 hubs, or parts of them, are there without a course");
    jhaas_app::sweep::note(&world.app, 0, false).await.unwrap();
    all.browser.get("/admin").await.shows("nothing is left of hubs, looked for");
    let list = all.browser.get("/admin/deployments?state=failed").await.shows("Course broken");
    list.shows("waits for you");
    all.browser.get("/admin/deployments?state=open").await.shows("Nothing found");
}

#[tokio::test]
async fn people_are_found_and_given_roles_that_take_effect_at_once() {
    let mut all = setting().await;
    let world = &all.portal.world;
    let sam = world.student("Sam").await;
    all.browser.get("/admin/people?q=sam@").await.shows("sam@university").hides("max@university");
    all.browser.get("/admin/people?role=administrator").await.shows("max@university").hides("sam@university");
    all.browser.get("/admin/people?q=nobody").await.shows("Nobody found");
    let person = format!("/admin/people/{}", sam.account);
    let mut theirs = all.portal.browser(&sam).await;
    theirs.get("/courses/new").await.is(403);
    let form = [("role", "leader"), ("reason", "Teaches from now on.")];
    let done = all.browser.post(&format!("{person}/grant"), &form).await;
    all.browser
        .follow(&done)
        .await
        .shows("The role is granted")
        .shows("course leader")
        .shows("granted here on");
    theirs.get("/courses/new").await.is(200);
    let subject = all.browser.get(&format!("/admin/mails/{}", mail(world, "role_granted").await)).await;
    subject.is(200).shows("Teaches from now on.");
    all.browser.post(&format!("{person}/revoke"), &[("role", "leader")]).await.is(303);
    theirs.get("/courses/new").await.is(403);
    all.browser.post(&format!("{person}/grant"), &[("role", "king")]).await.is(400);
    all.browser.get("/admin/people/nobody").await.is(404);
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let mut all = setting().await;
    let person = format!("/admin/people/{}", all.max.account);
    let refused = all.browser.post(&format!("{person}/revoke"), &[("role", "administrator")]).await;
    // Held by the institution's sign-in as well: then it is another word, and still a no.
    assert!(matches!(refused.status.as_u16(), 303 | 409), "{}", refused.body);
    all.browser.get("/admin").await.is(200);
    all.browser.post(&format!("{person}/lock"), &[("reason", "")]).await.is(409);
}

#[tokio::test]
async fn whoever_is_locked_is_out_with_the_next_click() {
    let mut all = setting().await;
    let sam = all.portal.world.student("Sam").await;
    let person = format!("/admin/people/{}", sam.account);
    let mut theirs = all.portal.browser(&sam).await;
    theirs.get("/courses").await.is(200);
    let done = all.browser.post(&format!("{person}/lock"), &[("reason", "Stolen laptop.")]).await;
    all.browser.follow(&done).await.shows("locked").shows("Stolen laptop.").shows("Unlock");
    assert!(theirs.get("/courses").await.leads_to().starts_with("/sign-in"));
    let done = all.browser.post(&format!("{person}/unlock"), &[]).await;
    all.browser.follow(&done).await.shows("Can sign in");
    let mut theirs = all.portal.browser(&sam).await;
    theirs.get("/courses").await.is(200);
    all.browser.post(&format!("{person}/sign-out"), &[]).await.is(303);
    assert!(theirs.get("/courses").await.leads_to().starts_with("/sign-in"));
}

#[tokio::test]
async fn a_mail_is_read_sent_again_and_dropped() {
    let mut all = setting().await;
    let world = &all.portal.world;
    let ada = world.leader("Ada").await;
    world.course(&ada).slug("python").state(CourseState::Accepted).create().await;
    let id = mail(world, "request_accepted").await;
    let page = format!("/admin/mails/{id}");
    all.browser.get("/admin/mails?q=ada@&state=pending").await.is(200).shows(&page);
    all.browser.get("/admin/mails?state=given_up").await.shows("Nothing found");
    let shown = all.browser.get(&page).await.is(200).shows("Dear Ada").shows("/html\"");
    shown.shows("ada@university.example").shows("<a href=\"http://localhost:8000/join/");
    let done = all.browser.post(&format!("{page}/drop"), &[]).await;
    all.browser.follow(&done).await.shows("dropped");
    all.browser.post(&format!("{page}/retry"), &[]).await.is(409);
    let other = format!("/admin/mails/{}", mail(world, "request_received").await);
    let done = all.browser.post(&format!("{other}/retry"), &[]).await;
    all.browser.follow(&done).await.shows("sent in a moment");
    all.browser.get("/admin/mails/nothing").await.is(404);
}

#[tokio::test]
async fn an_administrator_cannot_act_as_the_reader_of_a_mail() {
    let mut all = setting().await;
    registers(&all.portal.world).await;
    let id = mail(&all.portal.world, "confirm_address").await;
    for page in [format!("/admin/mails/{id}"), format!("/admin/mails/{id}/html")] {
        all.browser.get(&page).await.is(200).hides("/confirm?");
    }
    all.browser.get(&format!("/admin/mails/{id}")).await.shows("It is hidden here");
}

#[tokio::test]
async fn the_html_of_a_mail_runs_nothing_and_is_framed_by_us_alone() {
    let portal = Portal::demo(World::sqlite().await);
    registers(&portal.world).await;
    let id = mail(&portal.world, "confirm_address").await;
    let get = async |path: String| {
        let request = Request::get(path).header(header::HOST, "localhost:8000");
        portal.raw(request.body(Body::empty()).unwrap()).await
    };
    let header = |response: &axum::response::Response, name: &str| {
        response.headers()[name].to_str().unwrap().to_owned()
    };
    let frame = get(format!("/mailbox/{id}/html")).await;
    let policy = header(&frame, "content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
    assert!(!policy.contains("allow-scripts") && !policy.contains("allow-same-origin"), "{policy}");
    assert!(policy.contains("frame-ancestors 'self'"), "{policy}");
    assert_eq!(header(&frame, "x-frame-options"), "SAMEORIGIN");
    let page = get(format!("/mailbox/{id}")).await;
    let policy = header(&page, "content-security-policy");
    assert!(policy.contains("frame-src 'self'") && policy.contains("script-src 'self'"), "{policy}");
    let list = get("/mailbox".to_owned()).await;
    assert!(header(&list, "content-security-policy").contains("frame-src 'none'"));
}

#[tokio::test]
async fn in_a_demonstration_everybody_reads_all_mails() {
    let portal = Portal::demo(World::sqlite().await);
    let mut visitor = portal.visitor();
    visitor.get("/mailbox").await.is(200).shows("No mails yet");
    registers(&portal.world).await;
    let list = visitor.get("/mailbox").await.is(200).shows("nina@university.example").shows("do not leave");
    let at = list.body.find("/mailbox/").unwrap();
    let address = list.body[at..].split('"').next().unwrap().to_owned();
    let mail = visitor.get(&address).await.is(200).shows("http://localhost:8000/confirm?");
    // The link is the one that was sent, and works.
    let at = mail.body.find("/confirm?").unwrap();
    let confirm = mail.body[at..].split('"').next().unwrap().to_owned();
    visitor.get(&confirm).await.is(200);
    visitor.get("/mailbox?q=nina@").await.shows("nina@university.example");
    visitor.get("/mailbox?q=somebody-else@").await.shows("No mail found");
    visitor.get("/mailbox/nothing").await.is(404);
}

#[tokio::test]
async fn outside_of_a_demonstration_there_is_no_mailbox() {
    let mut all = setting().await;
    registers(&all.portal.world).await;
    let id = mail(&all.portal.world, "confirm_address").await;
    for path in ["/mailbox".to_owned(), format!("/mailbox/{id}"), format!("/mailbox/{id}/html")] {
        all.browser.get(&path).await.is(404);
        all.portal.visitor().get(&path).await.is(404);
    }
}

#[tokio::test]
async fn the_audit_log_says_in_words_who_did_what() {
    let mut all = setting().await;
    let world = &all.portal.world;
    let (ada, gwen) = (world.leader("Ada").await, world.governance("Gwen").await);
    let id = world.course(&ada).slug("python").create().await;
    let version = world.stored(id).await.version;
    jhaas_app::decision::reject(&world.app, &gwen, id, version, "Not this term.").await.unwrap();
    world.course(&ada).slug("rust").create().await;
    account::lock(&world.app, &all.max, gwen.account, "On leave.").await.unwrap();
    let page = all.browser.get("/admin/audit").await.is(200).shows("Not this term.").shows("Course rust");
    page.shows("Account of Gwen locked").shows("On leave.");
    let one = all.browser.get("/admin/audit?course=python").await.is(200).shows("Course python");
    one.hides("Course rust").hides("locked");
    let hers = all.browser.get("/admin/audit?person=gwen@university.example").await.shows("Not this term.");
    hers.shows("Account of Gwen locked").hides("Course rust");
    all.browser.get("/admin/audit?kind=account.").await.shows("locked").hides("Not this term.");
    all.browser.get("/admin/audit?course=nowhere").await.shows("There is no such course").hides("<tbody>");
    all.browser.get(&format!("/admin/audit?course={id}&kind=course.&page=2")).await.is(200);
}

#[tokio::test]
async fn the_audit_log_is_filtered_by_days_and_by_who_acted_and_taken_along() {
    let mut all = setting().await;
    let world = &all.portal.world;
    let gwen = world.person("=Gwen \"x\"").email("gwen@university.example").create().await;
    account::lock(&world.app, &all.max, gwen.account, "On leave, \"=1+1\".").await.unwrap();
    world.clock.advance_minutes(1);
    account::unlock(&world.app, &all.max, gwen.account).await.unwrap();
    for _ in 0..1100 {
        account::sign_out_person(&world.app, &all.max, gwen.account).await.unwrap();
    }
    world.clock.advance_minutes(1);
    let at = "/admin/audit";
    let zone = &world.app.settings.zone;
    let today = world.now().to_jiff().to_zoned(zone.clone()).date();
    let tomorrow = today.tomorrow().unwrap();
    let locked = format!("{at}?kind=account.locked");
    all.browser.get(&format!("{locked}&from={today}&until={today}")).await.shows("On leave");
    all.browser.get(&format!("{locked}&from={tomorrow}")).await.hides("<tbody>");
    all.browser.get(&format!("{at}?from=soon")).await.is(200).hides("<tbody>").shows("field-from-error");
    all.browser.get(&format!("{locked}&person={}&as=actor", all.max.account)).await.shows("On leave");
    let hers = format!("person={}", gwen.account);
    all.browser.get(&format!("{locked}&{hers}")).await.shows("On leave");
    all.browser.get(&format!("{locked}&{hers}&as=actor")).await.hides("<tbody>");
    let page = all.browser.get(&format!("{at}?{hers}&kind=account.&sort=at&page=2")).await.is(200);
    let page = page.shows("aria-sort=\"ascending\"").shows("51–100 of 1103");
    // The head of the column keeps the filter.
    page.shows(&format!("href=\"{at}?kind=account%2E&#38;{}\"", hers.replace('-', "%2D")));

    let id = gwen.account.to_string();
    let file =
        all.browser.post("/admin/audit/export", &[("kind", "account."), ("person", &id)]).await.is(200);
    assert!(file.body.starts_with('\u{feff}'));
    let lines: Vec<&str> = file.body.lines().collect();
    assert_eq!(lines.len(), 1104, "a head, and every event once");
    // The last one is the account itself.
    let last = lines[lines.len() - 2];
    for cell in ["\"account.locked\",\"Max\"", "\"'=Gwen \"\"x\"\"\"", "On leave, \\\"\"=1+1\\\"\"."] {
        assert!(last.contains(cell), "{cell}: {last}");
    }
    all.browser.get(at).await.shows("Audit log taken along as CSV, 1103 events");
    let sent = all.browser.post("/admin/audit/export", &[("course", "nowhere")]).await;
    assert_eq!(sent.leads_to(), "/admin/audit?course=nowhere");
    all.portal.browser(&gwen).await.post("/admin/audit/export", &[]).await.is(403);
}

#[tokio::test]
async fn lists_of_administrators_are_sorted_by_their_columns_and_cleared() {
    let mut all = setting().await;
    let world = &all.portal.world;
    for name in ["zoe", "Bob", "carl"] {
        world.clock.advance_minutes(1);
        world.student(name).await;
    }
    let order = |page: &Reply| {
        let mut names = ["zoe", "Bob", "carl"];
        names.sort_by_key(|name| page.body.find(&format!(">{name}</a>")).unwrap());
        names
    };
    assert_eq!(order(&all.browser.get("/admin/people").await), ["Bob", "carl", "zoe"]);
    assert_eq!(order(&all.browser.get("/admin/people?sort=-name").await), ["zoe", "carl", "Bob"]);
    assert_eq!(order(&all.browser.get("/admin/people?sort=since").await), ["zoe", "Bob", "carl"]);
    let page = all.browser.get("/admin/people?q=university&role=&sort=-since").await.is(200);
    assert_eq!(order(&page), ["carl", "Bob", "zoe"]);
    let page = page.shows("aria-sort=\"descending\"").shows("/admin/people?q=university&#38;sort=address");
    page.shows("href=\"/admin/people?sort=%2Dsince\"").shows("name=\"sort\" value=\"-since\"");
    for list in ["mails?sort=to", "mails?sort=-to&state=sent", "deployments?sort=at"] {
        all.browser.get(&format!("/admin/{list}")).await.is(200);
    }
    let none = all.browser.get("/admin/mails?q=nobody@nowhere.example").await.shows("Nothing found");
    none.shows("href=\"/admin/mails\"");
}

#[tokio::test]
async fn maintenance_is_begun_and_ended_and_not_by_two_at_once() {
    let mut all = setting().await;
    let page = all.browser.get("/admin/settings").await.is(200).shows("Begin maintenance").shows("SQLite");
    let version = page.field("version");
    let on = [("on", "yes"), ("version", version.as_str())];
    let done = all.browser.post("/admin/settings/maintenance", &on).await;
    all.browser.follow(&done).await.shows("Maintenance has begun").shows("End maintenance");
    all.browser.get("/admin").await.shows("paused");
    all.browser.post("/admin/settings/maintenance", &on).await.is(409).shows("/admin/settings");
    let off = [("on", "no"), ("version", "1")];
    all.browser.post("/admin/settings/maintenance", &off).await.is(303);
    let text = [("text_de", "Wartung am Montag."), ("text_en", "Maintenance on Monday."), ("version", "0")];
    let done = all.browser.post("/admin/settings/announcement", &text).await;
    all.browser.follow(&done).await.shows("Maintenance on Monday.");
    all.portal.visitor().get("/help").await.shows("Maintenance on Monday.").hides("Wartung am Montag.");
    let long = "x".repeat(501);
    let wrong = [("text_de", long.as_str()), ("text_en", "Kept."), ("version", "1")];
    all.browser
        .post("/admin/settings/announcement", &wrong)
        .await
        .is(422)
        .shows("Kept.")
        .shows("#field-text_de");
    all.browser.post("/admin/settings/announcement", &text).await.is(409).shows("Maintenance on Monday.");
    let none = [("text_de", ""), ("text_en", " "), ("version", "1")];
    all.browser.post("/admin/settings/announcement", &none).await.is(303);
    all.portal.visitor().get("/help").await.is(200).hides("Maintenance on Monday.");
}

#[tokio::test]
async fn terms_are_published_in_both_languages() {
    let mut all = setting().await;
    all.browser.get("/admin/terms").await.shows("No version yet");
    let wrong = [("text_de", "Seien Sie nett."), ("text_en", " "), ("valid_date", ""), ("valid_time", "")];
    let page = all.browser.post("/admin/terms", &wrong).await.is(422);
    page.shows("Seien Sie nett.").shows("#field-text_en");
    let right =
        [("text_de", "Seien Sie nett."), ("text_en", "Be **kind**."), ("valid_date", ""), ("valid_time", "")];
    let done = all.browser.post("/admin/terms", &right).await;
    let page = all.browser.follow(&done).await.shows("Version 1").shows("holds now");
    page.shows("Be <strong>kind</strong>.");
    // Clocks go forward that night.
    let gap = [("text_de", "A"), ("text_en", "B"), ("valid_date", "2027-03-28"), ("valid_time", "02:30")];
    all.browser.post("/admin/terms", &gap).await.is(422).shows("#field-valid_date");
    let later = [("text_de", "A"), ("text_en", "B"), ("valid_date", "2027-04-01"), ("valid_time", "")];
    let done = all.browser.post("/admin/terms", &later).await;
    all.browser.follow(&done).await.shows("Version 2").shows("to come");
}

#[tokio::test]
async fn a_hub_is_deployed_anew_or_removed_by_hand() {
    let mut all = setting().await;
    let world = &all.portal.world;
    let ada = world.leader("Ada").await;
    let id = world.course(&ada).slug("running").state(CourseState::Deployed).create().await;
    let page = all.browser.get(&format!("/courses/{id}/deployments")).await.is(200).shows("Deploy anew");
    page.shows("Deploy the hub of “Course running” anew?");
    let done = all.browser.post(&format!("/admin/courses/{id}/redeploy"), &[]).await;
    all.browser.follow(&done).await.shows("deployed anew");
    assert_eq!(world.stored(id).await.state, CourseState::Deploying);
    let degrade = format!("/admin/courses/{id}/degrade");
    all.browser.get(&degrade).await.is(200).shows("Remove the hub of “Course running”?");
    all.browser.post(&degrade, &[("reason", "")]).await.is(422).shows("#field-reason");
    all.browser.post(&degrade, &[("reason", "Lost.")]).await.is(303);
    assert_eq!(world.stored(id).await.state, CourseState::Degrading);
    let mut leader = all.portal.browser(&ada).await;
    leader.get(&degrade).await.is(403);
    leader.post(&format!("/admin/courses/{id}/redeploy"), &[]).await.is(403);
}

#[tokio::test]
async fn what_is_kept_of_a_hub_is_seen_and_deleted_by_a_page_of_its_own() {
    let mut world = World::sqlite().await;
    world.set(|settings| settings.schedule.keep_homes_days = 5);
    let portal = Portal::of(world);
    let world = &portal.world;
    let (ada, root) = (world.leader("Ada").await, world.administrator("root").await);
    let id = world.course(&ada).slug("over").state(CourseState::Degraded).create().await;
    let course = format!("/courses/{id}");
    let mut leader = portal.browser(&ada).await;
    leader.get(&course).await.is(200).shows("are kept until");
    let mut browser = portal.browser(&root).await;
    browser.get(&format!("{course}/deployments")).await.is(200).shows("Delete the kept files");
    // The page of the hub itself, open since before, takes nothing away.
    browser.post(&format!("/admin/courses/{id}/degrade"), &[("reason", "Lost.")]).await.is(409);
    let remove = format!("/admin/courses/{id}/remove-homes");
    leader.get(&remove).await.is(403);
    leader.post(&remove, &[("reason", "Mine.")]).await.is(403);
    browser.get(&remove).await.is(200).shows("Delete the kept files of “Course over”?");
    browser.post(&remove, &[("reason", "")]).await.is(422).shows("#field-reason");
    let done = browser.post(&remove, &[("reason", "Wanted.")]).await;
    browser.follow(&done).await.shows("are being deleted");
    leader.get(&course).await.is(200).shows("is being deleted now");
    browser.get(&format!("{course}/deployments")).await.is(200).hides("Delete the kept files");
    world.fail(id, jhaas_domain::deployment::ErrorClass::Permanent).await;
    browser.get(&format!("{course}/deployments")).await.is(200).shows("Try again");
    browser.post(&format!("/admin/courses/{id}/retry"), &[]).await.is(303);
    world.succeed(id).await;
    leader.get(&course).await.is(200).hides("kept");
    leader.post("/preferences", &[("lang", "de"), ("back", &course)]).await.is(303);
    leader.get(&course).await.is(200).shows("Der Kurs ist vorbei und der Hub entfernt");
}
