//! Rows that tests vary: each builder gives the dullest row that the program could have written.

use tessera_store::{
    Key, PgConnection, Result, Source, U64,
    mirror::{
        accounts::{self, AccountRow},
        authority::AuthorityRow,
        code::CodeRow,
        ledger::LedgerRow,
        member::MemberRow,
        org::OrgRow,
        plan::PlanRow,
        subscription::SubscriptionRow,
    },
};

/// A row that is one of an account's.
pub(crate) trait Row: Clone {
    fn account(self) -> AccountRow;
}

macro_rules! rows {
    ($($row:ty: $kind:ident,)*) => {
        $(impl Row for $row {
            fn account(self) -> AccountRow {
                AccountRow::$kind(self)
            }
        })*
    };
}

rows! {
    OrgRow: Org,
    PlanRow: Plan,
    MemberRow: Member,
    CodeRow: Code,
    AuthorityRow: Authority,
    SubscriptionRow: Subscription,
    LedgerRow: Ledger,
}

/// Stores rows of one kind; returns how many changed.
pub(crate) async fn upsert<R: Row>(conn: &mut PgConnection, rows: &[R]) -> Result<u64> {
    let rows = rows.iter().cloned().map(Row::account).collect();
    accounts::upsert(conn, &rows).await
}

/// A key that starts with `kind` and ends with `number`.
pub(crate) fn key(kind: u8, number: u8) -> Key {
    let mut bytes = [7; 32];
    bytes[0] = kind;
    bytes[31] = number;
    Key(bytes)
}

pub(crate) const ORG: u8 = 10;
pub(crate) const PLAN: u8 = 20;
pub(crate) const MEMBER: u8 = 30;
pub(crate) const SUBSCRIPTION: u8 = 40;
pub(crate) const LEDGER: u8 = 50;
pub(crate) const CODE: u8 = 60;
pub(crate) const WALLET: u8 = 70;
pub(crate) const MINT: u8 = 80;
pub(crate) const OTHER: u8 = 90;
pub(crate) const TOKEN: u8 = 100;
pub(crate) const AUTHORITY: u8 = 110;

pub(crate) fn org(number: u8) -> OrgRow {
    OrgRow {
        address: key(ORG, number),
        life: U64(4),
        rent_payer: key(OTHER, 1),
        receipt_seq: U64(1),
        receipt_head: key(OTHER, 10),
        creator: key(OTHER, 1),
        authority: key(OTHER, 1),
        pending_authority: None,
        quote_authority: key(OTHER, 2),
        meter_authority: None,
        treasury: key(OTHER, 3),
        id: U64(number.into()),
        created_at: 1_000,
        cluster_tag: *b"cluster1",
        tier_thresholds: vec![U64(100), U64(u64::MAX), U64(u64::MAX), U64(u64::MAX)],
        tier_boosts_bps: vec![2_500, 0, 0, 0],
        tier_discounts_bps: vec![0; 4],
        hold_secs: 60,
        points_epoch_secs: 0,
        commission_bps: vec![1_000, 500, 250],
        pause_flags: 0,
        admin_pause_flags: 0,
        points_expiry_epochs: 0,
        highest_plan_id: U64(0),
        highest_campaign_id: U64(0),
        highest_pool_id: U64(0),
        open_accounts: 0,
        plans_on_vaults: 0,
        slot: 5,
        source: Source::Snapshot,
        closed: false,
    }
}

pub(crate) fn plan(number: u8, org: u8) -> PlanRow {
    PlanRow {
        address: key(PLAN, number),
        life: U64(4),
        rent_payer: key(OTHER, 1),
        receipt_seq: U64(1),
        receipt_head: key(OTHER, 11),
        org: key(ORG, org),
        mint: key(MINT, 1),
        token_program: key(OTHER, 4),
        destination: key(OTHER, 5),
        vault: key(OTHER, 6),
        vault_rent_payer: None,
        id: U64(number.into()),
        price: U64(10_000),
        price_floor: U64(5_000),
        price_ceiling: U64(20_000),
        points_per_charge: U64(10),
        keeper_fee_cap: U64(100),
        created_at: 1_000,
        ends_at: 2_000_000_000,
        sunset_at: i64::MAX,
        period_secs: 3_600,
        trial_secs: 0,
        grace_secs: 600,
        period_months: 0,
        flags: 0,
        decimals: 6,
        slot: 5,
        source: Source::Snapshot,
        closed: false,
    }
}

