//! The sales team: its settings and its members. Where an organisation has stated no settings, leads that
//! nobody can take go to the queue `sales`, and nothing is assigned by itself.

use crate::{Caller, Error, Result, clock::now, error::unless_refused};
use std::collections::BTreeSet;
use tessera_domain::{
    automation::webhook::{Reach, endpoint_url},
    leads::{
        routing::{Away, MAX_MEMBERS, MAX_NAME_CHARS, Member, Team, Turns},
        working_hours::WorkingHours,
    },
    refusal::Refusal,
};
use tessera_store::{
    Key, OrganisationId, PgConnection,
    leads::team::{self, MemberRow, TeamRow},
    read::Page,
    rules,
};

/// The queue where an organisation has named none.
const QUEUE: &str = "sales";

/// What a team's settings are to be.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The queue of leads that nobody can take.
    pub fallback: String,
    /// Whether a lead is assigned when it appears.
    pub routes: bool,
    /// Working hours of queues, and of members who state none.
    pub hours: Option<WorkingHours>,
}

/// What a member is to be.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Who it is.
    pub wallet: Key,
    /// Their name, for people.
    pub name: String,
    /// How many open leads they can have.
    pub capacity: u32,
    /// Their share of the leads.
    pub weight: u32,
    /// What they can do.
    pub skills: BTreeSet<String>,
    /// When they work; none for the team's hours.
    pub hours: Option<WorkingHours>,
    /// When they are away all the same.
    pub away: Vec<Away>,
    /// Who hears of their late tasks.
    pub manager: Option<Key>,
    /// Where a lead finds a moment to meet them: an https address.
    pub meeting_link: Option<String>,
}

/// The settings as they are.
///
/// # Errors
/// [`Error::Store`].
pub async fn settings(conn: &mut PgConnection) -> Result<Settings> {
    let known = team::get(conn).await?;
    Ok(known.map_or_else(Settings::of_none, Into::into))
}

/// Stores the settings.
///
/// # Errors
/// [`Error::Refused`], [`Error::Store`].
pub async fn set(conn: &mut PgConnection, caller: &Caller, settings: Settings) -> Result<()> {
    let team = Team {
        members: Vec::new(),
        fallback: settings.fallback.clone(),
    };
    let hours = settings.hours.as_ref().map_or(Ok(()), |it| {
        it.validate().map_err(|refusal| refusal.within("hours"))
    });
    let refusals = [team.validate().err(), hours.err()];
    unless_refused(refusals.into_iter().flatten().collect())?;
    // What arriving events set off depends on it.
    rules::lock(conn, caller.organisation).await?;
    let row = settings.row(caller.actor.to_string());
    team::put(conn, caller.organisation, &row).await?;
    Ok(rules::touch(conn, caller.organisation).await?)
}

/// Stores a member.
///
/// # Errors
/// [`Error::Refused`], [`Error::Conflict`] when there are as many as there may be, [`Error::Store`].
pub async fn put(conn: &mut PgConnection, caller: &Caller, new: NewMember) -> Result<MemberRow> {
    check(&new)?;
    let actor = caller.actor.to_string();
    // Of two who add a member, the second counts the first one's.
    lock(conn, caller.organisation, &actor).await?;
    let others = everybody(conn).await?;
    let others = others.iter().filter(|it| it.wallet != new.wallet);
    if others.count() >= MAX_MEMBERS {
        return Err(Error::Conflict(format!(
            "there are {MAX_MEMBERS} members, which is the most; remove one first"
        )));
    }
    let whole = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let row = MemberRow {
        wallet: new.wallet,
        name: new.name,
        capacity: whole(new.capacity),
        weight: whole(new.weight),
        skills: new.skills.into_iter().collect(),
        hours: new.hours.map(Into::into),
        away: new.away.into(),
        manager: new.manager,
        meeting_link: new.meeting_link,
        updated_by: actor,
        updated_at: now().into(),
    };
    team::put_member(conn, caller.organisation, &row).await?;
    Ok(row)
}

fn check(new: &NewMember) -> Result<()> {
    let mut refusals: Vec<Refusal> = Vec::new();
    refusals.extend(Refusal::unless_name("name", &new.name, MAX_NAME_CHARS).err());
    let member = Member {
        id: new.wallet.to_string(),
        capacity: new.capacity,
        weight: new.weight,
        skills: new.skills.clone(),
        hours: new.hours.clone(),
        away: new.away.clone(),
    };
    refusals.extend(member.validate().err());
    if new.manager == Some(new.wallet) {
        refusals.push(Refusal::new("manager", "must be another member"));
    }
    if let Some(link) = &new.meeting_link {
        let checked = endpoint_url(link, Reach::Public);
        refusals.extend(
            checked
                .err()
                .map(|it| Refusal::new("meeting_link", it.rule)),
        );
    }
    unless_refused(refusals)
}

/// A member.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn get(conn: &mut PgConnection, wallet: Key) -> Result<MemberRow> {
    let found = team::member(conn, wallet).await?;
    found.ok_or_else(|| Error::not_found("member of the sales team", wallet))
}

/// Removes a member: no more leads and tasks go there, and what went there stays until it is assigned again.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn remove(conn: &mut PgConnection, wallet: Key) -> Result<()> {
    if team::remove_member(conn, wallet).await? {
        return Ok(());
    }
    Err(Error::not_found("member of the sales team", wallet))
}

/// All members.
pub(super) async fn everybody(conn: &mut PgConnection) -> Result<Vec<MemberRow>> {
    let all = Page {
        after: None,
        limit: i64::try_from(MAX_MEMBERS).unwrap_or(i64::MAX),
    };
    Ok(team::members(conn, all).await?)
}

/// The wallet of a member that a field names.
pub(super) async fn named(conn: &mut PgConnection, field: &str, wallet: Key) -> Result<MemberRow> {
    let found = team::member(conn, wallet).await?;
    found.ok_or_else(|| Error::refused(field, "must be the wallet of a member of the sales team"))
}

/// The settings with the turns, locked until the transaction ends.
pub(super) async fn lock(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    by: &str,
) -> Result<TeamRow> {
    let of_none = Settings::of_none().row(by.to_owned());
    Ok(team::lock(conn, organisation, &of_none).await?)
}

impl Settings {
    fn of_none() -> Self {
        Self {
            fallback: QUEUE.to_owned(),
            routes: false,
            hours: None,
        }
    }

    fn row(self, updated_by: String) -> TeamRow {
        TeamRow {
            fallback: self.fallback,
            routes: self.routes,
            hours: self.hours.map(Into::into),
            turns: Turns::default().into(),
            updated_by,
            updated_at: now().into(),
        }
    }
}

impl From<TeamRow> for Settings {
    fn from(row: TeamRow) -> Self {
        Self {
            fallback: row.fallback,
            routes: row.routes,
            hours: row.hours.map(|it| it.0),
        }
    }
}
