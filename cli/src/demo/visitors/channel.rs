//! How visitors find the site.

use serde_json::{Value, json};

/// The site's host.
pub(in crate::demo) const SITE_HOST: &str = "shop.example";
/// The site's own address.
pub(super) const SITE: &str = "https://shop.example";

/// What brought a visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::demo) enum Channel {
    /// A search engine.
    Organic,
    /// An advertisement.
    Paid,
    /// A link on another site.
    Referral,
    /// A bookmark.
    Direct,
    /// A newsletter.
    Email,
    /// A social network.
    Social,
}

impl Channel {
    /// All of them.
    pub(in crate::demo) const ALL: [Self; 6] = [
        Self::Organic,
        Self::Paid,
        Self::Referral,
        Self::Direct,
        Self::Email,
        Self::Social,
    ];

    /// As the sales engine names it.
    pub(in crate::demo) fn name(self) -> &'static str {
        match self {
            Self::Organic => "organic",
            Self::Paid => "paid",
            Self::Referral => "referral",
            Self::Direct => "direct",
            Self::Email => "email",
            Self::Social => "social",
        }
    }

    /// The first page that a visitor of this channel sees, as a browser describes it.
    pub(super) fn landing(self, number: usize) -> Value {
        match self {
            Self::Organic => {
                json!({ "url": format!("{SITE}/"), "referrer": "https://www.google.com/" })
            }
            Self::Paid => json!({ "url": format!("{SITE}/miners?gclid=EAIaIQob{number}") }),
            Self::Referral => json!({
                "url": format!("{SITE}/"), "referrer": "https://mining-news.example/best-tools",
            }),
            Self::Direct => json!({ "url": format!("{SITE}/") }),
            Self::Email => json!({
                "url": format!("{SITE}/launch?utm_source=newsletter&utm_medium=email&utm_campaign=launch"),
            }),
            Self::Social => json!({ "url": format!("{SITE}/"), "referrer": "https://t.co/q7" }),
        }
    }
}
