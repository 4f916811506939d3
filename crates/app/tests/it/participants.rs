//! Participants: applying, rules, seats, and being out for good.

use jhaas_app::{
    AppError, course,
    participation::{self, BulkAction, Filter, Found},
};
use jhaas_domain::{
    course::{CourseRole, CourseState},
    participation::ParticipationState as State,
};
use jhaas_store::Page;
use jhaas_testkit::{World, on_both};

use crate::help::{
    apply, count, events, mails, outcome, part, participant, revocations, sent, state_of, stored_part,
    version,
};

fn by_link(form: &mut course::CourseForm) {
    form.admission = "link".to_owned();
}

async fn token(world: &World, id: jhaas_domain::id::CourseId) -> String {
    world.stored(id).await.invite_token
}

#[tokio::test]
async fn applications_are_taken_from_acceptance_to_the_end() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        for state in CourseState::ALL {
            let slug = format!("course-{}", state.as_str().to_lowercase());
            let id = world.course(&ada).slug(&slug).state(state).create().await;
            let bob = world.student(&format!("bob-{}", state.as_str().to_lowercase())).await;
            let applied = participation::apply(app, &bob, &token(&world, id).await).await;
            use CourseState as S;
            let open = matches!(state, S::Accepted | S::Deploying | S::Deployed | S::Failed);
            let expected = if open { "ok" } else { "409 error-applications-closed" };
            assert_eq!(outcome(&applied), expected, "{state:?}");
        }
        let id = world.course(&ada).slug("ending").state(CourseState::Deployed).create().await;
        world.clock.set(world.stored(id).await.spec.ends_at);
        let late = world.student("late").await;
        let applied = participation::apply(app, &late, &token(&world, id).await).await;
        assert_eq!(outcome(&applied), "409 error-applications-closed");
    })
    .await;
}

#[tokio::test]
async fn a_link_that_was_renewed_or_made_up_leads_nowhere() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, bob) = (world.leader("ada").await, world.student("bob").await);
        let id = world.course(&ada).state(CourseState::Accepted).create().await;
        let old = token(&world, id).await;
        course::renew_invite(app, &ada, id).await.unwrap();
        assert_eq!(outcome(&participation::apply(app, &bob, &old).await), "404");
        assert_eq!(outcome(&course::invite(app, &old, Some(&bob)).await), "404");
        assert_eq!(outcome(&course::invite(app, "", None).await), "404");
        let view = course::invite(app, &token(&world, id).await, Some(&bob)).await.unwrap();
        assert!(view.open && !view.full);
        assert_eq!((view.participation, view.leaders.as_slice()), (None, &["ada".to_owned()][..]));
        assert_eq!(outcome(&course::view(app, &bob, id).await), "404", "a look is no application");
    })
    .await;
}

#[tokio::test]
async fn applying_twice_is_applying_once() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, bob) = (world.leader("ada").await, world.student("bob").await);
        let id = world.course(&ada).state(CourseState::Accepted).create().await;
        let link = token(&world, id).await;
        let (one, other) =
            tokio::join!(participation::apply(app, &bob, &link), participation::apply(app, &bob, &link));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!((one.state, other.state), (State::Applied, State::Applied));
        assert!(one.is_new ^ other.is_new);
        assert_eq!(count(&world, id, "application_received").await, 1);
    })
    .await;
}

#[tokio::test]
async fn who_was_refused_stays_refused_when_applying_again() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, bob) = (world.leader("ada").await, world.student("bob").await);
        let id = world.course(&ada).with(by_link).state(CourseState::Deployed).create().await;
        assert_eq!(apply(&world, id, &bob).await, State::Admitted);
        participation::remove(app, &ada, id, part(&world, id, &bob).await, "Wrong course.").await.unwrap();
        let before = stored_part(&world, id, &bob).await;
        assert_eq!(apply(&world, id, &bob).await, State::Removed);
        assert_eq!(stored_part(&world, id, &bob).await, before);
        assert_eq!(outcome(&participation::leave(app, &bob, id).await), "409 error-participant-gone");
        assert_eq!(apply(&world, id, &bob).await, State::Removed);
        assert!(course::view(app, &bob, id).await.unwrap().hub_url.is_none());
    })
    .await;
}

