//! Accounts and events as the chain holds them, made from numbers: the same number is the same account.

use bytemuck::Zeroable;
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::collections::HashMap;
use tessera_client::{
    Account, Event,
    types::{
        Address,
        accounts::{Header, Ledger, Member, Subscription, Terms},
        events::{
            Cancelled, Charged, CommissionClaimed, CommissionReleased, LedgerOpened, LedgerShare,
            MemberRegistered, OrgCreated, PlanCreated, PointsAwarded, PointsRedeemed, Receipt,
            Refunded, Settlement, Subscribed,
        },
    },
};

/// The slot in which every account was created.
pub(crate) const LIFE: u64 = 1_000;
/// The network's clock there.
const BEGIN: i64 = 1_700_000_000;
/// Seconds of a period.
const PERIOD: i64 = 30 * 86_400;
/// Businesses that everything belongs to.
const ORGS: u64 = 50;
/// Plans of all of them.
const PLANS: u64 = 200;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Org = 1,
    Plan,
    Member,
    Subscription,
    Ledger,
    Wallet,
    Token,
    Head,
}

/// The address of what is counted.
pub(crate) fn address(kind: Kind, number: u64) -> Address {
    let mut random = StdRng::seed_from_u64(number << 8 | kind as u64);
    Address::new_from_array(random.random())
}

fn org(of: u64) -> Address {
    address(Kind::Org, of % ORGS)
}

fn plan(of: u64) -> Address {
    address(Kind::Plan, of % PLANS)
}

/// A header after so many receipts; its head begins with the last byte of the number.
fn header(number: u64, receipts: u64) -> Header {
    let mut head = address(Kind::Head, number ^ receipts << 40).to_bytes();
    head[0] = number.to_le_bytes()[0];
    Header {
        receipt_seq: receipts,
        receipt_head: head,
        ..Header::new(255, LIFE, address(Kind::Wallet, number))
    }
}

/// A member with three referrers, after so many receipts.
pub(crate) fn member(number: u64, receipts: u64) -> Account {
    Account::Member(Member {
        header: header(number, receipts),
        org: org(number),
        wallet: address(Kind::Wallet, number),
        referrers: [1, 2, 3].map(|level| address(Kind::Wallet, number / 7 + level)),
        code: *b"SUMMER-CAMPAIGN\0",
        points: 1_000 * receipts,
        lifetime_points: 12_345 + 1_000 * receipts,
        registered_at: BEGIN,
        expiring_points: [100, 200, 0, 0],
        expires_at: [BEGIN + PERIOD, BEGIN + 2 * PERIOD, 0, 0],
        tier: 1,
        ..Member::zeroed()
    })
}

/// A subscription with two paid levels, after so many receipts, each a charge.
pub(crate) fn subscription(number: u64, receipts: u64) -> Account {
    let paid = BEGIN + PERIOD * i64::try_from(receipts).unwrap_or(0);
    let mut subscription = Subscription {
        header: header(number, receipts),
        plan: plan(number),
        wallet: address(Kind::Wallet, number),
        payer_token: address(Kind::Token, number),
        first_plan: plan(number),
        agreement_seq: 1,
        authority_generation: 1,
        subscribed_at: BEGIN,
        period_start: paid - PERIOD,
        paid_through: paid,
        next_due: paid,
        period_debit: 9_900_000,
        period_points: 99,
        state: 2,
        levels: 2,
        ..Subscription::zeroed()
    };
    subscription.ledgers[..2].copy_from_slice(&ledgers(number));
    subscription.terms = terms();
    Account::Subscription(subscription)
}

/// A ledger, after so many receipts.
pub(crate) fn ledger(number: u64, receipts: u64) -> Account {
    Account::Ledger(Ledger {
        header: header(number, receipts),
        org: org(number),
        wallet: address(Kind::Wallet, number),
        mint: address(Kind::Token, 0),
        held: 990_000 * receipts,
        claimable: 12_345,
        ..Ledger::zeroed()
    })
}

/// The ledgers that a subscription's charges pay.
fn ledgers(subscription: u64) -> [Address; 2] {
    [1, 2].map(|level| address(Kind::Ledger, subscription / 10 + level))
}

/// A business's history, event by event.
#[derive(Default)]
pub(crate) struct History {
    /// Number of the last receipt of each account.
    seqs: HashMap<(Kind, u64), u64>,
    at: i64,
}

impl History {
    fn receipt(&mut self, kind: Kind, number: u64) -> Receipt {
        let seq = self.seqs.entry((kind, number)).or_default();
        *seq += 1;
        self.at += 1;
        Receipt {
            account: address(kind, number),
            life: LIFE,
            seq: *seq,
            at: BEGIN + self.at / 10,
        }
    }

