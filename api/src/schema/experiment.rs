//! Designs of experiments.

use super::{
    parts::{
        With, any_text, choice, list, object, or_null, switch, text, this, this_as, this_or_null,
        whole,
    },
    stand_ins,
};
use crate::wire::{Moment, Name};
use serde_json::json;
use tessera_domain::experiments::{
    assignment::{BPS, MAX_ARMS, MAX_BUCKET_VERSION, MAX_SEGMENTS},
    design::{
        MAX_ALPHA_BPS, MAX_BATCH_HOURS, MAX_DAYS, MAX_FACTORS, MAX_HYPOTHESIS_CHARS, MAX_LEVELS,
        MAX_NAME_CHARS, MAX_PEOPLE,
    },
    measurement::{MAX_DIMENSION_VALUES, MAX_DIMENSIONS, MAX_METRICS},
    preset::Preset,
};
use utoipa::openapi::{
    ObjectBuilder, OneOfBuilder, RefOr, Schema,
    schema::{SchemaType, Type},
};

const MIN_PEOPLE: u32 = 10;
const MAX_TEXT_CHARS: usize = 100;

stand_ins! {
    /// [`tessera_domain::experiments::design::Design`].
    ExperimentDesign(PresetName, Allocation, ChosenMetric, Dimension, Statistics, DecisionRules, Factor, BanditRules) {
        object("What a team settles before an experiment starts.")
            .must("name", text("What the team calls it.", 1..=MAX_NAME_CHARS, "Round buttons"))
            .may("hypothesis", or_null(text("What is expected, and why.", 1..=MAX_HYPOTHESIS_CHARS, "Round buttons are pressed more often."), Type::String))
            .may("preset", this_or_null::<PresetName>("What kind of test it is, where its arms have rules of their own, as `GET /v1/experiment-presets` lists them."))
            .must("allocation", this::<Allocation>())
            .must("metrics", list("What is measured, at least one of it a primary metric.", this::<ChosenMetric>(), 1..=MAX_METRICS))
            .may("dimensions", list("What exposures are grouped by, when assignments are checked.", this::<Dimension>(), 0..=MAX_DIMENSIONS))
            .may("statistics", this_as::<Statistics>("How figures become conclusions."))
            .may("decision", this_as::<DecisionRules>("When it is over."))
            .may("factors", list("What arms are made of, in a multivariate test: arms are the combinations of levels, those of the last factor changing first.", this::<Factor>(), 0..=MAX_FACTORS))
            .may("bandit", this_or_null::<BanditRules>("How weights follow what is known of the arms; without it they stay as they are."))
            .examples([json!({
                "name": "Round buttons",
                "allocation": {
                    "hash_attribute": "anonymous_id",
                    "arms": [
                        { "key": "plain", "value": "plain", "weight_bps": 5000 },
                        { "key": "round", "value": "round", "weight_bps": 5000 }
                    ]
                },
                "metrics": [{ "metric": "subscribed", "role": "primary" }]
            })])
    }

    /// [`tessera_domain::experiments::preset::Preset`].
    PresetName() {
        choice("A kind of test.", Preset::ALL.map(|preset| json!(preset)))
    }

    /// [`tessera_domain::experiments::assignment::Allocation`].
    Allocation(Arm, Namespace, Segments) {
        let seed = "What the hash starts from; the experiment's key and phase, unless given. Another seed deals again.";
        object("How visitors are shared out among the arms, in the format of GrowthBook's SDKs.")
            .must("hash_attribute", identifier("The identifier that decides."))
            .may("fallback_attribute", nullable(identifier("The identifier that decides for visitors without the first, as long as they have none.")))
            .may("hash_version", whole("The hash: 2 has no bias, 1 is for experiments that another server began.", 1..=2_u32, 2).default(Some(2.into())))
            .may("seed", or_null(text(seed, 1..=MAX_TEXT_CHARS, "checkout-button"), Type::String))
            .must("arms", list("The arms; the first is the base, which everybody outside of the experiment sees too.", this::<Arm>(), 2..=MAX_ARMS))
            .may("coverage_bps", bps("Part of the visitors who take part, in ten-thousandths.", 1).default(Some(BPS.into())))
            .may("namespace", this_or_null::<Namespace>("The part of a namespace that takes part, where experiments exclude each other."))
            .may("segments", this_as::<Segments>("The segments that take part."))
            .may("sticky", switch("Whether visitors keep an arm that is remembered of them.").default(Some(true.into())))
            .may("bucket_version", whole("Version under which arms are remembered: the phase's number, which it sets.", 0..=MAX_BUCKET_VERSION, 0).read_only(true))
            .may("min_bucket_version", whole("Visitors of whom an arm of a lower version is remembered take no part; the phase sets it.", 0..=MAX_BUCKET_VERSION, 0).read_only(true))
    }

    /// [`tessera_domain::experiments::assignment::Arm`].
    Arm() {
        object("One of the things that visitors may see.")
            .must("key", slug("What it is remembered by.", "round"))
            .must("value", arm_value())
            .must("weight_bps", bps("Its part of those who take part, in ten-thousandths; 0 is an arm that is closed.", 0))
    }

    /// [`tessera_domain::experiments::assignment::Namespace`].
    Namespace() {
        object("A part of the identifiers, which the experiments of the same namespace do not share.")
            .must("key", slug("Its name.", "checkout"))
            .must("from_bps", bps("Where the part begins, in ten-thousandths.", 0))
            .must("to_bps", bps("Where it ends, and does not hold any more.", 1))
    }

    /// [`tessera_domain::experiments::assignment::Segments`].
    Segments() {
        let names = |about: &str| {
            list(about, text("A segment's name.", 1..=MAX_TEXT_CHARS, "keen"), 0..=MAX_SEGMENTS)
        };
        object("Which segments a visitor must be a member of, and which not.")
            .may("any_of", names("At least one of these; everybody where there is none."))
            .may("none_of", names("None of these."))
    }

    /// [`tessera_domain::experiments::design::ChosenMetric`].
    ChosenMetric(Name) {
        let harm = "How much worse a guardrail may become, in ten-thousandths of the base: what is proved to be worse than that is not shipped.";
        object("A metric, and what it is for.")
            .must("metric", this_as::<Name>("Its name."))
            .must("role", choice("`primary` decides, `secondary` explains, a `guardrail` must not become worse.", ["primary", "secondary", "guardrail"]))
            .may("most_harm_bps", or_null(bps(harm, 0), Type::Integer))
            .examples([json!({ "metric": "subscribed", "role": "primary" })])
    }

    /// [`tessera_domain::experiments::measurement::Dimension`].
    Dimension(Name) {
        let value = text("A value.", 1..=MAX_TEXT_CHARS, "CH");
        object("A property of exposures.")
            .must("property", this_as::<Name>("Its name."))
            .must("values", list("Its values, each a group; all others are one.", value, 1..=MAX_DIMENSION_VALUES))
    }

    /// [`tessera_domain::experiments::design::Statistics`].
    Statistics(DecidingMethod, Correction) {
        object("How figures become conclusions.")
            .may("method", this_as::<DecidingMethod>("Which evidence decides."))
            .may("sides", choice("Which effects are looked for.", ["both", "improvement"]).default(Some("both".into())))
            .may("alpha_bps", whole("The chance of a false discovery, in ten-thousandths.", 1..=u32::from(MAX_ALPHA_BPS), 500).default(Some(500.into())))
            .may("correction", this_as::<Correction>("How many comparisons at a time are allowed for. Unless given, `e_benjamini_hochberg` of sequences, `holm` of a fixed size and `none` of a posterior."))
            .may("scope", choice("Which comparisons count together.", ["all", "per_metric", "per_arm", "primary_only"]).default(Some("all".into())))
            .may("fewest_people", whole("Fewest people of an arm: with fewer there is no answer.", 2..=MAX_PEOPLE, 100).default(Some(100.into())))
            .examples([json!({ "method": { "sequential": { "tuned_for": 20_000 } } })])
    }

    /// [`tessera_domain::experiments::design::Method`].
    DecidingMethod() {
        let people = |about: &str| whole(about, MIN_PEOPLE..=MAX_PEOPLE, 20_000);
        let prior = object("What is believed beforehand of relative effects; nothing, unless given.")
            .must("deviation_bps", bps("Standard deviation around 0, in ten-thousandths of the base.", 1));
        let prior = OneOfBuilder::new()
            .item(ObjectBuilder::new().schema_type(Type::Null))
            .item(prior);
        OneOfBuilder::new()
            .description(Some("Which evidence decides: an object with exactly one of these fields."))
            .item(only("sequential", object("Confidence sequences: valid whenever one looks.")
                .must("tuned_for", people("People of both arms at whom the bounds are tightest."))))
            .item(only("fixed", object("Welch's test, which is read once, when so many people have come.")
                .must("planned_people", people("People of all arms."))))
            .item(only("bayesian", object("The chance that an arm is better.").may("prior", prior)))
            .examples([json!({ "sequential": { "tuned_for": 20_000 } })])
    }

    /// [`tessera_domain::experiments::multiplicity::Correction`].
    Correction() {
        let share = bps("The share of primary metrics, in ten-thousandths.", 1).maximum(Some(BPS - 1));
        OneOfBuilder::new()
            .description(Some("How many comparisons at a time are allowed for."))
            .item(choice("A method without settings.", ["none", "holm", "benjamini_hochberg", "e_benjamini_hochberg"]))
            .item(only("preferential_bonferroni", object("Primary metrics divide a share of alpha, all others the rest.")
                .must("primary_share_bps", share)))
            .examples([json!("e_benjamini_hochberg")])
    }

    /// [`tessera_domain::experiments::design::DecisionRules`].
    DecisionRules() {
        let worthwhile = "The least relative effect that is worth shipping, in ten-thousandths of the base: where none as large is possible any more, it stops.";
        object("When an experiment is over.")
            .may("automatic", switch("Whether Tessera ships or stops by itself."))
            .may("min_days", whole("Days before anything is shipped, or stopped but for harm to a guardrail, so that each weekday is in it.", 0..=MAX_DAYS, 7).default(Some(7.into())))
            .may("max_days", or_null(whole("Days after which it stops.", 1..=MAX_DAYS, 60), Type::Integer))
            .may("worthwhile_bps", or_null(bps(worthwhile, 1), Type::Integer))
    }

    /// [`tessera_domain::experiments::design::Factor`].
    Factor() {
        let level = text("A level.", 1..=MAX_TEXT_CHARS, "blue");
        object("One of the things that a multivariate test varies.")
            .must("name", text("What varies.", 1..=MAX_TEXT_CHARS, "colour"))
            .must("levels", list("Its levels, the base first.", level, 2..=MAX_LEVELS))
    }

    /// [`tessera_domain::experiments::design::BanditRules`].
    BanditRules() {
        object("How weights follow what is known of the arms.")
            .must("algorithm", choice("`thompson` loses little on the way, `top_two` finds the best arm sooner.", ["thompson", "top_two"]))
            .may("floor_bps", bps("Least weight of an arm, in ten-thousandths.", 1).default(Some(100.into())))
            .may("burn_in", whole("People that each arm needs before weights move.", 1..=MAX_PEOPLE, 100).default(Some(100.into())))
            .may("batch_hours", whole("Hours between two moves.", 1..=MAX_BATCH_HOURS, 24).default(Some(24.into())))
    }

    /// [`tessera_domain::experiments::results::SharedOut`].
    SharedOut(Moment) {
        object("How visitors were shared out from a moment on.")
            .must("from", this_as::<Moment>("The moment."))
            .must("coverage_bps", bps("Part of the visitors who take part, in ten-thousandths.", 1))
            .must("weights_bps", list("Weights of the arms in ten-thousandths, in the order of the design.", bps("A weight.", 0), 2..=MAX_ARMS))
    }

    /// [`tessera_domain::experiments::assignment::Holdout`].
    HoldoutRules() {
        object("Who sees no experiment.")
            .must("key", slug("What it is remembered by. Another key holds others out.", "2026-h2"))
            .must("hash_attribute", identifier("The identifier that decides. Visitors without it are not held out."))
            .may("fallback_attribute", nullable(identifier("The identifier that decides for visitors without the first.")))
            .must("held_out_bps", whole("Part of the visitors who are held out, in ten-thousandths.", 1..=5_000_u32, 500))
            .examples([json!({ "key": "2026-h2", "hash_attribute": "anonymous_id", "held_out_bps": 500 })])
    }
}

/// What an arm shows.
pub(crate) fn arm_value() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::AnyValue)
        .description(Some("What is shown: any JSON but null."))
        .examples([json!("round")])
}

fn only(name: &str, schema: impl Into<RefOr<Schema>>) -> ObjectBuilder {
    object("").must(name, schema).max_properties(Some(1))
}

fn bps(about: &str, least: u16) -> ObjectBuilder {
    whole(about, least..=BPS, BPS / 2)
}

/// The form of the keys of experiments and of their arms.
pub(super) const KEY: &str = "^[a-z0-9_-]{1,64}$";

fn slug(about: &str, example: &str) -> ObjectBuilder {
    any_text(about, example).pattern(Some(KEY))
}

fn identifier(about: &str) -> ObjectBuilder {
    choice(about, ["anonymous_id", "user_id", "wallet", "email"])
}

/// A choice, or null.
fn nullable(choice: ObjectBuilder) -> OneOfBuilder {
    OneOfBuilder::new()
        .item(ObjectBuilder::new().schema_type(Type::Null))
        .item(choice)
}
