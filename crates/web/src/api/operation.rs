//! One thing that programs can do: its route, its guard and its description in one place, so that they cannot disagree.

use std::collections::BTreeMap;

use axum::{
    handler::Handler,
    http::Method,
    middleware::from_fn,
    routing::{self, MethodRouter},
};
use jhaas_domain::access_token::Scope;
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{BASE, bearer};
use crate::state::WebState;

type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

enum Content {
    Json(SchemaOf),
    /// Of these media types, described in words alone.
    Other(&'static [&'static str]),
    Nothing,
}

pub(super) struct Operation {
    /// For generated clients.
    id: &'static str,
    method: Method,
    path: &'static str,
    summary: &'static str,
    scope: Option<Scope>,
    handler: MethodRouter<WebState>,
    query: Option<SchemaOf>,
    body: Option<SchemaOf>,
    if_match: bool,
    idempotency_key: bool,
    answers: BTreeMap<u16, (&'static str, Content)>,
    refusals: Vec<u16>,
}

impl Operation {
    fn new(
        method: Method,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        handler: MethodRouter<WebState>,
    ) -> Self {
        Self {
            id,
            method,
            path,
            summary,
            scope: None,
            handler,
            query: None,
            body: None,
            if_match: false,
            idempotency_key: false,
            answers: BTreeMap::new(),
            refusals: Vec::new(),
        }
    }

    pub(super) fn get<H: Handler<T, WebState>, T: 'static>(
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::GET, path, id, summary, routing::get(handler))
    }

    pub(super) fn post<H: Handler<T, WebState>, T: 'static>(
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::POST, path, id, summary, routing::post(handler))
    }

    pub(super) fn patch<H: Handler<T, WebState>, T: 'static>(
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::PATCH, path, id, summary, routing::patch(handler))
    }

    pub(super) fn delete<H: Handler<T, WebState>, T: 'static>(
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::DELETE, path, id, summary, routing::delete(handler))
    }

    /// What a token needs for it.
    pub(super) fn scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    pub(super) fn query<T: JsonSchema>(mut self) -> Self {
        self.query = Some(T::json_schema);
        self
    }

    pub(super) fn body<T: JsonSchema>(mut self) -> Self {
        self.body = Some(SchemaGenerator::subschema_for::<T>);
        self
    }

    /// It changes a course, of which the caller names the version.
    pub(super) fn if_match(mut self) -> Self {
        self.if_match = true;
        self
    }

    pub(super) fn idempotency_key(mut self) -> Self {
        self.idempotency_key = true;
        self
    }

    pub(super) fn answers<T: JsonSchema>(mut self, status: u16, meaning: &'static str) -> Self {
        self.answers.insert(status, (meaning, Content::Json(SchemaGenerator::subschema_for::<T>)));
        self
    }

    pub(super) fn answers_nothing(mut self, meaning: &'static str) -> Self {
        self.answers.insert(204, (meaning, Content::Nothing));
        self
    }

    pub(super) fn answers_other(mut self, meaning: &'static str, kinds: &'static [&'static str]) -> Self {
        self.answers.insert(200, (meaning, Content::Other(kinds)));
        self
    }

    /// Statuses of refusals beyond those that follow from the rest.
    pub(super) fn refuses(mut self, statuses: &[u16]) -> Self {
        self.refusals.extend(statuses);
        self
    }

    pub(super) fn address(&self) -> String {
        format!("{BASE}{}", self.path)
    }

    pub(super) fn guarded(self) -> MethodRouter<WebState> {
        match self.scope {
            None => self.handler,
            Some(scope) => {
                self.handler.route_layer(from_fn(move |request, next| bearer::need(scope, request, next)))
            }
        }
    }

    fn parameters(&self, inputs: &mut SchemaGenerator) -> Vec<Value> {
        let mut parameters = Vec::new();
        for name in self.path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
            let schema = json!({ "type": "string", "format": "uuid" });
            parameters.push(json!({ "name": name, "in": "path", "required": true, "schema": schema }));
        }
        let query = self.query.map(|query| query(inputs));
        let properties = query.as_ref().and_then(|query| query.get("properties")?.as_object());
        for (name, schema) in properties.into_iter().flatten() {
            let mut schema = schema.clone();
            let words = schema.as_object_mut().and_then(|schema| schema.remove("description"));
            without_null(&mut schema);
            parameters.push(json!({ "name": name, "in": "query", "description": words, "schema": schema }));
        }
        if self.if_match {
            let words = "The `ETag` of the course as the caller has seen it.";
            let schema = json!({ "type": "string" });
            parameters.push(
                json!({ "name": "If-Match", "in": "header", "required": true, "description": words, "schema": schema }),
            );
        }
        if self.idempotency_key {
            let words = "A text of one's own choice: the same request sent again with it does nothing twice, for a week.";
            let schema = json!({ "type": "string", "minLength": 1, "maxLength": 255 });
            parameters.push(
                json!({ "name": "Idempotency-Key", "in": "header", "description": words, "schema": schema }),
            );
        }
        parameters
    }

    fn refusals(&self) -> Vec<u16> {
        let mut statuses = vec![401, 429, 500, 503];
        statuses.extend(&self.refusals);
        let has = |there: bool, more: &[u16]| if there { more.to_vec() } else { Vec::new() };
        statuses.extend(has(self.scope.is_some(), &[403]));
        statuses.extend(has(self.path.contains('{'), &[404]));
        statuses.extend(has(self.query.is_some() || self.idempotency_key, &[400]));
        statuses.extend(has(self.body.is_some(), &[400, 413, 415, 422]));
        statuses.extend(has(self.if_match, &[412, 428]));
        statuses.sort_unstable();
        statuses.dedup();
        statuses
    }

    fn described(&self, inputs: &mut SchemaGenerator, outputs: &mut SchemaGenerator) -> Value {
        let mut responses = Map::new();
        for (status, (meaning, content)) in &self.answers {
            let mut response = json!({ "description": meaning });
            match content {
                Content::Json(schema) => {
                    response["content"] = json!({ "application/json": { "schema": schema(outputs) } });
                }
                Content::Other(kinds) => {
                    let one = |kind: &&str| ((*kind).to_owned(), json!({ "schema": { "type": "string" } }));
                    response["content"] = Value::Object(kinds.iter().map(one).collect());
                }
                Content::Nothing => {}
            }
            responses.insert(status.to_string(), response);
        }
        for status in self.refusals() {
            let refusal = json!({ "$ref": format!("#/components/responses/{status}") });
            responses.insert(status.to_string(), refusal);
        }
        let mut described = json!({ "operationId": self.id, "summary": self.summary });
        let scopes: Vec<&str> = self.scope.iter().map(|scope| scope.as_str()).collect();
        described["security"] = json!([{ "token": scopes }]);
        let parameters = self.parameters(inputs);
        if !parameters.is_empty() {
            described["parameters"] = parameters.into();
        }
        if let Some(body) = self.body {
            let content = json!({ "application/json": { "schema": body(inputs) } });
            described["requestBody"] = json!({ "required": true, "content": content });
        }
        described["responses"] = responses.into();
        described
    }
}

