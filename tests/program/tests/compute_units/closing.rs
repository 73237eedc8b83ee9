//! What closes, one account of each kind that has no row elsewhere, on either token program.

use super::*;
use tessera_client::{types::accounts::Campaign, voucher::Gift};

/// An org of which everything ends in `world`; `note` says which token program it is.
pub(super) fn rows(world: World, note: &'static str) -> Vec<Row> {
    let mut bench = Bench::in_world(with_plan(world));
    let authority = &bench.world.authority.insecure_clone();
    let (wallet, issuer) = (&key(100), &key(50));
    let second = bench.world.second_plan();
    let used = bench.use_everything(wallet, issuer);
    bench.world.advance(i64::from(PERIOD));
    for (variant, address) in used {
        bench.close(variant, note, address, wallet);
    }
    let issuer = bench.world.issuer_address(issuer);
    bench.close("an issuer", note, issuer, authority);
    bench.close("a plan", note, second.plan, authority);
    let close = bench.world.close_vault();
    bench.measure(("close_vault", ""), (None, note), &[close], &[authority]);
    let rest = bench.world.destination;
    let close = bench.world.close_campaign(1, rest);
    bench.world.send(&[close], &[authority]).expect("campaign");
    let org = bench.world.org;
    bench.close("an org", note, org, authority);
    bench.rows
}

impl Bench {
    fn close(
        &mut self,
        variant: &'static str,
        note: &'static str,
        address: Address,
        owner: &Keypair,
    ) {
        let close = self.world.close_account(owner, &address);
        self.measure(("close", variant), (None, note), &[close], &[owner]);
    }

    /// A wallet has one of all that it can have, and nothing needs it in a period. Returns what the
    /// wallet can close.
    fn use_everything(
        &mut self,
        wallet: &Keypair,
        issuer: &Keypair,
    ) -> [(&'static str, Address); 6] {
        let world = &mut self.world;
        let authority = &world.authority.insecure_clone();
        let token = world.join(wallet, None);
        let gift = Gift {
            wallet: wallet.pubkey(),
            amount: 5,
            index: 0,
        };
        let tree = world.giver(1).tree(&[gift]).expect("a gift");
        let mut args = world.campaign_args(tree.root());
        args.flags = Campaign::CUMULATIVE;
        let second = world.place_of_plan(2);
        let at = world.now();
        let by_org = [world.set_issuer(issuer, 7), world.create_campaign(args)];
        world.send(&by_org, &[authority]).expect("by the org");
        let vault = world.campaign(1).vault;
        world.edit_token(&vault, |token| token.amount = 5);
        let args = world.subscribe_args();
        let by_wallet = [
            world.create_code(wallet, code("CODE")),
            world.open_ledger(wallet),
            world.subscribe(wallet, token, args),
        ];
        world.send(&by_wallet, &[wallet]).expect("by the wallet");
        let pay = world.pay_invoice(wallet, token, world.invoice_args(1, PRICE));
        world.send(&pay, &[wallet]).expect("invoice");
        let ends = [
            world.claim_voucher(1, &gift, &[], token),
            world.cancel(wallet),
        ];
        world.send(&ends, &[wallet]).expect("claim, cancel");
        let sunsets = [
            world.sunset_plan(at),
            world.within(second, |world| world.sunset_plan(at)),
        ];
        world.send(&sunsets, &[authority]).expect("sunsets");
        [
            ("a code", address::code(&world.org, &code("CODE"))),
            ("a ledger", world.ledger_address(wallet)),
            ("a subscription", world.subscription_address(wallet)),
            ("a token account's authority", address::authority(&token)),
            ("an invoice", world.invoice_address(wallet, 1)),
            (
                "a claim",
                address::claim(&world.campaign_address(1), &wallet.pubkey()),
            ),
        ]
    }
}
