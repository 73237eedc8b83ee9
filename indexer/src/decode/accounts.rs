//! Account bytes to rows.

mod giving;
mod paying;

use crate::node::Reading;
use solana_address::Address;
use tessera_client::{
    Account, DecodeError,
    types::{NO_ADDRESS, accounts},
};
use tessera_store::{
    Key, Source, U64,
    mirror::{
        accounts::{AccountRow, Accounts},
        authority::AuthorityRow,
        code::CodeRow,
        config::ConfigRow,
        dead_letter::{LetterKind, NewLetter},
        issuer::IssuerRow,
        ledger::LedgerRow,
        member::MemberRow,
        org::OrgRow,
        plan::PlanRow,
    },
};

/// Stands in place of a closed org's discriminator, so that its address stays taken.
const STUB: [u8; 8] = [0xff; 8];

/// The content of a reading.
#[derive(Debug, Default)]
pub struct Readings {
    /// The accounts that exist.
    pub rows: Accounts,
    /// Addresses where the program has no account.
    pub gone: Vec<Key>,
    /// Accounts of the program that are not understood.
    pub letters: Vec<NewLetter>,
}

/// Why an account is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// This version does not know it.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It holds a code that is not text.
    #[error("it holds a code that is not text")]
    NotText,
}

/// Decodes a reading.
pub fn readings(reading: &Reading, how: Source) -> Readings {
    let mut found = Readings::default();
    for (address, data) in &reading.accounts {
        match data.as_deref() {
            None => found.gone.push(key(*address)),
            // Anybody can give the program an account without data of its own.
            Some(data) if data.iter().all(|byte| *byte == 0) => found.gone.push(key(*address)),
            Some(data) if data.starts_with(&STUB) => found.gone.push(key(*address)),
            Some(data) => match account(*address, reading.slot, how, data) {
                Ok(row) => found.rows.extend([row]),
                Err(error) => found.letters.push(NewLetter {
                    kind: LetterKind::Account,
                    reason: error.to_string(),
                    bytes: data.to_vec(),
                    slot: super::slot(reading.slot),
                    signature: None,
                    tx_index: None,
                    call: None,
                    accounts: vec![key(*address)],
                }),
            },
        }
    }
    found
}

/// Decodes one account of the program, read at `slot`.
///
/// # Errors
/// [`AccountError`] when it is not understood.
pub fn account(
    address: Address,
    slot: u64,
    how: Source,
    data: &[u8],
) -> Result<AccountRow, AccountError> {
    let account = Account::decode(data)?;
    let row = Row::new(address, account.header(), slot, how);
    Ok(match account {
        Account::Config(config) => AccountRow::Config(row.config(&config)),
        Account::Org(org) => AccountRow::Org(row.org(&org)),
        Account::Issuer(issuer) => AccountRow::Issuer(row.issuer(&issuer)),
        Account::Plan(plan) => AccountRow::Plan(row.plan(&plan)),
        Account::Member(member) => AccountRow::Member(row.member(&member, text(&member.code)?)),
        Account::Code(code) => AccountRow::Code(row.code(&code, text(&code.code)?)),
        Account::Authority(authority) => AccountRow::Authority(row.authority(&authority)),
        Account::Subscription(subscription) => {
            AccountRow::Subscription(row.subscription(&subscription))
        }
        Account::Invoice(invoice) => AccountRow::Invoice(row.invoice(&invoice)),
        Account::Ledger(ledger) => AccountRow::Ledger(row.ledger(&ledger)),
        Account::Campaign(campaign) => AccountRow::Campaign(row.campaign(&campaign)),
        Account::NullifierPage(page) => AccountRow::NullifierPage(row.nullifier_page(&page)),
        Account::Claim(claim) => AccountRow::Claim(row.claim(&claim)),
        Account::StakePool(pool) => AccountRow::StakePool(row.stake_pool(&pool)),
        Account::Position(position) => AccountRow::StakePosition(row.stake_position(&position)),
    })
}

/// What every row says of its account and its reading.
struct Row {
    address: Key,
    life: U64,
    rent_payer: Key,
    receipt_seq: U64,
    receipt_head: Key,
    slot: i64,
    source: Source,
}

impl Row {
    fn new(address: Address, header: &accounts::Header, slot: u64, source: Source) -> Self {
        Self {
            address: key(address),
            life: header.life.into(),
            rent_payer: key(header.rent_payer),
            receipt_seq: header.receipt_seq.into(),
            receipt_head: header.receipt_head.into(),
            slot: super::slot(slot),
            source,
        }
    }

