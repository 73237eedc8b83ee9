//! Journeys to start from.

use std::collections::BTreeSet;
use tessera_domain::{
    automation::{
        journey::{Entry, Node},
        retention::preset::Preset,
        template::Channel,
    },
    capture::is_name,
};

const URL: Option<&str> = Some("https://pay.example.com/a");

#[test]
fn each_is_valid_as_it_is_and_holds_some_out() {
    for preset in Preset::ALL {
        let journey = preset.journey();
        assert_eq!(journey.validate(), Ok(()), "{preset:?}");
        assert!(journey.holdout.is_some(), "{preset:?}");
        assert!(is_name(preset.as_str()) && !preset.about().is_empty());
        for url in [URL, None] {
            for text in preset.templates(url) {
                assert_eq!(text.template.validate(), Ok(()), "{}", text.name);
            }
        }
        if let Some(segment) = preset.segment() {
            assert_eq!(segment.condition.validate(), Ok(()));
            assert_eq!(journey.entry, Entry::Segment(segment.name.to_owned()));
        }
    }
}

#[test]
fn a_journey_sends_the_texts_that_it_comes_with_and_no_others() {
    let mut all = BTreeSet::new();
    for preset in Preset::ALL {
        let journey = preset.journey();
        let sent: BTreeSet<&str> = journey
            .nodes
            .values()
            .filter_map(|node| match node {
                Node::Message { template, .. } => Some(template.as_str()),
                _ => None,
            })
            .collect();
        let texts = preset.templates(URL);
        let named: BTreeSet<&str> = texts.iter().map(|it| it.name).collect();
        assert_eq!(sent, named, "{preset:?}");
        for name in named {
            assert!(all.insert(name.to_owned()), "{name} is of two journeys");
        }
    }
}

#[test]
fn a_text_leads_to_an_action_or_nowhere() {
    let actions = |url: Option<&str>| -> Vec<Option<String>> {
        let texts = Preset::ALL.into_iter().flat_map(|it| it.templates(url));
        let parts = texts.flat_map(|it| it.template.locales.into_values());
        parts.map(|it| it.action_url).collect()
    };
    for action in actions(Some("https://pay.example.com/a/")) {
        let action = action.expect("an action");
        assert!(action.starts_with("https://pay.example.com/a/"), "{action}");
    }
    assert!(actions(None).iter().all(Option::is_none));
}

#[test]
fn a_payment_and_an_approval_are_asked_for_in_the_wallet() {
    for preset in [Preset::PastDue, Preset::ApprovalRunningOut] {
        let first = preset.templates(URL).swap_remove(0);
        assert_eq!(first.template.channel, Channel::Wallet, "{preset:?}");
        assert!(!first.template.is_marketing());
    }
}
