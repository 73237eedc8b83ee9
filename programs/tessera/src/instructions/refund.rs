use crate::{
    access, clock,
    declare::{Account, accounts},
    load,
    outcome::{Result, require, require_same},
    receipt::{Slip, note},
    token::{self, Payment, alone},
};
use anchor_lang::{
    cpi::{CpiSeed, CpiSigner},
    prelude::*,
};
use tessera_types::{
    REFERRAL_LEVELS, TesseraError,
    accounts::{AccountType, Header, Invoice, Ledger, Plan, Subscription},
    args::RefundArgs,
    events::{LedgerShare, Refunded, Settlement},
    math, seeds,
};

accounts! {
    /// By the org, from a token account whose owner signs, too. What levels of referrers had of the
    /// payment pays its part of the refund, from the vault.
    Refund {
        signer authority,
        /// Owner or delegate of the token account that pays.
        signer source_owner,
        org,
        plan,
        /// A subscription, of which the last debit is given back, or an invoice.
        mut payment,
        mut member,
        mut source,
        /// A token account of the customer's.
        mut destination,
        token_program,
        /// This program, so that it can call itself.
        program,
        /// For Token-2022.
        optional mint,
        mut optional vault,
        mut optional ledger_1,
        mut optional ledger_2,
        mut optional ledger_3,
    }
}

/// What of a subscription or invoice a refund reads and writes.
struct Paid<'a> {
    header: &'a mut Header,
    plan: &'a Address,
    wallet: &'a Address,
    ledgers: &'a [Address; REFERRAL_LEVELS],
    commission_bps: &'a [u16; REFERRAL_LEVELS],
    levels: u8,
    flags: u8,
    debit: u64,
    points: u64,
    refunded: &'a mut u64,
}

#[inline(never)]
fn paid(account: &mut Account) -> Result<Paid<'_>> {
    if load::kind(account)? == u64::from_le_bytes(<Invoice as AccountType>::DISCRIMINATOR) {
        let invoice: &mut Invoice = load::owned_mut(account)?;
        return Ok(Paid {
            header: &mut invoice.header,
            plan: &invoice.plan,
            wallet: &invoice.wallet,
            ledgers: &invoice.ledgers,
            commission_bps: &invoice.commission_bps,
            levels: invoice.levels,
            flags: invoice.flags,
            debit: invoice.debit,
            points: invoice.points,
            refunded: &mut invoice.refunded,
        });
    }
    let it: &mut Subscription = load::owned_mut(account)?;
    Ok(Paid {
        header: &mut it.header,
        plan: &it.plan,
        wallet: &it.wallet,
        ledgers: &it.ledgers,
        commission_bps: &it.terms.commission_bps,
        levels: it.levels,
        flags: it.period_flags,
        debit: it.period_debit,
        points: it.period_points,
        refunded: &mut it.period_refunded,
    })
}

