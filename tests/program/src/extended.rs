//! Mints of Token-2022 with the extensions that an issuer chose, built by the program itself.

use crate::{World, key};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use spl_token_2022_interface::{
    ID as TOKEN_2022,
    extension::{
        ExtensionType, confidential_transfer, confidential_transfer_fee, default_account_state,
        interest_bearing_mint, metadata_pointer, pausable, scaled_ui_amount, transfer_fee,
        transfer_hook,
    },
    instruction::{
        self, initialize_mint_close_authority, initialize_mint2, initialize_non_transferable_mint,
        initialize_permanent_delegate,
    },
    state::{AccountState, Mint},
};
use tessera_client::types::accounts::Plan;

/// An extension of a mint; every authority in it is the world's mint authority.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "Token-2022 names and explains them")]
pub enum Extension {
    CloseAuthority,
    PermanentDelegate,
    /// Basis points and maximum.
    TransferFee(u16, u64),
    ConfidentialTransfer,
    ConfidentialTransferFee,
    /// The program that each transfer calls.
    TransferHook(Option<Address>),
    /// Whether new accounts are frozen.
    DefaultFrozen(bool),
    Pausable,
    NonTransferable,
    InterestBearing,
    ScaledUiAmount,
    MetadataPointer,
    /// Name, symbol, address.
    Metadata(&'static str, &'static str, &'static str),
}

use Extension::*;

/// Paxos's PYUSD, `2b1kV6DkPAnxd5ixfnxCpjxmKwqjjaYmCZfHsFu24GXo`, in the order of mainnet's bytes.
pub const PYUSD: &[Extension] = &[
    CloseAuthority,
    PermanentDelegate,
    TransferFee(0, 0),
    ConfidentialTransfer,
    ConfidentialTransferFee,
    TransferHook(None),
    MetadataPointer,
    Metadata(
        "PayPal USD",
        "PYUSD",
        "https://token-metadata.paxos.com/pyusd_metadata/prod/solana/pyusd_metadata.json",
    ),
];

/// Paxos's USDG, `2u1tszSeqZ3qBWF3uNGPFc8TzMk2tdiwknnRMWGWjGWH`.
pub const USDG: &[Extension] = &[
    CloseAuthority,
    PermanentDelegate,
    TransferFee(0, 0),
    ConfidentialTransfer,
    ConfidentialTransferFee,
    TransferHook(None),
    MetadataPointer,
    Metadata("Global Dollar", "USDG", "https://example.com/usdg.json"),
];

/// Phantom's CASH, `CASHx9KJUStyftLFWGvEVf59SGeG9sh5FfcnZMVPCASH`.
pub const CASH: &[Extension] = &[
    ConfidentialTransfer,
    DefaultFrozen(false),
    CloseAuthority,
    PermanentDelegate,
    TransferHook(None),
    MetadataPointer,
    Metadata("CASH", "CASH", "https://example.com/cash.json"),
];

/// Bridge's USDB, as CASH.
pub const USDB: &[Extension] = CASH;

/// USDPT and USDGO: as CASH, pausable and with a fee of nothing.
pub const USDPT: &[Extension] = &[
    ConfidentialTransfer,
    DefaultFrozen(false),
    CloseAuthority,
    PermanentDelegate,
    TransferHook(None),
    Pausable,
    TransferFee(0, 0),
    ConfidentialTransferFee,
    MetadataPointer,
    Metadata("USDPT", "USDPT", "https://example.com/usdpt.json"),
];

/// Agora's AUSD, `AUSD1jCcCyPLybk1YnvPWsHQSrZ46dxwoMniN4N2UEB9`: eight extensions, a hook without
/// a program among them. Which the others are is not known here, so these are the eight most usual.
pub const AUSD: &[Extension] = &[
    CloseAuthority,
    PermanentDelegate,
    TransferFee(0, 0),
    DefaultFrozen(false),
    TransferHook(None),
    Pausable,
    MetadataPointer,
    Metadata("AUSD", "AUSD", "https://example.com/ausd.json"),
];

impl Extension {
    fn kind(self) -> ExtensionType {
        match self {
            CloseAuthority => ExtensionType::MintCloseAuthority,
            PermanentDelegate => ExtensionType::PermanentDelegate,
            TransferFee(..) => ExtensionType::TransferFeeConfig,
            ConfidentialTransfer => ExtensionType::ConfidentialTransferMint,
            ConfidentialTransferFee => ExtensionType::ConfidentialTransferFeeConfig,
            TransferHook(_) => ExtensionType::TransferHook,
            DefaultFrozen(_) => ExtensionType::DefaultAccountState,
            Pausable => ExtensionType::Pausable,
            NonTransferable => ExtensionType::NonTransferable,
            InterestBearing => ExtensionType::InterestBearingConfig,
            ScaledUiAmount => ExtensionType::ScaledUiAmount,
            MetadataPointer => ExtensionType::MetadataPointer,
            Metadata(..) => ExtensionType::TokenMetadata,
        }
    }

