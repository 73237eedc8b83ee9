//! Account bytes to rows.

use crate::{IndexerError, source::Reading};
use solana_address::Address;
use tessera_client::{
    Account,
    types::{NO_ADDRESS, accounts},
};
use tessera_store::{
    Key, Source,
    accounts::{AccountRow, Accounts},
    authority::AuthorityRow,
    code::CodeRow,
    issuer::IssuerRow,
    ledger::LedgerRow,
    member::MemberRow,
    org::OrgRow,
    plan::PlanRow,
    subscription::SubscriptionRow,
};

/// What a reading says.
#[derive(Debug, Default)]
pub struct Readings {
    /// The accounts that exist.
    pub rows: Accounts,
    /// Addresses where the program has no account.
    pub gone: Vec<Key>,
    /// Accounts of the program that are not understood.
    pub problems: Vec<IndexerError>,
}

/// Decodes a reading.
pub fn readings(reading: &Reading, how: Source) -> Readings {
    let mut found = Readings::default();
    for (address, data) in &reading.accounts {
        match data.as_deref() {
            None => found.gone.push(key(*address)),
            Some(data) => match account(*address, reading.slot, how, data) {
                Ok(row) => found.rows.extend([row]),
                Err(problem) => found.problems.push(problem),
            },
        }
    }
    found
}

/// Decodes one account of the program, read at `slot`.
///
/// # Errors
/// [`IndexerError::Account`] or [`IndexerError::NotText`] when it is not understood.
pub fn account(
    address: Address,
    slot: u64,
    how: Source,
    data: &[u8],
) -> Result<AccountRow, IndexerError> {
    let account =
        Account::decode(data).map_err(|source| IndexerError::Account { address, source })?;
    let row = Row {
        address,
        slot: super::slot(slot),
        source: how,
    };
    Ok(match account {
        Account::Org(org) => AccountRow::Org(row.org(&org)),
        Account::Issuer(issuer) => AccountRow::Issuer(row.issuer(&issuer)),
        Account::Plan(plan) => AccountRow::Plan(row.plan(&plan)),
        Account::Member(member) => AccountRow::Member(row.member(&member)?),
        Account::Code(code) => AccountRow::Code(row.code(&code)?),
        Account::Authority(authority) => AccountRow::Authority(row.authority(&authority)),
        Account::Subscription(subscription) => {
            AccountRow::Subscription(row.subscription(&subscription))
        }
        Account::Ledger(ledger) => AccountRow::Ledger(row.ledger(&ledger)),
    })
}

/// What every row says of its reading.
struct Row {
    address: Address,
    slot: i64,
    source: Source,
}