    fn config(self, config: &accounts::Config) -> ConfigRow {
        ConfigRow {
            address: self.address,
            life: self.life,
            rent_payer: self.rent_payer,
            receipt_seq: self.receipt_seq,
            receipt_head: self.receipt_head,
            admin: key(config.admin),
            pending_admin: some_key(config.pending_admin),
            max_commission_bps: config.max_commission_bps.into(),
            pause_flags: config.pause_flags.into(),
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }

    fn org(self, org: &accounts::Org) -> OrgRow {
        let settings = &org.settings;
        OrgRow {
            address: self.address,
            life: self.life,
            rent_payer: self.rent_payer,
            receipt_seq: self.receipt_seq,
            receipt_head: self.receipt_head,
            creator: key(org.creator),
            authority: key(org.authority),
            pending_authority: some_key(org.pending_authority),
            quote_authority: key(settings.quote_authority),
            meter_authority: some_key(settings.meter_authority),
            treasury: key(settings.treasury),
            id: org.id.into(),
            created_at: org.created_at,
            cluster_tag: org.cluster_tag,
            tier_thresholds: settings.tiers.map(|it| it.points_threshold.into()).to_vec(),
            tier_boosts_bps: settings.tiers.map(|it| it.points_boost_bps.into()).to_vec(),
            tier_discounts_bps: settings.tiers.map(|it| it.discount_bps.into()).to_vec(),
            hold_secs: settings.hold_secs.into(),
            points_epoch_secs: settings.points_epoch_secs.into(),
            commission_bps: settings.commission_bps.map(i32::from).to_vec(),
            pause_flags: settings.pause_flags.into(),
            admin_pause_flags: org.admin_pause_flags.into(),
            points_expiry_epochs: settings.points_expiry_epochs.into(),
            highest_plan_id: org.highest_plan_id.into(),
            highest_campaign_id: org.highest_campaign_id.into(),
            highest_pool_id: org.highest_pool_id.into(),
            open_accounts: org.open_accounts.into(),
            plans_on_vaults: org.plans_on_vaults.into(),
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }

    fn issuer(self, issuer: &accounts::Issuer) -> IssuerRow {
        IssuerRow {
            address: self.address,
            life: self.life,
            rent_payer: self.rent_payer,
            receipt_seq: self.receipt_seq,
            receipt_head: self.receipt_head,
            org: key(issuer.org),
            key: key(issuer.key),
            epoch_budget: issuer.epoch_budget.into(),
            epoch_used: issuer.epoch_used.into(),
            epoch_started_at: issuer.epoch_started_at,
            highest_reference: issuer.highest_reference.into(),
            epoch_secs: issuer.epoch_secs.into(),
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }

    fn plan(self, plan: &accounts::Plan) -> PlanRow {
        PlanRow {
            address: self.address,
            life: self.life,
            rent_payer: self.rent_payer,
            receipt_seq: self.receipt_seq,
            receipt_head: self.receipt_head,
            org: key(plan.org),
            mint: key(plan.mint),
            token_program: key(plan.token_program),
            destination: key(plan.destination),
            vault: key(plan.vault),
            vault_rent_payer: some_key(plan.vault_rent_payer),
            id: plan.id.into(),
            price: plan.price.into(),
            price_floor: plan.price_floor.into(),
            price_ceiling: plan.price_ceiling.into(),
            points_per_charge: plan.points_per_charge.into(),
            keeper_fee_cap: plan.keeper_fee_cap.into(),
            created_at: plan.created_at,
            ends_at: plan.ends_at,
            sunset_at: plan.sunset_at,
            period_secs: plan.period_secs.into(),
            trial_secs: plan.trial_secs.into(),
            grace_secs: plan.grace_secs.into(),
            period_months: plan.period_months.into(),
            flags: plan.flags.into(),
            decimals: plan.decimals.into(),
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }

    fn member(self, member: &accounts::Member, code: String) -> MemberRow {
        let [referrer_1, referrer_2, referrer_3] = member.referrers.map(some_key);
        MemberRow {
            address: self.address,
            life: self.life,
            rent_payer: self.rent_payer,
            receipt_seq: self.receipt_seq,
            receipt_head: self.receipt_head,
            org: key(member.org),
            wallet: key(member.wallet),
            referrer_1,
            referrer_2,
            referrer_3,
            code: (!code.is_empty()).then_some(code),
            points: member.points.into(),
            lifetime_points: member.lifetime_points.into(),
            points_debt: member.points_debt.into(),
            registered_at: member.registered_at,
            highest_reference: member.highest_reference.into(),
            expiring_points: member.expiring_points.map(U64).to_vec(),
            expires_at: member.expires_at.to_vec(),
            tier: member.tier.into(),
            flags: member.flags.into(),
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }

    fn code(self, code: &accounts::Code, text: String) -> CodeRow {
        CodeRow {
            address: self.address,
            life: self.life,
            rent_payer: self.rent_payer,
            receipt_seq: self.receipt_seq,
            receipt_head: self.receipt_head,
            org: key(code.org),
            owner: key(code.owner),
            pending_owner: some_key(code.pending_owner),
            code: text,
            created_at: code.created_at,
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }

    fn authority(self, authority: &accounts::Authority) -> AuthorityRow {
        AuthorityRow {
            address: self.address,
            life: self.life,
            rent_payer: self.rent_payer,
            receipt_seq: self.receipt_seq,
            receipt_head: self.receipt_head,
            wallet: key(authority.wallet),
            mint: key(authority.mint),
            token_account: key(authority.token_account),
            generation: authority.generation.into(),
            outstanding: authority.outstanding.into(),
            live_subscriptions: authority.live_subscriptions.into(),
            slot: self.slot,
            source: self.source,
            closed: false,
        }
    }

    fn ledger(self, ledger: &accounts::Ledger) -> LedgerRow {
        LedgerRow {
            address: self.address,
            life: self.life,
            rent_payer: self.rent_payer,
            receipt_seq: self.receipt_seq,
            receipt_head: self.receipt_head,
            org: key(ledger.org),
            wallet: key(ledger.wallet),
            mint: key(ledger.mint),
            held: ledger.held.into(),
            release_at: ledger.release_at,
            queued: ledger.queued.into(),
            queued_release_at: ledger.queued_release_at,
            claimable: ledger.claimable.into(),
            claimed: ledger.claimed.into(),
            debt: ledger.debt.into(),
            accrued_at: ledger.accrued_at,
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
fn text(padded: &[u8; 16]) -> Result<String, AccountError> {
    std::str::from_utf8(padded)
        .map(|text| text.trim_end_matches('\0'))
        .ok()
        .filter(|text| !text.contains('\0'))
        .map(str::to_owned)
        .ok_or(AccountError::NotText)
}