#[tokio::test]
async fn who_left_may_come_back_at_the_end_of_the_line() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let (bob, cyd) = (world.student("bob").await, world.student("cyd").await);
        let id = world.course(&ada).seats(1).with(by_link).state(CourseState::Deployed).create().await;
        assert_eq!(apply(&world, id, &bob).await, State::Admitted);
        assert_eq!(apply(&world, id, &cyd).await, State::Waiting);
        participation::leave(app, &bob, id).await.unwrap();
        assert_eq!(state_of(&world, id, &cyd).await, State::Admitted);
        assert_eq!(apply(&world, id, &bob).await, State::Waiting);
        assert_eq!(revocations(&world, id).await, ["bob left"]);
    })
    .await;
}

#[tokio::test]
async fn only_a_confirmed_address_of_the_domain_admits() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let domain = |form: &mut course::CourseForm| {
            form.admission = "domains".to_owned();
            form.domains = "university.example".to_owned();
        };
        let id = world.course(&ada).with(domain).state(CourseState::Accepted).create().await;
        for (name, email, verified, state) in [
            ("own", "own@university.example", true, State::Admitted),
            ("capitals", "CAPITALS@University.Example", true, State::Admitted),
            ("unsure", "unsure@university.example", false, State::Applied),
            ("stranger", "stranger@elsewhere.example", true, State::Applied),
            ("below", "below@students.university.example", true, State::Applied),
            ("trick", "trick@university.example.evil.example", true, State::Applied),
        ] {
            let mut person = world.person(name).email(email);
            if !verified {
                person = person.unverified();
            }
            let actor = person.create().await;
            assert_eq!(apply(&world, id, &actor).await, state, "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_seat_that_becomes_free_goes_to_the_first_who_waits() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).seats(2).with(by_link).state(CourseState::Deployed).create().await;
        let mut people = Vec::new();
        for name in ["bob", "cyd", "dan", "eli", "fay"] {
            world.clock.advance_seconds(1);
            let person = world.student(name).await;
            apply(&world, id, &person).await;
            people.push(person);
        }
        let states = async || {
            let mut all = Vec::new();
            for person in &people {
                all.push(state_of(&world, id, person).await);
            }
            all
        };
        use State::{Admitted as A, Left as L, Rejected as R, Removed as X, Waiting as W};
        assert_eq!(states().await, [A, A, W, W, W]);
        assert_eq!(course::view(app, &people[4], id).await.unwrap().waiting_place, Some(3));
        let admitted = participation::admit(app, &ada, id, part(&world, id, &people[2]).await).await;
        assert_eq!(outcome(&admitted), "409 error-no-seat");

        participation::remove(app, &ada, id, part(&world, id, &people[0]).await, "").await.unwrap();
        assert_eq!(states().await, [X, A, A, W, W]);
        participation::reject(app, &ada, id, part(&world, id, &people[3]).await, "").await.unwrap();
        assert_eq!(states().await, [X, A, A, R, W]);
        participation::leave(app, &people[1], id).await.unwrap();
        assert_eq!(states().await, [X, L, A, R, A]);
        let promoted = mails(&world).await;
        let promoted: Vec<_> = promoted.iter().filter(|mail| mail.kind == "promoted").collect();
        assert_eq!(promoted.len(), 2);
        assert!(promoted[0].address.starts_with("dan@") && promoted[1].address.starts_with("fay@"));
        assert_eq!(revocations(&world, id).await, ["bob removed", "cyd left"]);
    })
    .await;
}

