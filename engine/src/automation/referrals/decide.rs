//! What people decide about a referral, by what all facts and decisions say at that moment.

use super::{behind, evaluate::Evaluation, referral};
use crate::{Caller, Engine, Error, Result, caller::Actor};
use tessera_domain::{
    automation::referral::{
        Decision, Grant, Referral, Rewards, reject as rejection, release as release_of,
    },
    refusal::Refusal,
    time::Timestamp,
};
use tessera_store::{
    PgConnection,
    automation::{
        referral::{self as store, ReferralRow},
        referral_campaign,
    },
    mirror::chain_feed,
};
use uuid::Uuid;

/// Releases what is due for a referral, if that is what the human saw; it becomes a claim.
///
/// # Errors
/// [`Error::Denied`] for a key, [`Error::NotFound`], [`Error::Refused`] when it has not qualified, nothing is
/// due, or it is held and no reason is given, [`Error::Conflict`] when something else is due,
/// [`Error::Store`].
pub async fn release(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    (campaign, id): (&str, Uuid),
    seen: Rewards<Grant>,
    reason: Option<&str>,
) -> Result<ReferralRow> {
    let by = human(caller)?;
    let decide = |referral: &Referral, now: Timestamp| {
        let release = release_of(referral, &by, now)?;
        if release.rewards != seen {
            return Err(Error::Conflict(
                "what is due for the referral has changed; read it again".to_owned(),
            ));
        }
        if !release.despite.is_empty() && reason.is_none() {
            let rule = "must be given where checks hold the referral back";
            return Err(Refusal::new("reason", rule).into());
        }
        Ok(Decision::Release(release))
    };
    decided(engine, conn, caller, (campaign, id), reason, decide).await
}

/// Rejects a referral that is not decided.
///
/// # Errors
/// [`Error::Denied`] for a key, [`Error::NotFound`], [`Error::Refused`] when it is decided,
/// [`Error::Conflict`], [`Error::Store`].
pub async fn reject(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    (campaign, id): (&str, Uuid),
    reason: &str,
) -> Result<ReferralRow> {
    let by = human(caller)?;
    let decide = |referral: &Referral, now: Timestamp| {
        let rejection = rejection(referral, &by, reason, now)?;
        Ok(Decision::Rejection(rejection))
    };
    decided(engine, conn, caller, (campaign, id), Some(reason), decide).await
}

/// Who decides: a wallet that is signed in, as a key is nobody in person.
fn human(caller: &Caller) -> Result<String> {
    match caller.actor {
        Actor::Wallet(_) => Ok(caller.actor.to_string()),
        Actor::Key(_) => Err(Error::Denied(
            "referrals are decided by people: sign in with a wallet instead of an API key"
                .to_owned(),
        )),
    }
}

async fn decided(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    (campaign, id): (&str, Uuid),
    reason: Option<&str>,
    decide: impl FnOnce(&Referral, Timestamp) -> Result<Decision>,
) -> Result<ReferralRow> {
    let organisation = caller.organisation;
    let rules = engine.rules.current(conn, organisation).await?;
    let version = referral(conn, campaign, id).await?.version;
    let running = referral_campaign::lock(conn, campaign, version).await?;
    let running = running.ok_or_else(|| Error::not_found("referral", id))?;
    let tip = chain_feed::tip(conn).await?.ok_or_else(behind)?;
    let ids = (organisation, caller.org);
    let evaluated = Evaluation::of(engine, conn, ids, running, tip).await?;
    let mut evaluation = evaluated.ok_or_else(behind)?;
    let found = evaluation.find(id);
    let found = found.ok_or_else(|| Error::not_found("referral", id))?;
    let decision = decide(found, evaluation.now)?;
    let by = caller.actor.to_string();
    store::decide(conn, organisation, id, &decision, (&by, reason)).await?;
    evaluation.again(conn).await?;
    evaluation.keep(conn, organisation, &rules).await?;
    referral(conn, campaign, id).await
}
