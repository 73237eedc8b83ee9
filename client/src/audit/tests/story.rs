//! A small business: what its receipts say, and its accounts, worked out by hand.

use super::super::Snapshot;
use crate::{address, decode::Account, receipts::ReceiptState};
use bytemuck::{Zeroable, bytes_of};
use std::collections::HashMap;
use tessera_types::{
    Address, NO_ADDRESS,
    accounts::{
        Authority, Code, Config, Header, Issuer, Ledger, Member, Org, OrgSettings, Plan,
        Subscription, Terms, Tier,
    },
    args::CreatePlanArgs,
    carrier::TOKEN_PROGRAM,
    events::{
        Cancelled, Charged, CodeCreated, CommissionClaimed, ConfigSet, EventType, IssuerSet,
        LedgerOpened, LedgerShare, MemberRegistered, OrgCreated, PlanCreated, PointsAwarded,
        PointsRedeemed, Receipt, Settlement, Subscribed,
    },
};

/// Slot in which every account was created.
pub(super) const LIFE: u64 = 77;
pub(super) const ANN: Address = Address::new_from_array([1; 32]);
pub(super) const BOB: Address = Address::new_from_array([2; 32]);
const OWNER: Address = Address::new_from_array([3; 32]);
pub(super) const MINT: Address = Address::new_from_array([4; 32]);
const KEY: Address = Address::new_from_array([5; 32]);
/// Bob's token account.
pub(super) const TOKEN: Address = Address::new_from_array([6; 32]);
const DESTINATION: Address = Address::new_from_array([7; 32]);
const CODE: [u8; 16] = *b"ANN\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// Where the charge stands among the receipts.
pub(super) const CHARGED: usize = 10;

/// The content of every receipt of the business, in chain order.
#[derive(Clone, Copy)]
pub(super) struct Facts {
    pub(super) config: ConfigSet,
    pub(super) org: OrgCreated,
    pub(super) plan: PlanCreated,
    pub(super) issuer: IssuerSet,
    pub(super) ann: MemberRegistered,
    pub(super) code: CodeCreated,
    pub(super) ledger: LedgerOpened,
    pub(super) bob: MemberRegistered,
    pub(super) subscribed: Subscribed,
    pub(super) awarded: PointsAwarded,
    pub(super) charged: Charged,
    pub(super) redeemed: PointsRedeemed,
    pub(super) claimed: CommissionClaimed,
    pub(super) cancelled: Cancelled,
    /// The shares in the two payments.
    pub(super) shares: [Option<LedgerShare>; 2],
}

pub(super) fn org() -> Address {
    address::org(&OWNER, 9)
}

pub(super) fn plan() -> Address {
    address::plan(&org(), 1)
}

pub(super) fn issuer() -> Address {
    address::issuer(&org(), &KEY)
}

pub(super) fn code() -> Address {
    address::code(&org(), &CODE)
}

pub(super) fn member(wallet: &Address) -> Address {
    address::member(&org(), wallet)
}

pub(super) fn subscription() -> Address {
    address::subscription(&plan(), &BOB)
}

pub(super) fn ledger() -> Address {
    address::ledger(&org(), &ANN, &MINT)
}

/// Where the plan's payments go.
pub(super) fn destination() -> Address {
    DESTINATION
}

pub(super) fn vault() -> Address {
    address::vault(&org(), &MINT)
}

fn settings() -> OrgSettings {
    let first = Tier {
        points_threshold: 100,
        points_boost_bps: 1_000,
        ..Tier::UNUSED
    };
    OrgSettings {
        quote_authority: OWNER,
        treasury: OWNER,
        tiers: [first, Tier::UNUSED, Tier::UNUSED, Tier::UNUSED],
        hold_secs: 100,
        commission_bps: [1_000, 500, 250],
        ..OrgSettings::zeroed()
    }
}

fn terms() -> Terms {
    Terms {
        price: 1_000,
        period_secs: 3_600,
        grace_secs: 600,
        hold_secs: 100,
        approved_periods: 2,
        commission_bps: [1_000, 500, 250],
        boost_bps: [1_000, 0, 0, 0],
        ..Terms::zeroed()
    }
}

/// Receipt of an account at a time; [`snapshot`] numbers it.
fn receipt(account: Address, at: i64) -> Receipt {
    Receipt {
        account,
        life: LIFE,
        seq: 0,
        at,
    }
}