#[tokio::test]
async fn the_last_seat_is_given_once() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).seats(1).with(by_link).state(CourseState::Deployed).create().await;
        let link = token(&world, id).await;
        let mut people = Vec::new();
        for number in 0..6 {
            people.push(world.student(&format!("person-{number}")).await);
        }
        let all = people.iter().map(|person| {
            let (app, link, person) = (world.app.clone(), link.clone(), person.clone());
            tokio::spawn(async move { participation::apply(&app, &person, &link).await.unwrap().state })
        });
        let mut admitted = 0;
        for applying in all.collect::<Vec<_>>() {
            admitted += usize::from(applying.await.unwrap() == State::Admitted);
        }
        assert_eq!(admitted, 1);
    })
    .await;
}

#[tokio::test]
async fn being_out_is_told_and_carried_out_at_the_hub() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let early = world.course(&ada).slug("early").state(CourseState::Accepted).create().await;
        let bob = participant(&world, early, &ada, "bob").await;
        participation::remove(app, &ada, early, part(&world, early, &bob).await, "").await.unwrap();
        assert_eq!(revocations(&world, early).await, [""; 0], "there is no hub to be out of");

        let id = world.course(&ada).slug("running").state(CourseState::Deployed).create().await;
        let cyd = participant(&world, id, &ada, "cyd").await;
        participation::reject(app, &ada, id, part(&world, id, &cyd).await, "Not enrolled.").await.unwrap();
        assert_eq!(revocations(&world, id).await, ["cyd rejected"]);
        let view = course::view(app, &cyd, id).await.unwrap();
        let own = view.participation.unwrap();
        assert_eq!((own.state, own.reason.as_deref()), (State::Removed, Some("Not enrolled.")));
        assert!(view.people.is_none() && view.request.is_none() && view.hub_url.is_none());
        let again = participation::reject(app, &ada, id, own.id, "Twice").await;
        assert_eq!(outcome(&again), "ok");
        assert_eq!(
            sent(&world, id).await,
            [
                "admitted to cyd",
                "application_received to cyd",
                "applications_digest to ada",
                "hub_deployed to ada",
                "rejected to cyd",
                "request_accepted to ada",
                "request_received to ada",
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn whoever_was_rejected_by_mistake_can_be_admitted() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, bob) = (world.leader("ada").await, world.student("bob").await);
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        apply(&world, id, &bob).await;
        let number = part(&world, id, &bob).await;
        participation::reject(app, &ada, id, number, "").await.unwrap();
        participation::admit(app, &ada, id, number).await.unwrap();
        assert_eq!(state_of(&world, id, &bob).await, State::Admitted);
        let kinds = events(&world, id).await;
        assert_eq!(
            kinds[kinds.len() - 3..],
            ["participation.applied", "participation.rejected", "participation.admitted"]
        );
    })
    .await;
}

