//! Referral campaigns: versions of their rules, where each referral stands, and what people decide.
//!
//! Law: evaluations and decisions of a version come one after another, under a lock of its row, and each is
//! of all facts and decisions before it; so no cap is exceeded, however many decide. Nothing here signs or
//! moves anything: what was released is listed as a claim.

mod board;
mod decide;
mod erase;
mod evaluate;
mod facts;
mod step;

pub use board::{board, show};
pub use decide::{reject, release};
pub(crate) use erase::erase;
pub(crate) use step::step;

use crate::{
    Caller, Error, Result,
    clock::now,
    work::{Kind, schedule_at},
};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;
use tessera_domain::{
    automation::referral::{Campaign, DECIMALS_RULE},
    base58,
    refusal::Refusal,
};
use tessera_store::{
    Key, OrganisationId, PgConnection,
    automation::{
        referral::{self, ReferralRow},
        referral_campaign::{self, CampaignRow},
        referral_facts,
    },
    mirror::chain_feed,
    people::segment,
    rule_set::{self, RuleKind},
    rules,
    work::Due,
};
use uuid::Uuid;

/// Most campaigns of an organisation: each arriving payment is held against all of them.
const MAX_CAMPAIGNS: i64 = 20;
/// Receipts come in bursts, and an evaluation reads all of them.
const PAUSE: Duration = Duration::from_secs(5);
/// For how long after the last referral can qualify refunds are still held against a version.
const WATCHED_DAYS: i64 = 366;

/// Adds a version of a campaign as a draft; returns it.
///
/// # Errors
/// [`Error::Refused`], [`Error::Conflict`], [`Error::Store`].
pub async fn draft(
    conn: &mut PgConnection,
    caller: &Caller,
    name: &str,
    campaign: Campaign,
) -> Result<CampaignRow> {
    campaign.validate().map_err(|it| it.within("campaign"))?;
    if referral_campaign::others(conn, name).await? >= MAX_CAMPAIGNS {
        return Err(Error::Conflict(format!(
            "there are {MAX_CAMPAIGNS} referral campaigns, which is the most"
        )));
    }
    let organisation = caller.organisation;
    let actor = caller.actor.to_string();
    let version = referral_campaign::draft(conn, organisation, name, &campaign, &actor).await?;
    get(conn, name, Some(version)).await
}

/// A version of a campaign; without a number, the one that was published last, else the newest.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn get(conn: &mut PgConnection, name: &str, version: Option<i32>) -> Result<CampaignRow> {
    let found = referral_campaign::get(conn, name, version).await?;
    let number = version.map_or_else(String::new, |number| format!(", version {number}"));
    found.ok_or_else(|| Error::not_found("referral campaign", format!("{name}{number}")))
}

/// Lets registrations count for a version: from its beginning, or from the end of the version before it,
/// which ends now. Referrals that belong to an earlier version stay there.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] when what it names is not there, [`Error::Conflict`] also while the
/// mirror is behind, [`Error::Store`].
pub async fn publish(
    conn: &mut PgConnection,
    caller: &Caller,
    name: &str,
    version: i32,
) -> Result<CampaignRow> {
    let organisation = caller.organisation;
    rules::lock(conn, organisation).await?;
    let row = get(conn, name, Some(version)).await?;
    check_names(conn, &row.campaign).await?;
    let campaign = &row.campaign;
    let from = DateTime::<Utc>::from(campaign.from);
    let ends_at = DateTime::<Utc>::from(campaign.until);
    let takes_over = network_now(conn, name).await?.max(from);
    let starts_at = match referral_campaign::end(conn, name, takes_over).await? {
        Some((_, published)) if published >= version => {
            return Err(Error::Conflict(format!(
                "version {published} was published; publish a newer one"
            )));
        }
        Some((ended, _)) => ended.max(from),
        None => from,
    };
    if ends_at <= starts_at {
        return Err(Error::Conflict(
            "no registration could count for this version: its time is over".to_owned(),
        ));
    }
    let watched = WATCHED_DAYS + i64::from(campaign.qualification.within_days);
    let settled_at = ends_at + TimeDelta::days(watched);
    let times = [starts_at, ends_at, settled_at];
    referral_campaign::open(conn, organisation, name, version, times).await?;
    rule_set::publish_named(conn, RuleKind::ReferralCampaign.as_str(), name, version).await?;
    schedule(conn, organisation, Due::Now).await?;
    get(conn, name, Some(version)).await
}

/// Ends a campaign: no later registration counts for it. Those that do can still qualify.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`] also while the mirror is behind, [`Error::Store`].
pub async fn end(conn: &mut PgConnection, caller: &Caller, name: &str) -> Result<CampaignRow> {
    rules::lock(conn, caller.organisation).await?;
    get(conn, name, None).await?;
    let at = network_now(conn, name).await?;
    if referral_campaign::end(conn, name, at).await?.is_none() {
        return Err(Error::Conflict(
            "no version of the campaign was published".to_owned(),
        ));
    }
    schedule(conn, caller.organisation, Due::Now).await?;
    get(conn, name, None).await
}

/// A referral of a campaign.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn referral(conn: &mut PgConnection, campaign: &str, id: Uuid) -> Result<ReferralRow> {
    let found = referral::get(conn, campaign, id).await?;
    found.ok_or_else(|| Error::not_found("referral", id))
}

/// Has the referrals of an organisation looked at soon.
pub(crate) async fn wake(conn: &mut PgConnection, organisation: OrganisationId) -> Result<()> {
    schedule(conn, organisation, Due::After(PAUSE)).await
}

async fn schedule(conn: &mut PgConnection, organisation: OrganisationId, due: Due) -> Result<()> {
    schedule_at(conn, Kind::ReferralCampaigns, organisation, due).await
}

/// The network's clock at the last final slot, by which registrations are dated; this machine's where no
/// network is mirrored yet. Refuses while the mirror is behind what a version of this name was evaluated by: the
/// time of that version would end before registrations that have counted for it.
async fn network_now(conn: &mut PgConnection, name: &str) -> Result<DateTime<Utc>> {
    let tip = chain_feed::tip(conn).await?;
    let at = tip.and_then(|tip| DateTime::from_timestamp(tip.at, 0));
    if at < referral_campaign::last_evaluated(conn, name).await? {
        return Err(behind());
    }
    let mirrored = at.filter(|at| at.timestamp() > 0);
    Ok(mirrored.unwrap_or_else(|| now().into()))
}

/// The refusal of what the mirror has too little for, as while it is filled again.
fn behind() -> Error {
    Error::Conflict("the mirror is behind; try again once it has caught up".to_owned())
}

/// Refuses what names a segment that is not there, or a mint with other decimals.
async fn check_names(conn: &mut PgConnection, campaign: &Campaign) -> Result<()> {
    if let Some(name) = &campaign.referrers.segment
        && segment::get(conn, name).await?.is_none()
    {
        let rule = "must be the name of a segment that there is";
        return Err(Refusal::new("campaign.referrers.segment", rule).into());
    }
    let known = referral_facts::decimals(conn, mint_of(campaign)?).await?;
    if known.is_some_and(|known| known != i16::from(campaign.decimals)) {
        return Err(Refusal::new("campaign.decimals", DECIMALS_RULE).into());
    }
    Ok(())
}

fn mint_of(campaign: &Campaign) -> Result<Key> {
    wallet(&campaign.mint)
}

/// The address of this text.
fn wallet(text: &str) -> Result<Key> {
    let bytes = base58::decode(text).map_err(|_| Error::Internal("read an address"))?;
    Ok(Key(bytes))
}
