//! Courses, from the request to the hub, as each side sees them.

use jhaas_app::{Actor, account, revocation, staff};
use jhaas_domain::{
    account::Role,
    course::{CourseRole, CourseState},
    participation::ParticipationState,
};
use jhaas_testkit::World;

use crate::portal::{Browser, Portal, Reply};

/// A form that is right in every field; others are put over it.
pub(crate) fn form<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let right = [
        ("title", "Data analysis"),
        ("slug", "data-2027"),
        ("description", "We *read* data."),
        ("start_date", "2027-03-08"),
        ("start_time", "08:00"),
        ("end_date", "2027-06-30"),
        ("end_time", "23:59"),
        ("seats", "2"),
        ("cpu", "1"),
        ("memory", "2"),
        ("storage", "5"),
        ("environment", "python"),
        ("image", ""),
        ("start_page", "lab"),
        ("start_path", ""),
        ("material_url", ""),
        ("material_branch", ""),
        ("material_folder", ""),
        ("shared_folder", "none"),
        ("admission", "by_hand"),
        ("domains", ""),
        ("remarks", ""),
        ("then", "send"),
    ];
    let changed = |name: &str| changes.iter().find(|(changed, _)| *changed == name);
    let mut form: Vec<(&str, &str)> = right
        .into_iter()
        .map(|(name, value)| (name, changed(name).map_or(value, |(_, value)| *value)))
        .collect();
    form.extend(changes.iter().filter(|(name, _)| !right.iter().any(|(known, _)| known == name)));
    form
}

async fn id_of(world: &World, slug: &str) -> jhaas_domain::id::CourseId {
    let slug = jhaas_domain::slug::Slug::parse(slug).unwrap();
    jhaas_store::course::by_slug(world.db.pool(), &slug).await.unwrap().unwrap().id
}

/// The invite link of a course, as the leader's page shows it.
fn invite_path(page: &Reply) -> String {
    let at = page.body.find("/join/").unwrap();
    page.body[at..].split(['"', '<', '\n']).next().unwrap().to_owned()
}

/// The id of somebody's part in the course, as the list's box carries it.
async fn part(world: &World, course: jhaas_domain::id::CourseId, who: &Actor) -> String {
    let found = jhaas_store::participation::of(world.db.pool(), course, who.account).await.unwrap();
    found.unwrap().id.to_string()
}

async fn state(world: &World, course: jhaas_domain::id::CourseId, who: &Actor) -> ParticipationState {
    let found = jhaas_store::participation::of(world.db.pool(), course, who.account).await.unwrap();
    found.unwrap().state
}

