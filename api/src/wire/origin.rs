//! Origins of pages.

use crate::extract::{Param, text};
use serde::{Deserialize, Deserializer, Serialize};
use url::Url;
use utoipa::ToSchema;

/// An origin, as browsers write it in the header `Origin`: https, or http of this machine itself, in
/// lower case, with a port unless it is the usual one, and without a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(
    value_type = String,
    max_length = 300,
    pattern = r"^(https://([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z]([a-z0-9-]*[a-z0-9])?|http://(localhost|127\.0\.0\.1))(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$",
    example = "https://shop.example"
)]
pub(crate) struct Origin(String);

/// Most characters of an origin.
const MAX_CHARS: usize = 300;

impl Origin {
    pub(crate) fn into_text(self) -> String {
        self.0
    }

    /// The origin of a text from the database, which was checked when it was stored.
    pub(crate) fn of_text(text: String) -> Self {
        Self(text)
    }
}

impl Param for Origin {
    const RULE: &'static str =
        "must be an https origin as browsers write it, as in https://shop.example";

    fn parse(text: &str) -> Option<Self> {
        let url: Url = text.parse().ok()?;
        let local = matches!(url.host_str(), Some("127.0.0.1" | "localhost"));
        let safe = url.scheme() == "https" || url.scheme() == "http" && local;
        let exact = url.origin().ascii_serialization() == text && text.len() <= MAX_CHARS;
        let named = local || url.domain().is_some_and(is_name);
        (safe && exact && named).then(|| Self(text.to_owned()))
    }
}

/// Whether a host is a name that a page can have: `*` is a letter to parsers of addresses.
fn is_name(host: &str) -> bool {
    let letter = |it: &u8| it.is_ascii_lowercase();
    let plain = |it: &u8| letter(it) || it.is_ascii_digit();
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        let ends = [bytes.first(), bytes.last()];
        ends.into_iter().all(|it| it.is_some_and(plain))
            && bytes.iter().all(|it| plain(it) || *it == b'-')
    };
    let top_level = host.rsplit('.').next().and_then(|it| it.as_bytes().first());
    top_level.is_some_and(letter) && host.split('.').all(is_label)
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_one_spelling() {
        for text in [
            "https://shop.example/",
            "https://shop.example:443",
            "https://Shop.example",
            "https://shop.example/a",
            "https://user@shop.example",
            "http://shop.example",
            "shop.example",
            "ftp://shop.example",
            "null",
            "*",
            "https://*",
            "https://*.shop.example",
            "https://a_b.example",
            "https://-shop.example",
            "https://10.0.0.1",
            "https://shop.example.",
            "",
        ] {
            assert!(Origin::parse(text).is_none(), "{text}");
        }
        for text in [
            "https://shop.example",
            "https://shop.example:8443",
            "https://xn--bcher-kva.example",
            "http://localhost:3000",
            "http://127.0.0.1:3000",
        ] {
            assert!(Origin::parse(text).is_some(), "{text}");
        }
    }
}
