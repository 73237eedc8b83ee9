//! The schemas of what the domain reads from JSON, from the constants by which it checks.
//!
//! The domain's types do not describe themselves to `OpenAPI`. Each has a stand-in here, whose name
//! is that of its schema.

mod capture;
mod channels;
mod enrichment;
mod experiment;
mod filter;
mod funnel;
mod journey;
mod message;
mod metric;
mod mining;
mod offer;
mod parts;
mod people;
mod planning;
mod price_book;
mod queries;
mod recommendation;
mod referral;
mod registry;
pub(crate) mod results;
mod scoring;
mod segment;
mod webhook;
mod work_on_leads;

pub(crate) use capture::{CaptureItem, CaptureItems, MAX_ITEMS};
pub(crate) use channels::{ChannelRules, VersionedRules};
pub(crate) use enrichment::{CompanyAttribute, SourcePolicies};
pub(crate) use experiment::{
    ChosenMetric, DecidingMethod, ExperimentDesign, HoldoutRules, PresetName, SharedOut, arm_value,
};
pub(crate) use filter::EventFilters;
pub(crate) use funnel::FunnelDefinition;
pub(crate) use journey::Journey;
pub(crate) use message::{
    AudienceFormat, DeliveryPolicy, LanguageTag, MessageChannel, MessagePurpose, MessageReason,
    OnUncertain, Template, TemplateBlocks, TemplateLocales, TemplateParts,
};
pub(crate) use metric::Metric;
pub(crate) use mining::MiningInputs;
pub(crate) use offer::Offer;
pub(crate) use people::{EmailAddress, PersonTraits, SenderId};
pub(crate) use planning::PowerQuestion;
pub(crate) use price_book::{
    BillingPeriod, PriceBook, PriceCurrency, PriceSegments, PriceStacking, Usage,
};
pub(crate) use queries::{
    AttributionModels, AttributionRules, Horizon, PathDefinition, TrainingConfig,
};
pub(crate) use recommendation::RecommendationRules;
pub(crate) use referral::{ReferralRewards, ReferralRules, ReferralState};
pub(crate) use registry::EventRegistry;
pub(crate) use scoring::ScoringModel;
pub(crate) use segment::SegmentCondition;
pub(crate) use webhook::WebhookEventName;
pub(crate) use work_on_leads::{Absence, DealPipeline, TaskPolicy, WorkingHours};

/// Declares stand-ins: the name, the stand-ins that the schema refers to, and the schema.
macro_rules! stand_ins {
    ($($(#[$doc:meta])* $name:ident($($used:ty),*) $schema:block)*) => { $(
        $(#[$doc])*
        pub(crate) enum $name {}

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let schema = $schema;
                schema.into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn schemas(
                _all: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>,
            ) {
                $(
                    let name = <$used as utoipa::ToSchema>::name().into_owned();
                    _all.push((name, <$used as utoipa::PartialSchema>::schema()));
                    <$used as utoipa::ToSchema>::schemas(_all);
                )*
            }
        }
    )* };
}
use stand_ins;

#[cfg(test)]
mod tests;
