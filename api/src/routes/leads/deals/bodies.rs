//! Deals and their moves in JSON.

use crate::{
    http::conditional::Changing,
    wire::{Currency, Id, Key, Moment, Money},
};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;
use tessera_domain::leads::deals::{Barrier, Objection, Particulars, Solution, Stage};
use tessera_store::leads::deal::{DealRow, TransitionRow};
use utoipa::ToSchema;

/// A deal to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDeal {
    /// With whom.
    pub(super) person: Id,
    /// What it is about: 1 to 200 characters.
    #[schema(example = "Yearly licence for three desks")]
    pub(super) name: String,
    /// What it is worth, in whole units of the currency.
    pub(super) amount: Money,
    /// A mint's address, or a code of ISO 4217.
    pub(super) currency: Currency,
    /// The wallet of whoever works on it.
    pub(super) owner: Option<Key>,
    /// What speaks against buying: any of `security_concerns`, `integration_complexity`, `pricing`.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required = false, example = json!(["pricing"]))]
    pub(super) objections: BTreeSet<Objection>,
    /// What was offered against that: any of `security_audit`, `technical_docs`,
    /// `flexible_pricing`.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required = false, example = json!(["flexible_pricing"]))]
    pub(super) solutions: BTreeSet<Solution>,
    /// What hinders: any of `payment_friction`, `onboarding_complexity`, `feature_confusion`.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required = false, example = json!(["payment_friction"]))]
    pub(super) barriers: BTreeSet<Barrier>,
}

/// What is to be changed of a deal; what is not given stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DealChange {
    /// What it is about: 1 to 200 characters.
    #[schema(example = "Yearly licence for four desks")]
    pub(super) name: Option<String>,
    /// What it is worth, in whole units of its currency.
    pub(super) amount: Option<Money>,
    /// The wallet of whoever works on it; null for nobody.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Key>)]
    pub(super) owner: Option<Option<Key>>,
    /// What speaks against buying, all of it.
    #[schema(value_type = Option<Vec<String>>, example = json!(["pricing", "security_concerns"]))]
    pub(super) objections: Option<BTreeSet<Objection>>,
    /// What was offered against that, all of it.
    #[schema(value_type = Option<Vec<String>>, example = json!(["flexible_pricing"]))]
    pub(super) solutions: Option<BTreeSet<Solution>>,
    /// What hinders, all of it.
    #[schema(value_type = Option<Vec<String>>, example = json!([]))]
    pub(super) barriers: Option<BTreeSet<Barrier>>,
}

/// Tells null from nothing.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Key>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A move to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTransition {
    /// The stage to go to.
    #[schema(value_type = String, example = "qualified")]
    pub(super) to: Stage,
}

/// A deal.
#[derive(Serialize, ToSchema)]
pub(super) struct Deal {
    /// Its id.
    id: Id,
    /// With whom it was made; who that is after merges, the person itself says.
    person: Id,
    /// What it is about.
    #[schema(example = "Yearly licence for three desks")]
    name: String,
    /// Where it is.
    #[schema(value_type = String, example = "qualified")]
    stage: Stage,
    /// What it is worth, in whole units of the currency.
    amount: Money,
    /// A mint's address, or a code of ISO 4217.
    currency: Currency,
    /// The wallet of whoever works on it.
    #[schema(required)]
    owner: Option<Key>,
    /// What speaks against buying.
    #[schema(value_type = Vec<String>, example = json!(["pricing"]))]
    objections: BTreeSet<Objection>,
    /// What was offered against that.
    #[schema(value_type = Vec<String>, example = json!(["flexible_pricing"]))]
    solutions: BTreeSet<Solution>,
    /// What hinders.
    #[schema(value_type = Vec<String>, example = json!(["payment_friction"]))]
    barriers: BTreeSet<Barrier>,
    /// Grows with every change, from 1.
    #[schema(example = 3)]
    version: i32,
    /// When it was made.
    created_at: Moment,
    /// When it last changed.
    updated_at: Moment,
    /// When it was won or lost; null while it is open.
    #[schema(required)]
    closed_at: Option<Moment>,
}

impl From<DealRow> for Deal {
    fn from(row: DealRow) -> Self {
        let Particulars {
            objections,
            solutions,
            barriers,
        } = row.particulars.0;
        Self {
            id: row.id.into(),
            person: row.person.into(),
            name: row.name,
            stage: row.stage.0,
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

/// A move that a deal made.
#[derive(Serialize, ToSchema)]
pub(super) struct Transition {
    /// The deal's version that it made.
    #[schema(example = 2)]
    version: i32,
    /// From which stage; null for the deal's beginning.
    #[schema(value_type = Option<String>, required, example = "new")]
    from: Option<Stage>,
    /// To which stage.
    #[schema(value_type = String, example = "qualified")]
    to: Stage,
    /// Who moved it.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    actor: String,
    /// When.
    at: Moment,
}

impl From<TransitionRow> for Transition {
    fn from(row: TransitionRow) -> Self {
        Self {
            version: row.version,
            from: row.from.map(|stage| stage.0),
            to: row.to.0,
            actor: row.actor,
            at: row.at.into(),
        }
    }
}