#[tokio::test]
async fn an_assistant_cannot_undo_that_somebody_was_put_out() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let amy = world.student("amy").await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        jhaas_app::staff::name(app, &ada, id, "amy@university.example", CourseRole::Assistant).await.unwrap();
        let bob = participant(&world, id, &ada, "bob").await;
        let number = part(&world, id, &bob).await;
        participation::reject(app, &ada, id, number, "").await.unwrap();
        assert_eq!(outcome(&participation::admit(app, &amy, id, number).await), "403");
        participation::admit(app, &ada, id, number).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn several_people_are_decided_at_once_and_misfits_are_named() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).seats(2).state(CourseState::Deployed).create().await;
        let other = world.course(&ada).slug("other").state(CourseState::Deployed).create().await;
        let mut parts = Vec::new();
        for name in ["bob", "cyd", "dan", "eli"] {
            let person = world.student(name).await;
            apply(&world, id, &person).await;
            parts.push(part(&world, id, &person).await);
        }
        let stranger = participant(&world, other, &ada, "fay").await;
        let foreign = part(&world, other, &stranger).await;
        let person = jhaas_store::participation::by_id(world.db.pool(), parts[3]).await.unwrap().unwrap();
        let eli = jhaas_app::Actor {
            account: person.account,
            name: "eli".to_owned(),
            roles: Vec::new(),
            request_id: None,
        };
        participation::leave(app, &eli, id).await.unwrap();
        let chosen = [parts[0], parts[1], parts[2], parts[3], foreign];
        let done = participation::bulk(app, &ada, id, BulkAction::Admit, &chosen, "").await.unwrap();
        assert_eq!(done.done, parts[..2]);
        assert_eq!(done.waiting, [parts[2]]);
        let skipped: Vec<_> = done.skipped.iter().map(|(id, why)| (*id, why.key.as_str())).collect();
        assert_eq!(skipped, [(parts[3], "error-participant-left"), (foreign, "error-not-found")]);
        let removed = participation::bulk(app, &ada, id, BulkAction::Remove, &parts[..1], "").await.unwrap();
        assert_eq!(removed.done, parts[..1]);
        let counts = jhaas_store::participation::counts(world.db.pool(), id).await.unwrap();
        let admitted = counts.iter().find(|(state, _)| *state == State::Admitted).unwrap().1;
        assert_eq!(admitted, 2, "who waited moved up");
    })
    .await;
}

#[tokio::test]
async fn everyone_who_was_found_is_decided_on_and_nobody_who_came_later() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).seats(200).state(CourseState::Deployed).create().await;
        let mut people = Vec::new();
        for number in 0..105 {
            let person = world.student(&format!("pupil{number:03}")).await;
            apply(&world, id, &person).await;
            people.push(person);
        }
        let other = world.student("other").await;
        apply(&world, id, &other).await;
        let refused = part(&world, id, &people[0]).await;
        participation::reject(app, &ada, id, refused, "").await.unwrap();

        let filter = Filter { search: "PUPIL".to_owned(), ..Filter::default() };
        let seen =
            async |action| participation::count_found(app, &ada, id, action, &filter, 2).await.unwrap();
        let (people_found, some) = seen(BulkAction::Admit).await;
        assert_eq!(people_found, 104, "who was refused by hand is not meant");
        assert_eq!(some.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["pupil001", "pupil002"]);
        let found = Found { filter: filter.clone(), seen_at: world.now(), count: people_found };
        world.clock.advance_minutes(1);
        let late = world.student("pupil-late").await;
        apply(&world, id, &late).await;
        let done = participation::bulk_found(app, &ada, id, BulkAction::Admit, &found, "").await.unwrap();
        assert_eq!((done.done.len(), done.waiting.len(), done.skipped.len()), (104, 0, 0));
        for (person, state) in
            [(&people[1], State::Admitted), (&people[0], State::Rejected), (&late, State::Applied)]
        {
            assert_eq!(state_of(&world, id, person).await, state, "{}", person.name);
        }
        assert_eq!(state_of(&world, id, &other).await, State::Applied, "not found by the search");
        assert_eq!(count(&world, id, "admitted").await, 104);
        let events = events(&world, id).await;
        assert_eq!(events.iter().filter(|kind| *kind == "participation.admitted").count(), 104);

        let again = participation::bulk_found(app, &ada, id, BulkAction::Admit, &found, "").await.unwrap();
        assert_eq!(again, participation::Bulk::default(), "once more does nothing");
        assert_eq!(count(&world, id, "admitted").await, 104);

        assert_eq!(seen(BulkAction::Remove).await.0, 104);
        let stale = Found { filter: filter.clone(), seen_at: world.now(), count: 103 };
        let more = participation::bulk_found(app, &ada, id, BulkAction::Remove, &stale, "").await;
        assert_eq!(outcome(&more), "409 error-more-found");
        let found = Found { count: 104, ..stale };
        let out =
            participation::bulk_found(app, &ada, id, BulkAction::Remove, &found, "Over.").await.unwrap();
        assert_eq!(out.done.len(), 104);
        assert_eq!(state_of(&world, id, &people[1]).await, State::Removed);
        assert!(revocations(&world, id).await.len() >= 100, "those that are due first");
    })
    .await;
}

