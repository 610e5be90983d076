//! `ai.chat.completions`: the server's chat, for callers that reach no addresses.

use bevy_app::App;
use bevy_ecs::prelude::*;
use oro_components::endpoint::{
    EndpointBody, EndpointRequest, EndpointResponder, EndpointResponse,
};
use oro_components::llm::ChatCompletions;
use oro_engine::error::RouteError;
use oro_engine::prelude::*;
use serde_json::Value;

use crate::engine::Answers;
use crate::server;

pub(super) fn build(app: &mut App) {
    app.add_deferred::<ChatCompletions, _>(complete);
}

fn complete(
    In((call, pending)): In<(Call<ChatCompletions>, Pending<ChatCompletions>)>,
    world: &mut World,
) -> Result<(), RouteError> {
    let request = call.params.request;
    if request
        .get("stream")
        .is_some_and(|it| *it != false && *it != "false")
    {
        let reason = "streams are at the server's own address";
        return Err(RouteError::invalid("stream", reason));
    }
    if request.is_empty() {
        return Err(RouteError::missing("messages"));
    }
    // What comes by a query is text all over.
    let is_query = request.get("messages").is_none_or(Value::is_string);
    let (query, body) = if is_query {
        (query(&request), Vec::new())
    } else {
        (
            String::new(),
            Value::Object(request).to_string().into_bytes(),
        )
    };
    let owner = pending.entity();
    // The exchange may be answered in the middle of anything.
    let answers = world.resource::<Answers>().clone();
    let done = answers.in_tick(owner, move |world, _, reply| world.reply(pending, reply));
    let answer = move |response: EndpointResponse| done(of_response(response));
    let asked = EndpointRequest {
        method: "POST".to_owned(),
        path: "/v1/chat/completions".to_owned(),
        query,
        content_type: None,
        body: Ok(body.into()),
        window: owner,
        cancel: call.cancel,
        responder: EndpointResponder::new(answer),
    };
    server::open(world, asked);
    Ok(())
}

fn query(request: &serde_json::Map<String, Value>) -> String {
    let pairs = request.iter().map(|(name, value)| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        (name, text)
    });
    serde_html_form::to_string(pairs.collect::<Vec<_>>()).unwrap_or_default()
}

/// The answer of the server as that of a route.
fn of_response(response: EndpointResponse) -> Result<Value, RouteError> {
    let EndpointBody::Bytes(bytes) = response.body else {
        return Err(RouteError::internal("the answer is a stream"));
    };
    let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if response.status == 200 {
        return Ok(value);
    }
    let error = &value["error"];
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    let kind = match response.status {
        400 | 413 | 415 => "TypeError",
        404 => "NotFoundError",
        408 => "TimeoutError",
        429 => "QuotaExceededError",
        _ => "Error",
    };
    let mut failed = RouteError::new(kind, text("code"), text("message"));
    if let Some(param) = error["param"].as_str() {
        failed = failed.with("param", param);
    }
    Err(failed)
}
