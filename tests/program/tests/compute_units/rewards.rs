//! Administration, vouchers and stakes, on either token program.

use super::*;
use tessera_client::{
    types::{accounts::Campaign, args::CreateCampaignArgs, limits::MIN_STREAM_SECS},
    voucher::Gift,
};

/// What an org does and is given in `world`; `note` says which token program it is.
pub(super) fn rows(world: World, note: &'static str) -> Vec<Row> {
    let mut bench = Bench::in_world(with_plan(world));
    bench.administration(note);
    bench.vouchers(note);
    bench.stakes(note);
    bench.rows
}

impl Bench {
    fn one(
        &mut self,
        name: &'static str,
        note: &'static str,
        it: Instruction,
        signers: &[&Keypair],
    ) {
        self.measure((name, ""), (None, note), &[it], signers);
    }

    fn administration(&mut self, note: &'static str) {
        let authority = &self.world.authority.insecure_clone();
        let admin = &self.world.admin.insecure_clone();
        let update = self.world.update_org(self.world.create_org_args().settings);
        self.one("update_org", note, update, &[authority]);
        let pause = self.world.pause_org(0);
        self.one("pause_org", note, pause, &[admin]);
        let next = key(70);
        let propose = self.world.propose_authority(authority, next.pubkey());
        self.one("propose_authority", note, propose, &[authority]);
        let accept = self.world.accept_authority(&next);
        self.one("accept_authority", note, accept, &[&next]);
        let back = [self.world.propose_authority(&next, authority.pubkey())];
        self.world.send(&back, &[&next]).expect("proposed");
        let accept = self.world.accept_authority(authority);
        self.world.send(&[accept], &[authority]).expect("accepted");
        let (owner, other) = (first_try(&self.world, 100), first_try(&self.world, 160));
        for wallet in [&owner, &other] {
            let register = self.world.register(wallet, None);
            self.world.send(&[register], &[wallet]).expect("registered");
        }
        let create = self.world.create_code(&owner, code("OFFERED"));
        self.world.send(&[create], &[&owner]).expect("code");
        let offer = self.world.transfer_code(&owner, "OFFERED", other.pubkey());
        self.one("transfer_code", note, offer, &[&owner]);
        let accept = self.world.accept_code(&other, "OFFERED");
        self.one("accept_code", note, accept, &[&other]);
        let sunset = self.world.sunset_plan(self.world.now());
        self.one("sunset_plan", note, sunset, &[authority]);
    }

    fn vouchers(&mut self, note: &'static str) {
        let authority = &self.world.authority.insecure_clone();
        let wallet = key(80);
        let gift = |index| Gift {
            wallet: wallet.pubkey(),
            amount: 5,
            index,
        };
        let gifts: Vec<Gift> = (0..1_024).map(gift).collect();
        let tree = self.world.giver(1).tree(&gifts).expect("gifts");
        let args = self.world.campaign_args(tree.root());
        let create = self.world.create_campaign(args);
        self.one("create_campaign", note, create, &[authority]);
        let open = self.world.open_page(1, 0);
        self.one("open_page", note, open, &[]);
        let vault = self.world.campaign(1).vault;
        self.world.edit_token(&vault, |account| account.amount = 5);
        let token = self.world.create_token_account(&wallet.pubkey(), 0);
        let proof = tree.proof(3).expect("a proof");
        let claim = self.world.claim_voucher(1, &gifts[3], &proof, token);
        self.measure(
            ("claim_voucher", "one of 1,024"),
            (None, note),
            &[claim],
            &[&wallet],
        );
        self.world.advance(86_400);
        let page = address::page(&self.world.campaign_address(1), 0);
        let payer = self.world.payer.insecure_clone();
        let close = self.world.close_account(&payer, &page);
        self.measure(("close", "a page"), (None, note), &[close], &[]);
        let rest = self.world.destination;
        let close = self.world.close_campaign(1, rest);
        self.one("close_campaign", note, close, &[authority]);
        let cumulative = CreateCampaignArgs {
            flags: Campaign::CUMULATIVE,
            ..self.world.campaign_args(tree.root())
        };
        let create = self.world.create_campaign(cumulative);
        self.world.send(&[create], &[authority]).expect("campaign");
        let set = self.world.set_root(cumulative.id, [7; 32], 9);
        self.one("set_root", note, set, &[authority]);
    }

    fn stakes(&mut self, note: &'static str) {
        let authority = &self.world.authority.insecure_clone();
        let treasury = &self.world.treasury.insecure_clone();
        let wallet = first_try(&self.world, 100);
        let token = self.world.create_token_account(&wallet.pubkey(), FUNDS);
        let source = self.world.create_token_account(&treasury.pubkey(), FUNDS);
        let mint = self.world.mint;
        let create = self.world.create_pool(1, &mint);
        self.one("create_pool", note, create, &[authority]);
        let fund = self.world.fund_pool(1, source, 7_200, MIN_STREAM_SECS);
        self.one("fund_pool", note, fund, &[authority, treasury]);
        let stake = self.world.stake(1, &wallet, token, 1_000);
        self.measure(
            ("stake", "new position"),
            (None, note),
            &[stake],
            &[&wallet],
        );
        self.world.advance(60);
        let harvest = self.world.harvest(1, &wallet, token);
        self.one("harvest", note, harvest, &[&wallet]);
        let unstake = self.world.unstake(1, &wallet, token, u64::MAX);
        self.one("unstake", note, unstake, &[&wallet]);
        let position = self.world.position_address(1, &wallet);
        let close = self.world.close_account(&wallet, &position);
        self.measure(("close", "a position"), (None, note), &[close], &[&wallet]);
        let close = self.world.close_pool(1, source, source);
        self.one("close_pool", note, close, &[authority]);
    }
}