impl Default for Facts {
    fn default() -> Self {
        let bob = member(&BOB);
        Self {
            config: ConfigSet {
                receipt: receipt(address::config(), 0),
                admin: OWNER,
                max_commission_bps: 5_000,
                ..ConfigSet::zeroed()
            },
            org: OrgCreated {
                receipt: receipt(org(), 1),
                authority: OWNER,
                id: 9,
                cluster_tag: [8; 8],
                settings: settings(),
            },
            plan: PlanCreated {
                receipt: receipt(plan(), 2),
                org: org(),
                mint: MINT,
                token_program: TOKEN_PROGRAM,
                destination: DESTINATION,
                vault: vault(),
                terms: CreatePlanArgs {
                    id: 1,
                    price: 1_000,
                    price_floor: 500,
                    price_ceiling: 1_500,
                    points_per_charge: 100,
                    keeper_fee_cap: 10,
                    ends_at: 1_000_000,
                    period_secs: 3_600,
                    grace_secs: 600,
                    ..CreatePlanArgs::zeroed()
                },
            },
            issuer: IssuerSet {
                receipt: receipt(issuer(), 3),
                org: org(),
                key: KEY,
                epoch_budget: 60,
                epoch_secs: 1_000,
                spare: [0; 4],
            },
            ann: MemberRegistered {
                receipt: receipt(member(&ANN), 10),
                org: org(),
                wallet: ANN,
                referrers: [NO_ADDRESS; 3],
                code: [0; 16],
            },
            code: CodeCreated {
                receipt: receipt(code(), 11),
                org: org(),
                owner: ANN,
                code: CODE,
            },
            ledger: LedgerOpened {
                receipt: receipt(ledger(), 12),
                org: org(),
                wallet: ANN,
                mint: MINT,
            },
            bob: MemberRegistered {
                receipt: receipt(bob, 20),
                org: org(),
                wallet: BOB,
                referrers: [ANN, NO_ADDRESS, NO_ADDRESS],
                code: CODE,
            },
            subscribed: Subscribed {
                receipt: receipt(subscription(), 1_000),
                plan: plan(),
                wallet: BOB,
                payer_token: TOKEN,
                terms: terms(),
                authority_generation: 70,
                outstanding: 2_000,
                settlement: Settlement {
                    debit: 1_000,
                    merchant: 900,
                    points: 100,
                    period_start: 1_000,
                    paid_through: 4_600,
                    levels: 1,
                    ..Settlement::zeroed()
                },
                ..Subscribed::zeroed()
            },
            awarded: PointsAwarded {
                receipt: receipt(bob, 2_000),
                issuer: issuer(),
                points: 50,
                points_expired: 0,
                balance: 150,
                reference: 5,
                memo: [0; 16],
            },
            // Half of the grace time late: half of the keeper's cap, and the tier's boost.
            charged: Charged {
                receipt: receipt(subscription(), 4_900),
                settlement: Settlement {
                    debit: 1_000,
                    merchant: 895,
                    keeper_fee: 5,
                    points: 110,
                    period_start: 4_600,
                    paid_through: 8_200,
                    levels: 1,
                    tier: 1,
                    ..Settlement::zeroed()
                },
            },
            redeemed: PointsRedeemed {
                receipt: receipt(bob, 4_950),
                points: 30,
                points_expired: 0,
                balance: 230,
                reference: 1,
                memo: [0; 16],
            },
            claimed: CommissionClaimed {
                receipt: receipt(ledger(), 4_960),
                amount: 100,
                destination: ANN,
            },
            cancelled: Cancelled {
                receipt: receipt(subscription(), 4_970),
                agreement_seq: 1,
                paid_through: 8_200,
                outstanding: 0,
            },
            shares: [Some(LedgerShare {
                ledger: ledger(),
                amount: 100,
            }); 2],
        }
    }
}

/// Receipts as they are carried, and every account's chain over them.
#[derive(Default)]
struct Chains {
    events: Vec<Vec<u8>>,
    states: HashMap<Address, ReceiptState>,
}

impl Chains {
    fn write<E: EventType>(&mut self, mut event: E, shares: &[LedgerShare]) {
        let account = event.receipt().account;
        let state = self
            .states
            .entry(account)
            .or_insert_with(|| ReceiptState::new(LIFE));
        let receipt = Receipt {
            seq: state.seq + 1,
            ..*event.receipt()
        };
        bytemuck::bytes_of_mut(&mut event)[..size_of::<Receipt>()]
            .copy_from_slice(bytes_of(&receipt));
        let mut raw = [&E::DISCRIMINATOR, bytes_of(&event)].concat();
        raw.extend(shares.iter().flat_map(bytes_of));
        state.append(&account, &raw).expect("the next receipt");
        self.events.push(raw);
    }

    fn header(&self, account: Address) -> Header {
        let state = self.states.get(&account).copied().unwrap_or_default();
        Header {
            life: LIFE,
            receipt_seq: state.seq,
            receipt_head: state.head,
            ..Header::new(255, LIFE, OWNER)
        }
    }
}

