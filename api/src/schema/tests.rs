//! Each schema has the fields, and the choices, that the domain reads.

use super::filter::EventFilter;
use super::{
    AttributionRules, AudienceFormat, ChannelRules, DeliveryPolicy, EventRegistry,
    FunnelDefinition, Horizon, Offer, PathDefinition, PriceBook, ScoringModel, SegmentCondition,
    Template, TrainingConfig, Usage, WebhookEventName,
};
use crate::extract::parse;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tessera_domain::{
    analytics::{attribution, funnel, lifetime_value, paths},
    automation::{audience, delivery, template, webhook},
    capture, filter,
    leads::{prediction, scoring},
    people::segment,
    pricing,
};
use utoipa::{PartialSchema, ToSchema};

/// A body with this in place of something that is refused, so that the refusal lists what is known.
const UNKNOWN: &str = "?";

/// What is known, as the refusal of `body` lists it.
fn known<T: DeserializeOwned>(body: &Value) -> BTreeSet<String> {
    let refused = parse::<T>(body.to_string().as_bytes())
        .err()
        .expect("a refusal");
    let rule = refused.problem().errors[0].rule.clone();
    let (_, listed) = ["known are ", "exactly one of ", "must be one of "]
        .iter()
        .find_map(|mark| rule.split_once(mark))
        .unwrap_or_else(|| panic!("{body}: {rule}"));
    listed.split(", ").map(str::to_owned).collect()
}

/// All schemas behind a stand-in by name.
fn schemas<S: ToSchema>() -> BTreeMap<String, Value> {
    let mut all = vec![(S::name().into_owned(), <S as PartialSchema>::schema())];
    S::schemas(&mut all);
    all.into_iter()
        .map(|(name, schema)| (name, json!(schema)))
        .collect()
}

/// The names of the fields of a schema; of several forms, those of all.
fn fields(schema: &Value) -> BTreeSet<String> {
    let forms = schema["oneOf"].as_array().into_iter().flatten();
    let own = schema["properties"].as_object().into_iter().flatten();
    own.map(|(name, _)| name.clone())
        .chain(forms.flat_map(fields))
        .collect()
}

/// The choices of the field `name` of a schema; of several forms, those of all.
fn choices(schema: &Value, name: &str) -> BTreeSet<String> {
    let forms = schema["oneOf"].as_array().into_iter().flatten();
    let property = &schema["properties"][name];
    let own = property["enum"]
        .as_array()
        .or(property["items"]["enum"].as_array());
    own.into_iter()
        .flatten()
        .filter_map(|it| it.as_str().map(str::to_owned))
        .chain(forms.flat_map(|form| choices(form, name)))
        .collect()
}

/// That the domain's `T` reads the fields of the schema `name` at the place of `body` that holds
/// [`UNKNOWN`].
fn same<T: DeserializeOwned, S: ToSchema>(name: &str, body: &Value) {
    let all = schemas::<S>();
    assert_eq!(fields(&all[name]), known::<T>(body), "{name}");
}

fn unknown() -> Value {
    json!({ UNKNOWN: 1 })
}

#[test]
fn filters_and_conditions_have_the_fields_that_are_read() {
    same::<filter::EventFilter, EventFilter>("EventFilter", &unknown());
    let condition = |it: Value| json!({ "event": "e", "where": [it] });
    same::<filter::EventFilter, EventFilter>("PropertyCondition", &condition(unknown()));
    let operators =
        known::<filter::EventFilter>(&condition(json!({ "property": "p", "is": UNKNOWN })));
    let all = schemas::<EventFilter>();
    assert_eq!(choices(&all["PropertyCondition"], "is"), operators);

    type Condition = segment::Condition;
    same::<Condition, SegmentCondition>("SegmentCondition", &unknown());
    for (name, part) in [
        ("EventTest", "event"),
        ("ActiveTest", "active"),
        ("TraitTest", "trait"),
        ("ScoreTest", "score"),
        ("SubscriptionTest", "subscription"),
    ] {
        same::<Condition, SegmentCondition>(name, &json!({ part: unknown() }));
    }
    let states = known::<Condition>(&json!({ "subscription": { "status": [UNKNOWN] } }));
    let all = schemas::<SegmentCondition>();
    assert_eq!(choices(&all["SubscriptionTest"], "status"), states);
}

#[test]
fn definitions_have_the_fields_that_are_read() {
    type Funnel = funnel::FunnelDefinition;
    same::<Funnel, FunnelDefinition>("FunnelDefinition", &unknown());
    same::<Funnel, FunnelDefinition>("FunnelStep", &json!({ "steps": [unknown()] }));
    same::<Funnel, FunnelDefinition>("FunnelExclusion", &json!({ "exclusions": [unknown()] }));
    let modes = known::<Funnel>(&json!({ "mode": UNKNOWN }));
    assert_eq!(
        choices(&schemas::<FunnelDefinition>()["FunnelDefinition"], "mode"),
        modes
    );

    type Model = scoring::ScoringModel;
    same::<Model, ScoringModel>("ScoringModel", &unknown());
    same::<Model, ScoringModel>("ScoringGroup", &json!({ "groups": [unknown()] }));
    same::<Model, ScoringModel>("ScoringRule", &json!({ "rules": [unknown()] }));

    same::<paths::PathDefinition, PathDefinition>("PathDefinition", &unknown());
    same::<attribution::AttributionRules, AttributionRules>("AttributionRules", &unknown());
    same::<attribution::ChannelRules, ChannelRules>("ChannelRules", &unknown());
    same::<lifetime_value::Horizon, Horizon>("Horizon", &unknown());
    same::<prediction::TrainingConfig, TrainingConfig>("TrainingConfig", &unknown());
}

