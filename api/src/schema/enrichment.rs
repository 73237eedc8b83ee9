//! What is known of companies, and where it comes from.

use super::{
    parts::{With, any_text, choice, object, this, whole},
    stand_ins,
};
use serde_json::json;
use tessera_domain::leads::enrichment::{LegalBasis, MAX_RANK, MAX_TTL_DAYS, Source};
use utoipa::openapi::OneOfBuilder;

stand_ins! {
    /// [`tessera_domain::leads::enrichment::SourcePolicies`].
    SourcePolicies(SourcePolicy) {
        let about = "What follows from each source. Facts of a source that is not named are not kept.";
        Source::ALL.into_iter()
            .fold(object(about), |policies, source| policies.may(source.as_str(), this::<SourcePolicy>()))
            .examples([json!({
                "structured_data": { "rank": 20, "legal_basis": "legitimate_interest", "ttl_days": 180 }
            })])
    }

    /// [`tessera_domain::leads::enrichment::SourcePolicy`].
    SourcePolicy() {
        object("What follows from a source.")
            .must("rank", whole("Of two facts, the one of the smaller rank is believed.", 0..=u32::from(MAX_RANK), 20))
            .must("legal_basis", choice("Why its facts may be kept.", LegalBasis::ALL.map(LegalBasis::as_str)))
            .must("ttl_days", whole("How long a fact is used after it was seen, days.", 1..=MAX_TTL_DAYS, 180))
    }

    /// [`tessera_domain::leads::enrichment::Attribute`].
    CompanyAttribute() {
        let plain = object("One that a company has once.")
            .must("kind", choice("Which.",
                ["domain", "name", "legal_name", "description", "country", "employees", "founded"]));
        let profile = object("Its profile on a network.")
            .must("kind", choice("Which.", ["profile"]))
            .must("network", choice("The network.", [
                "discord", "facebook", "github", "instagram", "linkedin", "medium", "reddit", "telegram", "x", "youtube",
            ]));
        let technology = object("A technology that its site uses.")
            .must("kind", choice("Which.", ["technology"]))
            .must("name", any_text("Its name.", "WordPress"));
        OneOfBuilder::new()
            .description(Some("What a fact is about."))
            .item(plain)
            .item(profile)
            .item(technology)
            .examples([json!({ "kind": "name" })])
    }
}
