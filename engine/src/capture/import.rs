//! History that an organisation brings along: events, persons, deals and spend of up to ten years.
//!
//! Law: a row counts once, however often its file is sent. Rows are taken in by the request that brings
//! them, some together in one transaction, which also notes the line through which everything is done; so
//! a file that was cut off goes on from there, and nothing of it is kept but what its rows say.

mod deals;
mod persons;

pub use deals::HistoricDeal;
pub use persons::HistoricPerson;

use super::{Verdict, accept_batch, count_against_quotas};
use crate::{Caller, Engine, Error, Result};
use chrono::{DateTime, Utc};
use tessera_domain::{
    capture::{Cells, Window, oldest_history},
    refusal::Refusal,
    time::Timestamp,
};
use tessera_store::{
    PgConnection, StoreError,
    analytics::spend::{self, Spend},
    capture::{
        import::{self, ImportRow, MAX_ERRORS, RowError},
        quota_use::Amount,
    },
    tenant,
};
use uuid::Uuid;

/// How often rows that lost a race are taken in again, alone in their organisation.
const REPETITIONS: u32 = 4;

/// A row of a file, or why it is none.
#[derive(Debug)]
pub struct Row<T> {
    /// The line that it begins on, from 1.
    pub line: i64,
    /// What it says.
    pub value: std::result::Result<T, Refusal>,
}

/// An event as it stands in a file.
#[derive(Debug)]
pub enum Item {
    /// As the JSON that captures one.
    Json(String),
    /// As a row of a table: what its cells are is for the registry in force to say.
    Cells(Cells),
}

/// Rows of one kind.
#[derive(Debug)]
pub enum Rows {
    /// Events.
    Events(Vec<Row<Item>>),
    /// What was known of people, and when.
    Persons(Vec<Row<HistoricPerson>>),
    /// Deals with their moves.
    Deals(Vec<Row<HistoricDeal>>),
    /// What was spent.
    Spend(Vec<Row<Spend>>),
}

/// Rows that are taken in together.
#[derive(Debug)]
pub struct Part {
    /// The rows.
    pub rows: Rows,
    /// Their bytes in the file.
    pub bytes: usize,
    /// The line through which everything was done before.
    pub after: i64,
    /// The last line of the last row.
    pub through: i64,
    /// Of all rows through it.
    pub digest: [u8; 32],
    /// The names of the columns, where the file is CSV.
    pub names: Option<Vec<String>>,
}

impl Rows {
    fn len(&self) -> usize {
        match self {
            Self::Events(rows) => rows.len(),
            Self::Persons(rows) => rows.len(),
            Self::Deals(rows) => rows.len(),
            Self::Spend(rows) => rows.len(),
        }
    }
}

/// Begins an import, or finds it to go on with.
///
/// # Errors
/// [`Error::Conflict`] when it is of another kind, [`Error::Store`].
pub async fn begin(
    engine: &Engine,
    caller: &Caller,
    id: Uuid,
    kind: &'static str,
    now: Timestamp,
) -> Result<ImportRow> {
    let mut transaction = tenant::begin(&engine.pool, caller.organisation).await?;
    let new = ImportRow {
        id,
        kind: kind.to_owned(),
        lines: 0,
        accepted: 0,
        duplicate: 0,
        withheld: 0,
        rejected: 0,
        errors: Vec::new().into(),
        digest: vec![0; 32],
        names: None,
        created_by: caller.actor.to_string(),
        created_at: now.into(),
        updated_at: now.into(),
        finished_at: None,
    };
    import::insert(&mut transaction, caller.organisation, &new).await?;
    let import = import::lock(&mut transaction, id).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    if import.kind == kind {
        Ok(import)
    } else {
        let known = import.kind;
        Err(Error::Conflict(format!("this import is one of {known}")))
    }
}

/// Takes a part in, and notes it; returns how far the import is.
///
/// # Errors
/// [`Error::Conflict`] when another request has gone on with the import, [`Error::QuotaUsedUp`],
/// [`Error::Forbidden`], [`Error::Store`].
pub async fn take(
    engine: &Engine,
    caller: &Caller,
    id: Uuid,
    part: &Part,
    now: Timestamp,
) -> Result<ImportRow> {
    let used = Amount::of(part.rows.len(), part.bytes);
    count_against_quotas(engine, caller, used, now).await?;
    for _ in 0..REPETITIONS {
        let transaction = tenant::begin(&engine.pool, caller.organisation).await?;
        match take_in(engine, transaction, caller, id, part, now).await {
            Err(Error::Store(error)) if error.is_race() => {}
            taken => return taken,
        }
    }
    let transaction = tenant::begin_alone(&engine.pool, caller.organisation).await?;
    take_in(engine, transaction, caller, id, part, now).await
}

/// Notes that the end of the file was reached.
///
/// # Errors
/// [`Error::Store`].
pub async fn finish(
    engine: &Engine,
    caller: &Caller,
    id: Uuid,
    now: Timestamp,
) -> Result<ImportRow> {
    let mut transaction = tenant::begin(&engine.pool, caller.organisation).await?;
    let mut import = import::lock(&mut transaction, id).await?;
    import.finished_at = import.finished_at.or(Some(now.into()));
    import::update(&mut transaction, &import).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(import)
}