#[tokio::test]
async fn a_leader_requests_a_course_and_people_get_in() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
    let (sam, tom, una) =
        (world.student("sam").await, world.student("tom").await, world.student("una").await);
    let mut ada = (portal.browser(&ada).await, ada);

    // The request.
    ada.0.get("/courses").await.is(200).shows("No course yet");
    ada.0.get("/courses/new").await.is(200).shows("Hand in the request").shows("Europe/Berlin");
    let sent = ada.0.post("/courses/new", &form(&[])).await.is(303);
    let course = id_of(world, "data-2027").await;
    assert_eq!(sent.leads_to(), format!("/courses/{course}"));
    let page = ada.0.follow(&sent).await.is(200).shows("Your request has arrived").shows("Data analysis");
    let invite = invite_path(&page);
    ada.0.get("/courses").await.is(200).shows("Waiting for a decision").shows("Data analysis");

    // Before acceptance the link leads nowhere.
    portal.visitor().get(&invite).await.is(404).shows("This link leads nowhere");
    let version = world.stored(course).await.version;
    jhaas_app::decision::accept(
        &world.app,
        &gwen,
        course,
        version,
        &jhaas_app::decision::Acceptance {
            message: "Have fun.",
            ..jhaas_app::decision::Acceptance::default()
        },
    )
    .await
    .unwrap();

    // A visitor sees what it is, and nothing else.
    let mut visitor = portal.visitor();
    let page = visitor.get(&invite).await.is(200);
    let page = page.shows("Data analysis").shows("<em>read</em>").shows("ada").shows("Sign in and apply");
    page.hides("data-2027").hides("2 GiB").hides("university.example");
    let sent = visitor.post(&invite, &[]).await;
    assert!(sent.leads_to().starts_with("/sign-in"), "{:?}", sent.location);

    // Three apply, two get seats, the third waits.
    let mut sam = (portal.browser(&sam).await, sam);
    let mut tom = (portal.browser(&tom).await, tom);
    let mut una = (portal.browser(&una).await, una);
    for (browser, _) in [&mut sam, &mut tom, &mut una] {
        browser.get(&invite).await.is(200).shows("Apply now");
        let sent = browser.post(&invite, &[]).await;
        browser.follow(&sent).await.is(200).shows("You have applied");
        // A second click does no harm.
        browser.post(&invite, &[]).await.is(303);
    }
    let people = format!("/courses/{course}/participants");
    let page = ada.0.get(&people).await.is(200);
    let page = page.shows("sam@university.example").shows("tom@university.example").shows("0 of 2");
    page.shows("Reject");
    let decide = format!("{people}/decide");
    let (one, two) = (part(world, course, &sam.1).await, part(world, course, &tom.1).await);
    let three = part(world, course, &una.1).await;
    let sent = ada.0.post(&decide, &[("action", "admit"), ("id", &one), ("id", &two), ("id", &three)]).await;
    ada.0.follow(&sent).await.shows("2 admitted, 1 on the waiting list").shows("2 of 2").shows("number 1");
    sam.0.get(&format!("/courses/{course}")).await.is(200).shows("You are in. Your hub opens");
    una.0.get(&format!("/courses/{course}")).await.is(200).shows("You are number 1 on the waiting list");

    // One is removed with a reason, and the next moves up.
    let asked = format!("{decide}?action=remove&id={two}");
    ada.0.get(&asked).await.is(200).shows("Remove one person").shows("tom@university.example");
    let sent = ada.0.post(&decide, &[("action", "remove"), ("id", &two), ("reason", "Wrong course.")]).await;
    ada.0.follow(&sent).await.is(200).shows("One person is removed");
    tom.0.get(&format!("/courses/{course}")).await.is(200).shows("You were removed").shows("Wrong course.");
    assert_eq!(state(world, course, &una.1).await, ParticipationState::Admitted);

    // The time comes: the hub is there, and the way in.
    world.clock.set(jhaas_testkit::at("2027-03-08T07:31:00+01:00"));
    // A week later everybody has to sign in anew.
    for (browser, person) in [&mut ada, &mut sam, &mut tom, &mut una] {
        *browser = portal.browser(person).await;
    }
    jhaas_app::deployment::step(&world.app, course).await.unwrap();
    ada.0.get(&format!("/courses/{course}")).await.is(200).shows("The hub is being deployed");
    world.succeed(course).await;
    let page = sam.0.get(&format!("/courses/{course}")).await.is(200).shows("Your hub opens");
    page.hides("Open the hub");
    ada.0.get(&format!("/courses/{course}")).await.is(200).shows("Open the hub");
    world.clock.set(jhaas_testkit::at("2027-03-08T08:00:00+01:00"));
    let page = sam.0.get(&format!("/courses/{course}")).await.is(200).shows("Your hub is open");
    page.shows("href=\"http://data-2027.localhost:8000");
    sam.0.get("/courses").await.is(200).shows("One hub is open to you").shows("Open the hub");

    // Somebody leaves.
    let sent = sam.0.post(&format!("/courses/{course}/leave"), &[]).await;
    sam.0.follow(&sent).await.is(200).shows("You are no longer in the course");
    assert_eq!(state(world, course, &sam.1).await, ParticipationState::Left);

    // The leader ends it early; the second click is told the same.
    let page = ada.0.get(&format!("/courses/{course}")).await.is(200).shows("End the course");
    let version = page.field("version");
    let end = format!("/courses/{course}/end");
    for _ in 0..2 {
        let sent = ada.0.post(&end, &[("version", &version), ("reason", "")]).await;
        ada.0.follow(&sent).await.is(200).shows("The course is being ended");
    }
    ada.0
        .get(&format!("/courses/{course}/history"))
        .await
        .is(200)
        .shows("Request accepted")
        .shows("Wrong course.");
}

#[tokio::test]
async fn the_list_of_people_is_searched_filtered_sorted_and_ticked_by_its_address() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let ada = world.leader("ada").await;
    let course = world.course(&ada).state(CourseState::Accepted).create().await;
    let token = world.stored(course).await.invite_token;
    for name in ["zoe", "Bob", "carl"] {
        let who = world.student(name).await;
        jhaas_app::participation::apply(&world.app, &who, &token).await.unwrap();
        world.clock.advance_minutes(1);
    }
    let leader = ada;
    let mut ada = portal.browser(&leader).await;
    let at = format!("/courses/{course}/participants");
    let order = |page: &Reply| {
        let place = |name: &str| page.body.find(&format!("<span>{name}</span>")).unwrap();
        let mut names = ["zoe", "Bob", "carl"];
        names.sort_by_key(|name| place(name));
        names
    };
    assert_eq!(order(&ada.get(&at).await), ["zoe", "Bob", "carl"]);
    assert_eq!(order(&ada.get(&format!("{at}?sort=-applied")).await), ["carl", "Bob", "zoe"]);
    assert_eq!(order(&ada.get(&format!("{at}?sort=name")).await), ["Bob", "carl", "zoe"]);
    assert_eq!(order(&ada.get(&format!("{at}?sort=-name")).await), ["zoe", "carl", "Bob"]);
    ada.get(&at).await.shows("Participants (3 wait)");
    ada.get(&format!("{at}?q=CAR")).await.is(200).shows("carl@").hides("zoe@");
    ada.get(&format!("{at}?state=admitted")).await.is(200).shows("Nobody found").hides("zoe@");
    ada.get(&format!("{at}?state=nonsense&page=x")).await.is(200).shows("zoe@");
    let page = ada.get(&format!("{at}?tick=all")).await.is(200);
    assert_eq!(page.body.matches(" checked").count(), 3);
    let sent =
        ada.post(&format!("{at}/decide"), &[("action", "admit"), ("q", "x&y"), ("sort", "name")]).await;
    assert_eq!(sent.leads_to(), format!("{at}?q=x%26y&sort=name"));
    ada.follow(&sent).await.is(200).shows("Nobody was ticked");
    ada.post(&format!("{at}/decide"), &[("action", "promote")]).await.is(400);
    // Nothing waits any more once nobody can be admitted.
    world.clock.set(world.stored(course).await.spec.ends_at);
    portal.browser(&leader).await.get(&at).await.is(200).hides("3 wait");
}