impl Row {
    fn org(self, org: &accounts::Org) -> OrgRow {
        OrgRow {
            address: key(self.address),
            authority: key(org.authority),
            pending_authority: some_key(org.pending_authority),
            quote_authority: key(org.quote_authority),
            treasury: key(org.treasury),
            id: org.id.into(),
            created_at: org.created_at,
            tier_thresholds: org.tiers.map(|tier| tier.points_threshold.into()).to_vec(),
            tier_boosts_bps: org.tiers.map(|tier| tier.points_boost_bps.into()).to_vec(),
            tier_discounts_bps: org.tiers.map(|tier| tier.discount_bps.into()).to_vec(),
            hold_secs: org.hold_secs.into(),
            commission_bps: org.commission_bps.map(i32::from).to_vec(),
            pause_flags: org.pause_flags.into(),
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }

    fn issuer(self, issuer: &accounts::Issuer) -> IssuerRow {
        IssuerRow {
            address: key(self.address),
            org: key(issuer.org),
            key: key(issuer.key),
            epoch_budget: issuer.epoch_budget.into(),
            epoch_used: issuer.epoch_used.into(),
            epoch_started_at: issuer.epoch_started_at,
            epoch_secs: issuer.epoch_secs.into(),
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }

    fn plan(self, plan: &accounts::Plan) -> PlanRow {
        PlanRow {
            address: key(self.address),
            org: key(plan.org),
            mint: key(plan.mint),
            token_program: key(plan.token_program),
            destination: key(plan.destination),
            vault: key(plan.vault),
            id: plan.id.into(),
            price: plan.price.into(),
            price_floor: plan.price_floor.into(),
            price_ceiling: plan.price_ceiling.into(),
            points_per_charge: plan.points_per_charge.into(),
            keeper_fee_cap: plan.keeper_fee_cap.into(),
            created_at: plan.created_at,
            ends_at: plan.ends_at,
            period_secs: plan.period_secs.into(),
            trial_secs: plan.trial_secs.into(),
            grace_secs: plan.grace_secs.into(),
            decimals: plan.decimals.into(),
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }

    fn member(self, member: &accounts::Member) -> Result<MemberRow, IndexerError> {
        let [referrer_1, referrer_2, referrer_3] = member.referrers.map(some_key);
        let code = text(self.address, &member.code)?;
        Ok(MemberRow {
            address: key(self.address),
            org: key(member.org),
            wallet: key(member.wallet),
            referrer_1,
            referrer_2,
            referrer_3,
            receipt_head: member.receipt_head.into(),
            receipt_seq: member.receipt_seq.into(),
            points: member.points.into(),
            lifetime_points: member.lifetime_points.into(),
            registered_at: member.registered_at,
            code: (!code.is_empty()).then_some(code),
            tier: member.tier.into(),
            slot: self.slot,
            source: self.source,
            closed: false,
        })
    }

    fn code(self, code: &accounts::Code) -> Result<CodeRow, IndexerError> {
        Ok(CodeRow {
            address: key(self.address),
            org: key(code.org),
            owner: key(code.owner),
            pending_owner: some_key(code.pending_owner),
            code: text(self.address, &code.code)?,
            created_at: code.created_at,
            slot: self.slot,
            source: self.source,
            closed: false,
        })
    }

    fn authority(self, authority: &accounts::Authority) -> AuthorityRow {
        AuthorityRow {
            address: key(self.address),
            wallet: key(authority.wallet),
            mint: key(authority.mint),
            rent_payer: key(authority.rent_payer),
            generation: authority.generation.into(),
            live_subscriptions: authority.live_subscriptions.into(),
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }

    fn subscription(self, subscription: &accounts::Subscription) -> SubscriptionRow {
        let [ledger_1, ledger_2, ledger_3] = subscription.ledgers.map(some_key);
        SubscriptionRow {
            address: key(self.address),
            plan: key(subscription.plan),
            wallet: key(subscription.wallet),
            ledger_1,
            ledger_2,
            ledger_3,
            rent_payer: key(subscription.rent_payer),
            receipt_head: subscription.receipt_head.into(),
            receipt_seq: subscription.receipt_seq.into(),
            price: subscription.price.into(),
            subscribed_at: subscription.subscribed_at,
            next_due: subscription.next_due,
            paid_through: subscription.paid_through,
            authority_generation: subscription.authority_generation.into(),
            periods_paid: subscription.periods_paid.into(),
            approved_periods: subscription.approved_periods.into(),
            commission_bps: subscription.commission_bps.map(i32::from).to_vec(),
            state: subscription.state.into(),
            attempts: subscription.attempts.into(),
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }

    fn ledger(self, ledger: &accounts::Ledger) -> LedgerRow {
        LedgerRow {
            address: key(self.address),
            org: key(ledger.org),
            wallet: key(ledger.wallet),
            mint: key(ledger.mint),
            receipt_head: ledger.receipt_head.into(),
            receipt_seq: ledger.receipt_seq.into(),
            held: ledger.held.into(),
            queued: ledger.queued.into(),
            release_at: ledger.release_at,
            claimable: ledger.claimable.into(),
            claimed: ledger.claimed.into(),
            debt: ledger.debt.into(),
            hold_secs: ledger.hold_secs.into(),
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }
}

pub(super) fn key(address: Address) -> Key {
    address.to_bytes().into()
}

fn some_key(address: Address) -> Option<Key> {
    (address != NO_ADDRESS).then(|| key(address))
}

/// A code without its padding. Postgres holds no NUL in text.
fn text(address: Address, padded: &[u8; 16]) -> Result<String, IndexerError> {
    std::str::from_utf8(padded)
        .map(|text| text.trim_end_matches('\0'))
        .ok()
        .filter(|text| !text.contains('\0'))
        .map(str::to_owned)
        .ok_or(IndexerError::NotText { address })
}