    /// The first receipts of all orgs and plans, then of so many members, subscriptions and, for each
    /// ten subscriptions, a ledger.
    pub(crate) fn opening(&mut self, wallets: u64) -> Vec<Vec<u8>> {
        let mut events = Vec::new();
        for number in 0..ORGS {
            let receipt = self.receipt(Kind::Org, number);
            events.push(Event::OrgCreated(OrgCreated {
                receipt,
                id: number,
                ..OrgCreated::zeroed()
            }));
        }
        for number in 0..PLANS {
            let receipt = self.receipt(Kind::Plan, number);
            events.push(Event::PlanCreated(PlanCreated {
                receipt,
                org: org(number),
                mint: address(Kind::Token, 0),
                ..PlanCreated::zeroed()
            }));
        }
        for number in 0..wallets / 10 + 3 {
            let receipt = self.receipt(Kind::Ledger, number);
            events.push(Event::LedgerOpened(LedgerOpened {
                receipt,
                org: org(number),
                wallet: address(Kind::Wallet, number),
                mint: address(Kind::Token, 0),
            }));
        }
        for number in 0..wallets {
            let wallet = address(Kind::Wallet, number);
            let receipt = self.receipt(Kind::Member, number);
            events.push(Event::MemberRegistered(MemberRegistered {
                receipt,
                org: org(number),
                wallet,
                referrers: [1, 2, 3].map(|level| address(Kind::Wallet, number / 7 + level)),
                code: *b"SUMMER-CAMPAIGN\0",
            }));
            let receipt = self.receipt(Kind::Subscription, number);
            events.push(Event::Subscribed(
                Subscribed {
                    receipt,
                    plan: plan(number),
                    wallet,
                    payer_token: address(Kind::Token, number),
                    terms: terms(),
                    authority_generation: 1,
                    outstanding: 9_900_000_000,
                    settlement: settlement(1),
                    ..Subscribed::zeroed()
                },
                shares(number),
            ));
        }
        events.iter().map(Event::encode).collect()
    }

    /// What happens next among so many wallets: of 20, 11 are charges with two levels, 5 awards, and
    /// one each a redemption, a release and a payout of commission, and a refund or a cancellation.
    pub(crate) fn next(&mut self, wallets: u64, random: &mut StdRng) -> Vec<u8> {
        let number = random.random_range(0..wallets);
        let ledger = number / 10;
        let event = match random.random_range(0..20) {
            0..11 => {
                let receipt = self.receipt(Kind::Subscription, number);
                let settlement = settlement(i64::try_from(receipt.seq).unwrap_or(0));
                Event::Charged(
                    Charged {
                        receipt,
                        settlement,
                    },
                    shares(number),
                )
            }
            11..16 => Event::PointsAwarded(PointsAwarded {
                receipt: self.receipt(Kind::Member, number),
                issuer: address(Kind::Token, 1),
                points: 10,
                balance: 1_000,
                reference: random.random(),
                memo: *b"for being active",
                ..PointsAwarded::zeroed()
            }),
            16 => Event::PointsRedeemed(PointsRedeemed {
                receipt: self.receipt(Kind::Member, number),
                points: 10,
                reference: random.random(),
                ..PointsRedeemed::zeroed()
            }),
            17 => Event::CommissionReleased(CommissionReleased {
                receipt: self.receipt(Kind::Ledger, ledger),
                amount: 990_000,
            }),
            18 => Event::CommissionClaimed(CommissionClaimed {
                receipt: self.receipt(Kind::Ledger, ledger),
                amount: 990_000,
                destination: address(Kind::Token, number),
            }),
            _ if random.random() => Event::Cancelled(Cancelled {
                receipt: self.receipt(Kind::Subscription, number),
                agreement_seq: 1,
                paid_through: BEGIN,
                outstanding: 0,
            }),
            _ => {
                let refunded = Refunded {
                    receipt: self.receipt(Kind::Subscription, number),
                    amount: 9_900_000,
                    from_vault: 1_485_000,
                    points: 99,
                    ..Refunded::zeroed()
                };
                Event::Refunded(refunded, shares(number))
            }
        };
        event.encode()
    }
}

fn terms() -> Terms {
    Terms {
        price: 9_900_000,
        grace_secs: 259_200,
        hold_secs: 604_800,
        approved_periods: 1_000,
        commission_bps: [1_000, 500, 250],
        boost_bps: [1_000, 2_000, 3_000, 4_000],
        discount_bps: [100, 200, 300, 400],
        period_months: 1,
        anchor_day: 15,
        ..Terms::zeroed()
    }
}

/// A period's money, of which two levels have 15 %.
fn settlement(period: i64) -> Settlement {
    Settlement {
        debit: 9_900_000,
        merchant: 8_405_000,
        keeper_fee: 10_000,
        points: 99,
        period_start: BEGIN + PERIOD * (period - 1),
        paid_through: BEGIN + PERIOD * period,
        levels: 2,
        tier: 1,
        ..Settlement::zeroed()
    }
}

fn shares(subscription: u64) -> Vec<LedgerShare> {
    let shares = ledgers(subscription).into_iter().zip([990_000, 495_000]);
    shares
        .map(|(ledger, amount)| LedgerShare { ledger, amount })
        .collect()
}