#[tokio::test]
async fn whoever_moves_up_while_all_are_removed_stays() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).seats(1).state(CourseState::Accepted).create().await;
        let (bob, cyd) = (world.student("bob").await, world.student("cyd").await);
        for person in [&bob, &cyd] {
            apply(&world, id, person).await;
            participation::admit(app, &ada, id, part(&world, id, person).await).await.unwrap();
        }
        assert_eq!(state_of(&world, id, &cyd).await, State::Waiting);
        let all = Found { filter: Filter::default(), seen_at: world.now(), count: 1 };
        participation::bulk_found(app, &ada, id, BulkAction::Remove, &all, "").await.unwrap();
        assert_eq!(state_of(&world, id, &bob).await, State::Removed);
        assert_eq!(state_of(&world, id, &cyd).await, State::Admitted);
        let waiting = Filter { states: vec![State::Waiting], ..Filter::default() };
        let nobody =
            participation::count_found(app, &ada, id, BulkAction::Remove, &waiting, 5).await.unwrap();
        assert_eq!(nobody, (0, Vec::new()), "who waits cannot be removed");
    })
    .await;
}

#[tokio::test]
async fn leaders_hear_of_applications_once_an_hour_at_most() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Accepted).create().await;
        let join = async |name: &str| {
            let person = world.student(name).await;
            apply(&world, id, &person).await;
        };
        let digests = async || {
            let all = mails(&world).await;
            let digests = all.into_iter().filter(|mail| mail.kind == "applications_digest");
            digests
                .map(|mail| {
                    let names = mail.data["applications"].as_array().unwrap().iter();
                    let names: Vec<String> =
                        names.map(|one| one["name"].as_str().unwrap().to_owned()).collect();
                    (names.join(" "), mail.data["undecided"].as_u64().unwrap(), mail.due_at.unwrap())
                })
                .collect::<Vec<_>>()
        };
        let begin = world.now();
        join("bob").await;
        world.clock.advance_minutes(1);
        join("cyd").await;
        assert_eq!(digests().await, [("bob cyd".to_owned(), 2, begin.plus_minutes(2))]);

        // The mail server takes the first; the next one waits for its hour.
        world.clock.advance_minutes(2);
        let mut claimed = Vec::new();
        while let Some(mail) = jhaas_app::outbox::claim(&world.app, "lease").await.unwrap() {
            claimed.push(mail);
        }
        join("dan").await;
        for mail in &claimed {
            jhaas_app::outbox::sent(&world.app, mail).await.unwrap();
        }
        join("eli").await;
        let due: Vec<_> = mails(&world)
            .await
            .into_iter()
            .filter(|mail| mail.kind == "applications_digest" && mail.due_at.is_some())
            .collect();
        assert_eq!(due.len(), 1);
        assert_eq!(due[0].data["applications"].as_array().unwrap().len(), 2);
        assert!(due[0].due_at.unwrap() >= begin.plus_minutes(60));
    })
    .await;
}

