//! Deals and their moves in JSON.

use crate::{
    http::conditional::Changing,
    wire::{Currency, Id, Key, Moment, Money, Name, choice, given},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tessera_domain::leads::deals::{Barrier, Findings, Objection, Solution, Stage};
use tessera_store::leads::deal::{DealRow, TransitionRow};
use utoipa::ToSchema;

/// A deal to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDeal {
    /// The person that the deal is with.
    pub(super) person: Id,
    /// The deal's name: 1 to 200 characters.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]+$",
        example = "Yearly licence for three desks"
    )]
    pub(super) name: String,
    /// Its value, in whole units of the currency.
    pub(super) amount: Money,
    /// A mint's address, or a code of ISO 4217.
    pub(super) currency: Currency,
    /// The wallet that works on it.
    pub(super) owner: Option<Key>,
    /// Objections to buying: any of `security_concerns`, `integration_complexity`, `pricing`.
    #[serde(default)]
    #[schema(value_type = Vec<choice::Objection>, required = false, example = json!(["pricing"]))]
    pub(super) objections: BTreeSet<Objection>,
    /// Solutions that were offered: any of `security_audit`, `technical_docs`, `flexible_pricing`.
    #[serde(default)]
    #[schema(value_type = Vec<choice::Solution>, required = false, example = json!(["flexible_pricing"]))]
    pub(super) solutions: BTreeSet<Solution>,
    /// Barriers to buying: any of `payment_friction`, `onboarding_complexity`, `feature_confusion`.
    #[serde(default)]
    #[schema(value_type = Vec<choice::Barrier>, required = false, example = json!(["payment_friction"]))]
    pub(super) barriers: BTreeSet<Barrier>,
    /// The pipeline that it begins in, of which a version must be published; the stages of every deal, unless
    /// given.
    #[serde(default)]
    pub(super) pipeline: Option<Name>,
}

/// What to change in a deal; fields that are not given stay as they are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DealChange {
    /// The deal's name: 1 to 200 characters.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]+$",
        example = "Yearly licence for four desks"
    )]
    pub(super) name: Option<String>,
    /// Its value, in whole units of its currency.
    pub(super) amount: Option<Money>,
    /// The wallet that works on it; null for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Key>)]
    pub(super) owner: Option<Option<Key>>,
    /// All objections to buying.
    #[schema(value_type = Option<Vec<choice::Objection>>, example = json!(["pricing", "security_concerns"]))]
    pub(super) objections: Option<BTreeSet<Objection>>,
    /// All solutions that were offered.
    #[schema(value_type = Option<Vec<choice::Solution>>, example = json!(["flexible_pricing"]))]
    pub(super) solutions: Option<BTreeSet<Solution>>,
    /// All barriers to buying.
    #[schema(value_type = Option<Vec<choice::Barrier>>, example = json!([]))]
    pub(super) barriers: Option<BTreeSet<Barrier>>,
}

/// A move to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTransition {
    /// The stage to move to.
    #[schema(value_type = choice::Stage, example = "qualified")]
    pub(super) to: Stage,
}

/// A move within a pipeline.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PipelineMove {
    /// The stage of the pipeline to move to.
    pub(super) to: Name,
}

/// Why a deal is reopened or removed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DealCorrection {
    /// Why: 1 to 500 characters, which the history keeps.
    #[schema(min_length = 1, max_length = 500, example = "Entered twice")]
    pub(super) reason: String,
}

/// How a deal was closed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DealClosing {
    /// `won` or `lost`.
    #[schema(value_type = String, pattern = "^(won|lost)$", example = "won")]
    pub(super) to: Stage,
    /// When it was: in the past, at most 3,653 days ago.
    pub(super) closed_at: Moment,
    /// Why it is corrected: 1 to 500 characters, which the history keeps.
    #[schema(
        min_length = 1,
        max_length = 500,
        example = "Signed last week, entered today"
    )]
    pub(super) reason: String,
}

