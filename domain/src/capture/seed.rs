//! The registry with which every organisation begins: the events of the product's specification,
//! with its names for them as aliases.

use super::registry::{EventSchema, PropertySchema, PropertyType, Registry};
use crate::{
    automation::journey::REACHED_EVENT, event::IDENTIFIED_EVENT,
    experiments::measurement::EXPOSED_EVENT,
};
use PropertyType::{Boolean, Integer, Number, Text};

/// The declared intents: the keys of the score's group `intent`.
pub const INTENTS: [&str; 4] = [
    "large_mining_operation",
    "institutional_trading",
    "dex_integration",
    "api_access",
];

/// Events that are not their person's own acts: mail that reaches them, and what the chain, the
/// organisation or Tessera does to them.
pub(super) const NO_ACTS: [&str; 25] = [
    "aliased",
    "awarded",
    "charged",
    "email_bounced",
    "email_delivered",
    "email_sent",
    "erased",
    EXPOSED_EVENT,
    IDENTIFIED_EVENT,
    REACHED_EVENT,
    "lapsed",
    "ledger_opened",
    "merged",
    "past_due",
    "quote_issued",
    "referral_expired",
    "referral_held",
    "referral_qualified",
    "referral_rejected",
    "referral_released",
    "referred",
    "refunded",
    "segment_entered",
    "segment_exited",
    "unmerged",
];

/// Events that a program causes for its person: that an API is called by a library says nothing.
pub(super) const BY_PROGRAMS: [&str; 1] = ["api_called"];

type Row = (
    &'static str,
    &'static [&'static str],
    &'static [(&'static str, PropertyType)],
);

const EVENTS: &[Row] = &[
    (
        "page_viewed",
        &["page_views", "page_view", "pageViewed"],
        &[
            ("path", Text),
            ("url", Text),
            ("title", Text),
            ("referrer", Text),
            ("channel", Text),
            ("duration_secs", Number),
            ("user_agent", Text),
        ],
    ),
    (
        "button_clicked",
        &["button_clicks", "button_click", "buttonClicked"],
        &[("name", Text), ("path", Text)],
    ),
    (
        "form_submitted",
        &["form_submissions", "form_submission", "formSubmitted"],
        &[("name", Text), ("path", Text)],
    ),
    (
        "api_called",
        &["api_calls", "api_call", "apiCalled"],
        &[("route", Text), ("status", Integer)],
    ),
    (
        "api_documentation_viewed",
        &["apiDocumentationViewed"],
        &[("path", Text)],
    ),
    (
        "pricing_page_visited",
        &["pricingPageVisited", "pricing_view", "pricing_viewed"],
        &[("channel", Text)],
    ),
    (
        "demo_requested",
        &[
            "demoRequested",
            "demooRequested",
            "demoo_requested",
            "demo_request",
        ],
        &[],
    ),
    ("demo_scheduled", &["demoScheduled"], &[]),
    ("sales_demo_held", &["salesDemoHeld", "sales_demo"], &[]),
    (
        "technical_consultation_held",
        &["technicalConsultationHeld", "technical_consultation"],
        &[],
    ),
    (
        "roi_calculator_used",
        &["roiCalculatorUsed", "roi_calculator"],
        &[("result", Number)],
    ),
    (
        "whitepaper_downloaded",
        &["whitepaperDownloaded", "whitepaper_download"],
        &[("title", Text)],
    ),
    (
        "github_repo_visited",
        &["githubRepoVisited"],
        &[("repository", Text)],
    ),
    (
        "email_sent",
        &["emailSent"],
        &[("campaign", Text), ("email_id", Text)],
    ),
    (
        "email_delivered",
        &["emailDelivered"],
        &[("campaign", Text), ("email_id", Text)],
    ),
    (
        "email_bounced",
        &["emailBounced"],
        &[("campaign", Text), ("email_id", Text), ("kind", Text)],
    ),
    (
        "email_opened",
        &["emailOpened"],
        &[
            ("campaign", Text),
            ("email_id", Text),
            ("machine", Boolean),
            ("user_agent", Text),
        ],
    ),
    (
        "email_clicked",
        &["emailClicked"],
        &[
            ("campaign", Text),
            ("email_id", Text),
            ("machine", Boolean),
            ("user_agent", Text),
        ],
    ),
    ("webinar_attended", &["webinarAttended"], &[("title", Text)]),
    (
        "content_shared",
        &["contentShared"],
        &[("title", Text), ("channel", Text)],
    ),
    ("onboarding_started", &["onboardingStarted"], &[]),
    ("onboarding_completed", &["onboardingCompleted"], &[]),
];

/// The registry of the product's own events; others are accepted too.
pub fn seed_registry() -> Registry {
    let optional = |kind| PropertySchema {
        kind,
        required: false,
        one_of: Vec::new(),
    };
    let intent = PropertySchema {
        kind: Text,
        required: true,
        one_of: INTENTS.map(str::to_owned).into(),
    };
    let intent_declared = EventSchema {
        aliases: vec!["intentDeclared".to_owned()],
        own_act: Some(true),
        properties: [("intent".to_owned(), intent)].into(),
    };
    let rows = EVENTS.iter().map(|(name, aliases, properties)| {
        let properties = properties.iter();
        let schema = EventSchema {
            aliases: aliases.iter().map(|it| (*it).to_owned()).collect(),
            own_act: Some(!NO_ACTS.contains(name)),
            properties: properties
                .map(|(name, kind)| ((*name).to_owned(), optional(*kind)))
                .collect(),
        };
        ((*name).to_owned(), schema)
    });
    Registry {
        strict: false,
        events: rows
            .chain([("intent_declared".to_owned(), intent_declared)])
            .collect(),
    }
}
