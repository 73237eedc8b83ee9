//! Mints and token accounts of the SPL Token program.

use crate::World;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_program_pack::Pack;
use solana_signer::Signer;
use solana_system_interface::instruction::create_account;
use spl_token_interface::{
    ID as TOKEN, instruction as token,
    state::{Account as TokenAccount, AccountState, Mint},
};

impl World {
    /// Creates a 6-decimal mint.
    pub fn create_mint(&mut self, mint: &Keypair) {
        let create = self.create(&mint.pubkey(), Mint::LEN);
        let initialize = token::initialize_mint2(
            &TOKEN,
            &mint.pubkey(),
            &self.mint_authority.pubkey(),
            None,
            6,
        )
        .expect("instruction");
        self.send(&[create, initialize], &[mint])
            .expect("create mint");
    }

    /// A token account with `amount` of the world's mint, at an address that is the same in every
    /// run.
    pub fn create_token_account(&mut self, owner: &Address, amount: u64) -> Address {
        self.create_account_of(owner, &self.mint.clone(), amount)
    }

    /// The same for any mint.
    pub fn create_account_of(&mut self, owner: &Address, mint: &Address, amount: u64) -> Address {
        self.next_account += 1;
        let mut seed = [200; 32];
        seed[..8].copy_from_slice(&self.next_account.to_le_bytes());
        let account = Keypair::new_from_array(seed);
        let address = account.pubkey();
        let mint_authority = self.mint_authority.insecure_clone();
        let instructions = [
            self.create(&address, TokenAccount::LEN),
            token::initialize_account3(&TOKEN, &address, mint, owner).expect("instruction"),
            token::mint_to(
                &TOKEN,
                mint,
                &address,
                &mint_authority.pubkey(),
                &[],
                amount,
            )
            .expect("instruction"),
        ];
        self.send(&instructions, &[&account, &mint_authority])
            .expect("create token account");
        address
    }

    fn create(&self, address: &Address, len: usize) -> Instruction {
        let rent = self.svm.minimum_balance_for_rent_exemption(len);
        create_account(&self.payer.pubkey(), address, rent, len as u64, &TOKEN)
    }

    /// Lets `delegate` move `amount` from `owner`'s token account.
    pub fn approve(&mut self, account: &Address, owner: &Keypair, delegate: &Address, amount: u64) {
        let approve =
            token::approve(&TOKEN, account, delegate, &owner.pubkey(), &[], amount).expect("valid");
        self.send(&[approve], &[owner]).expect("approve");
    }

    /// Takes every approval back.
    pub fn revoke(&mut self, account: &Address, owner: &Keypair) {
        let revoke = token::revoke(&TOKEN, account, &owner.pubkey(), &[]).expect("valid");
        self.send(&[revoke], &[owner]).expect("revoke");
    }

    /// Burns all but `left`.
    pub fn drain(&mut self, account: &Address, owner: &Keypair, left: u64) {
        let amount = self.balance(account) - left;
        let burn =
            token::burn(&TOKEN, account, &self.mint, &owner.pubkey(), &[], amount).expect("valid");
        self.send(&[burn], &[owner]).expect("burn");
    }

    /// Freezes a token account, as a mint's freeze authority would.
    pub fn freeze(&mut self, address: &Address) {
        let mut account = self.svm.get_account(address).expect("token account");
        let mut state = TokenAccount::unpack(&account.data).expect("token account data");
        state.state = AccountState::Frozen;
        TokenAccount::pack(state, &mut account.data).expect("same length");
        self.svm
            .set_account(*address, account)
            .expect("set account");
    }

    /// A token account's state.
    #[track_caller]
    pub fn token(&self, address: &Address) -> TokenAccount {
        let account = self.svm.get_account(address).expect("token account");
        TokenAccount::unpack(&account.data).expect("token account data")
    }

    /// A token account's balance, smallest unit.
    #[track_caller]
    pub fn balance(&self, address: &Address) -> u64 {
        self.token(address).amount
    }

    /// All tokens of the world's mint.
    pub fn supply(&self) -> u64 {
        let account = self.svm.get_account(&self.mint).expect("mint");
        Mint::unpack(&account.data).expect("mint data").supply
    }
}
