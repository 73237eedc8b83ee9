//! What a visitor does, and what is done to them, before they decide.

use super::{Stage, Visitor, address_of, channel::SITE};
use serde_json::{Value, json};
use tessera_domain::time::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// From a first visit to the decision, seconds.
pub(in crate::demo) const JOURNEY_SECS: i64 = 9 * DAY;

/// The proxy through which a mail provider fetches images before anybody reads the mail.
const IMAGE_PROXY: &str =
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";

/// So many seconds before the decision, and what.
type Act = (i64, &'static str, Value);

impl Visitor {
    /// Their events, as the site's pages and the mail server send them.
    pub(in crate::demo) fn events(&self) -> Vec<Value> {
        let acts = self.acts().into_iter().chain(self.mails());
        let item = |(index, (before, event, properties)): (usize, Act)| {
            json!({
                "message_id": format!("{}-{index}", self.anonymous_id()),
                "anonymous_id": self.anonymous_id(),
                "event": event,
                "timestamp": Timestamp::from_secs(self.decides_at - before),
                "properties": properties,
            })
        };
        acts.enumerate().map(item).collect()
    }

    /// Who they are, as they said when they asked for more.
    pub(in crate::demo) fn name(&self) -> Value {
        json!({
            "message_id": format!("{}-name", self.anonymous_id()),
            "timestamp": Timestamp::from_secs(self.decides_at - 7 * DAY),
            "anonymous_id": self.anonymous_id(),
            "user_id": self.user_id(),
            "email": address_of(&self.user_id()),
            "traits": { "segment": self.segment() },
        })
    }

    fn acts(&self) -> Vec<Act> {
        let page = |path: &str| json!({ "url": format!("{SITE}{path}"), "referrer": SITE });
        let mut acts = vec![
            (
                JOURNEY_SECS,
                "page_viewed",
                self.channel().landing(self.number),
            ),
            (JOURNEY_SECS - MINUTE, "page_viewed", page("/features")),
        ];
        if self.has_a_deal() {
            acts.push((
                JOURNEY_SECS - 2 * MINUTE,
                "api_documentation_viewed",
                json!({}),
            ));
        }
        if self.stage >= Stage::Interest {
            let interest = match self.number % 3 {
                _ if self.has_a_deal() => "demo_requested",
                0 => "whitepaper_downloaded",
                _ => "pricing_page_visited",
            };
            acts.push((7 * DAY, interest, json!({})));
        }
        if self.stage >= Stage::Consideration {
            let consideration = if self.has_a_deal() {
                "sales_demo_held"
            } else {
                "roi_calculator_used"
            };
            acts.push((4 * DAY, consideration, json!({})));
        }
        if self.stage == Stage::Conversion {
            acts.push((HOUR, "page_viewed", page("/checkout")));
            let button = json!({ "name": "subscribe", "path": "/checkout" });
            acts.push((HOUR - MINUTE, "button_clicked", button));
        }
        acts
    }

    fn mails(&self) -> Vec<Act> {
        if !self.gets_mail() {
            return Vec::new();
        }
        let mail = |more: &[(&str, Value)]| {
            let mut mail =
                json!({ "campaign": "welcome", "email_id": format!("welcome-{}", self.number) });
            for (name, value) in more {
                mail[*name] = value.clone();
            }
            mail
        };
        let sent = 6 * DAY;
        let mut mails = vec![(sent, "email_sent", mail(&[]))];
        if self.number.is_multiple_of(5) {
            // The receiving server was busy, and took it an hour later.
            let busy = mail(&[("kind", json!("temporary"))]);
            mails.push((sent - MINUTE, "email_bounced", busy));
        }
        mails.push((sent - HOUR, "email_delivered", mail(&[])));
        if self.bounces() {
            let unknown = mail(&[("kind", json!("permanent"))]);
            mails.push((sent - 2 * HOUR, "email_bounced", unknown));
        }
        if self.is_opened_by_a_machine() {
            let proxy = mail(&[("machine", json!(true)), ("user_agent", json!(IMAGE_PROXY))]);
            mails.push((sent - 2 * HOUR, "email_opened", proxy));
        }
        if self.opens() {
            mails.push((sent - 3 * HOUR, "email_opened", mail(&[])));
        }
        if self.clicks() {
            mails.push((sent - 3 * HOUR - MINUTE, "email_clicked", mail(&[])));
        }
        mails
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::{
        business::INDIVIDUAL,
        visitors::{Channel, Stage},
    };
    use std::collections::BTreeSet;

    #[test]
    fn nothing_happens_before_the_first_visit_or_after_the_decision() {
        let decides_at = 1_800_000_000;
        for number in 0..40 {
            for visitor in [
                Visitor::customer(number, INDIVIDUAL, decides_at),
                Visitor::undecided(number, decides_at),
            ] {
                let whole = visitor.acts().into_iter().chain(visitor.mails());
                let befores: Vec<i64> = whole.map(|(before, _, _)| before).collect();
                assert_eq!(befores.iter().max(), Some(&JOURNEY_SECS));
                assert!(befores.iter().all(|before| *before > 0), "{visitor:?}");
            }
        }
    }

    #[test]
    fn customers_come_by_every_channel_and_the_undecided_stop_at_every_stage() {
        // A customer is followed by two who stay undecided.
        let customers = (0..30).step_by(3).map(|it| Visitor::customer(it, 0, 0));
        let channels: BTreeSet<Channel> = customers.map(|it| it.channel()).collect();
        assert_eq!(channels.len(), Channel::ALL.len());
        let others = (0..30).filter(|number| number % 3 > 0);
        let stages: BTreeSet<Stage> = others.map(|it| Visitor::undecided(it, 0).stage).collect();
        let before = [Stage::Awareness, Stage::Interest, Stage::Consideration];
        assert_eq!(stages, before.into());
    }
}