/// A parameter is there or is not; there is no null.
fn without_null(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    schema.remove("default");
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [one] = kinds.as_slice() {
            let one = one.clone();
            schema.insert("type".to_owned(), one);
        }
    }
}

/// The body of every refusal.
#[derive(Serialize, JsonSchema)]
#[serde(rename = "Problem")]
struct ProblemDetails {
    r#type: String,
    /// The status in words.
    title: String,
    status: u16,
    /// What happened, in the language that the request accepts.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The path of the request.
    instance: String,
    /// For support: the portal's log has it too.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// One entry for each field that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<FieldProblem>>,
}

#[derive(Serialize, JsonSchema)]
struct FieldProblem {
    /// The field's name in the request.
    field: String,
    /// Stable, for programs.
    code: String,
    /// For people.
    detail: String,
}

const REFUSALS: [(u16, &str); 13] = [
    (400, "The request cannot be read."),
    (401, "Without a token that works. `WWW-Authenticate` says what is missing."),
    (403, "The token lacks the scope, or the person the right."),
    (404, "There is no such thing, or the person may not know of it."),
    (409, "It does not fit the present state; `detail` says why."),
    (412, "Somebody else changed the course first: read it again."),
    (413, "The body is too large."),
    (415, "The body is no `application/json`."),
    (422, "Fields are wrong; `errors` has one entry for each."),
    (428, "`If-Match` is missing."),
    (429, "Too many requests. `Retry-After` says for how many seconds to wait."),
    (500, "A fault of the portal; support finds it by `request_id`."),
    (503, "Not possible right now. `Retry-After` says for how many seconds to wait."),
];

/// OpenAPI 3.1: <https://spec.openapis.org/oas/v3.1.1.html>
pub(super) fn document(operations: &[Operation]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut inputs = settings.clone().for_deserialize().into_generator();
    let mut outputs = settings.for_serialize().into_generator();
    let mut paths = Map::new();
    for operation in operations {
        let described = operation.described(&mut inputs, &mut outputs);
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.as_str().to_ascii_lowercase()] = described;
    }
    let problem = outputs.subschema_for::<ProblemDetails>();
    let refusal = |(status, meaning): &(u16, &str)| {
        let content = json!({ "application/problem+json": { "schema": problem } });
        (status.to_string(), json!({ "description": meaning, "content": content }))
    };
    let used: Vec<u16> = operations.iter().flat_map(Operation::refusals).collect();
    let responses: Map<String, Value> =
        REFUSALS.iter().filter(|(status, _)| used.contains(status)).map(refusal).collect();
    let mut schemas: BTreeMap<String, Value> = inputs.take_definitions(true).into_iter().collect();
    for (name, schema) in outputs.take_definitions(true) {
        debug_assert!(
            schemas.get(&name).is_none_or(|known| *known == schema),
            "two schemas are called {name}"
        );
        schemas.insert(name, schema);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "JHaaS",
            "version": "1",
            "description": "JupyterHubs for courses. See docs/use/api.md for how to begin.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": BASE }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An access token from the account page. The names beside an operation are the scopes that a token needs for it.",
                },
            },
            "responses": responses,
            "schemas": schemas,
        },
    })
}