pub(crate) fn member(number: u8, org: u8, wallet: u8) -> MemberRow {
    MemberRow {
        address: key(MEMBER, number),
        life: U64(4),
        rent_payer: key(WALLET, wallet),
        receipt_seq: U64(1),
        receipt_head: key(OTHER, 7),
        org: key(ORG, org),
        wallet: key(WALLET, wallet),
        referrer_1: None,
        referrer_2: None,
        referrer_3: None,
        code: None,
        points: U64(10),
        lifetime_points: U64(15),
        points_debt: U64(0),
        registered_at: 1_000 + i64::from(number),
        highest_reference: U64(0),
        expiring_points: vec![U64(0); 4],
        expires_at: vec![0; 4],
        tier: 0,
        flags: 0,
        slot: 5,
        source: Source::Snapshot,
        closed: false,
    }
}

/// A member below `referrers`, nearest first.
pub(crate) fn referred(number: u8, org: u8, wallet: u8, referrers: &[u8]) -> MemberRow {
    let referrer = |level: usize| referrers.get(level).map(|wallet| key(WALLET, *wallet));
    MemberRow {
        referrer_1: referrer(0),
        referrer_2: referrer(1),
        referrer_3: referrer(2),
        code: Some("SUMMER".to_owned()),
        ..member(number, org, wallet)
    }
}

pub(crate) fn subscription(number: u8, plan: u8, wallet: u8) -> SubscriptionRow {
    SubscriptionRow {
        address: key(SUBSCRIPTION, number),
        life: U64(4),
        rent_payer: key(WALLET, wallet),
        receipt_seq: U64(1),
        receipt_head: key(OTHER, 8),
        plan: key(PLAN, plan),
        wallet: key(WALLET, wallet),
        payer_token: key(TOKEN, wallet),
        ledger_1: None,
        ledger_2: None,
        ledger_3: None,
        first_plan: key(PLAN, plan),
        pending_plan: None,
        price: U64(10_000),
        period_secs: 3_600,
        grace_secs: 600,
        hold_secs: 60,
        approved_periods: 12,
        commission_bps: vec![1_000, 500, 250],
        boosts_bps: vec![2_500, 0, 0, 0],
        discounts_bps: vec![0; 4],
        period_months: 0,
        anchor_day: 0,
        agreement_seq: U64(1),
        authority_generation: U64(4),
        quote_nonce: U64(0),
        quote_deadline: 0,
        subscribed_at: 1_000,
        period_start: 1_000,
        paid_through: 4_600,
        next_due: 4_600,
        paused_until: 0,
        period_debit: U64(10_000),
        period_refunded: U64(0),
        period_credit: U64(0),
        period_points: U64(10),
        pending_price: U64(0),
        pending_periods: 0,
        periods_paid: 1,
        state: 2,
        period_flags: 0,
        consents: 0,
        slot: 5,
        source: Source::Snapshot,
        closed: false,
    }
}

pub(crate) fn ledger(number: u8, org: u8, wallet: u8, mint: u8) -> LedgerRow {
    LedgerRow {
        address: key(LEDGER, number),
        life: U64(4),
        rent_payer: key(WALLET, wallet),
        receipt_seq: U64(1),
        receipt_head: key(OTHER, 9),
        org: key(ORG, org),
        wallet: key(WALLET, wallet),
        mint: key(MINT, mint),
        held: U64(0),
        release_at: 0,
        queued: U64(0),
        queued_release_at: 0,
        claimable: U64(0),
        claimed: U64(0),
        debt: U64(0),
        accrued_at: 0,
        slot: 5,
        source: Source::Snapshot,
        closed: false,
    }
}

pub(crate) fn code(number: u8, org: u8, owner: u8) -> CodeRow {
    CodeRow {
        address: key(CODE, number),
        life: U64(4),
        rent_payer: key(WALLET, owner),
        receipt_seq: U64(1),
        receipt_head: key(OTHER, 12),
        org: key(ORG, org),
        owner: key(WALLET, owner),
        pending_owner: None,
        code: format!("CODE{number}"),
        created_at: 1_000,
        slot: 5,
        source: Source::Snapshot,
        closed: false,
    }
}

/// The delegate that [`subscription`]s of `wallet` were signed under.
pub(crate) fn authority(wallet: u8) -> AuthorityRow {
    AuthorityRow {
        address: key(AUTHORITY, wallet),
        life: U64(4),
        rent_payer: key(WALLET, wallet),
        receipt_seq: U64(0),
        receipt_head: Key([0; 32]),
        wallet: key(WALLET, wallet),
        mint: key(MINT, 1),
        token_account: key(TOKEN, wallet),
        generation: U64(4),
        outstanding: U64(120_000),
        live_subscriptions: 1,
        slot: 5,
        source: Source::Snapshot,
        closed: false,
    }
}
