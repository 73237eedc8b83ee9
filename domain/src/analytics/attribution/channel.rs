//! The channel that brought a person to an event. What visitors send is untrusted text: a channel's
//! name is cleaned and bounded before it is kept.

use crate::event::{Event, Properties};

/// The origin of the person is unknown.
pub const DIRECT: &str = "direct";
/// Unpaid results of search engines.
pub const ORGANIC: &str = "organic";
/// Advertisements.
pub const PAID: &str = "paid";
/// A link on another site or a referral link.
pub const REFERRAL: &str = "referral";

/// Most characters of a channel's name.
pub const MAX_CHANNEL_CHARS: usize = 64;

/// Search engines, by the label in their host names: `google` is in `www.google.co.uk`.
const SEARCH_ENGINES: [&str; 11] = [
    "baidu",
    "bing",
    "brave",
    "duckduckgo",
    "ecosia",
    "google",
    "kagi",
    "qwant",
    "startpage",
    "yahoo",
    "yandex",
];

/// The channel of an event; none when the event does not say where the person came from.
///
/// The first that applies:
/// 1. the property `channel`;
/// 2. an event `referral_clicked` is [`REFERRAL`];
/// 3. `utm_medium`, or without it `utm_source`: `cpc`, `cpm`, `cpv`, `cpa`, `ppc`, `display`,
///    `banner`, `retargeting` and what begins with `paid` are [`PAID`]; `organic` and `seo` are
///    [`ORGANIC`]; `referral` and `link` are [`REFERRAL`]; `none` is [`DIRECT`]; other text is a
///    channel of its own;
/// 4. an event `page_viewed` whose `referrer` is another site than its `url`: [`ORGANIC`] from a
///    search engine, otherwise [`REFERRAL`];
/// 5. any other `page_viewed` is [`DIRECT`].
pub fn channel_of(event: &Event) -> Option<String> {
    let properties = &event.properties;
    let named = |name| clean(text(properties, name)?);
    if let Some(channel) = named("channel") {
        return Some(channel);
    }
    if event.name == "referral_clicked" {
        return Some(REFERRAL.to_owned());
    }
    if let Some(medium) = named("utm_medium").or_else(|| named("utm_source")) {
        return Some(channel_of_medium(medium));
    }
    (event.name == "page_viewed").then(|| channel_of_referrer(properties).to_owned())
}

fn channel_of_medium(medium: String) -> String {
    let channel = match medium.as_str() {
        "cpc" | "cpm" | "cpv" | "cpa" | "ppc" | "display" | "banner" | "retargeting" => PAID,
        paid if paid.starts_with("paid") => PAID,
        "seo" => ORGANIC,
        "link" => REFERRAL,
        "none" => DIRECT,
        _ => return medium,
    };
    channel.to_owned()
}

fn channel_of_referrer(properties: &Properties) -> &'static str {
    let Some(referrer) = text(properties, "referrer").and_then(host) else {
        return DIRECT;
    };
    if text(properties, "url").and_then(host).as_ref() == Some(&referrer) {
        return DIRECT;
    }
    if referrer
        .split('.')
        .any(|label| SEARCH_ENGINES.contains(&label))
    {
        ORGANIC
    } else {
        REFERRAL
    }
}

fn text<'a>(properties: &'a Properties, name: &str) -> Option<&'a str> {
    properties.get(name)?.as_str()
}

/// Lower case; letters, digits and `_-./:&` stay, runs of anything else become one space; begins
/// and ends with a letter or digit. None when nothing is left, or only a word that trackers write
/// for an unknown channel.
fn clean(text: &str) -> Option<String> {
    let kept: String = text
        .chars()
        .take(4 * MAX_CHANNEL_CHARS)
        .flat_map(char::to_lowercase)
        .map(|it| {
            if it.is_alphanumeric() || "_-./:&".contains(it) {
                it
            } else {
                ' '
            }
        })
        .collect();
    let spaced = kept
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let bounded: String = spaced
        .trim_start_matches(|it: char| !it.is_alphanumeric())
        .chars()
        .take(MAX_CHANNEL_CHARS)
        .collect();
    let name = bounded.trim_end_matches(|it: char| !it.is_alphanumeric());
    let nothing = matches!(name, "" | "null" | "undefined" | "not set" | "not provided");
    (!nothing).then(|| name.to_owned())
}

/// The host of a URL, or of a host name alone, without `www.`; none when there is none.
fn host(url: &str) -> Option<String> {
    let address = url
        .trim()
        .split_once("://")
        .map_or(url.trim(), |(_, rest)| rest);
    let authority = address.split(['/', '?', '#', '\\']).next()?;
    let host = authority
        .rsplit('@')
        .next()?
        .split(':')
        .next()?
        .to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    (!host.is_empty()).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use serde_json::{Value, json};
    use uuid::Uuid;

    fn channel(name: &str, properties: &Value) -> Option<String> {
        channel_of(&Event {
            id: Uuid::nil(),
            name: name.to_owned(),
            at: Timestamp(0),
            properties: properties.as_object().expect("an object").clone(),
        })
    }

    #[test]
    fn hostile_names_are_cleaned_and_bounded() {
        let name = |text: &str| channel("any", &json!({ "channel": text }));
        assert_eq!(
            name("<script>\0 =Spring\u{202e} Sale!"),
            Some("script spring sale".into())
        );
        assert_eq!(name("=-+ \u{200b}"), None);
        assert_eq!(name("(not set)"), None);
        let long = name(&"é".repeat(1_000)).expect("a name");
        assert_eq!(long.chars().count(), MAX_CHANNEL_CHARS);
        assert_eq!(channel("any", &json!({ "channel": 7 })), None);
    }

    #[test]
    fn an_event_that_says_nothing_of_its_origin_is_no_touch() {
        assert_eq!(channel("demo_requested", &json!({ "size": 3 })), None);
        assert_eq!(
            channel(
                "demo_requested",
                &json!({ "referrer": "https://a.example" })
            ),
            None
        );
    }

    #[test]
    fn campaign_media_map_to_channels() {
        for (medium, expected) in [
            ("CPC", "paid"),
            ("paid_social", "paid"),
            ("organic", "organic"),
            ("referral", "referral"),
            ("(none)", "direct"),
            ("email", "email"),
        ] {
            let found = channel("any", &json!({ "utm_medium": medium, "utm_source": "x" }));
            assert_eq!(found.as_deref(), Some(expected), "{medium}");
        }
        let source = channel("any", &json!({ "utm_source": "Newsletter" }));
        assert_eq!(source.as_deref(), Some("newsletter"));
    }

    #[test]
    fn the_channel_named_outright_goes_first() {
        let both = json!({ "channel": "partner", "utm_medium": "cpc" });
        assert_eq!(
            channel("referral_clicked", &both).as_deref(),
            Some("partner")
        );
        let clicked = channel("referral_clicked", &json!({ "utm_medium": "cpc" }));
        assert_eq!(clicked.as_deref(), Some("referral"));
    }

    #[test]
    fn page_views_fall_back_to_their_referrer() {
        for (referrer, expected) in [
            ("", "direct"),
            ("https://www.google.co.uk/search?q=x", "organic"),
            ("https://user@blog.example:8080/post", "referral"),
            ("https://www.shop.example/pricing", "direct"),
            ("notgoogle.example", "referral"),
        ] {
            let properties = json!({ "referrer": referrer, "url": "https://shop.example/" });
            let found = channel("page_viewed", &properties);
            assert_eq!(found.as_deref(), Some(expected), "{referrer}");
        }
    }
}