impl Refund {
    #[inline(never)]
    pub fn handle(&mut self, args: &RefundArgs) -> Result<()> {
        let place = *self.payment.account();
        let address = place.address();
        let paid = paid(&mut self.payment)?;
        let plan: &Plan = load::named(&self.plan, paid.plan, TesseraError::WrongPlan)?;
        let org = access::org(&self.org, &plan.org, self.authority.address())?;
        require!(paid.header.life == args.life, TesseraError::WrongLife);
        require!(paid.header.receipt_seq == args.seq, TesseraError::StaleSeq);
        let before = *paid.refunded;
        require!(
            args.amount > 0 && args.amount <= paid.debit.saturating_sub(before),
            TesseraError::RefundTooHigh
        );
        let after = before.wrapping_add(args.amount);
        let token = token::account(self.destination.account(), &plan.token_program)?;
        require_same(token.owner(), paid.wallet, TesseraError::WrongTokenOwner)?;
        require_same(token.mint(), &plan.mint, TesseraError::WrongMint)?;
        let member = access::member(&mut self.member, &plan.org, paid.wallet)?;
        let now = clock::now();

        let mut slip = Slip::<Refunded>::new();
        let mut share = slip.shares.as_mut_ptr().cast::<LedgerShare>();
        let accounts = [&self.ledger_1, &self.ledger_2, &self.ledger_3];
        let (mut from_vault, mut flags) = (0u64, 0);
        let mut left = args.amount;
        // A payment into a frozen vault gave the levels nothing.
        let mut levels = paid.levels;
        if paid.flags & Settlement::VAULT_FROZEN != 0 {
            levels = 0;
        }
        if levels > 0 {
            let vault = self.vault.as_ref().ok_or(TesseraError::WrongVault)?;
            require_same(vault.address(), &plan.vault, TesseraError::WrongVault)?;
            if token::is_frozen(vault.account()) {
                flags = Settlement::VAULT_FROZEN;
            }
        }
        for (level, account) in accounts.iter().enumerate().take(levels as usize) {
            let account = account.as_ref().ok_or(TesseraError::MissingLedger)?;
            let expected = &paid.ledgers[level];
            require_same(account.address(), expected, TesseraError::WrongLedger)?;
            let had_nothing = paid.flags & Settlement::LEDGER_CLOSED_1 << level != 0;
            let mut amount = 0;
            if !had_nothing && load::exists(account) {
                let bps = paid.commission_bps[level];
                // Each part is rounded for itself: together they could be a unit more.
                amount = (math::bps_of(after, bps) - math::bps_of(before, bps)).min(left);
                left -= amount;
                // SAFETY: an account of this program at a ledger's address is a ledger; it is
                // declared as written, duplicates of such accounts are refused, and nobody else
                // refers to one.
                let ledger: &mut Ledger = unsafe { load::data_mut(account.account()) };
                if flags == 0 {
                    // No overflow: the levels together had at most the debit.
                    from_vault = from_vault.wrapping_add(ledger.take_back(amount)?);
                } else {
                    ledger.debt = math::add(ledger.debt, amount)?;
                }
            }
            // SAFETY: at most as many are written as there are levels.
            unsafe {
                share.write(LedgerShare {
                    ledger: *expected,
                    amount,
                });
                share = share.add(1);
            }
        }
        if let (Some(vault), true) = (&self.vault, from_vault > 0) {
            // What an issuer seized is missing there: it is the merchant's loss, and nobody waits.
            let held = token::account(vault.account(), &plan.token_program)?.amount();
            from_vault = from_vault.min(held);
        }
        let points_expired = member.expire(now);
        let points = math::part_of(paid.points, after, paid.debit)
            - math::part_of(paid.points, before, paid.debit);
        member.take_back(org, points);
        *paid.refunded = after;

        note!(slip: Refunded {
            amount: args.amount,
            from_vault: from_vault,
            points: points,
            points_expired: points_expired,
            source: self.source.address(),
            destination: self.destination.address(),
            levels: levels,
            flags: flags,
            spare: [0; 6],
        });
        // SAFETY: the event and as many shares as it says are written.
        let tail = unsafe { slip.seal(paid.header, address, now, levels as usize)? };
        let program = &plan.token_program;
        let mint = token::transferred_mint(&self.mint, program)?;
        let from_source = args.amount - from_vault;
        // The receipt rides the last call.
        let (first, last): (&[u8], &[u8]) = match from_vault {
            0 => (tail, &[]),
            _ => (&[], tail),
        };
        if from_source > 0 {
            Payment {
                program,
                mint,
                from: self.source.account(),
                signer: self.source_owner.account(),
                legs: alone(self.destination.account(), from_source),
                approval: None,
                receipt: first,
            }
            .send(&[])?;
        }
        let (Some(vault), true) = (&self.vault, from_vault > 0) else {
            return Ok(());
        };
        let bump = [plan.vault_bump];
        let seeds = [
            CpiSeed::from(seeds::VAULT),
            CpiSeed::from(plan.org.as_ref()),
            CpiSeed::from(plan.mint.as_ref()),
            CpiSeed::from(&bump[..]),
        ];
        Payment {
            program,
            mint,
            from: vault.account(),
            signer: vault.account(),
            legs: alone(self.destination.account(), from_vault),
            approval: None,
            receipt: last,
        }
        .send(&[CpiSigner::from(&seeds)])
    }
}