#[tokio::test]
async fn everybody_whom_the_list_finds_is_decided_on_after_a_question_that_names_their_number() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let leader = world.leader("ada").await;
    let course = world.course(&leader).seats(100).state(CourseState::Accepted).create().await;
    let token = world.stored(course).await.invite_token;
    let mut people = Vec::new();
    for number in 0..60 {
        let who = world.student(&format!("p{number:02}")).await;
        jhaas_app::participation::apply(&world.app, &who, &token).await.unwrap();
        people.push(who);
    }
    let mut ada = portal.browser(&leader).await;
    let at = format!("/courses/{course}/participants");
    ada.get(&at).await.is(200).shows("1–50 of 60").shows("all 60 found").shows("Take along as CSV (60)");
    ada.get(&format!("{at}?sort=name&page=9")).await.is(200).shows("51–60 of 60").shows("p59@");
    ada.get(&format!("{at}?q=p0")).await.is(200).shows("p09@").hides("found</span>").hides("p10@");

    // Nothing happens before the number was seen.
    let form = [("action", "admit"), ("all", "yes"), ("q", "p"), ("sort", "name")];
    let asked = ada.post(&format!("{at}/decide"), &form).await.is(200);
    let asked = asked.shows("Admit 60 people to").shows("p00").shows("and 50 more").hides("p11");
    assert_eq!(state(world, course, &people[0]).await, ParticipationState::Applied);
    let (seen, count) = (asked.field("seen"), asked.field("count"));
    let mut form = form.to_vec();
    form.extend([("seen", seen.as_str()), ("count", count.as_str())]);
    let sent = ada.post(&format!("{at}/decide"), &form).await;
    assert_eq!(sent.leads_to(), format!("{at}?q=p&sort=name"));
    ada.follow(&sent).await.is(200).shows("60 people are admitted");
    assert_eq!(state(world, course, &people[59]).await, ParticipationState::Admitted);
    // A second click.
    let sent = ada.post(&format!("{at}/decide"), &form).await;
    ada.follow(&sent).await.is(200);

    let asked = ada.get(&format!("{at}/decide?action=remove&all=yes")).await.is(200);
    let asked = asked.shows("Remove 60").shows("and 50 more");
    let (seen, count) = (asked.field("seen"), asked.field("count"));
    let form = [("action", "remove"), ("all", "yes"), ("seen", &seen), ("count", "59"), ("reason", "Over.")];
    ada.post(&format!("{at}/decide"), &form).await.is(409).shows("more people are found").shows("Over.");
    assert_eq!(state(world, course, &people[3]).await, ParticipationState::Admitted);
    let form =
        [("action", "remove"), ("all", "yes"), ("seen", &seen), ("count", &count), ("reason", "Over.")];
    let sent = ada.post(&format!("{at}/decide"), &form).await;
    ada.follow(&sent).await.is(200);
    assert_eq!(state(world, course, &people[3]).await, ParticipationState::Removed);
    // Nobody is left whom it fits.
    let sent = ada.get(&format!("{at}/decide?action=reject&all=yes")).await;
    assert_eq!(sent.leads_to(), at);
}

#[tokio::test]
async fn the_list_of_people_is_taken_along_by_leaders_and_is_no_formula() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let leader = world.leader("ada").await;
    let course = world.course(&leader).state(CourseState::Accepted).create().await;
    let token = world.stored(course).await.invite_token;
    let evil = world.person("=1+1, \"x\"").email("evil@university.example").create().await;
    let bob = world.student("bob").await;
    for who in [&evil, &bob] {
        jhaas_app::participation::apply(&world.app, who, &token).await.unwrap();
    }
    let assistant = world.student("tim").await;
    let address = "tim@university.example";
    staff::name(&world.app, &leader, course, address, CourseRole::Assistant).await.unwrap();
    let at = format!("/courses/{course}/participants");
    let mut ada = portal.browser(&leader).await;
    let file = ada.post(&format!("{at}/export"), &[("state", "applied"), ("sort", "name")]).await.is(200);
    let lines: Vec<&str> = file.body.lines().collect();
    assert!(lines[0].starts_with("\u{feff}\"Name\",\"Mail address\",\"State\",\"Applied ("), "{}", lines[0]);
    assert!(lines[1].starts_with("\"'=1+1, \"\"x\"\"\",\"evil@university.example\",\""), "{}", lines[1]);
    assert!(lines[2].starts_with("\"bob\",\"bob@university.example\","), "{}", lines[2]);
    assert_eq!(lines.len(), 3);
    ada.post(&format!("{at}/export"), &[("q", "bob")]).await.is(200).hides("evil@");
    let history = format!("/courses/{course}/history");
    ada.get(&history).await.shows("taken along as CSV, 2 people");
    ada.get(&format!("{history}?kind=participation.&sort=at")).await.shows("taken along");
    ada.get(&format!("{history}?kind=staff.")).await.hides("taken along").shows("tim");
    ada.get(&format!("{history}?until=1999-01-01")).await.shows("Nothing found");
    ada.get(&format!("{history}?from=yesterday")).await.is(200).shows("field-from-error");

    let mut tim = portal.browser(&assistant).await;
    tim.get(&at).await.is(200).shows("bob@").hides("Take along");
    tim.post(&format!("{at}/export"), &[]).await.is(403);
    portal.browser(&world.student("eve").await).await.post(&format!("{at}/export"), &[]).await.is(404);
    for _ in 0..28 {
        ada.post(&format!("{at}/export"), &[]).await.is(200);
    }
    ada.post(&format!("{at}/export"), &[]).await.is(429);
}