#[tokio::test]
async fn staff_find_people_by_name_address_and_state() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        participant(&world, id, &ada, "bob").await;
        let cyd = world.student("Cydonia").await;
        apply(&world, id, &cyd).await;
        let find = async |search: &str, states: &[State]| {
            let filter = participation::Filter {
                states: states.to_vec(),
                search: search.to_owned(),
                ..participation::Filter::default()
            };
            let found = participation::list(app, &ada, id, &filter, Page::default()).await.unwrap();
            found.items.into_iter().map(|line| line.person.name).collect::<Vec<_>>()
        };
        assert_eq!(find("", &[]).await, ["Cydonia", "bob"], "who waits for a decision comes first");
        assert_eq!(find("", &[State::Applied]).await, ["Cydonia"]);
        assert_eq!(find("CYD", &[]).await, ["Cydonia"]);
        assert_eq!(find("bob@univ", &[]).await, ["bob"]);
        assert_eq!(find("zoe", &[]).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn leaders_and_assistants_need_not_apply() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Accepted).create().await;
        let applied = participation::apply(app, &ada, &token(&world, id).await).await;
        assert_eq!(outcome(&applied), "409 error-already-staff");
        assert!(matches!(participation::leave(app, &ada, id).await, Err(AppError::NotFound)));
        assert_eq!(version(&world, id).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_digest_tells_only_of_applications_that_still_wait() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Accepted).create().await;
        let (bob, cyd) = (world.student("bob").await, world.student("cyd").await);
        apply(&world, id, &bob).await;
        apply(&world, id, &cyd).await;
        participation::leave(app, &bob, id).await.unwrap();
        let digest = async || {
            world.clock.advance_minutes(120);
            let mut digest = None;
            while let Some(claimed) = jhaas_app::outbox::claim(app, "lease").await.unwrap() {
                jhaas_app::outbox::sent(app, &claimed).await.unwrap();
                digest = digest.or(Some(claimed.mail).filter(|mail| mail.kind == "applications_digest"));
            }
            digest
        };
        let told = digest().await.unwrap().data;
        assert_eq!(
            (told["applications"].as_array().unwrap().len(), told["undecided"].as_u64()),
            (1, Some(1))
        );
        assert_eq!(told["applications"][0]["name"], "cyd");
        apply(&world, id, &bob).await;
        let part = part(&world, id, &bob).await;
        participation::admit(app, &ada, id, part).await.unwrap();
        assert_eq!(digest().await, None);
    })
    .await;
}

#[tokio::test]
async fn nobody_floods_courses_with_applications_staffs_with_people_or_governance_with_requests() {
    use jhaas_app::rate_limit::{APPLY, NAME_STAFF, REQUEST_COURSE};
    on_both(|world| async move {
        let app = &world.app;
        let (ada, bob) = (world.leader("ada").await, world.student("bob").await);
        let id = world.course(&ada).state(CourseState::Accepted).create().await;
        let token = token(&world, id).await;
        for _ in 0..APPLY.hits {
            participation::apply(app, &bob, &token).await.unwrap();
        }
        let one_more = participation::apply(app, &bob, &token).await;
        assert!(matches!(one_more, Err(AppError::TooMany { retry_after_seconds: 1..=3600 })));
        let nobody = "nobody@university.example";
        for _ in 0..NAME_STAFF.hits {
            let named = jhaas_app::staff::name(app, &ada, id, nobody, CourseRole::Assistant).await;
            assert_eq!(outcome(&named), "422 email");
        }
        let named = jhaas_app::staff::name(app, &ada, id, nobody, CourseRole::Assistant).await;
        assert!(matches!(named, Err(AppError::TooMany { .. })));
        let (from, to) = (world.now().plus_minutes(10), world.now().plus_days(14));
        let form = |number: i32| world.form(&format!("course-{number}"), from, to);
        for number in 0..REQUEST_COURSE.hits {
            // Hand-ins that come back with faults do not count.
            let faulty = course::request(app, &ada, &course::CourseForm::default(), None).await;
            assert!(matches!(faulty, Err(AppError::Invalid(_))));
            course::request(app, &ada, &form(number), None).await.unwrap();
        }
        let asked = course::request(app, &ada, &form(REQUEST_COURSE.hits), None).await;
        assert!(matches!(asked, Err(AppError::TooMany { .. })));
        world.clock.advance_minutes(61);
        participation::apply(app, &bob, &token).await.unwrap();
    })
    .await;
}
