//! Who gets a lead: by the rules, with the turns of the whole team kept in one row that is locked meanwhile,
//! or by hand. Each assignment is kept with its reason and with who was passed over.
//!
//! Law: the turns, the end of the assignment before and the new one are one transaction, and one lead after
//! the other is assigned.

use super::{locked, mail_domain_of, team};
use crate::{Caller, Engine, Error, Result, automation::webhooks::announce};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tessera_domain::{
    automation::webhook::{LEAD_ASSIGNED, Occurred},
    leads::{
        enrichment::MailKind,
        routing::{Member, RoutedLead, Team, Turns, assign as choose},
    },
    time::Timestamp,
};
use tessera_store::{
    Key, OrganisationId, PgConnection,
    leads::{
        assignment::{self, AssignmentRow},
        sales_account,
        team::{self as rows, MemberRow, TeamRow},
    },
    people::person::PersonRow,
};
use uuid::Uuid;

/// Segments whose people buy for a company.
const INSTITUTIONS: [&str; 2] = ["institution", "mining_farm"];
/// The reason of an assignment that a member of the team decided on.
const BY_HAND: &str = "by_hand";

/// How a lead is to be assigned.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// By the rules, to a member with these skills.
    ByRules(BTreeSet<String>),
    /// To this member, whatever the rules say.
    To(Key),
}

/// Assigns a lead, also one that is assigned already.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`], [`Error::Store`].
pub async fn assign(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    id: Uuid,
    wanted: Wanted,
    now: Timestamp,
) -> Result<AssignmentRow> {
    let person = locked(conn, id).await?;
    let by = caller.actor.to_string();
    match wanted {
        Wanted::ByRules(needs) => {
            by_rules(engine, conn, caller.organisation, (&person, needs), by, now).await
        }
        Wanted::To(wallet) => {
            let member = team::named(conn, "to", wallet).await?;
            let placed = Placed {
                member: Some(member.wallet),
                queue: None,
                reason: BY_HAND,
                passed_over: json!([]),
            };
            assignment::end(conn, person.id, now.into()).await?;
            record(conn, caller.organisation, person.id, placed, by, now).await
        }
    }
}

/// Takes a lead from who has it, and gives it to nobody.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`] when nobody has it, [`Error::Store`].
pub async fn release(conn: &mut PgConnection, id: Uuid, now: Timestamp) -> Result<()> {
    let person = locked(conn, id).await?;
    if assignment::end(conn, person.id, now.into()).await? {
        return Ok(());
    }
    Err(Error::Conflict("nobody has the lead".to_owned()))
}

async fn by_rules(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    (person, needs): (&PersonRow, BTreeSet<String>),
    by: String,
    now: Timestamp,
) -> Result<AssignmentRow> {
    let lead = routed(engine, conn, organisation, person, needs).await?;
    // Locked before anything of the team is read: whose turn it is depends on all leads before.
    let settings = team::lock(conn, organisation, &by).await?;
    // Who has the lead may get it again, and it does not count twice.
    assignment::end(conn, person.id, now.into()).await?;
    let mut round = Round::begin(conn, organisation, settings).await?;
    let row = round.assign(conn, person.id, &lead, by, now).await?;
    round.end(conn).await?;
    Ok(row)
}

/// What the assignment of a person depends on.
pub(super) async fn routed(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    person: &PersonRow,
    needs: BTreeSet<String>,
) -> Result<RoutedLead> {
    let institutional = is_institutional(person);
    let account_owner = if institutional {
        account_owner(engine, conn, organisation, person.id).await?
    } else {
        None
    };
    let lead = RoutedLead {
        institutional,
        account_owner,
        needs,
    };
    lead.validate()?;
    Ok(lead)
}

/// Leads that are assigned in one transaction, one after the other: the team, which is locked meanwhile, and what
/// moves on with each of them.
pub(super) struct Round {
    organisation: OrganisationId,
    members: Vec<MemberRow>,
    team: Team,
    turns: Turns,
    /// How many open leads each member has.
    open: BTreeMap<String, u32>,
}