#[tokio::test]
async fn a_roster_of_fifty_thousand_lines_is_looked_at_taken_over_and_searched() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let leader = world.leader("ada").await;
    let course = world.course(&leader).state(CourseState::Accepted).create().await;
    let mut ada = portal.browser(&leader).await;
    let at = format!("/courses/{course}/roster");
    let line = |n: u32| format!("person{n:05}@university.example,Zoë Müller {n}\n");
    let csv: String = (1..=50_000).map(line).collect();
    let page = ada.upload(&at, ("file", &csv), ("roster", "")).await.is(200);
    let page = page.shows("50,000 new").shows("and 49,800 more that are not shown here. All of them");
    assert!(page.body.len() < csv.len() + 200_000, "{}", page.body.len());
    let form = [("text", page.field("text")), ("base", page.field("base"))];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    let sent = ada.post(&format!("{at}/confirm"), &form).await;
    let page = ada.follow(&sent).await.is(200).shows("1–50 of 50,000").shows("person00001@");
    assert!(page.body.len() < 60_000, "{}", page.body.len());
    ada.get(&format!("{at}?q=person04321@")).await.shows("Zoë Müller 4321").hides("person04322@");
    ada.get(&format!("{at}?sort=-address")).await.shows("person50000@").hides("person00001@");
    ada.get(&format!("{at}?page=99999")).await.shows("49,951–50,000 of 50,000");
    ada.get(&format!("{at}?q=nowhere&sort=name")).await.shows("Nothing found").shows("/roster?sort=name");
    let page = ada.upload(&at, ("file", "person00001@university.example\n"), ("roster", "")).await.is(200);
    page.shows("49,999").shows("and 49,799 more that are not shown here.").hides("All of them");
}

