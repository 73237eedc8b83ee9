//! What the replay finds in receipts with one wrong figure.

mod approvals;
mod campaigns;
mod changes;
mod closing;
mod configuration;
mod invoices;
mod membership;
mod metering;
mod plans;
mod pools;
mod refunds;
mod standing;
mod trials;

use super::State;
use crate::{
    address,
    audit::{Check, Passing, Report},
    decode::Event,
};
use bytemuck::Zeroable;
use std::{cell::RefCell, collections::HashMap};
use tessera_types::{
    Address, NO_ADDRESS,
    accounts::{OrgSettings, Terms, Tier},
    args::CreatePlanArgs,
    carrier::TOKEN_PROGRAM,
    events::{
        CodeCreated, ConfigSet, LedgerOpened, LedgerShare, MemberRegistered, OrgCreated,
        PlanCreated, Receipt, Settlement, Subscribed,
    },
};

const OWNER: Address = Address::new_from_array([1; 32]);
const ANN: Address = Address::new_from_array([2; 32]);
const BOB: Address = Address::new_from_array([3; 32]);
const MINT: Address = Address::new_from_array([4; 32]);
const TOKEN: Address = Address::new_from_array([5; 32]);
const CODE: [u8; 16] = *b"ANN\0\0\0\0\0\0\0\0\0\0\0\0\0";
const PERIOD: u32 = 3_600;

/// An org, two plans, and Bob, referred by Ann.
struct Scene {
    replay: State,
    report: Report,
    /// Receipts so far, by account.
    seqs: RefCell<HashMap<Address, u64>>,
}

fn org() -> Address {
    address::org(&OWNER, 1)
}

fn plan(id: u64) -> Address {
    address::plan(&org(), id)
}

fn member(wallet: &Address) -> Address {
    address::member(&org(), wallet)
}

fn ledger() -> Address {
    address::ledger(&org(), &ANN, &MINT)
}

fn subscription() -> Address {
    address::subscription(&plan(1), &BOB)
}

/// A tier from 100 points on: 10 % off, and 10 % more points.
fn settings() -> OrgSettings {
    let first = Tier {
        points_threshold: 100,
        points_boost_bps: 1_000,
        discount_bps: 1_000,
        ..Tier::UNUSED
    };
    OrgSettings {
        quote_authority: OWNER,
        treasury: OWNER,
        tiers: [first, Tier::UNUSED, Tier::UNUSED, Tier::UNUSED],
        hold_secs: 100,
        commission_bps: [1_000, 0, 0],
        ..OrgSettings::zeroed()
    }
}

fn terms(price: u64) -> Terms {
    Terms {
        price,
        period_secs: PERIOD,
        grace_secs: 600,
        hold_secs: 100,
        approved_periods: 2,
        commission_bps: [1_000, 0, 0],
        boost_bps: [1_000, 0, 0, 0],
        discount_bps: [1_000, 0, 0, 0],
        ..Terms::zeroed()
    }
}

/// Ann's share of a payment.
fn share(amount: u64) -> Vec<LedgerShare> {
    let ledger = ledger();
    vec![LedgerShare { ledger, amount }]
}

/// A payment for a period; Ann gets a tenth.
fn paid(debit: u64, points: u64, tier: u8, start: i64) -> Settlement {
    Settlement {
        debit,
        merchant: debit - debit / 10,
        points,
        period_start: start,
        paid_through: start + i64::from(PERIOD),
        levels: 1,
        tier,
        ..Settlement::zeroed()
    }
}

impl Scene {
    /// Plans 1 and 2, of 1,000 and 3,000 a period.
    fn new() -> Self {
        Self::with_plan(|_| {})
    }

    fn with_plan(edit: impl FnOnce(&mut CreatePlanArgs)) -> Self {
        let mut scene = Self {
            replay: State::default(),
            report: Report::default(),
            seqs: RefCell::default(),
        };
        scene.apply(Event::ConfigSet(ConfigSet {
            receipt: scene.next(address::config(), 0),
            admin: OWNER,
            max_commission_bps: 2_000,
            ..ConfigSet::zeroed()
        }));
        scene.apply(Event::OrgCreated(OrgCreated {
            receipt: scene.next(org(), 1),
            authority: OWNER,
            id: 1,
            cluster_tag: [0; 8],
            settings: settings(),
        }));
        let mut first = CreatePlanArgs {
            id: 1,
            price: 1_000,
            price_floor: 500,
            price_ceiling: 10_000,
            points_per_charge: 100,
            ends_at: 1_000_000,
            period_secs: PERIOD,
            grace_secs: 600,
            flags: tessera_types::accounts::Plan::PRORATED,
            ..CreatePlanArgs::zeroed()
        };
        edit(&mut first);
        let second = CreatePlanArgs {
            id: 2,
            price: 3_000,
            points_per_charge: 300,
            ..first
        };
        for terms in [first, second] {
            scene.apply(Event::PlanCreated(PlanCreated {
                receipt: scene.next(plan(terms.id), 2),
                org: org(),
                mint: MINT,
                token_program: TOKEN_PROGRAM,
                destination: OWNER,
                vault: address::vault(&org(), &MINT),
                terms,
            }));
        }
        scene.register(ANN, [NO_ADDRESS; 3], [0; 16]);
        scene.apply(Event::CodeCreated(CodeCreated {
            receipt: scene.next(address::code(&org(), &CODE), 3),
            org: org(),
            owner: ANN,
            code: CODE,
        }));
        scene.register(BOB, [ANN, NO_ADDRESS, NO_ADDRESS], CODE);
        scene.apply(Event::LedgerOpened(LedgerOpened {
            receipt: scene.next(ledger(), 4),
            org: org(),
            wallet: ANN,
            mint: MINT,
        }));
        assert_eq!(scene.report.findings, []);
        scene
    }

    /// Bob pays plan 1 from 1,000 to 4,600 and has his first 100 points.
    fn subscribed() -> Self {
        let mut scene = Self::new();
        let event = scene.signed();
        assert_eq!(scene.found(Event::Subscribed(event, share(100))), []);
        scene
    }

    fn signed(&self) -> Subscribed {
        Subscribed {
            receipt: self.next(subscription(), 1_000),
            plan: plan(1),
            wallet: BOB,
            payer_token: TOKEN,
            terms: terms(1_000),
            authority_generation: 9,
            outstanding: 2_000,
            settlement: paid(1_000, 100, 0, 1_000),
            ..Subscribed::zeroed()
        }
    }

    fn register(&mut self, wallet: Address, referrers: [Address; 3], code: [u8; 16]) {
        let receipt = self.next(member(&wallet), 3);
        self.apply(Event::MemberRegistered(MemberRegistered {
            receipt,
            org: org(),
            wallet,
            referrers,
            code,
        }));
    }

    /// The next receipt of an account.
    fn next(&self, account: Address, at: i64) -> Receipt {
        let mut seqs = self.seqs.borrow_mut();
        let seq = seqs.entry(account).or_default();
        *seq += 1;
        Receipt {
            account,
            life: 1,
            seq: *seq,
            at,
        }
    }

    fn apply(&mut self, event: Event) {
        let raw = event.encode();
        let passing = Passing {
            slot: None,
            transaction: None,
            raw: &raw,
            tokens: None,
        };
        self.replay.apply(&event, &passing, &mut self.report);
    }

    /// The laws that this event breaks.
    fn found(&mut self, event: Event) -> Vec<Check> {
        self.apply(event);
        let findings = std::mem::take(&mut self.report.findings);
        findings.into_iter().map(|finding| finding.check).collect()
    }
}
