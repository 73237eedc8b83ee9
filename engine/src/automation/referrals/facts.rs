//! The facts that a campaign is judged by: wallets by their address, which the chain shows, persons as they
//! are merged now, devices as digests under the organisation's key.

use super::mint_of;
use crate::{Engine, Result, people};
use rust_decimal::prelude::ToPrimitive;
use std::collections::{BTreeMap, BTreeSet};
use tessera_domain::{
    automation::referral::{
        Campaign, Charge, Facts, Member, Membership, Payout, PayoutKind, Refund, refunds_of,
    },
    capture::message_key,
    people::segment::{ENTERED, EXITED},
    time::Timestamp,
};
use tessera_store::{
    Key, OrganisationId, PgConnection,
    automation::referral_facts::{self, MemberFact, PaymentFact, RefundFact},
    people::shared_browser,
};
use uuid::Uuid;

/// Facts, and the person behind each wallet that one is known to hold.
pub(super) struct Known {
    pub(super) facts: Facts,
    pub(super) persons: BTreeMap<String, Uuid>,
}

impl Known {
    /// What is known at `now`, by the network's clock.
    pub(super) async fn of(
        engine: &Engine,
        conn: &mut PgConnection,
        (organisation, org): (OrganisationId, Key),
        campaign: &Campaign,
        now: Timestamp,
    ) -> Result<Self> {
        let members = referral_facts::members(conn, org).await?;
        let persons = persons(engine, conn, organisation, &members).await?;
        let people: BTreeSet<Uuid> = persons.values().copied().collect();
        let people: Vec<Uuid> = people.into_iter().collect();
        let devices = devices(conn, &people, now).await?;
        let memberships = match &campaign.referrers.segment {
            Some(segment) => memberships(conn, segment, &people).await?,
            None => BTreeMap::new(),
        };
        let member = |it: &MemberFact| {
            let wallet = it.wallet.to_string();
            let registered_at = Timestamp::from_secs(it.registered_at);
            // A wallet that nobody is known to hold is a person of its own.
            let unknown = || message_key(&format!("wallet:{wallet}"));
            let person = persons.get(&wallet).copied().unwrap_or_else(unknown);
            let funder = (it.funder != it.wallet).then(|| (it.funder.to_string(), registered_at));
            let member = Member {
                person,
                referrer: it.referrer.map(|it| it.to_string()),
                registered_at,
                memberships: memberships.get(&person).cloned().unwrap_or_default(),
                devices: devices.get(&person).cloned().unwrap_or_default(),
                funding: funder.into_iter().collect(),
            };
            (wallet, member)
        };
        let mint = mint_of(campaign)?;
        let decimals = referral_facts::decimals(conn, mint).await?;
        let decimals = decimals.and_then(|it| u8::try_from(it).ok());
        let facts = Facts {
            members: members.iter().map(member).collect(),
            charges: charges(conn, org, mint).await?,
            decimals: decimals
                .map(|it| (campaign.mint.clone(), it))
                .into_iter()
                .collect(),
        };
        Ok(Self { facts, persons })
    }
}

/// Who is behind the members' wallets and those that referred them.
async fn persons(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
    members: &[MemberFact],
) -> Result<BTreeMap<String, Uuid>> {
    let wallets = members.iter().map(|it| it.wallet);
    let known = people::holders(engine, conn, organisation, wallets).await?;
    let known = known
        .into_iter()
        .map(|(wallet, person)| (wallet.to_string(), person));
    Ok(known.collect())
}

/// The devices of people. Browsers are dated by this machine's clock, and known whatever the network's shows.
async fn devices(
    conn: &mut PgConnection,
    people: &[Uuid],
    now: Timestamp,
) -> Result<BTreeMap<Uuid, BTreeMap<String, Timestamp>>> {
    let mut devices: BTreeMap<Uuid, BTreeMap<String, Timestamp>> = BTreeMap::new();
    for device in shared_browser::devices(conn, people).await? {
        let of_person = devices.entry(device.person).or_default();
        let digest = bs58::encode(device.digest).into_string();
        of_person.insert(digest, now.min(device.first_seen.into()));
    }
    Ok(devices)
}

/// When people were members of a segment.
async fn memberships(
    conn: &mut PgConnection,
    segment: &str,
    people: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<Membership>>> {
    let mut times: BTreeMap<Uuid, Vec<Membership>> = BTreeMap::new();
    for change in referral_facts::memberships(conn, segment, people, [ENTERED, EXITED]).await? {
        let of_person = times.entry(change.person).or_default();
        let lasting = of_person.last_mut().filter(|it| it.until.is_none());
        match (change.entered, lasting) {
            (false, Some(lasting)) => lasting.until = Some(change.at.into()),
            (true, None) => of_person.push(Membership {
                segment: segment.to_owned(),
                from: change.at.into(),
                until: None,
            }),
            _ => {}
        }
    }
    Ok(times)
}

/// The payments in a mint, each with what it gave to others and what was taken back.
async fn charges(conn: &mut PgConnection, org: Key, mint: Key) -> Result<BTreeMap<String, Charge>> {
    let payments = referral_facts::payments(conn, org, mint).await?;
    let refunds = referral_facts::refunds(conn, org, mint).await?;
    let arrivals = payments.iter().map(|it| it.arrival);
    let arrivals: Vec<i64> = arrivals
        .chain(refunds.iter().map(|it| it.arrival))
        .collect();
    let mut payouts: BTreeMap<i64, Vec<Payout>> = BTreeMap::new();
    for share in referral_facts::shares(conn, &arrivals).await? {
        payouts.entry(share.arrival).or_default().push(Payout {
            to: share.wallet.to_string(),
            kind: PayoutKind::Commission,
            units: share.units.abs().to_u64().unwrap_or(u64::MAX),
        });
    }
    let mut charges = BTreeMap::new();
    for (at, payment) in payments.iter().enumerate() {
        let place_of = |it: &PaymentFact| (it.life, it.seq);
        let next = payments.get(at + 1).map(place_of);
        let given_back = refunds_of(&refunds, |it| (it.life, it.seq), place_of(payment), next);
        let refund = |it: &RefundFact| Refund {
            at: Timestamp::from_secs(it.at),
            units: it.units.0,
            taken_back: payouts.get(&it.arrival).cloned().unwrap_or_default(),
        };
        let signature = bs58::encode(payment.signature).into_string();
        let name = format!("{signature}:{}:{}", payment.outer_ix, payment.inner_ix);
        let charge = Charge {
            member: payment.wallet.to_string(),
            at: Timestamp::from_secs(payment.at),
            paid_through: Timestamp::from_secs(payment.paid_through),
            mint: mint.to_string(),
            units: payment.units.0,
            payouts: payouts.get(&payment.arrival).cloned().unwrap_or_default(),
            refunds: given_back.iter().map(refund).collect(),
        };
        charges.insert(name, charge);
    }
    Ok(charges)
}
