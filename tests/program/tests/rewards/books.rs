//! Payments, refunds, releases and claims in any order: each ledger is the sum of its receipts, and the
//! vault holds what the ledgers are owed, to the unit.

use proptest::prelude::*;
use solana_address::Address;
use solana_keypair::Keypair;
use std::collections::BTreeMap;
use tessera_client::{Event, types::accounts::Ledger};
use world::{HOLD, PERIOD, World, key};

/// One thing that happens between a customer, key 23, and those who referred him.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// The next period, when it is due.
    Charge,
    /// So much is billed and paid.
    Invoice(u64),
    /// So many hundredths of the last charge go back, or of the last invoice.
    RefundCharge(u64),
    RefundInvoice(u64),
    Release(usize),
    Claim(usize),
    /// The issuer freezes the vault, or thaws it.
    Freeze,
    /// Hours.
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => Just(Step::Charge),
        3 => (1_000..1_000_000_000u64).prop_map(Step::Invoice),
        3 => (1..=100u64).prop_map(Step::RefundCharge),
        3 => (1..=100u64).prop_map(Step::RefundInvoice),
        2 => (0..3usize).prop_map(Step::Release),
        3 => (0..3usize).prop_map(Step::Claim),
        1 => Just(Step::Freeze),
        3 => (1..30i64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..60)
}

struct Stage {
    world: World,
    wallet: Keypair,
    token: Address,
    /// Who referred him, nearest first, and where each claims to.
    levels: [(Keypair, Address); 3],
    /// What each ledger was paid and gave back, by the receipts.
    sums: BTreeMap<Address, i128>,
    invoice: u64,
    frozen: bool,
}

impl Stage {
    fn new() -> Self {
        let mut world = World::new();
        let [top, second, third, (wallet, token)] = world.referral_chain();
        let mut args = world.subscribe_args();
        args.terms.approved_periods = 1_000;
        let subscribe = world.subscribe(&wallet, token, args);
        // The merchant has enough to give back what referrers took already.
        let destination = world.destination;
        world.edit_token(&destination, |token| token.amount += 1_000_000_000_000);
        let mut stage = Self {
            world,
            wallet,
            token,
            levels: [third, second, top],
            sums: BTreeMap::new(),
            invoice: 0,
            frozen: false,
        };
        stage.send(&[subscribe]);
        stage
    }

    /// Sends it, whatever becomes of it, and adds up what its receipt says.
    fn send(&mut self, instructions: &[solana_instruction::Instruction]) -> bool {
        let signers = [&key(2), &key(4), &key(20), &key(21), &key(22), &key(23)];
        let Ok(sent) = self.world.send(instructions, &signers) else {
            return false;
        };
        let event = sent.event();
        if let Event::Refunded(event, shares) = &event {
            assert!(event.from_vault <= shares.iter().map(|share| share.amount).sum());
            for share in shares {
                *self.sums.entry(share.ledger).or_default() -= i128::from(share.amount);
            }
        }
        if let Some((money, shares)) = event.settlement() {
            let shared: u64 = shares.iter().map(|share| share.amount).sum();
            assert_eq!(money.debit + money.debt_repaid, money.merchant + shared);
            for share in shares {
                *self.sums.entry(share.ledger).or_default() += i128::from(share.amount);
            }
        }
        true
    }

    fn step(&mut self, step: Step) {
        let world = &self.world;
        match step {
            Step::Charge => {
                let late = world.subscription(&self.wallet).next_due - world.now();
                self.world.advance(late.clamp(0, i64::from(PERIOD)));
                assert!(self.send(&[self.world.charge(&self.wallet, None)]));
            }
            Step::Invoice(amount) => {
                self.invoice += 1;
                let args = world.invoice_args(self.invoice, amount);
                let pay = world.pay_invoice(&self.wallet, self.token, args);
                assert!(self.send(&pay));
            }
            Step::RefundCharge(part) => {
                let it = world.subscription(&self.wallet);
                let amount = (it.period_debit - it.period_refunded) / 100 * part;
                let refund = world.refund(&self.wallet, amount);
                assert_eq!(self.send(&[refund]), amount > 0);
            }
            Step::RefundInvoice(part) if self.invoice > 0 => {
                let it = world.invoice(&self.wallet, self.invoice);
                // Of less than ten units the levels' parts, each rounded, may be more than it is.
                let amount = (it.debit - it.refunded) * part / 100;
                if amount < 10 {
                    return;
                }
                let refund = world.refund_invoice(&self.wallet, self.invoice, self.token, amount);
                assert!(self.send(&[refund]));
            }
            Step::RefundInvoice(_) => {}
            Step::Release(level) => {
                let release = world.release(&self.levels[level].0);
                self.send(&[release]);
            }
            Step::Claim(level) => {
                let (wallet, token) = &self.levels[level];
                let claim = world.claim(wallet, *token, u64::MAX);
                assert!(!self.send(&[claim]) || !self.frozen);
            }
            Step::Freeze => {
                let vault = world.vault();
                self.frozen = !self.frozen;
                match self.frozen {
                    true => self.world.freeze(&vault),
                    false => self.world.thaw(&vault),
                }
            }
            Step::Wait(hours) => self.world.advance(hours * 3_600),
        }
    }

    fn assert_sums(&self) {
        let mut owed = 0;
        for (wallet, _) in &self.levels {
            let address = self.world.ledger_address(wallet);
            let ledger: Ledger = self.world.account(&address);
            let balances = [ledger.held, ledger.queued, ledger.claimable, ledger.claimed];
            let sum: i128 = balances.iter().copied().map(i128::from).sum();
            let expected = self.sums.get(&address).copied().unwrap_or_default();
            assert_eq!(sum - i128::from(ledger.debt), expected);
            owed += ledger.owed().expect("no overflow");
            let longest = self.world.now() + 2 * i64::from(HOLD);
            assert!(ledger.release_at <= longest && ledger.queued_release_at <= longest);
        }
        assert_eq!(self.world.balance(&self.world.vault()), owed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn ledgers_and_vault_are_the_sums_of_the_receipts(steps in steps()) {
        let mut stage = Stage::new();
        for step in steps {
            stage.step(step);
            stage.assert_sums();
        }
    }
}
