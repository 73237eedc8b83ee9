//! Where people choose what they are sent, by the link in a message.
//!
//! Law: looking changes nothing, since programs follow every link of a mail before its reader does; what changes
//! something is a form that is sent. There is no cookie, no script and no redirect.

use super::links::LinkToken;
use crate::{
    error::Error, extract::PathParam, http::unit_of_work::Repeated, openapi::ItemRefusals,
    state::ApiState,
};
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, html};
use tessera_engine::automation::preferences::{self, Choice, Preferences};
use tessera_store::{StoreError, automation::message_token::TokenUse};
use url::form_urlencoded;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What providers of mail send when their reader unsubscribes there (RFC 8058).
const ONE_CLICK: (&str, &str) = ("List-Unsubscribe", "One-Click");
/// Nothing is loaded, nothing runs, and the form goes back to where it comes from.
const POLICY: &str =
    "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(show, choose))
}

/// Look at what one is sent.
///
/// A page with a form. Nothing changes.
#[utoipa::path(get, operation_id = "show_preferences", path = "/u/{token}", tag = "automation",
    params(("token" = inline(LinkToken), Path, description = "The link's token.")),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"), ItemRefusals))]
async fn show(
    State(api): State<ApiState>,
    PathParam(LinkToken(token)): PathParam<LinkToken>,
) -> Result<Response, Error> {
    let chosen = preferences::show(&api.engine, &token).await?;
    Ok(page(&chosen, false))
}

/// Choose what one is sent.
///
/// `List-Unsubscribe=One-Click`, as providers of mail send it, or `choice=unsubscribe`: no marketing any more.
/// `choice=topics` with a `topic` for each that is wanted: these and no others.
#[utoipa::path(post, operation_id = "choose_preferences", path = "/u/{token}", tag = "automation",
    params(("token" = inline(LinkToken), Path, description = "The link's token.")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The page, as it is now.", body = String, content_type = "text/html"), ItemRefusals))]
async fn choose(
    State(api): State<ApiState>,
    PathParam(LinkToken(token)): PathParam<LinkToken>,
    repeated: Repeated,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Error> {
    let rule = "must be List-Unsubscribe=One-Click, or choice=unsubscribe, or choice=topics";
    let choice = choice(&headers, &body).ok_or_else(|| Error::refused("body", rule))?;
    let row = preferences::find(&api.engine, &token, TokenUse::Choose).await?;
    let mut transaction = repeated.begin(&api.engine.pool, row.organisation).await?;
    let chosen = preferences::choose(&mut transaction, &row, choice).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(page(&chosen, true))
}

/// What a form says, however it is sent: providers may send theirs in parts.
fn choice(headers: &HeaderMap, body: &[u8]) -> Option<Choice> {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|it| it.to_str().ok()).unwrap_or_default();
    if kind.to_ascii_lowercase().starts_with("multipart/form-data") {
        let text = String::from_utf8_lossy(body);
        let (name, value) = ONE_CLICK;
        let is_one_click = text.contains(&format!("name=\"{name}\"")) && text.contains(value);
        return is_one_click.then_some(Choice::Unsubscribe);
    }
    let fields: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    let is = |name: &str, value: &str| fields.iter().any(|(n, v)| n == name && v == value);
    if is(ONE_CLICK.0, ONE_CLICK.1) || is("choice", "unsubscribe") {
        return Some(Choice::Unsubscribe);
    }
    let topics = fields.iter().filter(|(name, _)| name == "topic");
    is("choice", "topics").then(|| Choice::Topics(topics.map(|(_, topic)| topic.clone()).collect()))
}

fn page(chosen: &Preferences, is_done: bool) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { "What " (chosen.organisation) " sends you" }
            }
            body {
                h1 { "What " (chosen.organisation) " sends you" }
                @if is_done { p role="status" { "Your choice is saved." } }
                @if chosen.unsubscribed {
                    p { "You get no marketing mail." }
                }
                (topics(chosen))
                @if !chosen.unsubscribed {
                    form method="post" {
                        input type="hidden" name="choice" value="unsubscribe";
                        button { "Unsubscribe from all marketing" }
                    }
                }
            }
        }
    };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, page.into_string()).into_response()
}

fn topics(chosen: &Preferences) -> Markup {
    html! {
        @if !chosen.topics.is_empty() {
            form method="post" {
                input type="hidden" name="choice" value="topics";
                fieldset {
                    legend { "Topics" }
                    @for (topic, is_wanted) in &chosen.topics {
                        p {
                            label {
                                input type="checkbox" name="topic" value=(topic) checked[*is_wanted];
                                " " (topic.replace('_', " "))
                            }
                        }
                    }
                }
                button { "Send me these" }
            }
        }
    }
}
