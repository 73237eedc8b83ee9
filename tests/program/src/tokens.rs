//! Mints and token accounts of both token programs.

use crate::World;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_program_pack::Pack;
use solana_signer::Signer;
use solana_system_interface::instruction::create_account;
use spl_token_2022_interface::{
    extension::account_len::try_calculate_account_len_from_mint_data, instruction as token,
};
use spl_token_interface::{
    ID as TOKEN,
    state::{Account as TokenAccount, AccountState, Mint},
};

impl World {
    /// Creates a 6-decimal mint of SPL Token.
    pub fn create_mint(&mut self, mint: &Keypair) {
        let create = self.create(&mint.pubkey(), Mint::LEN, &TOKEN);
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
        let account = self.next_account_key();
        let address = account.pubkey();
        let (program, len) = self.account_of(mint);
        let instructions = [
            self.create(&address, len, &program),
            token::initialize_account3(&program, &address, mint, owner).expect("instruction"),
        ];
        self.send(&instructions, &[&account])
            .expect("create token account");
        if self.token(&address).is_frozen() {
            let issuer = self.mint_authority.pubkey();
            let thaw = token::thaw_account(&program, &address, mint, &issuer, &[]);
            self.issue(thaw.expect("valid"));
        }
        self.mint_to(mint, &address, amount);
        address
    }

    /// A key for a token account, another one at each call.
    pub fn next_account_key(&mut self) -> Keypair {
        self.next_account += 1;
        let mut seed = [200; 32];
        seed[..8].copy_from_slice(&self.next_account.to_le_bytes());
        Keypair::new_from_array(seed)
    }

    fn mint_to(&mut self, mint: &Address, account: &Address, amount: u64) {
        let (program, _) = self.account_of(mint);
        let mint_authority = self.mint_authority.insecure_clone();
        let mint_to = token::mint_to(
            &program,
            mint,
            account,
            &mint_authority.pubkey(),
            &[],
            amount,
        )
        .expect("instruction");
        if amount > 0 {
            self.send(&[mint_to], &[&mint_authority]).expect("mint");
        }
    }

    /// The program of a mint, and the length of its token accounts.
    fn account_of(&self, mint: &Address) -> (Address, usize) {
        let mint = self.svm.get_account(mint).expect("mint");
        let len = try_calculate_account_len_from_mint_data(&mint.data, &[]);
        (mint.owner, len.expect("known extensions"))
    }

    /// The instruction that creates an account of `len` bytes for `program`.
    pub fn create(&self, address: &Address, len: usize, program: &Address) -> Instruction {
        let rent = self.svm.minimum_balance_for_rent_exemption(len);
        create_account(&self.payer.pubkey(), address, rent, len as u64, program)
    }

    /// Lets `delegate` move `amount` from `owner`'s token account.
    pub fn approve(&mut self, account: &Address, owner: &Keypair, delegate: &Address, amount: u64) {
        let program = &self.token_program;
        let approve = token::approve(program, account, delegate, &owner.pubkey(), &[], amount);
        self.send(&[approve.expect("valid")], &[owner])
            .expect("approve");
    }

    /// Takes every approval back.
    pub fn revoke(&mut self, account: &Address, owner: &Keypair) {
        let revoke = token::revoke(&self.token_program, account, &owner.pubkey(), &[]);
        self.send(&[revoke.expect("valid")], &[owner])
            .expect("revoke");
    }

    /// Burns all but `left`.
    pub fn drain(&mut self, account: &Address, owner: &Keypair, left: u64) {
        let amount = self.balance(account) - left;
        let (program, mint) = (&self.token_program, &self.mint);
        let burn = token::burn(program, account, mint, &owner.pubkey(), &[], amount);
        self.send(&[burn.expect("valid")], &[owner]).expect("burn");
    }

    /// Burns what a token account holds and closes it.
    pub fn close(&mut self, account: &Address, owner: &Keypair) {
        self.drain(account, owner, 0);
        let (program, payer) = (&self.token_program, self.payer.pubkey());
        let close = token::close_account(program, account, &payer, &owner.pubkey(), &[]);
        self.send(&[close.expect("valid")], &[owner])
            .expect("close");
    }

    /// Freezes a token account, as a mint's freeze authority would.
    pub fn freeze(&mut self, address: &Address) {
        self.set_state(address, AccountState::Frozen);
    }

    /// Thaws it again.
    pub fn thaw(&mut self, address: &Address) {
        self.set_state(address, AccountState::Initialized);
    }

    fn set_state(&mut self, address: &Address, state: AccountState) {
        self.edit_token(address, |token| token.state = state);
    }

    /// Edits a token account in place, as its owner would by closing it and opening it again.
    pub fn edit_token(&mut self, address: &Address, edit: impl FnOnce(&mut TokenAccount)) {
        let mut account = self.svm.get_account(address).expect("token account");
        let data = &mut account.data[..TokenAccount::LEN];
        let mut token = TokenAccount::unpack(data).expect("token account data");
        edit(&mut token);
        TokenAccount::pack(token, data).expect("same length");
        self.svm
            .set_account(*address, account)
            .expect("set account");
    }

    /// A token account's state.
    #[track_caller]
    pub fn token(&self, address: &Address) -> TokenAccount {
        let account = self.svm.get_account(address).expect("token account");
        TokenAccount::unpack(&account.data[..TokenAccount::LEN]).expect("token account data")
    }

    /// A token account's balance, smallest unit.
    #[track_caller]
    pub fn balance(&self, address: &Address) -> u64 {
        self.token(address).amount
    }

    /// All tokens of the world's mint.
    pub fn supply(&self) -> u64 {
        let account = self.svm.get_account(&self.mint).expect("mint");
        Mint::unpack(&account.data[..Mint::LEN])
            .expect("mint data")
            .supply
    }
}
