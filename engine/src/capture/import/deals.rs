//! Deals as they went, with the moments of their moves.

use super::super::Verdict;
use crate::{Caller, Engine, Result};
use rust_decimal::Decimal;
use std::collections::BTreeSet;
use tessera_domain::{
    capture::{Window, check_message_id, message_key},
    leads::deals::{Entry, Findings, Stage},
    people::{Identifier, IdentifierKind},
    refusal::Refusal,
    time::{MICROS_PER_SEC, Timestamp},
};
use tessera_store::{
    Key, PgConnection,
    leads::deal::{self, Change, DealRow, Text},
    people::person::{self, IdentifierKey},
};
use uuid::{Builder, Uuid};

/// A deal of the past.
#[derive(Debug, Clone)]
pub struct HistoricDeal {
    /// Under which it counts once.
    pub message_id: String,
    /// The identifiers of the person that it was with.
    pub person: Vec<(IdentifierKind, &'static str, String)>,
    /// Its name, for people.
    pub name: String,
    /// Its value, in whole units of the currency.
    pub amount: Decimal,
    /// A mint or an ISO 4217 code.
    pub currency: String,
    /// The wallet that worked on it.
    pub owner: Option<Key>,
    /// What was known of it.
    pub findings: Findings,
    /// When it was created, in the first stage.
    pub created_at: Timestamp,
    /// The stages that it reached then, and when. What came between is not asked for.
    pub moves: Vec<(Stage, Timestamp)>,
}

/// Adds a deal with its moves, for a person who is known.
pub(super) async fn take(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    deal: &HistoricDeal,
    window: Window,
) -> Result<Verdict> {
    if let Err(refusal) = check(deal, window) {
        return Ok(Verdict::Rejected(refusal));
    }
    let person = match find(engine, conn, caller, deal).await? {
        Ok(person) => person,
        Err(refusal) => return Ok(Verdict::Rejected(refusal)),
    };
    let id = id(caller, deal);
    if deal::get(conn, id).await?.is_some() {
        return Ok(Verdict::Duplicate);
    }
    let mut row = DealRow {
        id,
        person,
        name: deal.name.clone(),
        stage: Text(Stage::New),
        amount: deal.amount,
        currency: deal.currency.clone(),
        owner: deal.owner,
        findings: deal.findings.clone().into(),
        version: 1,
        created_at: deal.created_at.into(),
        updated_at: deal.created_at.into(),
        closed_at: None,
        removed_at: None,
        pipeline: None,
        pipeline_stage: None,
    };
    let actor = caller.actor.to_string();
    deal::insert(conn, caller.organisation, &row, &actor).await?;
    for (stage, at) in &deal.moves {
        let from = row.stage.0;
        row.stage = Text(*stage);
        row.version += 1;
        row.updated_at = (*at).into();
        row.closed_at = stage.is_closed().then_some((*at).into());
        deal::update(conn, &row).await?;
        let change = Change {
            kind: Entry::Moved,
            from: Some(from),
            reason: None,
            actor: &actor,
        };
        deal::insert_transition(conn, caller.organisation, &row, change).await?;
    }
    Ok(Verdict::Accepted)
}

fn check(deal: &HistoricDeal, window: Window) -> std::result::Result<(), Refusal> {
    check_message_id(&deal.message_id)?;
    let within = |field: &str, at| {
        window.check(at).map_err(|refusal| Refusal {
            field: field.to_owned(),
            ..refusal
        })
    };
    within("created_at", deal.created_at)?;
    let mut last = (Stage::New, deal.created_at);
    for (index, (stage, at)) in deal.moves.iter().enumerate() {
        let field = format!("moves[{index}].at");
        within(&field, *at)?;
        if *at < last.1 {
            return Err(Refusal::new(field, "must not be before the move before it"));
        }
        if *stage == last.0 {
            let field = format!("moves[{index}].to");
            return Err(Refusal::new(field, "must not be the stage before it"));
        }
        last = (*stage, *at);
    }
    Ok(())
}

/// The one person whom the deal's identifiers name.
async fn find(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    deal: &HistoricDeal,
) -> Result<std::result::Result<Uuid, Refusal>> {
    let digests = engine.digest_key(caller.organisation);
    let mut keys = Vec::with_capacity(deal.person.len());
    for (kind, field, text) in &deal.person {
        match Identifier::parse(*kind, text) {
            Ok(identifier) => keys.push(IdentifierKey::of(&identifier, &digests)),
            Err(error) => return Ok(Err(error.refusal(field))),
        }
    }
    let known = person::resolve(conn, &keys).await?;
    let people: BTreeSet<Uuid> = known.values().map(|known| known.canonical).collect();
    let field = deal.person.first().map_or("user_id", |(_, field, _)| field);
    Ok(match people.len() {
        1 => Ok(people.into_iter().next().unwrap_or_default()),
        0 => {
            let rule = "must be that of a person who is known: import persons before deals";
            Err(Refusal::coded("unknown_person", field, rule))
        }
        _ => {
            let rule = "must not name two people";
            Err(Refusal::coded("two_people", field, rule))
        }
    })
}

/// Ids sort by age; the rest follows from the organisation and the message, so that a message has one.
fn id(caller: &Caller, deal: &HistoricDeal) -> Uuid {
    let name = format!("deal:{}:{}", caller.organisation.0, deal.message_id);
    let mut drawn = [0; 10];
    drawn.copy_from_slice(&message_key(&name).as_bytes()[6..]);
    let millis = (deal.created_at.0 / (MICROS_PER_SEC / 1_000)).unsigned_abs();
    Builder::from_unix_timestamp_millis(millis, &drawn).into_uuid()
}
