//! What the messages say.

use crate::demo::{Sales, visitors::SITE_HOST};
use anyhow::Result;
use serde_json::{Value, json};

/// For those who signed up and did not subscribe.
pub(super) const WELCOME_OFFER: &str = "welcome_offer";
/// For those who signed up and have subscribed.
pub(super) const PURCHASE_THANKS: &str = "purchase_thanks";
/// For those who missed a payment.
pub(super) const PAYMENT_MISSED: &str = "payment_missed";

impl Sales {
    /// States who mail comes from, and puts the templates in force.
    pub(super) async fn publish_templates(&self) -> Result<()> {
        let sender = json!({
            "from_name": "Demo business", "from_address": format!("hello@{SITE_HOST}"),
            "postal_address": "Demo business, 1 Main Street, 8001 Zurich",
        });
        self.office.put("/v1/mail-sender", &sender).await?;
        for template in [welcome_offer(), purchase_thanks(), payment_missed()] {
            let drafted = self.office.post("/v1/templates", &template).await?;
            let version = &drafted["version"];
            let name = template["name"].as_str().unwrap_or_default();
            let publish = format!("/v1/templates/{name}/{version}/publish");
            self.office.post(&publish, &json!({})).await?;
        }
        Ok(())
    }
}

fn welcome_offer() -> Value {
    json!({
        "name": WELCOME_OFFER, "channel": "mail", "purpose": "marketing", "topic": "offers",
        "on_uncertain": "drop", "default_locale": "en",
        "locales": { "en": {
            "subject": "A fifth less for the first hundred",
            "text": "Hello {{ person.first_name }},\n\nthe first hundred who subscribe pay a fifth less: the \
                     code is EARLY-100.\n\nNo more of these: {{ links.unsubscribe }}\n",
            "html": "<p>Hello {{ person.first_name }},</p><p>the first hundred who subscribe pay a fifth less: \
                     the code is <b>EARLY-100</b>. <a href=\"https://shop.example/plans\">See the plans</a>.</p>\
                     <p><a href=\"{{ links.unsubscribe }}\">No more of these</a></p>",
        } },
        "fallbacks": { "first_name": "there" },
    })
}

fn purchase_thanks() -> Value {
    json!({
        "name": PURCHASE_THANKS, "channel": "inbox", "purpose": "service", "topic": "account",
        "on_uncertain": "resend", "default_locale": "en",
        "locales": { "en": {
            "title": "Thank you, {{ person.first_name }}",
            "body": "Your subscription has begun. Your referral code is in your account.",
            "action_url": "https://shop.example/account",
        } },
        "fallbacks": { "first_name": "customer" },
    })
}

fn payment_missed() -> Value {
    json!({
        "name": PAYMENT_MISSED, "channel": "mail", "purpose": "service", "topic": "billing",
        "priority": 5, "on_uncertain": "resend", "default_locale": "en",
        "locales": { "en": {
            "subject": "Your payment did not come through",
            "text": "Dear {{ person.first_name }},\n\nyour wallet held too little when your payment was due. \
                     Subscribe again, and you keep your points: https://shop.example/plans\n",
            "html": "<p>Dear {{ person.first_name }},</p><p>your wallet held too little when your payment was due. \
                     <a href=\"https://shop.example/plans\">Subscribe again</a>, and you keep your points.</p>",
        } },
        "fallbacks": { "first_name": "customer" },
    })
}
