//! What the program promises, in the plainest words, and with nothing of its code.

use super::{Action, PLANS, TOKENS};
use solana_address::Address;
use std::collections::HashMap;
use tessera_client::Event;
use world::{COMMISSION_BPS, GRACE, HOLD, KEEPER_FEE, POINTS, PRICE};

pub(super) const PERIOD: i64 = world::PERIOD as i64;
const HOLD_SECS: i64 = HOLD as i64;
const DAY: i64 = 86_400;

#[derive(Debug, Default, Clone)]
pub(super) struct Wallet {
    pub(super) registered: bool,
    pub(super) referrers: [Option<usize>; 3],
    pub(super) paid: u64,
    pub(super) claimed: u64,
    pub(super) points: u64,
    pub(super) lifetime_points: u64,
    pub(super) subscriptions: [Option<Terms>; PLANS],
    pub(super) tokens: [Token; TOKENS],
    /// Every accrual: amount and when.
    pub(super) accruals: Vec<(u64, i64)>,
    held: u64,
    queued: u64,
    release_at: i64,
    queued_release_at: i64,
    released: u64,
}

/// A token account as its delegate sees it.
#[derive(Debug, Default, Clone)]
pub(super) struct Token {
    /// What the account approves.
    pub(super) approved: u64,
    /// What the subscriptions of this generation may still take.
    pub(super) outstanding: u64,
    /// How many of them nobody has ended.
    pub(super) live: u32,
    /// How often the account was met without the approval that it should have.
    pub(super) generation: u32,
    /// Whether its owner has changed the approval since it was last set here.
    pub(super) touched: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Terms {
    pub(super) paid_through: i64,
    pub(super) periods_paid: u32,
    approved_periods: u32,
    live: bool,
    token: usize,
    generation: u32,
}

impl Terms {
    pub(super) fn left(&self) -> u32 {
        self.approved_periods + 1 - self.periods_paid
    }

    fn can_be_charged(&self, now: i64) -> bool {
        self.live && self.left() > 0 && now < self.paid_through + PERIOD
    }
}

impl Wallet {
    /// Tiers at 2,000 and 5,000 lifetime points.
    pub(super) fn tier(&self) -> u8 {
        u8::from(self.lifetime_points >= 2_000) + u8::from(self.lifetime_points >= 5_000)
    }

    fn charge_points(&self) -> u64 {
        POINTS + POINTS * [0, 1_000, 2_500][usize::from(self.tier())] / 10_000
    }

    fn credit(&mut self, points: u64) {
        self.points += points;
        self.lifetime_points += points;
    }

    /// The held part first, then what was queued behind it, each after a hold of its own.
    fn release(&mut self, now: i64) {
        while self.held > 0 && now >= self.release_at {
            self.released += self.held;
            (self.held, self.queued) = (self.queued, 0);
            self.release_at = self.queued_release_at;
        }
    }

    fn accrue(&mut self, amount: u64, now: i64) {
        self.accruals.push((amount, now));
        self.release(now);
        if self.held > 0 {
            self.queued += amount;
            self.queued_release_at = now + HOLD_SECS;
        } else {
            self.held = amount;
            self.release_at = now + HOLD_SECS;
        }
    }

    /// Sum of what was accrued at `time` or before.
    pub(super) fn accrued_by(&self, time: i64) -> u64 {
        let accruals = self.accruals.iter().filter(|(_, at)| *at <= time);
        accruals.map(|(amount, _)| amount).sum()
    }
}

#[derive(Debug)]
pub(super) struct Model {
    pub(super) wallets: Vec<Wallet>,
    pub(super) merchant: u64,
    pub(super) keeper: u64,
    /// Shares in the events, by ledger.
    shares: HashMap<Address, u64>,
    epoch_started_at: i64,
    epoch_used: u64,
    vault_frozen: bool,
}

impl Model {
    pub(super) fn new(wallets: usize) -> Self {
        Self {
            wallets: vec![Wallet::default(); wallets],
            merchant: 0,
            keeper: 0,
            shares: HashMap::new(),
            epoch_started_at: world::START,
            epoch_used: 0,
            vault_frozen: false,
        }
    }

    pub(super) fn is_member(&self, wallet: usize) -> bool {
        self.wallets[wallet].registered
    }

    pub(super) fn has_subscribed(&self, wallet: usize, plan: usize) -> bool {
        self.wallets[wallet].subscriptions[plan].is_some()
    }

    /// Sum of the shares in the events that name `ledger`.
    pub(super) fn accrued(&self, ledger: &Address) -> u64 {
        self.shares.get(ledger).copied().unwrap_or_default()
    }

    /// Adds what a transaction's events say.
    pub(super) fn read(&mut self, events: &[Vec<u8>]) {
        for raw in events {
            let event = Event::decode(raw).expect("event");
            let Some((money, shares)) = event.settlement() else {
                continue;
            };
            let commission: u64 = shares.iter().map(|share| share.amount).sum();
            assert_eq!(money.debit, PRICE);
            assert_eq!(money.debit, money.merchant + money.keeper_fee + commission);
            for share in shares {
                *self.shares.entry(share.ledger).or_default() += share.amount;
            }
        }
    }

