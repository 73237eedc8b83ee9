//! Pipelines of an organisation's own, and what guards their stages.

use super::read;
use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};
use tessera_domain::leads::deals::{
    Stage,
    pipeline::{Known, Pipeline, PipelineMoveError, standard_pipeline},
    transition,
};

fn stage(name: &str, stands_for: &str, next: &[&str]) -> Value {
    json!({ "name": name, "title": name, "stands_for": stands_for, "next": next })
}

/// From a first call through a review to an end.
fn stages() -> Value {
    let mut review = stage("security_review", "proposal", &["bought", "gone"]);
    review["requires"] = json!([
        { "of": "deal", "field": "amount", "at_least": "1000.5" },
        { "of": "lead", "field": "company" },
        { "of": "lead", "field": "segment", "one_of": ["institution", "mining_farm"] },
    ]);
    json!([
        stage("first_call", "new", &["pilot", "gone"]),
        stage(
            "pilot",
            "qualified",
            &["second_pilot", "security_review", "gone"]
        ),
        stage("second_pilot", "qualified", &["security_review"]),
        review,
        stage("bought", "won", &[]),
        stage("gone", "lost", &["pilot"]),
    ])
}

fn pipeline(stages: Value) -> Pipeline {
    read(json!({ "stages": stages }))
}

/// The pipeline with a change to one of its stages.
fn changed(index: usize, key: &str, value: Value) -> Pipeline {
    let mut stages = stages();
    stages[index][key] = value;
    pipeline(stages)
}

#[test]
fn a_pipeline_in_which_deals_get_lost_is_refused_by_its_field() {
    let requires = |value: Value| changed(3, "requires", json!([value]));
    for (pipeline, field) in [
        (pipeline(json!([stage("only", "new", &[])])), "stages"),
        (changed(0, "name", json!("First call")), "stages[0].name"),
        (changed(0, "title", json!("")), "stages[0].title"),
        (changed(1, "name", json!("gone")), "stages[5].name"),
        (
            changed(0, "stands_for", json!("qualified")),
            "stages[0].stands_for",
        ),
        (changed(0, "next", json!(["nowhere"])), "stages[0].next[0]"),
        (changed(1, "next", json!(["pilot"])), "stages[1].next[0]"),
        (
            changed(1, "next", json!(["gone", "gone"])),
            "stages[1].next[1]",
        ),
        // Against the stages of every deal: a won deal is final, and new deals are not won.
        (changed(4, "next", json!(["pilot"])), "stages[4].next[0]"),
        (changed(0, "next", json!(["bought"])), "stages[0].next[0]"),
        (changed(2, "next", json!([])), "stages[2].next"),
        (
            changed(1, "next", json!(["security_review", "gone"])),
            "stages[2].name",
        ),
        (
            requires(json!({ "of": "deal", "field": "company" })),
            "stages[3].requires[0].field",
        ),
        (
            requires(json!({ "of": "lead", "field": "shoe_size" })),
            "stages[3].requires[0].field",
        ),
        (
            requires(json!({ "of": "deal", "field": "amount", "at_least": "1", "one_of": ["2"] })),
            "stages[3].requires[0].one_of",
        ),
        (
            changed(
                3,
                "requires",
                json!([
                    { "of": "deal", "field": "amount" }, { "of": "deal", "field": "amount" },
                ]),
            ),
            "stages[3].requires[1].field",
        ),
    ] {
        assert_eq!(pipeline.validate().expect_err("refused").field, field);
    }
    let endless = pipeline(json!([
        stage("first_call", "new", &["gone"]),
        stage("gone", "lost", &[]),
    ]));
    let refusal = endless.validate().expect_err("refused");
    assert_eq!(
        refusal.to_string(),
        "stages: must have a stage that stands for won"
    );
    assert_eq!(pipeline(stages()).validate(), Ok(()));
}

#[test]
fn a_guarded_stage_names_every_field_that_it_lacks_and_repeats_no_value() {
    let pipeline = pipeline(stages());
    let known = Known {
        deal: read(json!({ "amount": "1000.49" })),
        lead: read(json!({ "company": " ", "segment": "trader" })),
    };
    let refused = pipeline
        .advance("pilot", "security_review", &known)
        .expect_err("refused");
    let PipelineMoveError::Requires(refusals) = &refused else {
        panic!("{refused}");
    };
    let fields: Vec<&str> = refusals.iter().map(|it| it.field.as_str()).collect();
    assert_eq!(fields, ["deal.amount", "lead.company", "lead.segment"]);
    assert_eq!(
        refused.to_string(),
        "deal.amount: must be at least 1000.5; lead.company: must be known; \
         lead.segment: must be one of institution, mining_farm"
    );
    let nothing = pipeline.advance("pilot", "security_review", &Known::default());
    assert_eq!(
        nothing
            .expect_err("refused")
            .to_string()
            .matches("must be known")
            .count(),
        3
    );
}

#[test]
fn values_that_are_no_numbers_are_below_any_least() {
    let pipeline = pipeline(stages());
    for amount in [
        json!("a lot"),
        json!(true),
        json!([1]),
        json!("1e30"),
        json!({ "of": 1 }),
    ] {
        let known = Known {
            deal: read(json!({ "amount": amount })),
            lead: read(json!({ "company": "Example", "segment": "institution" })),
        };
        let refused = pipeline
            .advance("pilot", "security_review", &known)
            .expect_err("refused");
        assert_eq!(refused.to_string(), "deal.amount: must be at least 1000.5");
    }
}

#[test]
fn only_the_moves_of_the_pipeline_are_made() {
    let pipeline = pipeline(stages());
    let known = Known {
        deal: read(json!({ "amount": 1000.5 })),
        lead: read(json!({ "company": "Example", "segment": "institution" })),
    };
    let refusal = |from, to| {
        pipeline
            .advance(from, to, &known)
            .expect_err("refused")
            .to_string()
    };
    assert_eq!(
        refusal("first_call", "bought"),
        "to: a deal cannot go from first_call to bought"
    );
    assert_eq!(
        refusal("pilot", "won"),
        "to: must be a stage of the pipeline"
    );
    assert_eq!(
        refusal("new", "pilot"),
        "from: must be a stage of the pipeline"
    );
    let reached = pipeline
        .advance("pilot", "security_review", &known)
        .expect("allowed");
    assert_eq!(reached.stands_for, Stage::Proposal);
    let stayed = pipeline
        .advance("pilot", "second_pilot", &known)
        .expect("allowed");
    assert_eq!(stayed.stands_for, Stage::Qualified);
}

proptest! {
    #[test]
    fn the_standard_pipeline_allows_what_every_deal_may_do(
        from in select(Stage::ALL.to_vec()),
        to in select(Stage::ALL.to_vec()),
    ) {
        let standard = standard_pipeline();
        prop_assert_eq!(standard.validate(), Ok(()));
        let advanced = standard.advance(from.as_str(), to.as_str(), &Known::default());
        let reached = advanced.map(|it| it.stands_for).ok();
        prop_assert_eq!(reached, transition(from, to).ok());
    }
}