    /// What initialises it before the mint is.
    fn initialize(self, mint: &Address, authority: &Address) -> Option<Instruction> {
        let (program, some) = (&TOKEN_2022, Some(*authority));
        let instruction = match self {
            CloseAuthority => initialize_mint_close_authority(program, mint, Some(authority)),
            PermanentDelegate => initialize_permanent_delegate(program, mint, authority),
            TransferFee(bps, maximum) => {
                let both = Some(authority);
                transfer_fee::instruction::initialize_transfer_fee_config(
                    program, mint, both, both, bps, maximum,
                )
            }
            ConfidentialTransfer => confidential_transfer::instruction::initialize_mint(
                program, mint, some, false, None,
            ),
            ConfidentialTransferFee => {
                confidential_transfer_fee::instruction::initialize_confidential_transfer_fee_config(
                    program,
                    mint,
                    some,
                    &bytemuck::Zeroable::zeroed(),
                )
            }
            TransferHook(hook) => transfer_hook::instruction::initialize(program, mint, some, hook),
            DefaultFrozen(frozen) => {
                let state = match frozen {
                    true => AccountState::Frozen,
                    false => AccountState::Initialized,
                };
                default_account_state::instruction::initialize_default_account_state(
                    program, mint, &state,
                )
            }
            Pausable => pausable::instruction::initialize(program, mint, authority),
            NonTransferable => initialize_non_transferable_mint(program, mint),
            InterestBearing => {
                interest_bearing_mint::instruction::initialize(program, mint, some, 5)
            }
            ScaledUiAmount => scaled_ui_amount::instruction::initialize(program, mint, some, 2.0),
            MetadataPointer => {
                metadata_pointer::instruction::initialize(program, mint, some, Some(*mint))
            }
            Metadata(..) => return None,
        };
        Some(instruction.expect("valid"))
    }
}

impl World {
    /// Program, org and plan; the plan is paid in a mint of Token-2022 with these extensions, and
    /// org and subscribers consent to what they have to.
    pub fn with_extensions(extensions: &[Extension]) -> Self {
        let mut world = Self::with_extended_mint(extensions);
        world.create_org_and_plan();
        world
    }

    /// The same before there is an org.
    pub fn with_extended_mint(extensions: &[Extension]) -> Self {
        let mut world = Self::without_org();
        let mint = key(70);
        world.create_extended_mint(&mint, extensions);
        world.mint = mint.pubkey();
        world.token_program = TOKEN_2022;
        if extensions.contains(&PermanentDelegate) {
            world.consents = Plan::PERMANENT_DELEGATE;
        }
        world.destination = world.create_token_account(&world.treasury.pubkey(), 0);
        world
    }

    /// Creates a 6-decimal mint of Token-2022, which the mint authority can freeze.
    pub fn create_extended_mint(&mut self, mint: &Keypair, extensions: &[Extension]) {
        let (address, signer) = (mint.pubkey(), self.mint_authority.insecure_clone());
        let authority = signer.pubkey();
        let fixed = extensions.iter().filter(|it| !matches!(it, Metadata(..)));
        let kinds: Vec<ExtensionType> = fixed.map(|it| it.kind()).collect();
        let len = ExtensionType::try_calculate_account_len::<Mint>(&kinds).expect("fixed lengths");
        let mut instructions = vec![self.create(&address, len, &TOKEN_2022)];
        let initialize = |it: &Extension| it.initialize(&address, &authority);
        instructions.extend(extensions.iter().filter_map(initialize));
        let (program, freezer) = (&TOKEN_2022, Some(&authority));
        let mint_too = initialize_mint2(program, &address, &authority, freezer, 6);
        instructions.push(mint_too.expect("valid"));
        self.send(&instructions, &[mint]).expect("create mint");
        for extension in extensions {
            let Metadata(name, symbol, uri) = *extension else {
                continue;
            };
            // The program makes room for it, and somebody has to have paid for that.
            self.svm.airdrop(&address, 10_000_000).expect("airdrop");
            let metadata = spl_token_metadata_interface::instruction::initialize(
                &TOKEN_2022,
                &address,
                &authority,
                &address,
                &authority,
                name.to_owned(),
                symbol.to_owned(),
                uri.to_owned(),
            );
            self.send(&[metadata], &[&signer]).expect("metadata");
        }
    }

    /// Sends an instruction of the mint's issuer.
    pub fn issue(&mut self, instruction: Instruction) {
        let signer = self.mint_authority.insecure_clone();
        self.send(&[instruction], &[&signer]).expect("issuer");
    }

    /// The issuer sets the fee that transfers cost from the epoch after the next on.
    pub fn set_transfer_fee(&mut self, bps: u16, maximum: u64) {
        let (mint, issuer) = (self.mint, self.mint_authority.pubkey());
        let set = transfer_fee::instruction::set_transfer_fee(
            &TOKEN_2022,
            &mint,
            &issuer,
            &[],
            bps,
            maximum,
        );
        self.issue(set.expect("valid"));
    }

    /// The issuer names the program that each transfer calls.
    pub fn set_transfer_hook(&mut self, hook: Option<Address>) {
        let (mint, issuer) = (self.mint, self.mint_authority.pubkey());
        let set = transfer_hook::instruction::update(&TOKEN_2022, &mint, &issuer, &[], hook);
        self.issue(set.expect("valid"));
    }

    /// The issuer stops or resumes all transfers.
    pub fn set_paused(&mut self, paused: bool) {
        let (mint, issuer) = (self.mint, self.mint_authority.pubkey());
        let set = match paused {
            true => pausable::instruction::pause(&TOKEN_2022, &mint, &issuer, &[]),
            false => pausable::instruction::resume(&TOKEN_2022, &mint, &issuer, &[]),
        };
        self.issue(set.expect("valid"));
    }

    /// Gives a token account room for more extensions.
    pub fn reallocate(&mut self, account: &Address, owner: &Keypair, kinds: &[ExtensionType]) {
        let payer = self.payer.pubkey();
        let grow =
            instruction::reallocate(&TOKEN_2022, account, &payer, &owner.pubkey(), &[], kinds);
        self.send(&[grow.expect("valid")], &[owner])
            .expect("reallocate");
    }
}