#[test]
fn registries_have_the_fields_that_are_read() {
    type Registry = capture::Registry;
    same::<Registry, EventRegistry>("EventRegistry", &unknown());
    let event = |it: Value| json!({ "events": { "e": it } });
    same::<Registry, EventRegistry>("EventSchema", &event(unknown()));
    let property = |it: Value| event(json!({ "properties": { "p": it } }));
    same::<Registry, EventRegistry>("PropertySchema", &property(unknown()));
    let types = known::<Registry>(&property(json!({ "type": UNKNOWN })));
    assert_eq!(
        choices(&schemas::<EventRegistry>()["PropertySchema"], "type"),
        types
    );
}

#[test]
fn prices_have_the_fields_that_are_read() {
    type Book = pricing::PriceBook;
    same::<Book, PriceBook>("PriceBook", &unknown());
    same::<Book, PriceBook>("PriceCurrency", &json!({ "currency": unknown() }));
    same::<Book, PriceBook>("PriceStacking", &json!({ "stacking": unknown() }));
    let modes = known::<Book>(&json!({ "stacking": { "mode": UNKNOWN } }));
    let all = schemas::<PriceBook>();
    assert_eq!(choices(&all["PriceStacking"], "mode"), modes);
    let segment = |it: Value| json!({ "segments": { "s": it } });
    same::<Book, PriceBook>("PriceSegment", &segment(unknown()));
    let price = |it: Value| segment(json!({ "prices": [it] }));
    same::<Book, PriceBook>("PeriodPrice", &price(unknown()));
    same::<Book, PriceBook>("BillingPeriod", &price(json!({ "period": unknown() })));
    let discount = |it: Value| segment(json!({ "discounts": { "d": it } }));
    same::<Book, PriceBook>("PriceDiscount", &discount(unknown()));
    same::<Book, PriceBook>(
        "DiscountCondition",
        &discount(json!({ "when_any": [unknown()] })),
    );
    let charge = |it: Value| segment(json!({ "charge": it }));
    same::<Book, PriceBook>("ChargeModel", &charge(unknown()));
    same::<Book, PriceBook>("ChargeTier", &charge(json!({ "tiers": [unknown()] })));
    let models = known::<Book>(&charge(json!({ "model": UNKNOWN })));
    assert_eq!(choices(&all["ChargeModel"], "model"), models);
    same::<pricing::Usage, Usage>("Usage", &unknown());

    same::<pricing::Offer, Offer>("Offer", &unknown());
    for (name, part) in [("OfferUrgency", "urgency"), ("OfferReduction", "reduction")] {
        same::<pricing::Offer, Offer>(name, &json!({ part: unknown() }));
        let kinds = known::<pricing::Offer>(&json!({ part: { "kind": UNKNOWN } }));
        assert_eq!(choices(&schemas::<Offer>()[name], "kind"), kinds);
    }
}

/// The choices of a schema that is one of several texts.
fn enumerated(schema: &Value) -> BTreeSet<String> {
    let all = schema["enum"].as_array().into_iter().flatten();
    all.filter_map(|it| it.as_str().map(str::to_owned))
        .collect()
}

#[test]
fn templates_have_the_fields_that_are_read() {
    type Read = template::Template;
    same::<Read, Template>("Template", &unknown());
    let locale = json!({ "locales": { "en": unknown() } });
    same::<Read, Template>("TemplateParts", &locale);
    let block = |it: Value| json!({ "blocks": { "offer": [it] } });
    same::<Read, Template>("TemplateBlock", &block(unknown()));
    same::<Read, Template>("TemplateTest", &block(json!({ "when": [unknown()] })));
    let all = schemas::<Template>();
    for (name, field) in [
        ("MessageChannel", "channel"),
        ("MessagePurpose", "purpose"),
        ("OnUncertain", "on_uncertain"),
    ] {
        let read = known::<Read>(&json!({ field: UNKNOWN }));
        assert_eq!(enumerated(&all[name]), read, "{name}");
    }
}

#[test]
fn delivery_policies_have_the_fields_that_are_read() {
    type Policy = delivery::DeliveryPolicy;
    same::<Policy, DeliveryPolicy>("DeliveryPolicy", &unknown());
    same::<Policy, DeliveryPolicy>("DeliveryCap", &json!({ "caps": [unknown()] }));
    for (name, part) in [
        ("QuietHours", "quiet_hours"),
        ("WarmUp", "warm_up"),
        ("DomainRates", "domain_rates"),
    ] {
        same::<Policy, DeliveryPolicy>(name, &json!({ part: unknown() }));
    }
}

#[test]
fn exports_and_webhooks_have_the_choices_that_are_read() {
    type Formats = BTreeMap<String, audience::AudienceFormat>;
    let read = known::<Formats>(&json!({ "format": UNKNOWN }));
    assert_eq!(enumerated(&json!(AudienceFormat::schema())), read);
    let kinds = webhook::CATALOGUE.iter().map(|it| it.name.to_owned());
    let kinds: BTreeSet<String> = kinds.collect();
    assert_eq!(enumerated(&json!(WebhookEventName::schema())), kinds);
}
