//! Rules of channels, and which rules the versions of a rule set hold.

use super::{
    parts::{With, any_text, list, map, object, text},
    registry::EventRegistry,
    stand_ins,
};
use serde_json::json;
use tessera_domain::analytics::attribution::{MAX_CHANNEL_CHARS, MAX_ENTRIES};
use utoipa::openapi::OneOfBuilder;

stand_ins! {
    /// [`tessera_domain::analytics::attribution::ChannelRules`].
    ChannelRules() {
        let host = || any_text("A host, which stands for all hosts in it too.", "shop.example");
        let channel = || text("A channel, in lower case.", 1..=MAX_CHANNEL_CHARS, "community");
        let hosts = |about: &str| list(about, host(), 0..=MAX_ENTRIES);
        object("How channels are found. What is left out is as in version 1.")
            .may("own_hosts", hosts(
                "The organisation's own hosts: coming from there is no arrival.",
            ))
            .may("excluded_referrers", hosts(
                "Hosts that people come back from, such as payment and sign-in providers.",
            ))
            .may("referrers", map("Channels of further hosts.", channel().into())
                .max_properties(Some(MAX_ENTRIES))
                .examples([json!({ "forum.example": "community" })]))
            .may("click_ids", map("Channels of parameters of links.", channel().into())
                .max_properties(Some(MAX_ENTRIES))
                .examples([json!({ "gclid": "paid", "aff_id": "affiliates" })]))
            .examples([json!({
                "own_hosts": ["shop.example"],
                "excluded_referrers": ["stripe.com", "accounts.google.com"],
                "referrers": { "forum.example": "community" },
                "click_ids": { "gclid": "paid", "aff_id": "affiliates" }
            })])
    }

    /// The rules of a version.
    VersionedRules(EventRegistry, ChannelRules) {
        OneOfBuilder::new()
            .description(Some("The rules."))
            .item(utoipa::openapi::Ref::from_schema_name("EventRegistry"))
            .item(utoipa::openapi::Ref::from_schema_name("ChannelRules"))
            .examples([json!({ "strict": false, "events": {} })])
    }
}
