//! Links in mail that lead through us, and the picture by which it is known that a mail was opened.
//!
//! Law: where a link leads is stored with its message and never part of the request, so that nobody can use one
//! to lead people elsewhere.

use crate::{
    auth::agent,
    error::Error,
    extract::{Param, PathParam},
    http::unit_of_work::Repeated,
    openapi::ItemRefusals,
    state::ApiState,
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use tessera_domain::automation::delivery::MessageToken;
use tessera_engine::automation::{clicks, preferences};
use tessera_store::{
    StoreError,
    automation::message_token::{TokenRow, TokenUse},
};
use utoipa::{
    PartialSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// A picture of one transparent pixel.
const PICTURE: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";
/// Behind the token of a picture.
const GIF: &str = ".gif";

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(follow))
        .routes(routes!(opened))
}

/// The token of a link.
pub(crate) struct LinkToken(pub(crate) MessageToken);

impl Param for LinkToken {
    const RULE: &'static str = MessageToken::RULE;

    fn parse(text: &str) -> Option<Self> {
        MessageToken::parse(text).map(Self)
    }
}

impl PartialSchema for LinkToken {
    fn schema() -> RefOr<Schema> {
        token("^[0-9A-Fa-f]{32}$", "0f343b0931126a20f133d67c2b018a3b")
    }
}

/// The name of a picture.
pub(crate) struct PictureName(MessageToken);

impl Param for PictureName {
    const RULE: &'static str = "must be 32 hexadecimal digits and .gif";

    fn parse(text: &str) -> Option<Self> {
        MessageToken::parse(text.strip_suffix(GIF)?).map(Self)
    }
}

impl PartialSchema for PictureName {
    fn schema() -> RefOr<Schema> {
        token(
            r"^[0-9A-Fa-f]{32}\.gif$",
            "0f343b0931126a20f133d67c2b018a3b.gif",
        )
    }
}

fn token(pattern: &str, example: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(pattern))
        .examples([example])
        .into()
}

/// Follow a link of a mail.
///
/// Redirects to where the link led when the mail was sent. Who followed it is recorded with what they are, a person
/// or a program; `HEAD` is redirected and writes nothing.
#[utoipa::path(get, operation_id = "follow_message_link", path = "/l/{token}", tag = "automation",
    params(("token" = inline(LinkToken), Path, description = "The link's token.")),
    responses((status = 302, description = "The redirect; Location holds the destination."), ItemRefusals))]
async fn follow(
    State(api): State<ApiState>,
    PathParam(LinkToken(token)): PathParam<LinkToken>,
    method: Method,
    repeated: Repeated,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let row = preferences::find(&api.engine, &token, TokenUse::Link).await?;
    note(
        &api,
        (&token, &row),
        TokenUse::Link,
        &method,
        repeated,
        &headers,
    )
    .await?;
    let target = row.target.as_deref().unwrap_or_default();
    let location = HeaderValue::from_str(target).map_err(|_| Error::internal("destination"))?;
    let quiet = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
    ];
    Ok((StatusCode::FOUND, quiet).into_response())
}

/// Load the picture of a mail.
///
/// By which it is known that the mail was opened, as far as that can be: many programs load it for nobody.
#[utoipa::path(get, operation_id = "load_message_picture", path = "/o/{picture}", tag = "automation",
    params(("picture" = inline(PictureName), Path, description = "The picture's name.")),
    responses((status = 200, description = "A picture of one pixel.", body = String, content_type = "image/gif"), ItemRefusals))]
async fn opened(
    State(api): State<ApiState>,
    PathParam(PictureName(token)): PathParam<PictureName>,
    method: Method,
    repeated: Repeated,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let row = preferences::find(&api.engine, &token, TokenUse::Open).await?;
    note(
        &api,
        (&token, &row),
        TokenUse::Open,
        &method,
        repeated,
        &headers,
    )
    .await?;
    let shown = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/gif")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((shown, PICTURE).into_response())
}

async fn note(
    api: &ApiState,
    (token, row): (&MessageToken, &TokenRow),
    opens: TokenUse,
    method: &Method,
    repeated: Repeated,
    headers: &HeaderMap,
) -> Result<(), Error> {
    if method != Method::GET {
        return Ok(());
    }
    let agent = agent(headers);
    let mut transaction = repeated.begin(&api.engine.pool, row.organisation).await?;
    let about = (token, row);
    clicks::note(
        &api.engine,
        &mut transaction,
        about,
        opens,
        agent,
        api.now(),
    )
    .await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(())
}