    /// Whether `action` goes through at `now`; what it changes is booked.
    pub(super) fn perform(&mut self, action: &Action, now: i64) -> bool {
        match *action {
            Action::Wait { .. } => true,
            Action::Approve {
                wallet,
                token,
                amount,
            } => {
                let token = &mut self.wallets[wallet].tokens[token];
                (token.approved, token.touched) = (amount, true);
                true
            }
            Action::Freeze { frozen } => {
                self.vault_frozen = frozen;
                true
            }
            Action::Register { wallet, referrer } => self.register(wallet, referrer),
            Action::Subscribe {
                wallet,
                plan,
                token,
                periods,
            } => self.subscribe(wallet, plan, (token, periods), now),
            Action::Charge {
                wallet,
                plan,
                keeper,
            } => self.charge(wallet, plan, keeper, now),
            Action::Cancel { wallet, plan } => self.cancel(wallet, plan),
            Action::Claim { wallet, amount } => self.claim(wallet, amount, now),
            Action::Award { wallet, points } => self.award(wallet, points, now),
            Action::Redeem { wallet, points } => {
                let wallet = &mut self.wallets[wallet];
                let accepted = wallet.registered && points > 0 && points <= wallet.points;
                wallet.points -= if accepted { points } else { 0 };
                accepted
            }
        }
    }

    fn register(&mut self, wallet: usize, referrer: Option<usize>) -> bool {
        if self.wallets[wallet].registered {
            return false;
        }
        let mut referrers = [None; 3];
        if let Some(above) = referrer {
            if !self.wallets[above].registered {
                return false;
            }
            let [first, second, _] = self.wallets[above].referrers;
            referrers = [Some(above), first, second];
        }
        self.wallets[wallet].registered = true;
        self.wallets[wallet].referrers = referrers;
        true
    }

    fn subscribe(
        &mut self,
        wallet: usize,
        plan: usize,
        (token, periods): (usize, u32),
        now: i64,
    ) -> bool {
        let payer = &mut self.wallets[wallet];
        if !payer.registered {
            return false;
        }
        let mut account = payer.tokens[token].clone();
        if account.approved == 0 || account.approved < account.outstanding {
            account.generation += 1;
            (account.outstanding, account.live) = (0, 0);
        }
        let mut paid_until = now;
        if let Some(old) = &payer.subscriptions[plan] {
            let revoked = old.generation != account.generation;
            if old.live && (old.token != token || !revoked && old.can_be_charged(now)) {
                return false;
            }
            if old.live && !revoked {
                account.outstanding -= PRICE * u64::from(old.left());
                account.live -= 1;
            }
            paid_until = old.paid_through.max(now);
        }
        account.outstanding += PRICE * u64::from(periods);
        account.live += 1;
        (account.approved, account.touched) = (account.outstanding, false);
        payer.subscriptions[plan] = Some(Terms {
            paid_through: paid_until + PERIOD,
            periods_paid: 1,
            approved_periods: periods,
            live: true,
            token,
            generation: account.generation,
        });
        payer.tokens[token] = account;
        self.settle(wallet, 0, now);
        true
    }

    fn charge(&mut self, wallet: usize, plan: usize, keeper: bool, now: i64) -> bool {
        let payer = &mut self.wallets[wallet];
        let Some(terms) = &mut payer.subscriptions[plan] else {
            return false;
        };
        let account = &mut payer.tokens[terms.token];
        let approved = account.approved >= PRICE && account.generation == terms.generation;
        if !terms.can_be_charged(now) || now < terms.paid_through || !approved {
            return false;
        }
        let (late, grace) = (now - terms.paid_through, i64::from(GRACE));
        let start = if late <= grace {
            terms.paid_through
        } else {
            now
        };
        terms.paid_through = start + PERIOD;
        terms.periods_paid += 1;
        account.approved -= PRICE;
        account.outstanding -= PRICE;
        let part = u64::try_from(late.min(grace)).expect("due");
        let fee = KEEPER_FEE * part / u64::from(GRACE);
        self.settle(wallet, if keeper { fee } else { 0 }, now);
        true
    }

    fn cancel(&mut self, wallet: usize, plan: usize) -> bool {
        let payer = &mut self.wallets[wallet];
        let Some(terms) = payer.subscriptions[plan]
            .as_mut()
            .filter(|terms| terms.live)
        else {
            return false;
        };
        terms.live = false;
        let account = &mut payer.tokens[terms.token];
        if terms.generation == account.generation {
            account.outstanding -= PRICE * u64::from(terms.left());
            account.live -= 1;
        }
        account.approved = account.approved.min(account.outstanding);
        true
    }

    fn settle(&mut self, wallet: usize, keeper_fee: u64, now: i64) {
        let points = self.wallets[wallet].charge_points();
        self.wallets[wallet].credit(points);
        self.wallets[wallet].paid += PRICE;
        let mut merchant = PRICE - keeper_fee;
        for (level, above) in self.wallets[wallet].referrers.into_iter().enumerate() {
            let Some(above) = above else { break };
            if self.vault_frozen {
                break;
            }
            let share = PRICE * u64::from(COMMISSION_BPS[level]) / 10_000;
            self.wallets[above].accrue(share, now);
            merchant -= share;
        }
        self.merchant += merchant;
        self.keeper += keeper_fee;
    }

    fn claim(&mut self, wallet: usize, amount: u64, now: i64) -> bool {
        let wallet = &mut self.wallets[wallet];
        let mut after = wallet.clone();
        after.release(now);
        let amount = if amount == u64::MAX {
            after.released
        } else {
            amount
        };
        let paid = amount > 0 && amount <= after.released && !self.vault_frozen;
        if !wallet.registered || !paid {
            return false;
        }
        after.released -= amount;
        after.claimed += amount;
        *wallet = after;
        true
    }

    fn award(&mut self, wallet: usize, points: u64, now: i64) -> bool {
        const BUDGET: u64 = 4_000;
        let new_epoch = now >= self.epoch_started_at + DAY;
        let used = if new_epoch { 0 } else { self.epoch_used };
        if !self.wallets[wallet].registered || points == 0 || used + points > BUDGET {
            return false;
        }
        if new_epoch {
            self.epoch_started_at = now;
        }
        self.epoch_used = used + points;
        self.wallets[wallet].credit(points);
        true
    }
}
