//! Imports and their rows in JSON.

use super::{
    Kind,
    rows::{Raw, Values},
};
use crate::{
    error::Error,
    extract::{BODY, Checks, parse},
    routes::analytics::spend::SpendEntry,
    wire::{Currency, Id, Key, Moment, Money},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use tessera_domain::{
    capture::{Fields, Holds, PropertyType, Registry},
    leads::deals::{Barrier, Findings, Objection, Solution, Stage},
    people::IdentifierKind,
    refusal::Refusal,
};
use tessera_engine::{
    Error as EngineError,
    capture::import::{HistoricDeal, HistoricPerson, Item, Row, Rows},
    people::Claim,
};
use tessera_store::capture::import::ImportRow;
use utoipa::ToSchema;

/// Names a whole row in refusals.
const ROW: &str = "row";
/// Most characters of a deal's name.
const MAX_NAME_CHARS: usize = 200;
/// Most moves of a deal.
const MAX_MOVES: usize = 100;

/// An import.
#[derive(Serialize, ToSchema)]
pub(super) struct Import {
    /// Its id.
    id: Id,
    /// `events`, `persons`, `deals` or `spend`.
    #[schema(example = "events")]
    kind: String,
    /// The line through which everything is done.
    #[schema(example = 12_000)]
    lines: i64,
    /// Rows that were taken in.
    #[schema(example = 11_990)]
    accepted: i64,
    /// Rows that had been taken in before.
    #[schema(example = 0)]
    duplicate: i64,
    /// Events of visitors who did not consent: only their count was taken in.
    #[schema(example = 8)]
    withheld: i64,
    /// Rows that were refused.
    #[schema(example = 2)]
    rejected: i64,
    /// The first 100 of the refusals.
    errors: Vec<RowError>,
    /// The API key or wallet that began it.
    #[schema(example = "key:0197b5a2-4d6e-7c3a-9f10-2b8c6d4e5f60")]
    created_by: String,
    /// When it was begun.
    created_at: Moment,
    /// When rows were last taken in.
    updated_at: Moment,
    /// When the end of the file was reached; null while it runs, and when it was cut off.
    #[schema(required)]
    finished_at: Option<Moment>,
}

/// A refused row.
#[derive(Serialize, ToSchema)]
struct RowError {
    /// The line that it begins on, from 1.
    #[schema(example = 17)]
    line: i64,
    /// The kind of breach.
    #[schema(example = "too_late")]
    code: String,
    /// The field that breaks the rule; `row` is the whole row.
    #[schema(example = "timestamp")]
    field: String,
    /// What it must be.
    #[schema(example = "must be at most 3653 days old")]
    rule: String,
}

impl From<ImportRow> for Import {
    fn from(row: ImportRow) -> Self {
        let errors = row.errors.0.into_iter().map(|error| RowError {
            line: error.line,
            code: error.code,
            field: error.field,
            rule: error.rule,
        });
        Self {
            id: row.id.into(),
            kind: row.kind,
            lines: row.lines,
            accepted: row.accepted,
            duplicate: row.duplicate,
            withheld: row.withheld,
            rejected: row.rejected,
            errors: errors.collect(),
            created_by: row.created_by,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
            finished_at: row.finished_at.map(Into::into),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    message_id: String,
    timestamp: Moment,
    anonymous_id: Option<String>,
    user_id: Option<String>,
    email: Option<String>,
    #[serde(default)]
    traits: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deal {
    message_id: String,
    anonymous_id: Option<String>,
    user_id: Option<String>,
    email: Option<String>,
    name: String,
    amount: Money,
    currency: Currency,
    owner: Option<Key>,
    #[serde(default)]
    objections: BTreeSet<Objection>,
    #[serde(default)]
    solutions: BTreeSet<Solution>,
    #[serde(default)]
    barriers: BTreeSet<Barrier>,
    created_at: Moment,
    #[serde(default)]
    moves: Vec<Move>,
    stage: Option<Stage>,
    stage_since: Option<Moment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    to: Stage,
    at: Moment,
}

impl Kind {
    /// The columns that a table of them may have.
    pub(super) fn fields(self) -> Fields {
        use Holds::{A, Word};
        let list = A(PropertyType::List);
        match self {
            Self::Events => Fields::of_events(),
            Self::Persons => Fields::of([
                ("message_id", Word),
                ("timestamp", Word),
                ("anonymous_id", Word),
                ("user_id", Word),
                ("email", Word),
            ])
            .with_traits(),
            Self::Deals => Fields::of([
                ("message_id", Word),
                ("anonymous_id", Word),
                ("user_id", Word),
                ("email", Word),
                ("name", A(PropertyType::Text)),
                ("amount", Word),
                ("currency", Word),
                ("owner", Word),
                ("objections", list),
                ("solutions", list),
                ("barriers", list),
                ("created_at", Word),
                ("moves", list),
                ("stage", Word),
                ("stage_since", Word),
            ]),
            Self::Spend => Fields::of([
                ("day", Word),
                ("channel", A(PropertyType::Text)),
                ("currency", Word),
                ("amount", Word),
            ]),
        }
    }
}

/// Rows as what they are of.
pub(super) fn typed(kind: Kind, rows: Vec<Raw>) -> Rows {
    let event = |values| {
        Ok(match values {
            Values::Json(text) => Item::Json(text),
            Values::Cells(cells) => Item::Cells(cells),
        })
    };
    match kind {
        Kind::Events => Rows::Events(all(rows, event)),
        Kind::Persons => Rows::Persons(all(rows, |values| read(values, person))),
        Kind::Deals => Rows::Deals(all(rows, |values| read(values, deal))),
        Kind::Spend => Rows::Spend(all(rows, |values| read(values, SpendEntry::checked))),
    }
}

fn all<T>(rows: Vec<Raw>, read: impl Fn(Values) -> Result<T, Refusal>) -> Vec<Row<T>> {
    let row = |Raw { line, values }| Row {
        line,
        value: values.and_then(&read),
    };
    rows.into_iter().map(row).collect()
}

fn read<T: DeserializeOwned, U>(
    values: Values,
    convert: impl Fn(T) -> Result<U, Error>,
) -> Result<U, Refusal> {
    let text = match values {
        Values::Json(text) => text,
        // They have no properties, of which a registry knows something.
        Values::Cells(cells) => cells.json(&Registry::default())?,
    };
    parse(text.as_bytes()).and_then(convert).map_err(|error| {
        let refusals = match error {
            Error::Engine(EngineError::Refused(refusals)) => refusals,
            _ => Vec::new(),
        };
        let first = refusals.into_iter().next();
        let mut refusal = first.unwrap_or_else(|| Refusal::new(ROW, "must be a row of its kind"));
        if refusal.field == BODY {
            ROW.clone_into(&mut refusal.field);
        }
        refusal
    })
}

fn person(row: Person) -> Result<HistoricPerson, Error> {
    Ok(HistoricPerson {
        message_id: row.message_id,
        claim: Claim {
            anonymous_id: row.anonymous_id,
            user_id: row.user_id,
            email: row.email,
            traits: row.traits,
            at: Some(row.timestamp.0),
        },
    })
}

fn deal(row: Deal) -> Result<HistoricDeal, Error> {
    let mut checks = Checks::default();
    checks.text("name", &row.name, MAX_NAME_CHARS);
    let few = row.moves.len() <= MAX_MOVES;
    checks.that("moves", "must have at most 100 moves", few);
    let either = row.moves.is_empty() || row.stage.is_none();
    checks.that("stage", "must not be there beside moves", either);
    let since = row.stage.is_some() || row.stage_since.is_none();
    checks.that("stage_since", "must not be there without stage", since);
    checks.finish()?;
    let mut moves: Vec<_> = row.moves.into_iter().map(|it| (it.to, it.at.0)).collect();
    let since = row.stage_since.unwrap_or(row.created_at);
    let reached = row.stage.filter(|stage| *stage != Stage::New);
    moves.extend(reached.map(|stage| (stage, since.0)));
    let identifiers = [
        (IdentifierKind::User, "user_id", row.user_id),
        (IdentifierKind::Email, "email", row.email),
        (IdentifierKind::Anonymous, "anonymous_id", row.anonymous_id),
    ];
    Ok(HistoricDeal {
        message_id: row.message_id,
        person: identifiers
            .into_iter()
            .filter_map(|(kind, field, text)| Some((kind, field, text?)))
            .collect(),
        name: row.name,
        amount: row.amount.0,
        currency: row.currency.as_str().to_owned(),
        owner: row.owner.map(Into::into),
        findings: Findings {
            objections: row.objections,
            solutions: row.solutions,
            barriers: row.barriers,
        },
        created_at: row.created_at.0,
        moves,
    })
}
