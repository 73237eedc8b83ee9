//! Campaigns, stake pools, what an org's authority changes, and what closes.

use crate::{CLUSTER_TAG, World, scene::code};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    address,
    decode::Account,
    instructions::{
        AcceptAuthority, AcceptCode, ClaimVoucher, Close, CloseCampaign, ClosePool, CloseVault,
        CreateCampaign, CreatePool, FundPool, Harvest, OpenPage, PauseOrg, ProposeAuthority,
        Refund, Refundable, SetRoot, Stake, SunsetPlan, TransferCode, Unstake,
    },
    types::{
        accounts::{Campaign, Code, Invoice, Org, Position, StakePool},
        args::{
            CreateCampaignArgs, PauseOrgArgs, ProposeAuthorityArgs, SetRootArgs, TransferCodeArgs,
        },
    },
    voucher::{Gift, Giver, Node},
};

impl World {
    /// A campaign of the world's org with this root: open for a day, paid in full, and by number.
    pub fn campaign_args(&self, root: Node) -> CreateCampaignArgs {
        let now = self.now();
        CreateCampaignArgs {
            id: self.org_account().highest_campaign_id + 1,
            cap: u64::MAX,
            opens_at: now,
            closes_at: now + 86_400,
            vesting_starts_at: 0,
            root,
            cliff_secs: 0,
            vesting_secs: 0,
            flags: 0,
            spare: [0; 7],
        }
    }

    /// `create_campaign` in the world's mint.
    pub fn create_campaign(&self, args: CreateCampaignArgs) -> Instruction {
        CreateCampaign {
            payer: self.payer.pubkey(),
            authority: self.authority.pubkey(),
            org: self.org,
            mint: self.mint,
            token_program: self.token_program,
            args,
        }
        .into()
    }

    /// Address of a campaign.
    pub fn campaign_address(&self, id: u64) -> Address {
        address::campaign(&self.org, id)
    }

    /// A campaign.
    #[track_caller]
    pub fn campaign(&self, id: u64) -> Campaign {
        self.account(&self.campaign_address(id))
    }

    /// Whose vouchers a campaign's are.
    pub fn giver(&self, id: u64) -> Giver {
        Giver {
            cluster_tag: CLUSTER_TAG,
            org: self.org,
            campaign: self.campaign_address(id),
        }
    }

    /// `set_root`.
    #[track_caller]
    pub fn set_root(&self, id: u64, root: Node, cap: u64) -> Instruction {
        SetRoot {
            authority: self.authority.pubkey(),
            org: self.org,
            campaign: self.campaign_address(id),
            args: SetRootArgs {
                seq: self.campaign(id).header.receipt_seq,
                cap,
                root,
            },
        }
        .into()
    }

    /// `open_page`, paid by the world's payer.
    pub fn open_page(&self, id: u64, number: u32) -> Instruction {
        OpenPage {
            payer: self.payer.pubkey(),
            campaign: self.campaign_address(id),
            number,
        }
        .into()
    }

    /// `claim_voucher` of what `gift` says.
    #[track_caller]
    pub fn claim_voucher(
        &self,
        id: u64,
        gift: &Gift,
        proof: &[Node],
        destination: Address,
    ) -> Instruction {
        ClaimVoucher {
            payer: self.payer.pubkey(),
            wallet: gift.wallet,
            campaign: &self.campaign(id),
            destination,
            amount: gift.amount,
            index: gift.index,
            proof,
        }
        .into()
    }

    /// `create_pool` that gives `reward_mint`, of SPL Token, for the world's mint.
    pub fn create_pool(&self, id: u64, reward_mint: &Address) -> Instruction {
        let reward = self.svm.get_account(reward_mint).expect("mint");
        CreatePool {
            payer: self.payer.pubkey(),
            authority: self.authority.pubkey(),
            org: self.org,
            stake_mint: self.mint,
            stake_token_program: self.token_program,
            reward_mint: *reward_mint,
            reward_token_program: reward.owner,
            id,
        }
        .into()
    }

    /// A stake pool.
    #[track_caller]
    pub fn pool(&self, id: u64) -> StakePool {
        self.account(&address::pool(&self.org, id))
    }

    /// `fund_pool` from a token account of the treasury's.
    #[track_caller]
    pub fn fund_pool(&self, id: u64, source: Address, amount: u64, secs: u32) -> Instruction {
        FundPool {
            authority: self.authority.pubkey(),
            source_owner: self.treasury.pubkey(),
            pool: &self.pool(id),
            source,
            amount,
            secs,
        }
        .into()
    }

    /// `stake`.
    #[track_caller]
    pub fn stake(&self, id: u64, wallet: &Keypair, source: Address, amount: u64) -> Instruction {
        Stake {
            payer: self.payer.pubkey(),
            wallet: wallet.pubkey(),
            pool: &self.pool(id),
            source,
            amount,
        }
        .into()
    }