async fn take_in(
    engine: &Engine,
    mut transaction: tessera_store::Transaction,
    caller: &Caller,
    id: Uuid,
    part: &Part,
    now: Timestamp,
) -> Result<ImportRow> {
    let mut import = import::lock(&mut transaction, id).await?;
    if import.lines != part.after {
        let what = "another request has gone on with this import; ask how far it is";
        return Err(Error::Conflict(what.to_owned()));
    }
    let verdicts = judge(engine, &mut transaction, caller, id, &part.rows, now).await?;
    for (line, verdict) in verdicts {
        note(&mut import, line, verdict);
    }
    import.lines = part.through;
    import.digest = part.digest.to_vec();
    import.names.clone_from(&part.names);
    import.updated_at = now.into();
    import.finished_at = None;
    import::update(&mut transaction, &import).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(import)
}

fn note(import: &mut ImportRow, line: i64, verdict: Verdict) {
    match verdict {
        Verdict::Accepted => import.accepted += 1,
        Verdict::Duplicate => import.duplicate += 1,
        Verdict::Withheld => import.withheld += 1,
        Verdict::Rejected(refusal) => {
            import.rejected += 1;
            if import.errors.0.len() < MAX_ERRORS {
                import.errors.0.push(RowError {
                    line,
                    code: refusal.code.to_owned(),
                    field: refusal.field,
                    rule: refusal.rule,
                });
            }
        }
    }
}

/// The verdict on each row, by its line.
async fn judge(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    import: Uuid,
    rows: &Rows,
    now: Timestamp,
) -> Result<Vec<(i64, Verdict)>> {
    let oldest = oldest_history(now);
    let kept = engine.kept_months.map(|months| months.horizon(now));
    // What the log lets go of would not stay in it.
    let logged = Window::history(now, kept.map_or(oldest, |kept| kept.max(oldest)));
    let any = Window::history(now, oldest);
    match rows {
        Rows::Events(rows) => events(engine, conn, caller, rows, logged).await,
        Rows::Persons(rows) => persons::take(engine, conn, caller, rows, logged).await,
        Rows::Deals(rows) => {
            let mut verdicts = Vec::with_capacity(rows.len());
            for row in rows {
                let verdict = match &row.value {
                    Ok(deal) => deals::take(engine, conn, caller, deal, any).await?,
                    Err(refusal) => Verdict::Rejected(refusal.clone()),
                };
                verdicts.push((row.line, verdict));
            }
            Ok(verdicts)
        }
        Rows::Spend(rows) => {
            let oldest = DateTime::<Utc>::from(oldest).date_naive();
            let mut verdicts = Vec::with_capacity(rows.len());
            for row in rows {
                let verdict = match &row.value {
                    Ok(spend) if spend.day < oldest => {
                        let rule = format!("must be {oldest} or later");
                        Verdict::Rejected(Refusal::new("day", rule))
                    }
                    Ok(spend) => {
                        match spend::bring(conn, caller.organisation, import, spend).await? {
                            None => Verdict::Accepted,
                            Some(before) if before == spend.amount => Verdict::Duplicate,
                            Some(_) => Verdict::Rejected(contradiction()),
                        }
                    }
                    Err(refusal) => Verdict::Rejected(refusal.clone()),
                };
                verdicts.push((row.line, verdict));
            }
            Ok(verdicts)
        }
    }
}

/// Of two amounts in one file, neither is known to be the whole.
fn contradiction() -> Refusal {
    let rule = "must be that of the row before it in the file for the same day, channel and currency: \
                bring their sum in one row";
    Refusal::coded("contradiction", "amount", rule)
}

async fn events(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    rows: &[Row<Item>],
    window: Window,
) -> Result<Vec<(i64, Verdict)>> {
    let rules = engine.rules.current(conn, caller.organisation).await?;
    let json = |item: &Item| match item {
        Item::Json(text) => Ok(text.clone()),
        Item::Cells(cells) => cells.json(&rules.registry),
    };
    let read: Vec<std::result::Result<String, Refusal>> = rows
        .iter()
        .map(|row| row.value.as_ref().map_err(Clone::clone).and_then(json))
        .collect();
    let texts: Vec<&str> = read.iter().filter_map(|row| row.as_deref().ok()).collect();
    let accepted = accept_batch(engine, conn, caller, &texts, window, false).await?;
    let mut judged = accepted.items.into_iter().map(|(_, verdict)| verdict);
    let verdict = |row: &std::result::Result<String, Refusal>| match row {
        Ok(_) => judged.next().ok_or(Error::Internal("judge a row")),
        Err(refusal) => Ok(Verdict::Rejected(refusal.clone())),
    };
    let verdicts: Result<Vec<Verdict>> = read.iter().map(verdict).collect();
    Ok(rows.iter().map(|row| row.line).zip(verdicts?).collect())
}