/// A deal.
#[derive(Serialize, ToSchema)]
pub(super) struct Deal {
    /// The deal's id.
    id: Id,
    /// The person that it was created with; after a merge, the id leads to the person who stayed.
    person: Id,
    /// The deal's name.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]+$",
        example = "Yearly licence for three desks"
    )]
    name: String,
    /// Its stage.
    #[schema(value_type = choice::Stage, example = "qualified")]
    stage: Stage,
    /// The pipeline that it is in; null for the stages of every deal.
    #[schema(required, example = "enterprise")]
    pipeline: Option<String>,
    /// Its stage in the pipeline, which stands for `stage`; null without one.
    #[schema(required, example = "security_review")]
    pipeline_stage: Option<String>,
    /// Its value, in whole units of the currency.
    amount: Money,
    /// A mint's address, or a code of ISO 4217.
    currency: Currency,
    /// The wallet that works on it.
    #[schema(required)]
    owner: Option<Key>,
    /// Objections to buying.
    #[schema(value_type = Vec<choice::Objection>, example = json!(["pricing"]))]
    objections: BTreeSet<Objection>,
    /// Solutions that were offered.
    #[schema(value_type = Vec<choice::Solution>, example = json!(["flexible_pricing"]))]
    solutions: BTreeSet<Solution>,
    /// Barriers to buying.
    #[schema(value_type = Vec<choice::Barrier>, example = json!(["payment_friction"]))]
    barriers: BTreeSet<Barrier>,
    /// Its version, from 1; it grows with every change.
    #[schema(example = 3)]
    version: i32,
    /// When it was created.
    created_at: Moment,
    /// When it last changed.
    updated_at: Moment,
    /// When it was won or lost; null while it is open.
    #[schema(required)]
    closed_at: Option<Moment>,
    /// When it was removed, so that nothing counts it; null when it was not.
    #[schema(required)]
    removed_at: Option<Moment>,
}

impl From<DealRow> for Deal {
    fn from(row: DealRow) -> Self {
        let Findings {
            objections,
            solutions,
            barriers,
        } = row.findings.0;
        Self {
            id: row.id.into(),
            person: row.person.into(),
            name: row.name,
            stage: row.stage.0,
            pipeline: row.pipeline,
            pipeline_stage: row.pipeline_stage,
            amount: Money(row.amount),
            currency: Currency::of_text(row.currency),
            owner: row.owner.map(Into::into),
            objections,
            solutions,
            barriers,
            version: row.version,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
            closed_at: row.closed_at.map(Into::into),
            removed_at: row.removed_at.map(Into::into),
        }
    }
}

impl From<DealRow> for Changing<Deal> {
    fn from(row: DealRow) -> Self {
        Self {
            version: row.version,
            body: row.into(),
        }
    }
}

/// An entry of a deal's history.
#[derive(Serialize, ToSchema)]
pub(super) struct Transition {
    /// The deal's version from then on.
    #[schema(example = 2)]
    version: i32,
    /// `moved` from stage to stage, or corrected: `reopened`, `closed` as of a stated moment, or
    /// `removed`.
    #[schema(example = "moved")]
    kind: &'static str,
    /// The stage before; null when the deal was created.
    #[schema(value_type = Option<String>, required, example = "new")]
    from: Option<Stage>,
    /// The stage after.
    #[schema(value_type = choice::Stage, example = "qualified")]
    to: Stage,
    /// The stage of its pipeline after; null without one.
    #[schema(required, example = "security_review")]
    pipeline_stage: Option<String>,
    /// Why it was corrected; null for a move.
    #[schema(required, example = "Entered twice")]
    reason: Option<String>,
    /// When the deal counts as won or lost from then on; null while it is open.
    #[schema(required)]
    closed_at: Option<Moment>,
    /// The API key or wallet that did it.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    actor: String,
    /// When that was.
    at: Moment,
}

impl From<TransitionRow> for Transition {
    fn from(row: TransitionRow) -> Self {
        Self {
            version: row.version,
            kind: row.kind.as_str(),
            from: row.from.map(|stage| stage.0),
            to: row.to.0,
            pipeline_stage: row.pipeline_stage,
            reason: row.reason,
            closed_at: row.closed_at.map(Into::into),
            actor: row.actor,
            at: row.at.into(),
        }
    }
}