/// What a node shows of a business with these receipts and the accounts that follow from the
/// default ones.
pub(super) fn snapshot(facts: &Facts) -> Snapshot {
    let mut chains = Chains::default();
    let [first, second] = &facts.shares;
    chains.write(facts.config, &[]);
    chains.write(facts.org, &[]);
    chains.write(facts.plan, &[]);
    chains.write(facts.issuer, &[]);
    chains.write(facts.ann, &[]);
    chains.write(facts.code, &[]);
    chains.write(facts.ledger, &[]);
    chains.write(facts.bob, &[]);
    chains.write(facts.subscribed, first.as_slice());
    chains.write(facts.awarded, &[]);
    chains.write(facts.charged, second.as_slice());
    chains.write(facts.redeemed, &[]);
    chains.write(facts.claimed, &[]);
    chains.write(facts.cancelled, &[]);
    Snapshot {
        accounts: accounts(&chains).into_iter().collect(),
        vaults: [(vault(), 100)].into(),
        events: chains.events,
        ..Snapshot::default()
    }
}

fn accounts(chains: &Chains) -> Vec<(Address, Account)> {
    let header = |account| chains.header(account);
    let mut used_references = [0; 16];
    used_references[0] = 1 << 5;
    let (ann, bob) = (member(&ANN), member(&BOB));
    vec![
        (
            address::config(),
            Account::Config(Config {
                header: header(address::config()),
                admin: OWNER,
                max_commission_bps: 5_000,
                ..Config::zeroed()
            }),
        ),
        (
            org(),
            Account::Org(Org {
                header: header(org()),
                creator: OWNER,
                authority: OWNER,
                id: 9,
                created_at: 1,
                cluster_tag: [8; 8],
                settings: settings(),
                highest_plan_id: 1,
                open_accounts: 2,
                ..Org::zeroed()
            }),
        ),
        (
            plan(),
            Account::Plan(Plan {
                header: header(plan()),
                org: org(),
                mint: MINT,
                token_program: TOKEN_PROGRAM,
                destination: DESTINATION,
                vault: vault(),
                vault_rent_payer: OWNER,
                id: 1,
                price: 1_000,
                price_floor: 500,
                price_ceiling: 1_500,
                points_per_charge: 100,
                keeper_fee_cap: 10,
                created_at: 2,
                ends_at: 1_000_000,
                sunset_at: i64::MAX,
                period_secs: 3_600,
                grace_secs: 600,
                ..Plan::zeroed()
            }),
        ),
        (
            issuer(),
            Account::Issuer(Issuer {
                header: header(issuer()),
                org: org(),
                key: KEY,
                epoch_budget: 60,
                epoch_used: 50,
                epoch_started_at: 2_000,
                highest_reference: 5,
                used_references,
                epoch_secs: 1_000,
                ..Issuer::zeroed()
            }),
        ),
        (
            code(),
            Account::Code(Code {
                header: header(code()),
                org: org(),
                owner: ANN,
                code: CODE,
                created_at: 11,
                ..Code::zeroed()
            }),
        ),
        (
            ann,
            Account::Member(Member {
                header: header(ann),
                org: org(),
                wallet: ANN,
                registered_at: 10,
                ..Member::zeroed()
            }),
        ),
        (
            bob,
            Account::Member(Member {
                header: header(bob),
                org: org(),
                wallet: BOB,
                referrers: [ANN, NO_ADDRESS, NO_ADDRESS],
                code: CODE,
                points: 230,
                lifetime_points: 260,
                registered_at: 20,
                highest_reference: 1,
                used_references: [1 << 1, 0],
                tier: 1,
                ..Member::zeroed()
            }),
        ),
        (
            address::authority(&TOKEN),
            Account::Authority(Authority {
                header: header(NO_ADDRESS),
                wallet: BOB,
                mint: MINT,
                token_account: TOKEN,
                generation: 70,
                ..Authority::zeroed()
            }),
        ),
        (
            subscription(),
            Account::Subscription(Subscription {
                header: header(subscription()),
                plan: plan(),
                first_plan: plan(),
                wallet: BOB,
                payer_token: TOKEN,
                ledgers: [ledger(), NO_ADDRESS, NO_ADDRESS],
                levels: 1,
                terms: terms(),
                agreement_seq: 1,
                authority_generation: 70,
                subscribed_at: 1_000,
                period_start: 4_600,
                paid_through: 8_200,
                next_due: 8_200,
                period_debit: 1_000,
                period_points: 110,
                periods_paid: 2,
                state: 4,
                ..Subscription::zeroed()
            }),
        ),
        (
            ledger(),
            Account::Ledger(Ledger {
                header: header(ledger()),
                org: org(),
                wallet: ANN,
                mint: MINT,
                vault: address::vault(&org(), &MINT),
                held: 100,
                release_at: 5_000,
                accrued_at: 4_900,
                claimed: 100,
                ..Ledger::zeroed()
            }),
        ),
    ]
}
