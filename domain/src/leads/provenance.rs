//! Where leads come from: how a lead arrived first and last, by five ways.

use crate::{event::IDENTIFIED_EVENT, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Who follows a referral link.
const REFERRAL_CLICKED: &str = "referral_clicked";
/// What happens where people meet.
const MEETINGS: [&str; 3] = [
    "demo_scheduled",
    "sales_demo_held",
    "technical_consultation_held",
];
/// What people do on pages.
const ON_PAGES: [&str; 8] = [
    "api_documentation_viewed",
    "button_clicked",
    "demo_requested",
    "form_submitted",
    "page_viewed",
    "pricing_page_visited",
    "roi_calculator_used",
    "whitepaper_downloaded",
];

/// How a lead arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// By a page of the organisation's.
    Website,
    /// By a program that called the API.
    Api,
    /// At a conference, a webinar or a meeting.
    Event,
    /// By a referral link.
    Referral,
    /// In a file that was imported.
    Import,
}

/// A text that names no origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("origin: must be one of website, api, event, referral, import")]
pub struct UnknownOrigin;

/// An arrival of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrival {
    /// When.
    pub at: Timestamp,
    /// How.
    pub origin: Origin,
}

/// The first and the last arrival of a lead. It depends on the set of arrivals, not on the order in which
/// they were seen, so that those of two people who turn out to be one are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The first one.
    pub first: Arrival,
    /// The last one.
    pub last: Arrival,
}

impl Provenance {
    /// Of a lead that arrived once.
    pub fn of(arrival: Arrival) -> Self {
        Self {
            first: arrival,
            last: arrival,
        }
    }

    /// Of a lead with the arrivals of both.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        Self {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
        }
    }
}

impl Origin {
    /// How a lead has arrived, by an event of theirs; none when it is no arrival: what happens to those
    /// who are here, and what others do. `stated` is whether a sender stated it, and not the service or the
    /// chain; `late`, whether it arrived later than anything does that is sent as it happens.
    ///
    /// A sender states no origin, so it is read from what is sent: pages send visits and acts on pages, only
    /// history is late, and an identification that a sender states is an imported one.
    pub fn of_event(name: &str, stated: bool, late: bool) -> Option<Self> {
        match name {
            REFERRAL_CLICKED => Some(Self::Referral),
            _ if !stated => None,
            _ if late || name == IDENTIFIED_EVENT => Some(Self::Import),
            _ if MEETINGS.contains(&name) => Some(Self::Event),
            _ if ON_PAGES.contains(&name) => Some(Self::Website),
            _ => Some(Self::Api),
        }
    }
    /// All origins.
    pub const ALL: [Self; 5] = [
        Self::Website,
        Self::Api,
        Self::Event,
        Self::Referral,
        Self::Import,
    ];

    /// The origin's name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Website => "website",
            Self::Api => "api",
            Self::Event => "event",
            Self::Referral => "referral",
            Self::Import => "import",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Origin {
    type Err = UnknownOrigin;

    fn from_str(text: &str) -> Result<Self, UnknownOrigin> {
        let mut all = Self::ALL.into_iter();
        all.find(|it| it.as_str() == text).ok_or(UnknownOrigin)
    }
}
