//! Escalations that are due: who is to hear of a late task hears of it once. One piece of work for each
//! organisation waits for the earliest.

use super::standing;
use crate::{
    Engine, Error, Result,
    automation::webhooks::announce,
    clock::now,
    leads::team,
    work::{Kind, schedule_at},
};
use serde_json::json;
use tessera_domain::{
    automation::webhook::{Occurred, TASK_ESCALATED},
    leads::tasks::Recipient,
    time::Timestamp,
};
use tessera_store::{
    Key, OrganisationId, PgConnection, StoreError,
    leads::{
        task::{self, TaskRow},
        task_escalation::{self, EscalationRow},
        team as rows,
    },
    tenant,
    work::{self, Due, Work},
};
use uuid::Uuid;

/// Tasks of a transaction.
const PAGE: i64 = 200;

/// Does what is due about the late tasks of an organisation, a page a transaction.
///
/// # Errors
/// [`Error::Store`].
pub(crate) async fn escalate(engine: &Engine, work: &Work) -> Result<()> {
    let organisation = work
        .organisation
        .ok_or(Error::Internal("escalate tasks of no organisation"))?;
    while page(engine, organisation).await? {}
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    if !work::finish(&mut transaction, work).await? {
        return Ok(());
    }
    if let Some(next) = task::next_due(&mut transaction).await? {
        schedule_at(
            &mut transaction,
            Kind::Tasks,
            organisation,
            Due::After(next),
        )
        .await?;
    }
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(())
}

/// Looks at a page of tasks; whether there were any.
async fn page(engine: &Engine, organisation: OrganisationId) -> Result<bool> {
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let now = now();
    let due = task::due(&mut transaction, now.into(), PAGE).await?;
    if due.is_empty() {
        return Ok(false);
    }
    for row in due {
        look(&mut transaction, organisation, row, now).await?;
    }
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(true)
}

async fn look(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    mut row: TaskRow,
    now: Timestamp,
) -> Result<()> {
    let standing = standing(&row, now);
    let happened = usize::try_from(row.escalated).unwrap_or_default();
    let steps = row.escalations.0.clone().into_iter().enumerate();
    for (number, step) in steps.take(standing.escalated_to.len()).skip(happened) {
        let (member, queue) = heard_by(conn, &row, &step.to).await?;
        let escalation = EscalationRow {
            task: row.id,
            number: i32::try_from(number).unwrap_or(i32::MAX),
            member,
            queue,
            due_at: step.at.into(),
            happened_at: now.into(),
        };
        task_escalation::insert(conn, organisation, &escalation).await?;
        report(conn, organisation, &row, &escalation, now).await?;
        row.escalated = escalation.number.saturating_add(1);
    }
    row.look_at = standing.next_at.map(Into::into);
    Ok(task::update(conn, &row).await?)
}

/// Who hears of it: the owner's manager, else the team's queue; or a queue.
async fn heard_by(
    conn: &mut PgConnection,
    row: &TaskRow,
    to: &Recipient,
) -> Result<(Option<Key>, Option<String>)> {
    if let Recipient::Queue { name } = to {
        return Ok((None, Some(name.clone())));
    }
    let owner = match row.owner {
        Some(owner) => rows::member(conn, owner).await?,
        None => None,
    };
    match owner.and_then(|it| it.manager) {
        Some(manager) => Ok((Some(manager), None)),
        None => Ok((None, Some(team::settings(conn).await?.fallback))),
    }
}

async fn report(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    row: &TaskRow,
    escalation: &EscalationRow,
    now: Timestamp,
) -> Result<()> {
    let properties = [
        ("task", json!(row.id)),
        ("kind", json!(row.kind)),
        ("number", json!(escalation.number)),
        ("member", json!(escalation.member.map(|it| it.to_string()))),
        ("queue", json!(escalation.queue)),
    ];
    let occurred = Occurred {
        id: Uuid::now_v7(),
        person: Some(row.person),
        at: now,
        properties: &properties
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect(),
    };
    announce(conn, organisation, &TASK_ESCALATED, occurred).await
}
