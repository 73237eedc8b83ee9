//! Kinds of test whose arms have rules of their own.
//!
//! Law: what arms show differs in form and never in substance. Presentations of a discount come to the
//! same price, to the last digit, and urgency is that of an offer which really ends.

mod discount;
mod example;
mod shown;
mod urgency;

pub use shown::ShownArm;
pub use urgency::{Tactic, shown_now};

use super::assignment::{Allocation, Arm, HashAttribute};
use crate::refusal::Refusal;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest text of an arm, characters.
const MAX_TEXT_CHARS: usize = 500;

/// A kind of test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// How a price is shown: `{"display": "monthly" | "annual" | "usage_based"}`.
    PricingDisplay,
    /// How a discount is shown: `{"presentation": "percentage", "list_price", "percent"}`,
    /// `{"presentation": "dollar_amount", "list_price", "amount"}` or
    /// `{"presentation": "value_prop", "list_price", "price", "text"}`.
    DiscountPresentation,
    /// Whether and how an offer's end is shown: `{"tactic": "none"}` or
    /// `{"tactic": "limited_time" | "capacity_limited" | "early_bird", "offer"}`.
    Urgency,
    /// Which page visitors land on: `{"path"}`.
    LandingPage,
    /// The subject of a mail: `{"subject"}`.
    MailSubject,
    /// The template of a mail: `{"template"}`.
    MailContent,
}

impl Preset {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::PricingDisplay,
        Self::DiscountPresentation,
        Self::Urgency,
        Self::LandingPage,
        Self::MailSubject,
        Self::MailContent,
    ];

    /// Whether arms reach customers with their quotes. Then accounts keep theirs: they go by the wallet.
    pub fn is_for_quotes(self) -> bool {
        matches!(
            self,
            Self::PricingDisplay | Self::DiscountPresentation | Self::Urgency
        )
    }

    /// Whether the arms are what the kind of test says.
    ///
    /// # Errors
    /// The first field that is not.
    pub fn check(self, allocation: &Allocation) -> Result<(), Refusal> {
        if self.is_for_quotes()
            && (allocation.hash_attribute != HashAttribute::Wallet
                || allocation.fallback_attribute.is_some())
        {
            let rule =
                "must be wallet, without a fallback: what prices look like goes by the account";
            return Err(Refusal::new("hash_attribute", rule));
        }
        for (at, arm) in allocation.arms.iter().enumerate() {
            self.check_value(&arm.value)
                .map_err(|it| it.within(&format!("arms[{at}].value")))?;
        }
        match self {
            Self::DiscountPresentation => discount::check_equal(&allocation.arms),
            _ => Ok(()),
        }
    }

    /// Whether what arms show is true of a price instead of a list price: presentations of a discount
    /// speak of one alone.
    pub fn speaks_of(self, arms: &[Arm], list: Decimal, price: Decimal) -> bool {
        self != Self::DiscountPresentation
            || arms
                .iter()
                .all(|arm| discount::price(&arm.value) == Ok((list.normalize(), price.normalize())))
    }

    fn check_value(self, value: &Value) -> Result<(), Refusal> {
        match self {
            Self::PricingDisplay => {
                only(value, &["display"])?;
                choice(value, "display", &["monthly", "annual", "usage_based"]).map(drop)
            }
            Self::DiscountPresentation => discount::price(value).map(drop),
            Self::Urgency => urgency::tactic(value).map(drop),
            Self::LandingPage => {
                only(value, &["path"])?;
                let path = text(value, "path")?;
                // A path that begins with two slashes is another host's.
                let is_own = path.starts_with('/') && !path.starts_with("//");
                if is_own && !path.contains('\\') {
                    return Ok(());
                }
                let rule = "must be a path of the own site, beginning with one slash";
                Err(Refusal::new("path", rule))
            }
            Self::MailSubject => {
                only(value, &["subject"])?;
                text(value, "subject").map(drop)
            }
            Self::MailContent => {
                only(value, &["template"])?;
                text(value, "template").map(drop)
            }
        }
    }

    /// The code of the offer that an arm's value speaks of, and the tactic that it has to stand for.
    pub fn offer(self, value: &Value) -> Option<(&str, Tactic)> {
        if self != Self::Urgency {
            return None;
        }
        let (tactic, offer) = urgency::tactic(value).ok()?;
        Some((offer?, tactic))
    }
}

/// Refuses what is no object of exactly these fields.
fn only(value: &Value, fields: &[&str]) -> Result<(), Refusal> {
    let names = value.as_object().map(|it| it.keys().map(String::as_str));
    let mut names: Vec<&str> = names.into_iter().flatten().collect();
    let mut wanted = fields.to_vec();
    names.sort_unstable();
    wanted.sort_unstable();
    if names == wanted {
        return Ok(());
    }
    let rule = format!("must be an object with exactly {}", fields.join(", "));
    Err(Refusal::new("", rule))
}

fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str, Refusal> {
    let text = value.get(field).and_then(Value::as_str).unwrap_or_default();
    Refusal::unless_name(field, text, MAX_TEXT_CHARS)?;
    Ok(text)
}

/// The place of a text in a list.
fn choice(value: &Value, field: &str, known: &[&str]) -> Result<usize, Refusal> {
    let text = value.get(field).and_then(Value::as_str);
    let rule = || format!("must be one of {}", known.join(", "));
    known
        .iter()
        .position(|it| Some(*it) == text)
        .ok_or_else(|| Refusal::new(field, rule()))
}