#[tokio::test]
async fn every_page_of_a_course_in_every_state_speaks_both_languages() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let (ada, sam, gwen) =
        (world.leader("ada").await, world.student("sam").await, world.governance("gerda").await);
    let mut courses = Vec::new();
    for state in CourseState::ALL {
        let slug = state.as_str().to_lowercase();
        let course = world.course(&ada).slug(&slug).state(state).create().await;
        let token = world.stored(course).await.invite_token;
        let _ = jhaas_app::participation::apply(&world.app, &sam, &token).await;
        courses.push((course, token));
    }
    for who in [&ada, &sam, &gwen] {
        let mut browser = portal.browser(who).await;
        for lang in ["de", "en"] {
            browser.post("/preferences", &[("lang", lang), ("back", "/")]).await.is(303);
            for list in ["/courses", "/courses?show=past", "/courses?q=x", "/courses?as=participant"] {
                browser.get(list).await.is(200);
            }
            for (course, token) in &courses {
                for page in ["", "/request", "/history", "/participants", "/staff", "/roster", "/change"] {
                    let status = browser.get(&format!("/courses/{course}{page}")).await.status.as_u16();
                    assert!([200, 403, 404, 409].contains(&status), "{page} {status}");
                }
                let status = browser.get(&format!("/join/{token}")).await.status.as_u16();
                assert!([200, 404].contains(&status), "join {status}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_wrong_stands_at_its_field_and_everything_typed_is_still_there() {
    let portal = Portal::new().await;
    let ada = portal.world.leader("ada").await;
    let mut ada = portal.browser(&ada).await;
    let wrong = form(&[
        ("title", "D&D <b>"),
        ("slug", "Data 2027"),
        ("end_date", "2027-03-01"),
        ("memory", "a lot"),
        ("domains", "not a domain"),
        ("admission", "domains"),
        ("remarks", "Please!"),
    ]);
    let page = ada.post("/courses/new", &wrong).await.is(422);
    let page = page.shows("D&#38;D &#60;b&#62;").shows("value=\"Data 2027\"").shows("value=\"a lot\"");
    let page = page.shows("Please!").shows("value=\"2027-03-01\"");
    let page = page.shows("href=\"#field-slug\"").shows("id=\"field-slug-error\"");
    let page = page.shows("href=\"#field-end_date\"").shows("id=\"field-end_date-error\"");
    page.shows("id=\"field-memory-error\"").shows("id=\"field-domains-error\"");
    ada.post("/preferences", &[("lang", "de"), ("back", "/")]).await.is(303);
    let page = ada.post("/courses/new", &wrong).await.is(422);
    page.shows("Die Adresse darf nur Kleinbuchstaben").shows("Angaben brauchen noch einen Blick");
}

#[tokio::test]
async fn a_double_click_on_the_request_is_one_course() {
    let portal = Portal::new().await;
    let ada = portal.world.leader("ada").await;
    let mut ada = portal.browser(&ada).await;
    let first = ada.post("/courses/new", &form(&[])).await;
    let second = ada.post("/courses/new", &form(&[])).await;
    assert_eq!(first.leads_to(), second.leads_to());
    // Another course under the same address is told so.
    ada.post("/courses/new", &form(&[("title", "Another")]))
        .await
        .is(422)
        .shows("Another course has this address");
}

#[tokio::test]
async fn a_draft_is_kept_as_typed_and_gone_once_it_is_handed_in() {
    let portal = Portal::new().await;
    let (ada, eve) = (portal.world.leader("ada").await, portal.world.leader("eve").await);
    let mut ada = portal.browser(&ada).await;
    let kept = ada.post("/courses/new", &form(&[("slug", "half d"), ("then", "draft")])).await;
    let draft = kept.leads_to().to_owned();
    ada.follow(&kept).await.is(200).shows("The draft is saved").shows("value=\"half d\"");
    ada.get("/courses").await.is(200).shows("Drafts").shows(&draft);
    portal.browser(&eve).await.get(&draft).await.is(404);
    ada.post(&draft, &form(&[("slug", "half d")])).await.is(422);
    let sent = ada.post(&draft, &form(&[])).await;
    ada.follow(&sent).await.is(200).shows("Your request has arrived");
    ada.get(&draft).await.is(404);
    let kept = ada.post("/courses/new", &form(&[("then", "draft")])).await;
    let draft = kept.leads_to().to_owned();
    let sent = ada.post(&format!("{draft}/delete"), &[]).await;
    ada.follow(&sent).await.is(200).shows("The draft is deleted").hides("Untitled");
}

#[tokio::test]
async fn a_question_of_governance_is_answered_in_the_request() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
    let course = world.course(&ada).create().await;
    let version = world.stored(course).await.version;
    jhaas_app::decision::send_back(&world.app, &gwen, course, version, "Why so much?").await.unwrap();
    let mut ada = portal.browser(&ada).await;
    let page = ada.get(&format!("/courses/{course}")).await.is(200);
    page.shows("Governance has a question").shows("Why so much?").shows("Answer the question");
    let page = ada.get(&format!("/courses/{course}/revise")).await.is(200).shows("Why so much?");
    let version = page.field("version");
    let answer = form(&[("slug", "python"), ("remarks", "For images."), ("version", &version)]);
    // The second click changes nothing and is told the same.
    for _ in 0..2 {
        let sent = ada.post(&format!("/courses/{course}/revise"), &answer).await;
        ada.follow(&sent).await.is(200).shows("Your request has arrived").hides("Governance has a question");
    }
    let stale = form(&[("slug", "python"), ("title", "Another title"), ("version", &version)]);
    ada.post(&format!("/courses/{course}/revise"), &stale).await.is(409);
}

#[tokio::test]
async fn a_change_that_needs_a_decision_is_shown_old_beside_new_and_can_be_taken_back() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let ada = world.leader("ada").await;
    let course = world.course(&ada).state(CourseState::Accepted).create().await;
    let mut ada = portal.browser(&ada).await;
    let at = format!("/courses/{course}/change");
    let page = ada.get(&at).await.is(200).shows("Valid now: 30");
    let version = page.field("version");
    let stored = world.stored(course).await;
    let now = jhaas_app::course::form_of(&stored.spec, &world.app.settings.zone);
    let typed = |seats: &'static str| {
        let now = now.clone();
        let fields: Vec<(String, String)> = match serde_json::to_value(now).unwrap() {
            serde_json::Value::Object(fields) => fields
                .into_iter()
                .map(|(name, value)| {
                    let value =
                        if name == "seats" { seats.to_owned() } else { value.as_str().unwrap().to_owned() };
                    (name, value)
                })
                .chain([("version".to_owned(), version.clone())])
                .collect(),
            _ => Vec::new(),
        };
        fields
    };
    let post = async |ada: &mut Browser, seats: &'static str| {
        let fields = typed(seats);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        ada.post(&at, &fields).await
    };
    post(&mut ada, "9999").await.is(422).shows("value=\"9999\"").shows("id=\"field-seats-error\"");
    let sent = post(&mut ada, "30").await;
    ada.follow(&sent).await.is(200).shows("nothing has changed");
    let sent = post(&mut ada, "60").await;
    let page = ada.follow(&sent).await.is(200).shows("The change is handed in").shows("A change waits");
    let page = page.shows("Take the change back");
    let change = page.field("change");
    assert!(page.body.contains("data-label=\"before\">30<") && page.body.contains("data-label=\"new\">60<"));
    // While it waits there is no second one.
    ada.get(&at).await.is(200).shows("Take the change back").hides("Hand in the change");
    let sent = ada.post(&format!("{at}/withdraw"), &[("change", &change)]).await;
    ada.follow(&sent).await.is(200).shows("The change is taken back").hides("A change waits");
    ada.get(&format!("/courses/{course}/request")).await.is(200).shows("Change, taken back");
}

#[tokio::test]
async fn a_past_course_is_copied_with_shifted_dates() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let ada = world.leader("ada").await;
    let course = world.course(&ada).state(CourseState::Cancelled).create().await;
    let mut ada = portal.browser(&ada).await;
    let page = ada.get(&format!("/courses/{course}/copy?days=182")).await.is(200);
    assert_eq!(page.field("start_date"), "2027-08-30");
    assert_eq!(page.field("slug"), "python");
    ada.get(&format!("/courses/{course}/copy?days=many")).await.is(422).shows("whole number of days");
}

