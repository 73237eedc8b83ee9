//! What an invoice that is paid does.

use super::{
    billed::{AMOUNT, args, assert_refused, billed},
    support::assert_solvent,
};
use solana_address::Address;
use solana_signer::Signer;
use tessera_client::{
    Event, address,
    types::{
        TesseraError,
        accounts::{Header, Invoice},
        events::{InvoicePaid, LedgerShare, Settlement},
    },
};
use world::{COMMISSION_BPS, FUNDS, HOLD, START, START_SLOT, World, extended::PYUSD, key};

#[test]
fn three_levels_are_paid_and_it_is_a_receipt() {
    let (mut world, [(top, _), (second, _), (third, _), (wallet, token)]) = billed();
    let args = args(&world);
    let pay = world.pay_invoice(&wallet, token, args);
    let sent = world.send(&pay, &[&wallet]).expect("pay_invoice");
    let Event::InvoicePaid(event, shares) = sent.event() else {
        panic!("another event");
    };
    let parts = [4_000_000, 2_000_000, 1_000_000];
    let ledgers = [&third, &second, &top].map(|it| world.ledger_address(it));
    let expected: Vec<LedgerShare> = ledgers
        .into_iter()
        .zip(parts)
        .map(|(ledger, amount)| LedgerShare { ledger, amount })
        .collect();
    assert_eq!(shares, expected);
    let address = world.invoice_address(&wallet, 9);
    assert_eq!(event.receipt.account, address);
    assert_eq!((event.receipt.seq, event.receipt.at), (1, START));
    assert_eq!(
        event,
        InvoicePaid {
            receipt: event.receipt,
            plan: world.plan,
            wallet: wallet.pubkey(),
            payer_token: token,
            id: 9,
            deadline: START + 60,
            hold_secs: HOLD,
            commission_bps: COMMISSION_BPS,
            spare: [0; 6],
            settlement: Settlement {
                debit: AMOUNT,
                merchant: AMOUNT - 7_000_000,
                keeper_fee: 0,
                debt_repaid: 0,
                points: 77,
                points_expired: 0,
                period_start: START,
                paid_through: START,
                levels: 3,
                flags: 0,
                tier: 0,
                spare: [0; 5],
            },
        }
    );
    for (ledger, part) in [&third, &second, &top].into_iter().zip(parts) {
        let ledger = world.ledger(ledger);
        assert_eq!((ledger.held, ledger.accrued_at), (part, START));
    }
    assert_eq!(world.balance(&token), FUNDS - AMOUNT);
    assert_eq!(world.balance(&world.destination), AMOUNT - 7_000_000);
    assert_eq!(world.balance(&world.vault()), 7_000_000);
    assert_eq!(world.member(&wallet).points, 77);
    let (_, bump) = Address::find_program_address(
        &[
            b"invoice",
            world.plan.as_ref(),
            wallet.pubkey().as_ref(),
            &9u64.to_le_bytes(),
        ],
        &tessera_client::types::ID,
    );
    let invoice = world.invoice(&wallet, 9);
    assert_eq!(
        invoice,
        Invoice {
            header: Header {
                receipt_seq: 1,
                receipt_head: invoice.header.receipt_head,
                ..Header::new(bump, START_SLOT, world.payer.pubkey())
            },
            plan: world.plan,
            wallet: wallet.pubkey(),
            ledgers,
            id: 9,
            deadline: START + 60,
            paid_at: START,
            debit: AMOUNT,
            refunded: 0,
            points: 77,
            commission_bps: COMMISSION_BPS,
            flags: 0,
            levels: 3,
            spare: [0; 32],
        }
    );
    world.assert_receipts::<Invoice>(&address);
    assert_solvent(&world);
}

#[test]
fn an_amount_is_no_price_and_knows_no_bounds() {
    let (mut world, [_, _, _, (wallet, token)]) = billed();
    for (id, amount) in [(0, 1), (u64::MAX, FUNDS - 1)] {
        let pay = world.pay_invoice(&wallet, token, world.invoice_args(id, amount));
        world.send(&pay, &[&wallet]).expect("pay_invoice");
        assert_solvent(&world);
    }
    assert_eq!(world.balance(&token), 0);
}

#[test]
fn the_commission_is_that_of_the_day() {
    let (mut world, [_, _, (third, _), (wallet, token)]) = billed();
    let mut settings = world.org_settings();
    settings.commission_bps = [2_000, 0, 0];
    settings.hold_secs = 0;
    let update = world.update_org(settings);
    world.send(&[update], &[&key(2)]).expect("update_org");
    let pay = world.pay_invoice(&wallet, token, world.invoice_args(1, 1_000));
    let sent = world.send(&pay, &[&wallet]).expect("pay_invoice");
    let event = sent.event();
    let (_, shares) = event.settlement().expect("payment");
    let amounts: Vec<u64> = shares.iter().map(|share| share.amount).collect();
    assert_eq!(amounts, [200, 0, 0]);
    assert_eq!(world.ledger(&third).claimable, 200);
    let invoice = world.invoice(&wallet, 1);
    assert_eq!(invoice.commission_bps, [2_000, 0, 0]);
}

#[test]
fn a_frozen_vault_leaves_all_to_the_merchant() {
    let (mut world, [_, _, (third, _), (wallet, token)]) = billed();
    let vault = world.vault();
    world.freeze(&vault);
    let pay = world.pay_invoice(&wallet, token, args(&world));
    let sent = world.send(&pay, &[&wallet]).expect("pay_invoice");
    let event = sent.event();
    let (money, shares) = event.settlement().expect("payment");
    assert_eq!(shares, []);
    assert_eq!(
        (money.merchant, money.flags, money.levels),
        (AMOUNT, Settlement::VAULT_FROZEN, 0)
    );
    assert_eq!(world.ledger(&third).held, 0);
    assert_eq!(world.balance(&world.destination), AMOUNT);
}

#[test]
fn pyusd_pays_an_invoice() {
    let mut world = World::with_extensions(PYUSD);
    let [_, _, _, (wallet, token)] = world.referral_chain();
    let mut args = args(&world);
    args.consents = 0;
    let pay = world.pay_invoice(&wallet, token, args);
    assert_refused(&mut world, &pay, &wallet, TesseraError::PermanentDelegate);
    args.consents = world.consents;
    let pay = world.pay_invoice(&wallet, token, args);
    world.send(&pay, &[&wallet]).expect("pay_invoice");
    assert_eq!(world.balance(&world.destination), AMOUNT - 7_000_000);
    assert_eq!(world.balance(&world.vault()), 7_000_000);
    world.assert_receipts::<Invoice>(&address::invoice(&world.plan, &wallet.pubkey(), 9));
}
