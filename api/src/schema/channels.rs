//! Rules of channels, and which rules the versions of a rule set hold.

use super::{
    parts::{With, any_text, list, map, object},
    registry::EventRegistry,
    stand_ins,
};
use serde_json::json;
use tessera_domain::analytics::attribution::{MAX_CHANNEL_CHARS, MAX_ENTRIES};
use utoipa::openapi::OneOfBuilder;

/// Longest host: a name of 253 bytes, which has no more characters.
const MAX_HOST_CHARS: usize = 253;

/// Labels of lower-case ASCII and of anything else that is not ASCII, or an IPv6 address. What more is
/// a host, and in which spelling, only the tables of internationalised names say.
const HOST: &str = r"^([a-z0-9_\x80-\uffff-]+(\.[a-z0-9_\x80-\uffff-]+)*|\[[0-9a-f:]+\])$";

/// Lower-case letters, digits and marks, with single blanks inside; of what is not ASCII, only Unicode's
/// tables say what is one.
const CANONICAL: &str =
    r"^(?!.*  )[a-z0-9\xa1-\uffff]([a-z0-9_./:& \xa1-\uffff-]*[a-z0-9\xa1-\uffff])?$";

stand_ins! {
    /// [`tessera_domain::analytics::attribution::ChannelRules`].
    ChannelRules() {
        let host = || any_text("A host, which stands for all hosts in it too.", "shop.example")
            .max_length(Some(MAX_HOST_CHARS))
            .pattern(Some(HOST));
        let channel = || any_text("A channel, in lower case.", "community")
            .max_length(Some(MAX_CHANNEL_CHARS))
            .pattern(Some(CANONICAL));
        let click_id = any_text("A parameter.", "aff_id").pattern(Some("^[A-Za-z0-9_.-]{1,64}$"));
        let hosts = |about: &str| list(about, host(), 0..=MAX_ENTRIES);
        object("How channels are found. What is left out is as in version 1.")
            .may("own_hosts", hosts(
                "The organisation's own hosts: coming from there is no arrival.",
            ))
            .may("excluded_referrers", hosts(
                "Hosts that people come back from, such as payment and sign-in providers.",
            ))
            .may("referrers", map("Channels of further hosts.", channel().into())
                .property_names(Some(host().build()))
                .max_properties(Some(MAX_ENTRIES))
                .examples([json!({ "forum.example": "community" })]))
            .may("click_ids", map("Channels of parameters of links.", channel().into())
                .property_names(Some(click_id.build()))
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