#[tokio::test]
async fn a_roster_is_looked_at_before_it_is_taken_over() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let (ada, sam) = (world.leader("ada").await, world.student("sam").await);
    let course = world
        .course(&ada)
        .with(|form| form.admission = "roster".to_owned())
        .state(CourseState::Accepted)
        .create()
        .await;
    let token = world.stored(course).await.invite_token;
    jhaas_app::participation::apply(&world.app, &sam, &token).await.unwrap();
    let mut ada = portal.browser(&ada).await;
    let at = format!("/courses/{course}/roster");
    ada.get(&at).await.is(200).shows("No roster yet");
    ada.upload(&at, ("file", ""), ("roster", "")).await.is(422).shows("Please choose a file");
    let csv = "mail,name\nsam@university.example,Sam\nnobody\nzoe@university.example,Zoë\n";
    let page = ada.upload(&at, ("file", csv), ("roster", "")).await.is(200);
    let page =
        page.shows("2 new").shows("1 lines unreadable").shows("nobody").shows("zoe@university.example");
    assert!(page.body.contains("<th scope=\"row\">3</th>"), "the bad line's number: {}", page.body);
    assert_eq!(state(world, course, &sam).await, ParticipationState::Applied);
    let confirmed = [("text", page.field("text")), ("base", page.field("base"))];
    // Line ends in attributes come back as a browser sends them.
    let confirmed: Vec<(&str, String)> =
        confirmed.into_iter().map(|(name, value)| (name, value.replace("&#13;", "\r"))).collect();
    let fields: Vec<(&str, &str)> = confirmed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let sent = ada.post(&format!("{at}/confirm"), &fields).await;
    ada.follow(&sent).await.is(200).shows("The roster with 2 lines is taken over. Newly admitted: 1");
    assert_eq!(state(world, course, &sam).await, ParticipationState::Admitted);
    ada.post(&format!("{at}/confirm"), &fields).await.is(409);
    // Who goes off the roster stays in unless the leader says otherwise.
    let page = ada.upload(&at, ("file", ""), ("roster", "zoe@university.example, Zoë")).await.is(200);
    page.shows("Gone (1)").shows("One person who is no longer on the roster is admitted");
}

#[tokio::test]
async fn a_leader_names_removes_and_hands_over() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let (ada, eve, sam) = (world.leader("ada").await, world.leader("eve").await, world.student("sam").await);
    let course = world.course(&ada).state(CourseState::Accepted).create().await;
    let mut ada = (portal.browser(&ada).await, ada);
    let at = format!("/courses/{course}/staff");
    let page = ada.0.post(&at, &[("email", "who@nowhere.example"), ("role", "assistant")]).await.is(422);
    page.shows("value=\"who@nowhere.example\"").shows("must sign in once first");
    let sent = ada.0.post(&at, &[("email", "sam@university.example"), ("role", "assistant")]).await;
    ada.0.follow(&sent).await.is(200).shows("now belongs to the staff").shows("assistant");

    // An assistant sees people, but neither sizes nor staff.
    let mut sam = (portal.browser(&sam).await, sam);
    let page = sam.0.get(&format!("/courses/{course}")).await.is(200).shows("Participants");
    page.hides("Per person").hides("/join/").hides("Withdraw the course");
    sam.0.get(&format!("/courses/{course}/participants")).await.is(200);
    for closed in ["staff", "roster", "request", "history", "change", "revise"] {
        sam.0.get(&format!("/courses/{course}/{closed}")).await.is(403);
    }
    let account = sam.1.account.to_string();
    let sent = ada.0.post(&format!("{at}/remove"), &[("account", &account)]).await;
    ada.0.follow(&sent).await.is(200).shows("no longer belongs to the staff");
    sam.0.get(&format!("/courses/{course}")).await.is(404);

    ada.0.post(&format!("{at}/hand-over"), &[("new_leader", "sam@university.example")]).await.is(422);
    let sent = ada.0.post(&format!("{at}/hand-over"), &[("new_leader", "eve@university.example")]).await;
    ada.0.follow(&sent).await.is(200).shows("now leads the course");
    let role = jhaas_store::staff::role_of(world.db.pool(), course, eve.account).await.unwrap();
    assert_eq!(role, Some(CourseRole::Leader));
}

#[tokio::test]
async fn who_may_not_know_of_a_course_finds_nothing_there() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let (ada, eve) = (world.leader("ada").await, world.leader("eve").await);
    let course = world.course(&ada).state(CourseState::Deployed).create().await;
    let stranger = world.student("sam").await;
    for browser in [&mut portal.browser(&eve).await, &mut portal.browser(&stranger).await] {
        let below =
            ["", "/request", "/change", "/revise", "/copy", "/participants", "/staff", "/roster", "/history"];
        for page in below {
            browser.get(&format!("/courses/{course}{page}")).await.is(404);
        }
        for action in [
            "/leave",
            "/cancel",
            "/end",
            "/invite",
            "/staff/remove",
            "/staff/hand-over",
            "/change/withdraw",
            "/participants/decide",
        ] {
            let fields = [
                ("version", "1"),
                ("account", &*ada.account.to_string()),
                ("change", &*ada.account.to_string()),
                ("action", "admit"),
                ("new_leader", "sam@university.example"),
            ];
            browser.post(&format!("/courses/{course}{action}"), &fields).await.is(404);
        }
        browser.get("/courses/nonsense").await.is(404);
        browser.get("/join/nonsense").await.is(404).shows("This link leads nowhere");
    }
    // Who is not signed in is led to the sign-in, and from there back.
    let reply = portal.visitor().get(&format!("/courses/{course}")).await;
    assert!(reply.leads_to().starts_with("/sign-in?return="), "{:?}", reply.location);
    // Students do not request courses.
    portal.browser(&stranger).await.get("/courses/new").await.is(403).shows("course leader");
    portal.browser(&stranger).await.post("/courses/new", &form(&[])).await.is(403);
}

