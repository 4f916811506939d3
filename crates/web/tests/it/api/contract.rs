//! The description holds: every operation answers what it says, whatever comes.

use std::collections::BTreeSet;

use jhaas_domain::course::CourseState;
use jhaas_testkit::on_both;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::{Value, json};

use super::{
    ALL,
    client::{Answer, Client, entry},
};
use crate::portal::Portal;

fn document() -> Value {
    serde_json::from_str(&jhaas_web::api::document()).unwrap()
}

/// Method, path and description of each operation.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let methods = |path: &String, item: &Value| {
        let item = item.as_object().unwrap().clone();
        let path = path.clone();
        item.into_iter().map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation))
    };
    let mut all: Vec<_> =
        paths.iter().flat_map(|(path, item)| methods(path, item).collect::<Vec<_>>()).collect();
    // What ends the course comes last: little can be done with it afterwards.
    all.sort_by_key(|(_, path, _)| path.ends_with("/end"));
    all
}

#[test]
fn the_description_refers_to_nothing_that_it_does_not_have() {
    let document = document();
    let text = document.to_string();
    let mut found = 0;
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
        found += 1;
    }
    assert!(found > 50, "{found}");
    let ids: Vec<_> =
        operations(&document).iter().map(|(_, _, one)| one["operationId"].to_string()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}

/// Whether a value fits a schema, as far as these schemas go.
fn fits(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return fits(document, document.pointer(&reference[1..]).unwrap(), value);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let tried: Vec<_> = choices.iter().map(|choice| fits(document, choice, value)).collect();
        return if tried.iter().any(Result::is_ok) { Ok(()) } else { Err(format!("{tried:?}")) };
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is = |one: &Value| one == kind || (kind == "integer" && one == "number");
    let allowed = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(is),
        Value::Null => true,
        one => is(one),
    };
    if !allowed {
        return Err(format!("{value} is no {}", schema["type"]));
    }
    if schema["enum"].as_array().is_some_and(|choices| !choices.contains(value)) {
        return Err(format!("{value} is none of {}", schema["enum"]));
    }
    for item in value.as_array().into_iter().flatten() {
        fits(document, &schema["items"], item)?;
    }
    if let Some(object) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten() {
            if !object.contains_key(name.as_str().unwrap()) {
                return Err(format!("{name} is missing"));
            }
        }
        for (name, value) in object {
            let known = schema["properties"].get(name).ok_or_else(|| format!("{name} is not described"))?;
            fits(document, known, value).map_err(|error| format!("{name}: {error}"))?;
        }
    }
    Ok(())
}

/// The answer is one that the description has, with a body as it says.
#[track_caller]
fn is_described(document: &Value, operation: &Value, what: &str, answer: &Answer) {
    assert!(answer.status < 500, "{what}: {} {}", answer.status, answer.text);
    let mut response = &operation["responses"][answer.status.to_string()];
    assert!(!response.is_null(), "{what}: {} is not described: {}", answer.status, answer.text);
    if let Some(reference) = response["$ref"].as_str() {
        response = document.pointer(&reference[1..]).unwrap();
    }
    let Some(content) = response["content"].as_object() else {
        assert!(answer.text.is_empty(), "{what}: {}", answer.text);
        return;
    };
    let kind = answer.header("content-type");
    let schema = content.get(kind).unwrap_or_else(|| panic!("{what}: {kind} is not described"));
    if kind.ends_with("/json") || kind.ends_with("+json") {
        fits(document, &schema["schema"], &answer.body).unwrap_or_else(|error| panic!("{what}: {error}"));
    }
}

/// A world with something behind every address, and the addresses with their ids in.
async fn world(portal: &Portal) -> (Client<'_>, impl Fn(&str) -> String) {
    let person = portal.world.person("ada");
    let ada = person
        .role(jhaas_domain::account::Role::Leader)
        .role(jhaas_domain::account::Role::Governance)
        .role(jhaas_domain::account::Role::Administrator)
        .create()
        .await;
    let course = portal.world.course(&ada).state(CourseState::Deployed).create().await;
    let token = portal.world.stored(course).await.invite_token;
    let bob = portal.world.student("bob").await;
    jhaas_app::participation::apply(&portal.world.app, &bob, &token).await.unwrap();
    let db = portal.world.db.pool();
    let part = jhaas_store::participation::of(db, course, bob.account).await.unwrap().unwrap().id;
    let deployment = jhaas_store::deployment::last_of(db, course).await.unwrap().unwrap().id;
    let account = bob.account;
    let address = move |path: &str| {
        path.replace("{course}", &course.to_string())
            .replace("{participant}", &part.to_string())
            .replace("{deployment}", &deployment.to_string())
            .replace("{account}", &account.to_string())
            .replace("{change}", &course.to_string())
    };
    (Client::new(portal, &ada, ALL).await, address)
}

