//! A campaign, its list, and who claims.

use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    Event,
    types::{
        TesseraError,
        accounts::{Claim, NullifierPage, PAGE_VOUCHERS},
        args::CreateCampaignArgs,
        events::VoucherClaimed,
    },
    voucher::{Gift, Node, Tree},
};
use world::{World, key};

pub(crate) const DAY: i64 = 86_400;

/// Wallets with vouchers, keys 30 to 34, by number and amount: the bounds of words and pages.
pub(crate) const GIFTS: [(u8, u32, u64); 7] = [
    (30, 0, 1_000),
    (31, 63, 2_000),
    (32, 64, 3_000),
    (33, PAGE_VOUCHERS - 1, 4_000),
    (34, PAGE_VOUCHERS, 5_000),
    (30, 7, 6_000),
    (31, u32::MAX, 7_000),
];

pub(crate) fn gifts() -> Vec<Gift> {
    let gift = |(wallet, index, amount)| Gift {
        wallet: key(wallet).pubkey(),
        amount,
        index,
    };
    GIFTS.map(gift).to_vec()
}

pub(crate) struct Given {
    pub(crate) world: World,
    pub(crate) tree: Tree,
    pub(crate) gifts: Vec<Gift>,
    /// One for each gift, empty.
    pub(crate) tokens: Vec<Address>,
}

impl Given {
    /// A campaign as `change` makes it, whose vault holds 28,000 and whose first two pages are open.
    pub(crate) fn new(change: impl FnOnce(&mut CreateCampaignArgs)) -> Self {
        Self::within(World::new(), change)
    }

    pub(crate) fn within(mut world: World, change: impl FnOnce(&mut CreateCampaignArgs)) -> Self {
        let gifts = gifts();
        let tree = world.giver(1).tree(&gifts).expect("gifts");
        let mut args = world.campaign_args(tree.root());
        change(&mut args);
        let create = world.create_campaign(args);
        world.send(&[create], &[&key(2)]).expect("create_campaign");
        if !world.campaign(1).is_kept_by_wallet() {
            for number in [0, 1, u32::MAX / PAGE_VOUCHERS] {
                let open = world.open_page(1, number);
                world.send(&[open], &[]).expect("open_page");
            }
        }
        fill(&mut world, 1, 28_000);
        let tokens = gifts
            .iter()
            .map(|gift| world.create_token_account(&gift.wallet, 0))
            .collect();
        Self {
            world,
            tree,
            gifts,
            tokens,
        }
    }

    pub(crate) fn proof(&self, place: usize) -> Vec<Node> {
        self.tree.proof(place).expect("a leaf")
    }

    pub(crate) fn claim(&self, place: usize) -> Instruction {
        let (gift, token) = (&self.gifts[place], self.tokens[place]);
        self.world.claim_voucher(1, gift, &self.proof(place), token)
    }

    pub(crate) fn wallet(&self, place: usize) -> Keypair {
        key(GIFTS[place].0)
    }

    #[track_caller]
    pub(crate) fn claimed(&mut self, place: usize) -> VoucherClaimed {
        let (claim, wallet) = (self.claim(place), self.wallet(place));
        let vault = self.world.campaign(1).vault;
        let before = (
            self.world.balance(&vault),
            self.world.balance(&self.tokens[place]),
            self.world.campaign(1).claimed,
        );
        let sent = self.world.send(&[claim], &[&wallet]).expect("claim");
        let Event::VoucherClaimed(event) = sent.event() else {
            panic!("another event");
        };
        assert_eq!(event.campaign, self.world.campaign_address(1));
        assert_eq!(event.wallet, wallet.pubkey());
        assert_eq!(event.destination, self.tokens[place]);
        assert_eq!(event.index, self.gifts[place].index);
        assert_eq!(event.entitled, self.gifts[place].amount);
        let after = (
            self.world.balance(&vault),
            self.world.balance(&self.tokens[place]),
            self.world.campaign(1).claimed,
        );
        let amount = event.amount;
        assert_eq!(
            after,
            (before.0 - amount, before.1 + amount, before.2 + amount)
        );
        match self.world.campaign(1).is_kept_by_wallet() {
            true => self.world.assert_receipts::<Claim>(&event.receipt.account),
            false => self
                .world
                .assert_receipts::<NullifierPage>(&event.receipt.account),
        };
        event
    }

    #[track_caller]
    pub(crate) fn refused(&mut self, claim: Instruction, place: usize, expected: TesseraError) {
        let wallet = self.wallet(place);
        self.world
            .send(&[claim], &[&wallet])
            .expect_err("refused")
            .assert_is(expected);
    }
}

/// Puts tokens of the world's mint into a campaign's vault.
pub(crate) fn fill(world: &mut World, id: u64, amount: u64) {
    let vault = world.campaign(id).vault;
    world.edit_token(&vault, |token| token.amount += amount);
}