#[tokio::test]
async fn a_participant_sees_neither_sizes_nor_other_people() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let (ada, sam, tom) = (world.leader("ada").await, world.student("sam").await, world.student("tom").await);
    let course = world
        .course(&ada)
        .with(|form| {
            form.admission = "link".to_owned();
            form.remarks = "Do tell nobody.".to_owned();
        })
        .state(CourseState::Deployed)
        .create()
        .await;
    let token = world.stored(course).await.invite_token;
    for who in [&sam, &tom] {
        jhaas_app::participation::apply(&world.app, who, &token).await.unwrap();
    }
    let mut sam = portal.browser(&sam).await;
    let page =
        sam.get(&format!("/courses/{course}")).await.is(200).shows("What this is <strong>about</strong>");
    page.hides("tom").hides("1 GiB").hides("Do tell nobody").hides("/join/").hides("class=\"tabs\"");
    for closed in ["participants", "staff", "roster", "request", "history", "change", "revise"] {
        sam.get(&format!("/courses/{course}/{closed}")).await.is(404);
    }
    for closed in ["cancel", "end", "invite"] {
        sam.post(&format!("/courses/{course}/{closed}"), &[("version", "1")]).await.is(403);
    }
    let roster = sam.upload(&format!("/courses/{course}/roster"), ("file", ""), ("roster", "")).await;
    roster.is(404);
}

#[tokio::test]
async fn governance_sees_the_course_but_not_the_leader_s_buttons() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let ada = world.leader("ada").await;
    let course = world.course(&ada).create().await;
    let gwen = world.person("gwen").role(Role::Governance).create().await;
    let mut gwen = portal.browser(&gwen).await;
    let page = gwen.get(&format!("/courses/{course}")).await.is(200).shows("Decide on the request");
    page.hides("Withdraw the course").hides("/join/").hides("Change the request");
    gwen.get(&format!("/courses/{course}/request")).await.is(200).shows("Per person");
    gwen.get(&format!("/courses/{course}/participants")).await.is(403);
}

#[tokio::test]
async fn a_change_that_somebody_else_overtook_comes_back_with_everything_typed() {
    let portal = Portal::new().await;
    let ada = portal.world.leader("ada").await;
    let id = portal.world.course(&ada).slug("data-2027").state(CourseState::Accepted).create().await;
    let mut browser = portal.browser(&ada).await;
    let address = format!("/courses/{id}/change");
    let version = browser.get(&address).await.is(200).field("version");
    let mut course = portal.world.stored(id).await;
    jhaas_store::course::update(portal.world.db.pool(), &mut course).await.unwrap();
    let late = browser.post(&address, &form(&[("title", "Slower"), ("version", &version)])).await.is(409);
    let late = late.shows("What you typed is still here").shows("value=\"Slower\"");
    let version = late.field("version");
    browser.post(&address, &form(&[("title", "Slower"), ("version", &version)])).await.is(303);
}

#[tokio::test]
async fn a_revision_that_comes_too_late_and_a_draft_too_many_lose_nothing() {
    let portal = Portal::new().await;
    let ada = portal.world.leader("ada").await;
    let mut browser = portal.browser(&ada).await;
    browser.post("/courses/new", &form(&[])).await.is(303);
    let id = id_of(&portal.world, "data-2027").await;
    let address = format!("/courses/{id}/revise");
    let version = browser.get(&address).await.is(200).field("version");
    browser.post(&address, &form(&[("title", "One"), ("version", &version)])).await.is(303);
    let late = browser.post(&address, &form(&[("title", "Two"), ("version", &version)])).await;
    late.is(409).shows("value=\"Two\"");
    for _ in 0..50 {
        browser.post("/courses/new", &form(&[("then", "draft")])).await.is(303);
    }
    let page = browser.post("/courses/new", &form(&[("title", "Fifty-first"), ("then", "draft")])).await;
    page.is(409).shows("too many drafts").shows("value=\"Fifty-first\"");
}

#[tokio::test]
async fn a_reason_that_is_too_long_is_still_there_to_be_shortened() {
    let portal = Portal::new().await;
    let ada = portal.world.leader("ada").await;
    let id = portal.world.course(&ada).slug("data-2027").state(CourseState::Accepted).create().await;
    let mut browser = portal.browser(&ada).await;
    let page = browser.get(&format!("/courses/{id}")).await.is(200);
    let (version, reason) = (page.field("version"), "because ".repeat(300));
    let cancel = format!("/courses/{id}/cancel");
    let page = browser.post(&cancel, &[("version", &version), ("reason", &reason)]).await.is(422);
    page.shows("The text is too long").shows("because because").shows("data-cancel=\"Cancel\" open");
    let stale = browser.post(&cancel, &[("version", "0"), ("reason", "Ill.")]).await.is(409);
    let version = stale.shows("Ill.</textarea>").field("version");
    browser.post(&cancel, &[("version", &version), ("reason", "Ill.")]).await.is(303);
}