    /// `unstake`.
    #[track_caller]
    pub fn unstake(
        &self,
        id: u64,
        wallet: &Keypair,
        destination: Address,
        amount: u64,
    ) -> Instruction {
        Unstake {
            wallet: wallet.pubkey(),
            pool: &self.pool(id),
            destination,
            amount,
        }
        .into()
    }

    /// `harvest`.
    #[track_caller]
    pub fn harvest(&self, id: u64, wallet: &Keypair, destination: Address) -> Instruction {
        Harvest {
            wallet: wallet.pubkey(),
            pool: &self.pool(id),
            destination,
        }
        .into()
    }

    /// Address of a wallet's stake.
    pub fn position_address(&self, id: u64, wallet: &Keypair) -> Address {
        address::position(&address::pool(&self.org, id), &wallet.pubkey())
    }

    /// A wallet's stake.
    #[track_caller]
    pub fn position(&self, id: u64, wallet: &Keypair) -> Position {
        self.account(&self.position_address(id, wallet))
    }

    /// `close` of one of the program's accounts.
    #[track_caller]
    pub fn close_account(&self, owner: &Keypair, address: &Address) -> Instruction {
        let account = self.svm.get_account(address).expect("account");
        Close {
            owner: owner.pubkey(),
            account: &Account::decode(&account.data).expect("account data"),
        }
        .into()
    }

    /// `close_vault` with the world's plan.
    #[track_caller]
    pub fn close_vault(&self) -> Instruction {
        CloseVault {
            authority: self.authority.pubkey(),
            plan: &self.plan_account(),
        }
        .into()
    }

    /// `close_campaign`.
    #[track_caller]
    pub fn close_campaign(&self, id: u64, destination: Address) -> Instruction {
        CloseCampaign {
            authority: self.authority.pubkey(),
            campaign: &self.campaign(id),
            destination,
        }
        .into()
    }

    /// `close_pool`.
    #[track_caller]
    pub fn close_pool(
        &self,
        id: u64,
        stake_destination: Address,
        reward_destination: Address,
    ) -> Instruction {
        ClosePool {
            authority: self.authority.pubkey(),
            pool: &self.pool(id),
            stake_destination,
            reward_destination,
        }
        .into()
    }

    /// `propose_authority` of the world's org.
    pub fn propose_authority(&self, authority: &Keypair, pending: Address) -> Instruction {
        ProposeAuthority {
            authority: authority.pubkey(),
            account: self.org,
            args: ProposeAuthorityArgs {
                seq: self.org_account().header.receipt_seq,
                pending,
            },
        }
        .into()
    }

    /// `accept_authority` of the world's org.
    pub fn accept_authority(&self, authority: &Keypair) -> Instruction {
        AcceptAuthority {
            authority: authority.pubkey(),
            account: self.org,
        }
        .into()
    }

    /// `pause_org` by the world's admin.
    pub fn pause_org(&self, flags: u8) -> Instruction {
        PauseOrg {
            admin: self.admin.pubkey(),
            org: self.org,
            args: PauseOrgArgs {
                seq: self.account::<Org>(&self.org).header.receipt_seq,
                flags,
                spare: [0; 7],
            },
        }
        .into()
    }

    /// `sunset_plan` of the world's plan.
    pub fn sunset_plan(&self, at: i64) -> Instruction {
        SunsetPlan {
            authority: self.authority.pubkey(),
            org: self.org,
            plan: self.plan,
            at,
        }
        .into()
    }

    /// `transfer_code`.
    #[track_caller]
    pub fn transfer_code(
        &self,
        owner: &Keypair,
        text: &str,
        pending_owner: Address,
    ) -> Instruction {
        let code: Code = self.account(&address::code(&self.org, &code(text)));
        TransferCode {
            owner: owner.pubkey(),
            org: self.org,
            code: code.code,
            args: TransferCodeArgs {
                life: code.header.life,
                seq: code.header.receipt_seq,
                pending_owner,
            },
        }
        .into()
    }

    /// `accept_code`.
    pub fn accept_code(&self, wallet: &Keypair, text: &str) -> Instruction {
        AcceptCode {
            wallet: wallet.pubkey(),
            org: self.org,
            code: code(text),
        }
        .into()
    }

    /// Address of an invoice that is paid by the world's plan.
    pub fn invoice_address(&self, wallet: &Keypair, id: u64) -> Address {
        address::invoice(&self.plan, &wallet.pubkey(), id)
    }

    /// An invoice.
    #[track_caller]
    pub fn invoice(&self, wallet: &Keypair, id: u64) -> Invoice {
        self.account(&self.invoice_address(wallet, id))
    }

    /// `refund` of an invoice, as [`World::refund`] of a subscription.
    #[track_caller]
    pub fn refund_invoice(
        &self,
        wallet: &Keypair,
        id: u64,
        destination: Address,
        amount: u64,
    ) -> Instruction {
        let plan = self.plan_account();
        Refund {
            authority: self.authority.pubkey(),
            source_owner: self.treasury.pubkey(),
            payment: Refundable::Invoice(&self.invoice(wallet, id)),
            plan: &plan,
            source: plan.destination,
            destination,
            amount,
        }
        .into()
    }
}
