//! What each kind of test is for, and a design to start from.

use super::Preset;
use crate::experiments::{
    assignment::{Allocation, Arm, BPS, HashAttribute, HashVersion, Segments},
    design::{ChosenMetric, DecisionRules, Design, Role, Statistics},
};
use serde_json::{Value, json};

impl Preset {
    /// What it tests, in a sentence.
    pub fn about(self) -> &'static str {
        match self {
            Self::PricingDisplay => {
                "Whether a price sells better shown by the month, by the year or by use; the price is the same."
            }
            Self::DiscountPresentation => {
                "Whether one discount sells better as a percentage, as an amount or as what it is good for; all come to the same price."
            }
            Self::Urgency => {
                "Whether saying that an offer ends makes people buy; the offer must be open and end as the arm says."
            }
            Self::LandingPage => "Which page of the own site visitors should land on.",
            Self::MailSubject => "Which subject gets a mail read.",
            Self::MailContent => "Which template of a mail people act on.",
        }
    }

    /// A design of this kind, with metrics and offers that a team may not have yet: a draft can name them,
    /// a phase cannot begin without them.
    pub fn example(self) -> Design {
        let (name, hypothesis, metric) = self.question();
        Design {
            name: name.to_owned(),
            hypothesis: Some(hypothesis.to_owned()),
            preset: Some(self),
            allocation: Allocation {
                hash_attribute: self.identifier(),
                fallback_attribute: None,
                hash_version: HashVersion::Two,
                seed: None,
                arms: shared_out(self.values()),
                coverage_bps: BPS,
                namespace: None,
                segments: Segments::default(),
                sticky: true,
                bucket_version: 0,
                min_bucket_version: 0,
            },
            metrics: vec![ChosenMetric {
                metric: metric.to_owned(),
                role: Role::Primary,
                most_harm_bps: None,
            }],
            dimensions: Vec::new(),
            statistics: Statistics::default(),
            decision: DecisionRules::default(),
            factors: Vec::new(),
            bandit: None,
        }
    }

    /// What pages ask the example by.
    pub fn example_key(self) -> &'static str {
        match self {
            Self::PricingDisplay => "pricing-display",
            Self::DiscountPresentation => "discount-presentation",
            Self::Urgency => "urgency",
            Self::LandingPage => "landing-page",
            Self::MailSubject => "mail-subject",
            Self::MailContent => "mail-content",
        }
    }

    /// The identifier by which arms are dealt.
    fn identifier(self) -> HashAttribute {
        match self {
            Self::PricingDisplay | Self::DiscountPresentation | Self::Urgency => {
                HashAttribute::Wallet
            }
            Self::LandingPage => HashAttribute::AnonymousId,
            Self::MailSubject | Self::MailContent => HashAttribute::Email,
        }
    }

    /// The example's name, its hypothesis and its metric.
    fn question(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::PricingDisplay => (
                "Price by the month, the year or use",
                "A year's price makes more wallets subscribe than a month's.",
                "subscribed",
            ),
            Self::DiscountPresentation => (
                "A fifth off, in three ways",
                "19.80 off makes more wallets subscribe than 20 percent off.",
                "subscribed",
            ),
            Self::Urgency => (
                "The end of the spring offer",
                "More wallets subscribe when they see that the offer ends.",
                "subscribed",
            ),
            Self::LandingPage => (
                "The front page or the tour",
                "Visitors who land on the tour sign up more often.",
                "signed_up",
            ),
            Self::MailSubject => (
                "The subject of the welcome mail",
                "A subject that says what to do gets more mails read.",
                "mail_opened",
            ),
            Self::MailContent => (
                "The welcome mail, short or long",
                "A short mail brings more people back.",
                "came_back",
            ),
        }
    }

    /// Keys and values of the example's arms, the base first.
    fn values(self) -> Vec<(&'static str, Value)> {
        match self {
            Self::PricingDisplay => vec![
                ("monthly", json!({ "display": "monthly" })),
                ("annual", json!({ "display": "annual" })),
                ("usage", json!({ "display": "usage_based" })),
            ],
            Self::DiscountPresentation => vec![
                (
                    "percentage",
                    json!({ "presentation": "percentage", "list_price": "99", "percent": "20" }),
                ),
                (
                    "amount",
                    json!({ "presentation": "dollar_amount", "list_price": "99", "amount": "19.80" }),
                ),
                (
                    "value",
                    json!({ "presentation": "value_prop", "list_price": "99", "price": "79.20",
                        "text": "More than two months of each year are free." }),
                ),
            ],
            Self::Urgency => vec![
                ("none", json!({ "tactic": "none" })),
                (
                    "ends",
                    json!({ "tactic": "limited_time", "offer": "SPRING" }),
                ),
            ],
            Self::LandingPage => vec![
                ("front", json!({ "path": "/" })),
                ("tour", json!({ "path": "/tour" })),
            ],
            Self::MailSubject => vec![
                ("plain", json!({ "subject": "Welcome" })),
                (
                    "act",
                    json!({ "subject": "Your first step takes a minute" }),
                ),
            ],
            Self::MailContent => vec![
                ("long", json!({ "template": "welcome_long" })),
                ("short", json!({ "template": "welcome_short" })),
            ],
        }
    }
}

/// Arms of the same weight, as far as it can be divided.
fn shared_out(values: Vec<(&'static str, Value)>) -> Vec<Arm> {
    let count = u16::try_from(values.len()).unwrap_or(BPS).max(1);
    let (each, rest) = (BPS / count, BPS % count);
    let arm = |(at, (key, value)): (u16, (&str, Value))| Arm {
        key: key.to_owned(),
        value,
        weight_bps: each.saturating_add(u16::from(at < rest)),
    };
    (0..).zip(values).map(arm).collect()
}