impl Round {
    /// With the settings as [`team::lock`] has read them.
    pub(super) async fn begin(
        conn: &mut PgConnection,
        organisation: OrganisationId,
        settings: TeamRow,
    ) -> Result<Self> {
        let turns = settings.turns.0.clone();
        let members = team::everybody(conn).await?;
        let open = assignment::open(conn).await?.into_iter();
        Ok(Self {
            organisation,
            team: team_of(&members, &settings.into()),
            members,
            turns,
            open: open
                .map(|(wallet, leads)| (wallet.to_string(), leads))
                .collect(),
        })
    }

    /// Assigns a lead that nobody has.
    pub(super) async fn assign(
        &mut self,
        conn: &mut PgConnection,
        person: Uuid,
        lead: &RoutedLead,
        by: String,
        now: Timestamp,
    ) -> Result<AssignmentRow> {
        let chosen = choose(&self.team, lead, &self.open, &mut self.turns, now);
        let member = chosen.member.as_deref();
        let placed = Placed {
            member: self
                .members
                .iter()
                .map(|it| it.wallet)
                .find(|it| member == Some(it.to_string().as_str())),
            queue: chosen.queue,
            reason: chosen.reason.as_str(),
            passed_over: json!(chosen.passed_over),
        };
        if let Some(member) = chosen.member {
            *self.open.entry(member).or_default() += 1;
        }
        record(conn, self.organisation, person, placed, by, now).await
    }

    /// Keeps whose turn it is now.
    pub(super) async fn end(self, conn: &mut PgConnection) -> Result<()> {
        Ok(rows::put_turns(conn, &self.turns).await?)
    }
}

fn is_institutional(person: &PersonRow) -> bool {
    let segment = person.traits.get("segment").and_then(Value::as_str);
    segment.is_some_and(|it| INSTITUTIONS.contains(&it))
}

/// Who has the other leads of the company, by the domain of the lead's address.
async fn account_owner(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    person: Uuid,
) -> Result<Option<String>> {
    let domain = mail_domain_of(engine, conn, organisation, person).await?;
    let Some(domain) = domain.filter(|it| it.kind == MailKind::Own) else {
        return Ok(None);
    };
    let account = sales_account::get(conn, &domain.domain).await?;
    Ok(account.map(|it| it.owner.to_string()))
}

fn team_of(members: &[MemberRow], settings: &team::Settings) -> Team {
    let member = |row: &MemberRow| Member {
        id: row.wallet.to_string(),
        capacity: row.capacity.unsigned_abs(),
        weight: row.weight.unsigned_abs(),
        skills: row.skills.iter().cloned().collect(),
        hours: row
            .hours
            .as_ref()
            .map(|it| it.0.clone())
            .or_else(|| settings.hours.clone()),
        away: row.away.0.clone(),
    };
    Team {
        members: members.iter().map(member).collect(),
        fallback: settings.fallback.clone(),
    }
}

/// Where a lead goes, and why.
struct Placed {
    member: Option<Key>,
    queue: Option<String>,
    reason: &'static str,
    passed_over: Value,
}

async fn record(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    person: Uuid,
    placed: Placed,
    by: String,
    now: Timestamp,
) -> Result<AssignmentRow> {
    let row = AssignmentRow {
        id: Uuid::now_v7(),
        person,
        member: placed.member,
        queue: placed.queue,
        reason: placed.reason.to_owned(),
        passed_over: placed.passed_over,
        assigned_by: by,
        assigned_at: now.into(),
        ended_at: None,
    };
    assignment::insert(conn, organisation, &row).await?;
    let properties = [
        ("assignment", json!(row.id)),
        ("member", json!(row.member.map(|it| it.to_string()))),
        ("queue", json!(row.queue)),
        ("reason", json!(row.reason)),
    ];
    let assigned = Occurred {
        id: Uuid::now_v7(),
        person: Some(person),
        at: now,
        properties: &properties
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect(),
    };
    announce(conn, organisation, &LEAD_ASSIGNED, assigned).await?;
    Ok(row)
}