#[tokio::test]
async fn a_roster_that_changed_meanwhile_is_compared_anew() {
    let portal = Portal::new().await;
    let ada = portal.world.leader("ada").await;
    let id = portal.world.course(&ada).slug("data-2027").state(CourseState::Accepted).create().await;
    let mut browser = portal.browser(&ada).await;
    let address = format!("/courses/{id}/roster");
    let look = browser.upload(&address, ("file", ""), ("roster", "a@x.example,A")).await.is(200);
    let (text, base) = (look.field("text"), look.field("base"));
    let other = browser.upload(&address, ("file", ""), ("roster", "b@x.example,B")).await.is(200);
    let confirm = format!("{address}/confirm");
    let faster = [("text", other.field("text")), ("base", other.field("base"))];
    let faster: Vec<(&str, &str)> = faster.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(&confirm, &faster).await.is(303);
    let late = browser.post(&confirm, &[("text", &text), ("base", &base)]).await.is(409);
    let late = late.shows("a@x.example").shows("b@x.example");
    browser.post(&confirm, &[("text", &late.field("text")), ("base", &late.field("base"))]).await.is(303);
}

#[tokio::test]
async fn an_administrator_hands_over_a_course_whose_leader_is_gone() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let (ada, bea, root) =
        (world.leader("ada").await, world.leader("bea").await, world.administrator("root").await);
    let id = world.course(&ada).slug("data-2027").state(CourseState::Accepted).create().await;
    let mut browser = portal.browser(&root).await;
    let staff = format!("/courses/{id}/staff");
    browser.get(&format!("/courses/{id}")).await.is(200).shows(&staff);
    browser.get(&staff).await.is(200).shows("Now it is led by ada").hides("name=\"role\"");
    let to = format!("{staff}/hand-over");
    browser.post(&to, &[("new_leader", "nobody@x.example")]).await.is(422).shows("nobody@x.example");
    browser.post(&to, &[("new_leader", "bea@university.example")]).await.is(303);
    portal.browser(&bea).await.get(&staff).await.is(200);
    portal.browser(&ada).await.get(&staff).await.is(404);
    portal.browser(&world.governance("gina").await).await.get(&staff).await.is(403);
}

#[tokio::test]
async fn an_assistant_gives_the_task_up() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let (ada, tom) = (world.leader("ada").await, world.student("tom").await);
    let id = world.course(&ada).slug("data-2027").state(CourseState::Accepted).create().await;
    staff::name(&world.app, &ada, id, "tom@university.example", CourseRole::Assistant).await.unwrap();
    let mut browser = portal.browser(&tom).await;
    let page = browser.get(&format!("/courses/{id}")).await.is(200).shows("Leave the staff");
    let own = page.field("account");
    let gone = browser.post(&format!("/courses/{id}/staff/remove"), &[("account", &own)]).await;
    browser.follow(&gone).await.is(200).shows("no longer belong to the staff");
    browser.get(&format!("/courses/{id}")).await.is(404);
}

#[tokio::test]
async fn whoever_is_still_in_a_hub_is_seen_until_that_is_done() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let (ada, bob) = (world.leader("ada").await, world.student("bob").await);
    let id = world.course(&ada).slug("data-2027").state(CourseState::Deployed).create().await;
    let invite = world.stored(id).await.invite_token;
    jhaas_app::participation::apply(&world.app, &bob, &invite).await.unwrap();
    let part = part(world, id, &bob).await.parse().unwrap();
    jhaas_app::participation::admit(&world.app, &ada, id, part).await.unwrap();
    jhaas_app::participation::remove(&world.app, &ada, id, part, "").await.unwrap();
    let job = revocation::claim(&world.app, &[]).await.unwrap().unwrap();
    revocation::failed(&world.app, &job, "the hub answers 503").await.unwrap();
    let mut pages = [
        (portal.browser(&ada).await, format!("/courses/{id}/participants")),
        (portal.browser(&world.administrator("root").await).await, "/admin".to_owned()),
    ];
    for (browser, page) in &mut pages {
        browser.get(page).await.is(200).shows("Not yet out of the hub").shows("the hub answers 503");
    }
    world.clock.advance_minutes(10);
    let job = revocation::claim(&world.app, &[]).await.unwrap().unwrap();
    revocation::done(&world.app, &job).await.unwrap();
    for (browser, page) in &mut pages {
        browser.get(page).await.is(200).hides("Not yet out of the hub");
    }
}

#[tokio::test]
async fn who_may_no_longer_lead_reads_so_and_finds_no_link_to_what_is_closed() {
    let portal = Portal::new().await;
    let world = &portal.world;
    let (ada, root) = (world.leader("Ada").await, world.administrator("Root").await);
    let led = world.course(&ada).slug("led").state(CourseState::Deployed).create().await;
    account::revoke_role(&world.app, &root, ada.account, Role::Leader).await.unwrap();
    let mut browser = portal.browser(&Actor { roles: Vec::new(), ..ada.clone() }).await;
    browser.get("/courses").await.is(200).shows("You no longer lead courses").hides("Course led");
    browser.get(&format!("/courses/{led}")).await.is(404);
    account::grant_role(&world.app, &root, ada.account, Role::Leader, "").await.unwrap();
    browser.get("/courses").await.is(200).hides("You no longer lead courses").shows("Course led");
}