#[tokio::test]
async fn every_operation_answers_as_it_is_described() {
    on_both(|world| described(Portal::of(world))).await;
}

async fn described(portal: Portal) {
    let (client, address) = world(&portal).await;
    let document = document();
    let mut done = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let what = format!("{method} {path}");
        let path = address(&path);
        let body = match operation["operationId"].as_str().unwrap() {
            "requestCourse" => Some(entry("another")),
            "changeCourse" => Some(json!({ "title": "New title" })),
            "decideRequest" | "decideChange" => Some(json!({ "decision": "accept" })),
            "nameStaff" => Some(json!({ "email": "bob@university.example", "role": "assistant" })),
            _ => operation.get("requestBody").map(|_| json!({})),
        };
        let seen = client.get(&address("/courses/{course}")).await.etag();
        let sent = async |token: bool, etag: Option<&str>| {
            let mut request = match &body {
                Some(body) => client.with_body(&method, &path, &body.to_string()),
                None => client.request(&method, &path),
            };
            if let Some(etag) = etag {
                request.headers_mut().insert("if-match", etag.parse().unwrap());
            }
            if !token {
                request.headers_mut().remove("authorization");
            }
            client.send(request).await
        };
        let answers = [
            sent(false, None).await,
            sent(true, None).await,
            sent(true, Some("\"0\"")).await,
            sent(true, Some(&seen)).await,
        ];
        for answer in answers {
            is_described(&document, &operation, &what, &answer);
            if answer.status < 300 {
                done.insert(operation["operationId"].as_str().unwrap().to_owned());
            }
        }
    }
    for id in [
        "getMe",
        "listCourses",
        "requestCourse",
        "changeCourse",
        "endCourse",
        "admitParticipant",
        "getDeploymentLog",
    ] {
        assert!(done.contains(id), "{id} was only refused; done: {done:?}");
    }
}

/// Anything that JSON can say, near what is expected.
fn hostile() -> impl Strategy<Value = Value> {
    let names =
        "(title|slug|starts_at|ends_at|seats|cpu|memory|domains|terms|decision|reason|email|role|[a-z]{0,4})";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
        prop::sample::select(vec![
            "accept",
            "9999-12-31T23:59:00Z",
            "-009999-01-01T00:00:00Z",
            "2027-10-31T02:30:00+01:00",
            "\u{0}",
            "%",
            "'",
            "image:",
            "1e309",
            "../..",
            "assistant",
            "DEPLOYED",
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names, inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

#[tokio::test]
async fn hostile_input_is_refused_in_words_and_never_a_fault_of_the_portal() {
    on_both(|world| attacked(Portal::of(world))).await;
}

async fn attacked(portal: Portal) {
    let (client, address) = world(&portal).await;
    let document = document();
    let mut runner = TestRunner::deterministic();
    let mut sample = |strategy: &BoxedStrategy<Value>| strategy.new_tree(&mut runner).unwrap().current();
    let (bodies, texts) = (hostile().boxed(), "\\PC{0,30}".prop_map(Value::from).boxed());
    let mut refused = 0;
    for (method, path, operation) in operations(&document) {
        let what = format!("{method} {path}");
        for round in 0..40 {
            let mut path = address(&path);
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let query: Vec<(String, String)> = parameters
                .filter(|parameter| parameter["in"] == "query")
                .filter(|_| round % 3 > 0)
                .map(|parameter| {
                    let text = sample(&texts).as_str().unwrap().to_owned();
                    (parameter["name"].as_str().unwrap().to_owned(), text)
                })
                .collect();
            if !query.is_empty() {
                let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
                path = format!("{path}?{query}");
            }
            let mut request = match operation.get("requestBody") {
                Some(_) => client.with_body(&method, &path, &sample(&bodies).to_string()),
                None => client.request(&method, &path),
            };
            let seen = client.get(&address("/courses/{course}")).await.etag();
            request.headers_mut().insert("if-match", seen.parse().unwrap());
            let answer = client.send(request).await;
            is_described(&document, &operation, &what, &answer);
            refused += usize::from(answer.status >= 400);
        }
        portal.world.clock.advance_minutes(1);
    }
    assert!(refused > 200, "{refused}");
}

#[test]
fn the_documentation_names_every_scope() {
    let page = include_str!("../../../../../docs/use/api.md");
    for scope in ALL {
        assert!(page.contains(&format!("| `{}` |", scope.as_str())), "{scope:?}");
    }
}
