//! Requests of pages, which send what visitors do. A page shows its key to everybody, so the key may
//! stand where no header can be set: `navigator.sendBeacon` sends a body and an address.
//!
//! Law: from another origin, and from the address or the body of a request, no key is taken but a
//! page's.

use crate::{
    error::Error,
    extract::{read, take_text},
    state::ApiConfig,
};
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, header},
};
use tessera_domain::access::secret::TokenKind;
use url::form_urlencoded;

/// The routes that pages send to.
const ROUTES: [&str; 5] = [
    "/v1/events",
    "/v1/events/batch",
    "/v1/identify",
    "/v1/alias",
    "/v1/features",
];
/// Begin of the path at which SDKs download features, before the key.
pub(crate) const SDK_FEATURES: &str = "/api/features/";
/// The parameter and the field of the body that hold a page's key.
const KEY: &str = "key";

/// Whether pages send to the route at `path`.
pub(crate) fn is_for_pages(path: &str) -> bool {
    ROUTES.contains(&path) || path.starts_with(SDK_FEATURES)
}

/// The key in the address or in the body of a request, which is left without it.
pub(super) async fn key(request: &mut Request, most_bytes: usize) -> Result<Option<String>, Error> {
    if !is_for_pages(request.uri().path()) {
        return Ok(None);
    }
    if let Some(key) = request.uri().path().strip_prefix(SDK_FEATURES) {
        return Ok(Some(key.to_owned()));
    }
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    if let Some((_, key)) = pairs.find(|(name, _)| name == KEY) {
        return Ok(Some(key.into_owned()));
    }
    let sent = std::mem::take(request.body_mut());
    let bytes = read(sent, most_bytes).await?;
    let (key, left) = match take_text(&bytes, KEY) {
        Some((key, left)) => (Some(key), left.into()),
        None => (None, bytes),
    };
    *request.body_mut() = Body::from(left);
    Ok(key)
}

/// The origin of the page that sends the request; none when it is the API's own, or no browser says so.
fn foreign_origin(headers: &HeaderMap, config: &ApiConfig) -> Option<String> {
    let origin = headers.get(header::ORIGIN)?;
    let own = origin == config.public_url.as_str();
    // A page cannot set it.
    let site = headers.get("sec-fetch-site");
    let same = site.is_some_and(|site| site == "same-origin");
    (!own && !same).then(|| String::from_utf8_lossy(origin.as_bytes()).into_owned())
}

/// Where a request for pages comes from.
pub(super) struct Sender {
    /// The page's origin, if it is another one than the API's.
    origin: Option<String>,
    /// Whether its token stood in a header.
    in_header: bool,
}

impl Sender {
    pub(super) fn of(request: &Request, config: &ApiConfig, in_header: bool) -> Self {
        let is_for_pages = is_for_pages(request.uri().path());
        let origin = foreign_origin(request.headers(), config).filter(|_| is_for_pages);
        Self { origin, in_header }
    }

    /// Refuses what is no page's key where only such a key is taken.
    pub(super) fn may_show(&self, kind: TokenKind) -> Result<(), Error> {
        if kind == TokenKind::Write || self.origin.is_none() && self.in_header {
            Ok(())
        } else {
            Err(Error::NoPageKey)
        }
    }

    /// Refuses a page of an origin that is not `listed`.
    pub(super) fn is_listed(&self, listed: Option<&[String]>) -> Result<(), Error> {
        let (Some(origin), Some(listed)) = (&self.origin, listed) else {
            return Ok(());
        };
        if listed.iter().any(|it| it == origin) {
            Ok(())
        } else {
            Err(Error::UnlistedOrigin)
        }
    }
}
