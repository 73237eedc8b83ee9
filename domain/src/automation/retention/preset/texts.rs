//! What the presets say: short, in the recipient's own words, and without a promise.

use super::{NamedTemplate, Preset};
use crate::automation::template::{Channel, OnUncertain, Parts, Purpose, Template};
use std::collections::BTreeMap;

/// What stands for a trait or a property that is not there.
const FALLBACKS: [(&str, &str); 2] = [("first_name", "there"), ("event.subscription", "unknown")];

/// A text of a preset.
struct Text {
    name: &'static str,
    channel: Channel,
    purpose: Purpose,
    topic: &'static str,
    /// The title in an inbox.
    title: &'static str,
    text: &'static str,
    /// The action that it leads to.
    action: &'static str,
}

/// The texts of a preset, which lead to the actions below an address.
pub(super) fn of(preset: Preset, actions: Option<&str>) -> Vec<NamedTemplate> {
    let texts = match preset {
        Preset::Nurturing => vec![
            inbox(
                "nurturing_welcome",
                "Welcome",
                "Hello {{ person.first_name }}, this is what {{ organisation.name }} has for you. Have a look at \
                 the plans whenever you like.",
                "subscribe",
            ),
            inbox(
                "nurturing_offer",
                "Which plan fits?",
                "You have looked at our plans. You can cancel any of them at any time, from your own wallet.",
                "subscribe",
            ),
            inbox(
                "nurturing_reminder",
                "Our plans",
                "Hello {{ person.first_name }}, our plans are one click away. Answer this if anything is unclear.",
                "subscribe",
            ),
        ],
        Preset::PastDue => vec![
            wallet(
                "past_due_wallet",
                "A payment to {{ organisation.name }} did not go through. Pay it to keep your subscription.",
                "pay/{{ event.subscription }}",
            ),
            service(
                "past_due_reminder",
                "A payment is missing",
                "Hello {{ person.first_name }}, your last payment to {{ organisation.name }} did not go through. \
                 Most of the time the wallet holds too little, or its approval is used up.",
                "pay/{{ event.subscription }}",
            ),
        ],
        Preset::ApprovalRunningOut => vec![
            wallet(
                "approval_wallet",
                "Your approval for {{ organisation.name }} is nearly used up. Raise it to go on.",
                "approve/{{ event.subscription }}",
            ),
            service(
                "approval_reminder",
                "Your approval is nearly used up",
                "Hello {{ person.first_name }}, what your wallet has approved does not pay for much longer. Nothing \
                 is charged beyond what you approve.",
                "approve/{{ event.subscription }}",
            ),
        ],
        Preset::TrialEnding => vec![service(
            "trial_ending",
            "Your trial ends soon",
            "Hello {{ person.first_name }}, your trial at {{ organisation.name }} ends within three days. After it \
             the first payment is due; cancel before that if you do not want to go on.",
            "approve/{{ event.subscription }}",
        )],
        Preset::WinBack => vec![
            inbox(
                "win_back_question",
                "What was missing?",
                "Hello {{ person.first_name }}, your subscription at {{ organisation.name }} has ended. What was \
                 missing?",
                "subscribe",
            ),
            inbox(
                "win_back_invitation",
                "Come back any time",
                "Hello {{ person.first_name }}, you can start again where you left off.",
                "subscribe",
            ),
        ],
    };
    texts.into_iter().map(|it| it.named(actions)).collect()
}

/// A text for the inbox that sells.
fn inbox(
    name: &'static str,
    title: &'static str,
    text: &'static str,
    action: &'static str,
) -> Text {
    Text {
        name,
        channel: Channel::Inbox,
        purpose: Purpose::Marketing,
        topic: "offers",
        title,
        text,
        action,
    }
}

/// A text for the inbox about what was agreed on.
fn service(
    name: &'static str,
    title: &'static str,
    text: &'static str,
    action: &'static str,
) -> Text {
    Text {
        purpose: Purpose::Service,
        topic: "payments",
        ..inbox(name, title, text, action)
    }
}

/// A text that the wallet shows about what was agreed on.
fn wallet(name: &'static str, text: &'static str, action: &'static str) -> Text {
    Text {
        channel: Channel::Wallet,
        ..service(name, "", text, action)
    }
}

impl Text {
    fn named(self, actions: Option<&str>) -> NamedTemplate {
        let action_url =
            actions.map(|url| format!("{}/{}", url.trim_end_matches('/'), self.action));
        let text = Some(self.text.to_owned());
        let parts = match self.channel {
            Channel::Wallet | Channel::Mail => Parts {
                text,
                action_url,
                ..Parts::default()
            },
            Channel::Inbox => Parts {
                title: Some(self.title.to_owned()),
                body: text,
                action_url,
                ..Parts::default()
            },
        };
        let fallbacks = FALLBACKS
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text.to_owned()));
        NamedTemplate {
            name: self.name,
            template: Template {
                channel: self.channel,
                purpose: self.purpose,
                topic: self.topic.to_owned(),
                priority: 0,
                on_uncertain: OnUncertain::Drop,
                default_locale: "en".to_owned(),
                locales: BTreeMap::from([("en".to_owned(), parts)]),
                fallbacks: fallbacks.collect(),
                blocks: BTreeMap::new(),
            },
        }
    }
}
